"""What is kept of an overlap: read back as written, and refused where it is not what was written."""

import json
from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset, load_revisions
from polyreact.datasets.overlap import AUDIT_VERSION, IDENTITY, Region, measure_overlap
from polyreact.errors import BadRecord, InvalidManifest, RecordTooNew
from polyreact.results import overlap_store
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.submission.manifest import parse_manifest
from unit.leaderboard.sample_boards import record
from unit.submission.manifests import lines_of
from unit.toy_sets import VH, antibodies, change

TEST, REFERENCE = load_dataset("jain"), load_dataset("boughter")
OVERLAP = measure_overlap(
    antibodies("jain", VH, change(VH, 1, 100), "GGGGGGGGGG"), antibodies("boughter", change(VH, 1), change(VH, 100))
)


@pytest.fixture
def store(tmp_path):
    return OverlapStore.of(ResultsStore(tmp_path / "results"))


@pytest.fixture
def kept(store):
    return store.write(TEST, REFERENCE, OVERLAP)


def json_path(store):
    return store.folder / "jain-r1--boughter-r2.json"


def rewrite(store, **changes):
    content = json.loads(json_path(store).read_text()) | changes
    json_path(store).write_text(json.dumps(content))


def test_overlap_is_read_back_as_it_was_written(store, kept):
    assert store.find(TEST, REFERENCE) == kept
    assert kept.rows == OVERLAP.rows
    assert kept.record.identity == IDENTITY
    assert (kept.record.test.inputs_sha256, kept.record.reference.revision) == (TEST.inputs_sha256, 2)
    assert kept.record.summary(Region.VH).neighbours[0].at_least == 0.95


def test_pair_that_was_not_measured_is_none(store, kept):
    assert store.find(TEST, load_dataset("boughter@1")) is None
    assert store.find(REFERENCE, TEST) is None


def test_same_overlap_gives_the_same_bytes_and_no_sequence(store, kept, tmp_path):
    other = OverlapStore(tmp_path / "other")
    assert other.write(TEST, REFERENCE, OVERLAP).sha256 == kept.sha256
    files = {path.name: path.read_bytes() for path in store.folder.iterdir()}
    assert files == {path.name: path.read_bytes() for path in other.folder.iterdir()}
    assert set(files) == {"jain-r1--boughter-r2.json", kept.record.identities.file}
    table = files[kept.record.identities.file].decode()
    assert table.splitlines()[:2] == [
        "sequence_id,vh_identity,vh_nearest,h_cdr3_identity,h_cdr3_nearest",
        "jain-1,0.991667,boughter-1,1.000000,boughter-1",
    ]
    assert table.splitlines()[3].endswith(",,")
    assert not any(VH[:10] in content.decode() for content in files.values())


@pytest.mark.parametrize("side", ["test", "reference"])
def test_overlap_of_a_set_whose_inputs_changed_is_not_current(store, kept, side):
    changed = {"test": TEST, "reference": REFERENCE}
    changed[side] = replace(changed[side], inputs_sha256="0" * 64)
    assert store.find(changed["test"], changed["reference"]) is None
    rewrite(
        store, **{side: {"id": changed[side].id, "revision": changed[side].revision, "inputs_sha256": "0" * 64}}
    )
    assert store.find(TEST, REFERENCE) is None
    assert store.read_current() == ()


def test_overlap_of_an_older_audit_is_not_current_and_one_of_a_newer_is_refused(store, kept, monkeypatch):
    monkeypatch.setattr(overlap_store, "AUDIT_VERSION", AUDIT_VERSION + 1)
    assert store.find(TEST, REFERENCE) is None
    monkeypatch.setattr(overlap_store, "AUDIT_VERSION", AUDIT_VERSION - 1)
    with pytest.raises(RecordTooNew, match=f"audit version {AUDIT_VERSION}"):
        store.find(TEST, REFERENCE)


