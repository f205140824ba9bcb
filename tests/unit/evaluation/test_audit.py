"""What a track is compared with, and what is said of what it is not compared with."""

from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.documents import open_private_catalog
from polyreact.datasets.overlap import Region
from polyreact.errors import BadRecord, NotPrepared
from polyreact.evaluation.audit import SYNTHETIC, Auditor, audit_training_data, ensure_overlap
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.datasets.test_private import make
from unit.toy_sets import VH, antibodies, change, toy_dataset

JAIN = load_track("jain")
ROWS = antibodies("toy", VH, change(VH, 1, 100))
OTHER_ROWS = antibodies("other", change(VH, 1))


@pytest.fixture
def said():
    return []


@pytest.fixture
def auditor(tmp_path, settings, said):
    return Auditor(OverlapStore.of(ResultsStore(tmp_path / "results")), settings, said.append)


@pytest.fixture
def toy(settings):
    return toy_dataset(settings, "toy", ROWS, [0, 1])


@pytest.fixture
def other(settings):
    return toy_dataset(settings, "other", OTHER_ROWS, [0], source="other")


def audit(training_data, dataset, auditor, track=JAIN):
    return audit_training_data(training_data, track, dataset, auditor)


@pytest.mark.parametrize(
    ("training_data", "declared", "reason"),
    [
        ("unknown", "unknown", "training data unknown"),
        ("proprietary", "proprietary", "training data proprietary"),
        ({}, (), "no training data declared"),
    ],
)
def test_submission_that_names_no_set_is_compared_with_nothing_and_the_reason_is_said(
    training_data, declared, reason, toy, auditor
):
    found = audit(training_data, toy, auditor)
    assert (found.declared, found.overlaps, found.not_audited) == (declared, (), (reason,))


@pytest.mark.parametrize("use", ["labels", "sequences", "model-selection"])
def test_declared_set_is_compared_however_it_was_used(use, toy, auditor):
    found = audit({"demo": [use]}, toy, auditor)
    assert [kept.record.reference.key for kept in found.overlaps] == ["demo-r1"]
    assert (found.declared, found.not_audited) == (("demo",), ())
    assert [row.sequence_id for row in found.overlaps[0].rows] == ["toy-1", "toy-2"]


def test_sets_that_are_not_compared_are_named_with_the_reason(auditor):
    declared = {"jain-116": ["sequences"], "gone": ["labels"]}
    found = audit(declared, load_dataset("jain"), auditor)
    assert found.overlaps == ()
    assert found.declared == ("gone", "jain-116")
    assert found.not_audited == (
        "gone is no dataset of the catalogue",
        "jain-116 holds the same antibodies as this track",
    )


def test_synthetic_track_is_not_compared_and_nothing_is_fetched_for_it(auditor, said):
    found = audit({"boughter": ["labels"]}, load_dataset("demo"), auditor, load_track("demo"))
    assert (found.declared, found.overlaps, found.not_audited) == (("boughter",), (), (SYNTHETIC,))
    assert said == []


def test_set_that_cannot_be_had_is_named_and_the_others_are_compared(toy, auditor, said, settings, tmp_path):
    """Symptom to be avoided: no score for anybody who learnt from a set that this host cannot fetch."""
    (tmp_path / "mirror").mkdir()
    offline = replace(auditor, settings=replace(settings, mirror=tmp_path / "mirror"))
    found = audit({"boughter": ["labels"], "demo": ["labels"]}, toy, offline)
    assert [kept.record.reference.key for kept in found.overlaps] == ["demo-r1"]
    assert found.not_audited == ("boughter-r2 could not be had (E501)", "boughter-r1 could not be had (E501)")
    assert any(line.startswith("boughter@2 is left out of the audit: E501  ") for line in said)


def test_overlap_is_measured_once_and_kept(toy, other, auditor, said):
    first, second = ensure_overlap(toy, other, auditor), ensure_overlap(toy, other, auditor)
    assert first == second
    assert said == ["measuring the overlap of toy@1 with other@1"]
    assert [row.nearest(Region.VH).identity for row in first.rows] == [0.991667, 0.991667]
    assert [row.nearest(Region.H_CDR3).identity for row in first.rows] == [1.0, 0.923077]


def test_overlap_that_is_kept_needs_no_sequences(toy, other, auditor, settings):
    kept = ensure_overlap(toy, other, auditor)
    elsewhere = replace(auditor, settings=replace(settings, cache=settings.cache / "empty"))
    assert ensure_overlap(toy, other, elsewhere) == kept


def test_overlap_of_a_set_whose_sequences_changed_is_measured_again(toy, other, auditor, settings):
    before = ensure_overlap(toy, other, auditor)
    changed = toy_dataset(settings, "other", antibodies("other", VH), [0], source="other")
    after = ensure_overlap(toy, changed, auditor)
    assert after.record.vh.exact == 1
    assert after.record.reference.inputs_sha256 != before.record.reference.inputs_sha256
    assert auditor.store.find(toy, other) is None


def test_overlap_that_was_damaged_is_refused_and_made_again_only_by_force(toy, other, auditor):
    kept = ensure_overlap(toy, other, auditor)
    table = auditor.store.folder / kept.record.identities.file
    table.write_bytes(b"")
    with pytest.raises(BadRecord):
        ensure_overlap(toy, other, auditor)
    assert table.read_bytes() == b""
    assert ensure_overlap(toy, other, auditor, force=True) == kept


def test_dataset_that_is_not_prepared_is_said(toy, auditor):
    unprepared = replace(toy, id="raw", is_prepared=False)
    with pytest.raises(NotPrepared):
        ensure_overlap(toy, unprepared, auditor)


def test_private_set_is_not_compared_with_a_public_track(toy, auditor, tmp_path):
    make(tmp_path / "private", "memory://store")
    with open_private_catalog(tmp_path / "private"):
        found = audit({"private-ours": ["sequences"]}, toy, auditor)
    assert (found.overlaps, found.not_audited) == ((), ("private-ours is a private set",))
