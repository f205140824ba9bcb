"""Numbering over all published sequences: joined regions are the domain, and no residue of it is lost."""

import csv

import pytest

from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.prepared import build_prepared
from polyreact.numbering import Chain, Domain, number_domains

pytestmark = pytest.mark.real_data

SETS = ("boughter@1", "boughter@2", "jain", "jain-116", "jain-parity", "shehata")


def assert_joined(sequences):
    domains = number_domains(sequences)
    for sequence, domain in zip(sequences, domains, strict=True):
        assert isinstance(domain, Domain), (sequence, domain)
        joined = "".join(domain.regions)
        assert sequence[domain.start : domain.start + len(joined)] == joined
        assert all(domain.cdrs)
    return domains


@pytest.mark.parametrize("name", SETS)
def test_regions_of_every_prepared_antibody_are_its_domain(real_settings, name):
    rows = build_prepared(load_dataset(name), real_settings)[0].rows
    heavy = assert_joined([row.sequence for row in rows])
    light = assert_joined([row.light_sequence for row in rows])
    assert {domain.chain for domain in heavy} == {Chain.HEAVY}
    assert {domain.chain for domain in light} == {Chain.KAPPA, Chain.LAMBDA}


@pytest.mark.parametrize("name", ["boughter@1", "boughter@2"])
def test_prepared_domains_are_whole(real_settings, name):
    """Numbered again, a domain is all of itself: nothing of a leader or constant region was left in it."""
    rows = build_prepared(load_dataset(name), real_settings)[0].rows
    for sequences in ([row.sequence for row in rows], [row.light_sequence for row in rows]):
        again = number_domains(sequences)
        other = [s for s, domain in zip(sequences, again, strict=True) if domain.sequence != s]
        assert other == []


def test_regions_of_every_nanobody_are_its_domain(real_settings):
    source = load_source("harvey")
    sequences = []
    for file in source.files:
        if file.name in {"validation.csv", "test.csv"}:
            with fetch_file(source, file, real_settings).open(newline="") as text:
                sequences += [row["seq"] for row in csv.DictReader(text)]
    assert len(sequences) == 39_620
    domains = number_domains(sequences)
    numbered = [(s, domain) for s, domain in zip(sequences, domains, strict=True) if isinstance(domain, Domain)]
    assert all(domain.sequence == sequence for sequence, domain in numbered)
    assert len(numbered) == 39_620 - 44  # they lack CDR2, or were read in another frame for a while
    assert sum(not all(domain.cdrs) for _, domain in numbered) == 8
