"""The published DNA of Boughter 2020: every count that is known of it, and the rows behind the counts."""

import csv
import json
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from Bio import SeqIO
from Bio.Seq import Seq
from rapidfuzz.distance import Levenshtein

from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.layout import annotations_path, labels_path, provenance_path
from polyreact.datasets.prepare.boughter import SUBSETS, read_clones
from polyreact.datasets.prepare.dna import read_dna, translate
from polyreact.datasets.prepared import build_prepared, ensure_prepared
from polyreact.settings import Settings
from polyreact.similarity import measure_identity

pytestmark = [pytest.mark.real_data, pytest.mark.filterwarnings("ignore:Partial codon")]

REVISIONS = ("boughter@1", "boughter@2")
#: Light chains of flu with X in CDR3 or FR4 and no FR4 behind it, among the antibodies with all CDRs.
CUT = {
    f"flu_{number:06d}"
    for number in (
        16, 37, 75, 76, 77, 83, 85, 91, 95, 101, 102, 104, 108, 110, 111, 116, 141, 161, 162, 290, 292,
    )
}  # fmt: skip
#: The source's tool did not number these at all; ours does, and finds no CDR1 and no CDR2 in their heavy chains.
NUMBERED_BY_US_ONLY = {"flu_000257", "flu_000331", "flu_000344"}


@pytest.fixture(scope="module")
def files(real_settings: Settings) -> dict[str, Path]:
    source = load_source("boughter")
    return {file.name: fetch_file(source, file, real_settings) for file in source.files}


@pytest.fixture(scope="module")
def clones(files):
    return read_clones(files)


@pytest.fixture(scope="module")
def preparations(real_settings):
    return {name: build_prepared(load_dataset(name), real_settings)[0] for name in REVISIONS}


def read_labels_table(name: str, settings: Settings) -> list[dict[str, str]]:
    dataset = load_dataset(name)
    ensure_prepared(dataset, settings)
    tables = []
    for path in (labels_path(dataset, settings), annotations_path(dataset, settings)):
        with path.open(newline="") as file:
            tables.append(list(csv.DictReader(file)))
    return [label | annotations for label, annotations in zip(*tables, strict=True)]


def test_dna_is_read_and_translated_as_biopython_does(files):
    for subset in SUBSETS:
        for name in (subset.heavy, subset.light):
            ours = [record.bases for record in read_dna(files[name])]
            with files[name].open() as text:
                theirs = [str(record.seq).upper() for record in SeqIO.parse(text, "fasta")]
            assert ours == theirs
            for bases in ours:
                expected = str(Seq(bases).translate())
                for ambiguous in "BZJ":  # Biopython's letters for two amino acids; X here
                    expected = expected.replace(ambiguous, "X")
                assert translate(bases) == expected


def test_stages_are_the_published_ones_but_for_three_that_were_numbered(clones):
    """1,171, 1,117, 1,110, 1,065: three that the source's tool does not number fail the next step here."""
    by_stage = {stage.name: dict(stage.rows) for stage in clones.stages}
    assert {name: sum(rows.values()) for name, rows in by_stage.items()} == {
        "published": 1171,
        "both chains translated": 1117,
        "both chains numbered": 1110 + len(NUMBERED_BY_US_ONLY),
        "all CDRs complete": 1065,
    }
    assert by_stage["published"] == {subset.name: subset.antibodies for subset in SUBSETS}
    assert by_stage["all CDRs complete"] == {
        "flu": 307,
        "hiv_nat": 128,
        "hiv_cntrl": 44,
        "hiv_plos": 40,
        "gut_hiv": 72,
        "mouse_iga": 474,
    }
    assert not NUMBERED_BY_US_ONLY & {clone.name for clone in clones.clones}


def test_what_was_put_right_is_known_by_name(clones):
    changed = defaultdict(set)
    for clone in clones.clones:
        for what in clone.changed:
            changed[what].add(clone.name)
    assert changed == {
        "the VL was cut where its reading frame is lost": CUT,
        "the chains stood in each other's file": {"flu_000026", "flu_000048"},
    }