def test_table_that_was_changed_is_refused_and_nothing_is_overwritten(store, kept):
    table = store.folder / kept.record.identities.file
    table.write_bytes(table.read_bytes().replace(b"0.991667", b"0.500000", 1))
    with pytest.raises(BadRecord, match="has sha256") as caught:
        store.find(TEST, REFERENCE)
    assert (caught.value.code, caught.value.exit_status) == ("E601", 6)
    assert "polyreact dataset overlap jain@1 boughter@2 --force" in caught.value.cure


def test_table_that_is_gone_is_refused(store, kept):
    (store.folder / kept.record.identities.file).unlink()
    with pytest.raises(BadRecord, match="No such file"):
        store.read_current()


def test_summary_that_is_not_that_of_the_table_is_refused(store, kept):
    summary = kept.record.vh.model_dump(mode="json") | {"maximum": 0.5}
    rewrite(store, vh=summary)
    with pytest.raises(BadRecord, match="its summary of VH is not that of"):
        store.find(TEST, REFERENCE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"surprise": 1}, "does not meet the schema"), ({"schema_version": None}, "schema version None")],
)
def test_record_that_does_not_meet_the_schema_is_refused(store, kept, changes, message):
    rewrite(store, **changes)
    with pytest.raises(BadRecord, match=message):
        store.find(TEST, REFERENCE)


def test_record_of_a_newer_schema_is_refused(store, kept):
    rewrite(store, schema_version=2)
    with pytest.raises(RecordTooNew):
        store.find(TEST, REFERENCE)


def test_record_in_the_wrong_place_is_refused(store, kept):
    json_path(store).rename(store.folder / "jain-r1--shehata-r1.json")
    with pytest.raises(BadRecord, match="is a record of jain-r1 and boughter-r2"):
        store.find(TEST, load_dataset("shehata"))


def test_table_that_is_superseded_is_removed_and_those_of_other_pairs_stay(store, kept):
    other = store.write(TEST, load_dataset("boughter@1"), OVERLAP)
    later = store.write(TEST, REFERENCE, measure_overlap(antibodies("jain", VH), antibodies("boughter", VH)))
    names = {path.name for path in store.folder.glob("*.csv")}
    assert names == {other.record.identities.file, later.record.identities.file}


def test_current_overlaps_are_read_in_the_order_of_their_names(store, kept):
    store.write(TEST, load_dataset("boughter@1"), OVERLAP)
    assert [found.reference.key for found in store.read_current()] == ["boughter-r1", "boughter-r2"]


def test_overlaps_are_no_records_of_a_submission(store, kept):
    results = ResultsStore(store.folder.parent)
    results.write(record("lab-model"), None)
    assert [found.submission.id for found in results.read_all()] == ["lab-model"]
    with pytest.raises(InvalidManifest) as caught:  # so that no submission can have this folder
        parse_manifest(lines_of(name=store.folder.name).encode(), source="m.yaml")
    assert "`name` must be `<owner>-<model>`" in caught.value.findings[0].message


def test_keys_of_datasets_name_one_pair_each():
    keys = [dataset.key for dataset in load_revisions()]
    assert len(set(keys)) == len(keys)
    assert not any("--" in key for key in keys)


@pytest.mark.parametrize("private_one", ["test", "reference"])
def test_overlap_of_a_private_set_does_not_go_into_the_public_store(store, private_one, tmp_path):
    ours = replace(TEST if private_one == "test" else REFERENCE, id="private-ours")
    pair = (ours, REFERENCE) if private_one == "test" else (TEST, ours)
    with pytest.raises(ValueError, match="does not belong"):
        store.write(*pair, OVERLAP)
    assert not store.folder.exists()
    assert OverlapStore.of(open_private_store(tmp_path / "private")).write(*pair, OVERLAP)


def test_record_under_a_name_of_no_overlap_is_refused(store, kept):
    """Symptom: a copy called `copy.json` made `leaderboard build` end as a bug (E700)."""
    copy = store.folder / "copy.json"
    copy.write_bytes(json_path(store).read_bytes())
    with pytest.raises(
        BadRecord, match=r"copy\.json cannot be right: it is a record of jain-r1 and boughter-r2"
    ) as caught:
        store.read_current()
    assert "its name is not that of an overlap" in caught.value.render()
