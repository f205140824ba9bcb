"""What is kept of trust checks: read back as written, or refused; and shown of the scored image only."""

import json
import re

import pytest

from polyreact.errors import BadRecord, RecordTooNew
from polyreact.results import trust_store
from polyreact.results.store import TRUST_FOLDER, ResultsStore, open_private_store
from polyreact.results.trust_records import TRUST_VERSION, Check
from polyreact.results.trust_store import TrustStore
from polyreact.submission.manifest import NAME_PATTERN
from unit.leaderboard.sample_boards import record, run
from unit.sample_trust import does_not_hold, trust_record

OTHER_IMAGE = "sha256:" + "ee" * 32


@pytest.fixture
def results(tmp_path):
    return ResultsStore(tmp_path / "results")


@pytest.fixture
def store(results):
    return TrustStore.of(results)


def scored(name="lab-model", on="demo", image_id=None):
    ran = run()
    if image_id is not None:
        ran = ran.model_copy(update={"image": ran.image.model_copy(update={"image_id": image_id})})
    return record(name, on, run=ran)


def test_record_is_read_back_as_it_was_written(store):
    kept = trust_record(does_not_hold(Check.ORDER))
    path = store.write(kept)
    assert path == store.folder / "lab-model" / "demo.json"
    assert store.find("lab-model", "demo") == kept
    assert store.find("lab-model", "jain") is None
    assert store.find("lab-other", "demo") is None


def test_record_takes_the_place_of_the_one_before(store):
    store.write(trust_record())
    later = trust_record(does_not_hold(Check.IDS))
    store.write(later)
    assert store.find("lab-model", "demo") == later
    assert len(list(store.folder.rglob("*"))) == 2


def test_trust_records_are_no_records_of_a_score(store, results):
    store.write(trust_record())
    results.write(scored(), None)
    assert [path.parent.name for path in results.find_paths()] == ["lab-model"]
    assert len(results.read_all()) == 1


def test_no_submission_can_be_called_like_the_folder():
    assert re.fullmatch(NAME_PATTERN, "lab-trust")
    assert not re.fullmatch(NAME_PATTERN, TRUST_FOLDER)


def test_current_findings_are_those_of_the_image_that_was_scored(store):
    kept = trust_record()
    store.write(kept)
    assert store.read_current([scored()]) == (kept,)
    assert store.read_current([scored(image_id=OTHER_IMAGE)]) == ()
    assert store.read_current([scored("lab-other")]) == ()
    assert store.read_current([]) == ()


def test_score_on_the_same_track_decides_which_image_it_is(store):
    kept = trust_record()
    store.write(kept)
    assert store.read_current([scored(on="jain", image_id=OTHER_IMAGE), scored()]) == (kept,)
    assert store.read_current([scored(on="jain"), scored(image_id=OTHER_IMAGE)]) == ()


def test_without_a_score_on_the_track_every_other_must_be_of_the_image(store):
    kept = trust_record()
    store.write(kept)
    assert store.read_current([scored(on="jain"), scored(on="shehata")]) == (kept,)
    assert store.read_current([scored(on="jain"), scored(on="shehata", image_id=OTHER_IMAGE)]) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": trust_record().dataset.model_copy(update={"inputs_sha256": "00" * 32})},
        {"dataset": trust_record().dataset.model_copy(update={"revision": 2})},
        {"trust_version": TRUST_VERSION - 1},
    ],
    ids=["inputs", "revision", "version"],
)
def test_findings_of_another_set_or_by_older_checks_are_not_current(store, changes):
    store.write(trust_record(**changes))
    assert store.read_current([scored()]) == ()
    assert store.find("lab-model", "demo") is not None


def test_findings_on_a_track_that_has_left_the_catalogue_are_not_current(store):
    kept = trust_record(track="demo").model_copy(update={"track": "gone"})
    store.write(kept)
    assert store.read_current([scored(on="gone")]) == ()


def test_current_findings_stand_in_the_order_of_submissions_and_tracks(store):
    names = [("lab-b", "demo"), ("lab-a", "jain"), ("lab-a", "demo")]
    for name, track in names:
        store.write(trust_record(submission=name, track=track))
    found = store.read_current([scored(name, on) for name, on in names])
    assert [(kept.submission, kept.track) for kept in found] == sorted(names)


def test_record_of_newer_checks_is_refused(store, monkeypatch):
    store.write(trust_record())
    monkeypatch.setattr(trust_store, "TRUST_VERSION", TRUST_VERSION - 1)
    with pytest.raises(RecordTooNew, match=f"trust version {TRUST_VERSION}"):
        store.find("lab-model", "demo")


def test_record_in_the_wrong_place_is_refused(store):
    path = store.write(trust_record())
    path.rename(path.with_name("jain.json"))
    with pytest.raises(BadRecord, match="is a record of lab-model on demo") as caught:
        store.find("lab-model", "jain")
    assert caught.value.cure.endswith("jain.json")


@pytest.mark.parametrize("change", [{"surprise": 1}, {"findings": []}, {"rows": -1}])
def test_record_that_does_not_meet_the_schema_is_refused(store, change):
    path = store.write(trust_record())
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadRecord, match="does not meet the schema"):
        store.read_current([scored()])


def test_record_of_a_newer_schema_is_refused(store):
    path = store.write(trust_record())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 2}))
    with pytest.raises(RecordTooNew):
        store.find("lab-model", "demo")


def test_private_records_have_no_trust_checks(tmp_path, store):
    with pytest.raises(ValueError, match="do not belong"):
        TrustStore.of(open_private_store(tmp_path / "private"))
    private = trust_record().model_copy(update={"track": "private-lab"})
    with pytest.raises(ValueError, match="nothing of private-lab belongs"):
        store.write(private)
    assert not store.folder.exists()


def test_private_findings_that_were_put_there_by_hand_are_not_shown(store):
    path = store.write(trust_record())
    path.rename(path.with_name("private-lab.json"))
    assert store.read_current([scored(on="private-lab")]) == ()