def test_every_published_antibody_is_prepared_or_counted(preparations):
    shared = {
        "the heavy chain cannot be read": 7,
        "the light chain cannot be read": 47,
        "a chain cannot be numbered": 4,
        "a CDR is empty": 28,
        "an unknown residue in a CDR": 20,
    }
    assert preparations["boughter@1"].dropped == shared | {"1 to 3 flags (mild)": 151}
    assert preparations["boughter@2"].dropped == shared | {
        "1 to 3 flags (mild)": 151 + 168,
        "yes or no in place of a count of flags": 40,
        "no count of flags for these CDRs": 25,
    }
    for preparation in preparations.values():
        assert len(preparation.rows) + preparation.dropped.total() == 1171


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("boughter@1", {"influenza": (96, 117), "HIV": (91, 136), "mouse": (256, 218)}),
        ("boughter@2", {"influenza": (96, 117), "HIV": (79, 108), "mouse": (165, 116)}),
    ],
)
def test_families_have_the_known_counts(real_settings, name, families):
    rows = read_labels_table(name, real_settings)
    counted = Counter((row["family"], row["label"]) for row in rows)
    assert {family: (counted[family, "0"], counted[family, "1"]) for family in families} == families
    assert sum(counted.values()) == len(rows)


@pytest.mark.parametrize("name", REVISIONS)
def test_columns_agree_with_the_label(real_settings, name):
    rows = read_labels_table(name, real_settings)
    assert list(rows[0]) == [
        "sequence_id", "label", "name", "subset", "family", "flags", "panel_size", "flags_from", "light_chain",
        "clone", "fold",
    ]  # fmt: skip
    for row in rows:
        assert row["label"] == str(int(int(row["flags"]) > 3))
        assert row["flags"] == "0" or int(row["flags"]) > 3
        assert not row["panel_size"] or int(row["flags"]) <= int(row["panel_size"])
        assert row["name"].startswith(row["subset"])
    cut = [row for row in rows if row["light_chain"] == "cut"]
    assert {row["name"] for row in cut} <= CUT
    assert Counter(row["label"] for row in cut) == {"0": 3, "1": 10}
    known_by_word = {row["subset"] for row in rows if row["flags_from"] == "yes or no"}
    assert known_by_word == ({"mouse_iga", "hiv_plos"} if name == "boughter@1" else set())


def test_revision_2_is_a_part_of_revision_1_with_the_same_labels_but_for_one(preparations):
    """mouse_YN.txt says no of an antibody whose CDRs have seven flags in mouse_IgA.dat."""
    first, second = ({row.name: row for row in preparations[name].rows} for name in REVISIONS)
    assert set(second) <= set(first)
    assert {name for name in second if second[name].sequence != first[name].sequence} == set()
    assert {name for name in second if second[name].label != first[name].label} == {"mouse_iga_000475"}


def test_revision_1_has_the_known_defects(preparations):
    rows = preparations["boughter@1"].rows
    assert sum("X" in row.sequence for row in rows) == 62
    labels = defaultdict(list)
    for row in rows:
        labels[row.sequence].append(row.label)
    assert len(labels) == 897
    both = [group for group in labels.values() if len(set(group)) > 1]
    assert (len(both), sum(map(len, both))) == (6, 15)


@pytest.mark.parametrize("name", REVISIONS)
def test_provenance_tells_the_stages(real_settings, name):
    dataset = load_dataset(name)
    ensure_prepared(dataset, real_settings)
    stages = json.loads(provenance_path(dataset, real_settings).read_text())["stages"]
    assert [stage["rows"] for stage in stages][:4] == [1171, 1117, 1113, 1065]
    assert stages[-1]["rows"] == dataset.positives + dataset.negatives
    assert all(sum(stage["by_subset"].values()) == stage["rows"] for stage in stages)


@pytest.mark.parametrize("name", REVISIONS)
def test_no_clone_stands_in_two_folds_and_the_folds_are_even(preparations, name):
    rows = [dict(row.annotations) | {"label": row.label} for row in preparations[name].rows]
    folds = defaultdict(set)
    for row in rows:
        folds[row["clone"]].add(row["fold"])
    assert all(len(found) == 1 for found in folds.values())
    counts = Counter((row["fold"], row["label"]) for row in rows)
    assert len(counts) == 20
    for label in (0, 1):
        sizes = [counts[str(fold), label] for fold in range(1, 11)]
        assert max(sizes) - min(sizes) <= 0.1 * sum(sizes) / 10 + 2


@pytest.mark.parametrize("name", REVISIONS)
def test_no_two_vh_of_95_percent_identity_are_in_different_clones(preparations, name):
    """No VH is longer than 137, so that two with more than 7 edits between them cannot be 95 % identical."""
    clone = {}
    for row in preparations[name].rows:
        annotated = dict(row.annotations)["clone"]
        assert clone.setdefault(row.sequence, annotated) == annotated  # the same VH, the same clone
    assert max(map(len, clone)) <= 137
    near = [pair for pair in combinations(sorted(clone), 2) if Levenshtein.distance(*pair, score_cutoff=7) <= 7]
    apart = [pair for pair in near if clone[pair[0]] != clone[pair[1]]]
    assert len(near) > 100
    assert all(measure_identity(*pair) < 0.95 for pair in apart)
