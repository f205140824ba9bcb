"""The record store: what is kept can be read again, and a crash never leaves a half."""

import contextlib
import json
import resource
import subprocess
import sys
import time

import pytest

from polyreact.errors import BadRecord, CannotWrite, PredictionsLost, RecordTooNew, ResultsLocked
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import SCHEMA_VERSION
from polyreact.results.store import ResultsStore, render_record
from unit.leaderboard.sample_boards import record, run, score

OLD = b"sequence_id,prediction,score\ns0001,0,-1.5\n"
NEW = b"sequence_id,prediction,score\ns0001,1,2.5\n"


@pytest.fixture
def store(tmp_path):
    return ResultsStore(tmp_path / "results")


def record_with(store, content, name="lab-model", track="jain"):
    """A record that names these predictions."""
    named = store.name_predictions(track, content, rows=1)
    return record(name, track, score(), run=run(predictions=named))


def files_of(store, name="lab-model"):
    return sorted(path.name for path in (store.folder / name).iterdir())


@contextlib.contextmanager
def files_limited_to(size):
    """A disk that fills up: no file may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_record_is_read_back_as_it_was_written(store):
    kept = record_with(store, OLD)
    path = store.write(kept, OLD)
    assert path == store.folder / "lab-model" / "jain.json"
    assert path.read_bytes() == render_record(kept)
    assert path.read_bytes().endswith(b"}\n")
    assert store.find("lab-model", "jain") == kept
    assert store.read_predictions(kept) == OLD


def test_record_from_before_fold_tracks_is_read(store):
    kept = record_with(store, OLD)
    content = json.loads(render_record(kept))
    del content["run"]["folds"], content["score"]["folds"], content["score"]["fold_means"]
    write_json(store, content)
    assert store.find("lab-model", "jain") == kept


def test_record_that_does_not_exist_is_none(store):
    assert store.find("lab-model", "jain") is None
    assert store.read_all() == ()


def test_records_are_read_by_submission_and_track(store):
    for name, track in [("z-z", "jain"), ("a-a", "shehata"), ("a-a", "jain")]:
        store.write(record(name, track), None)
    assert [(r.submission.id, r.track) for r in store.read_all()] == [
        ("a-a", "jain"),
        ("a-a", "shehata"),
        ("z-z", "jain"),
    ]


def test_predictions_that_are_superseded_are_removed_and_those_of_other_tracks_stay(store):
    other = record_with(store, OLD, track="jain-116")
    store.write(other, OLD)
    store.write(record_with(store, OLD), OLD)
    kept = record_with(store, NEW)
    store.write(kept, NEW)
    assert files_of(store) == sorted(
        ["jain.json", "jain-116.json", kept.run.predictions.file, other.run.predictions.file]
    )
    assert store.read_predictions(other) == OLD


def test_predictions_stay_when_only_the_score_is_written_again(store):
    kept = record_with(store, OLD)
    store.write(kept, OLD)
    store.write(kept.model_copy(update={"score": None}), None)
    assert store.read_predictions(kept) == OLD


def test_predictions_of_a_valid_run_are_removed_when_a_later_run_failed(store):
    store.write(record_with(store, OLD), OLD)
    store.write(record("lab-model", run=run(predictions=None)), None)
    assert files_of(store) == ["jain.json"]


def test_crash_between_predictions_and_record_leaves_the_old_record_valid(store):
    kept = record_with(store, OLD)
    store.write(kept, OLD)
    with files_limited_to(len(render_record(kept)) // 2), pytest.raises(CannotWrite):
        store.write(record_with(store, NEW), NEW)
    found = store.find("lab-model", "jain")
    assert found == kept
    assert store.read_predictions(found) == OLD


def test_predictions_that_are_gone_are_lost(store):
    kept = record_with(store, OLD)
    store.write(kept, OLD)
    (store.folder / "lab-model" / kept.run.predictions.file).unlink()
    with pytest.raises(PredictionsLost, match="No such file") as caught:
        store.read_predictions(kept)
    assert "--track jain --force" in caught.value.cure


def test_predictions_that_were_changed_are_lost(store):
    kept = record_with(store, OLD)
    store.write(kept, OLD)
    (store.folder / "lab-model" / kept.run.predictions.file).write_bytes(NEW)
    with pytest.raises(PredictionsLost, match=kept.run.predictions.sha256):
        store.read_predictions(kept)


def test_predictions_of_a_failed_run_are_lost(store):
    with pytest.raises(PredictionsLost, match="has no predictions"):
        store.read_predictions(record("lab-model", run=run(predictions=None)))


def write_json(store, content, name="lab-model", track="jain"):
    path = store.folder / name / f"{track}.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def test_record_of_an_older_schema_is_upgraded_when_it_is_read(store):
    old = record("lab-model").model_dump(mode="json") | {"schema_version": 1}
    del old["earlier_scored_runs"]
    write_json(store, old)
    read = store.find("lab-model", "jain")
    assert read == record("lab-model")
    assert read.schema_version == SCHEMA_VERSION


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99])
def test_record_of_a_newer_schema_is_refused(store, version):
    write_json(store, record("lab-model").model_dump(mode="json") | {"schema_version": version})
    with pytest.raises(RecordTooNew, match=f"schema version {version}") as caught:
        store.find("lab-model", "jain")
    assert caught.value.exit_status == 6


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"schema_version": 1}', b'{"schema_version": 0}'],
    ids=lambda content: repr(content[:24]),
)
def test_record_that_is_no_record_is_refused(store, content):
    write_json(store, content)
    with pytest.raises(BadRecord) as caught:
        store.read_all()
    assert str(store.folder / "lab-model" / "jain.json") in caught.value.cure


@pytest.mark.parametrize(
    "changes", [{"surprise": 1}, {"ranked": None}, {"revision": "one"}], ids=lambda changes: next(iter(changes))
)
def test_record_that_does_not_meet_the_schema_is_refused(store, changes):
    write_json(store, record("lab-model").model_dump(mode="json") | changes)
    with pytest.raises(BadRecord) as caught:
        store.find("lab-model", "jain")
    assert [finding.where for finding in caught.value.findings] == list(changes)


@pytest.mark.parametrize(("name", "track"), [("other-model", "jain"), ("lab-model", "shehata")])
def test_record_in_the_wrong_place_is_refused(store, name, track):
    write_json(store, render_record(record("lab-model")), name, track)
    with pytest.raises(BadRecord, match="is a record of lab-model on jain"):
        store.find(name, track)


HOLD = """
import sys, pathlib
from polyreact.results.store import ResultsStore
with ResultsStore(pathlib.Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_lock_keeps_a_second_process_out_until_the_first_is_done(store):
    command = [sys.executable, "-c", HOLD, str(store.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(ResultsLocked) as caught, store.lock():
            pytest.fail("the lock was given twice")
        first.stdin.close()
    assert caught.value.code == "E604"
    with store.lock():
        pass


def test_lock_of_a_killed_process_is_free(store):
    command = [sys.executable, "-c", HOLD, str(store.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        first.kill()
    with store.lock():
        pass


def test_lock_leaves_no_file_and_is_given_back_after_an_error(store):
    with contextlib.suppress(ZeroDivisionError), store.lock():
        raise ZeroDivisionError
    with store.lock():
        assert list(store.folder.iterdir()) == []


def test_lock_of_a_folder_that_cannot_be_made_is_a_refusal(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(CannotWrite, match="cannot make the folder of records"),
        ResultsStore(tmp_path / "file").lock(),
    ):
        pytest.fail("a file was locked as a folder")


def test_two_hundred_records_are_read_within_seconds(store):
    for number in range(200):
        store.write(record(f"lab-model{number}", scored=score()), None)
    started = time.monotonic()
    assert len(store.read_all()) == 200
    assert time.monotonic() - started < 2


def packages_of(name):
    return PackagesDocument(
        image_id=f"sha256:{name}",
        distribution=None,
        system_kind=None,
        is_complete=True,
        python=("a==1",),
        system=(),
    )


def write_with_packages(store, name, track="jain"):
    named = store.write_packages("lab-model", packages_of(name))
    kept = record_with(store, OLD, track=track)
    image = kept.run.image.model_copy(update={"packages": named})
    kept = kept.model_copy(update={"run": kept.run.model_copy(update={"image": image})})
    store.write(kept, OLD)
    return kept


def test_packages_are_read_back_and_are_no_record(store):
    kept = write_with_packages(store, "one")
    assert store.read_packages(kept) == packages_of("one")
    assert store.read_all() == (kept,)
    assert store.read_packages(record_with(store, OLD)) is None


def test_packages_that_were_changed_are_refused(store):
    kept = write_with_packages(store, "one")
    path = store.folder / "lab-model" / kept.run.image.packages.file
    path.write_bytes(path.read_bytes().replace(b"a==1", b"a==2"))
    with pytest.raises(BadRecord, match="is not the file that its record names"):
        store.read_packages(kept)
    path.unlink()
    with pytest.raises(BadRecord):
        store.read_packages(kept)


def test_packages_go_when_no_record_names_them_any_more(store):
    first, second = write_with_packages(store, "one"), write_with_packages(store, "one", track="demo")
    assert len(list((store.folder / "lab-model" / "packages").iterdir())) == 1
    newer = write_with_packages(store, "two")
    assert store.read_packages(second) == packages_of("one")
    assert store.read_packages(newer) == packages_of("two")
    write_with_packages(store, "two", track="demo")
    assert len(list((store.folder / "lab-model" / "packages").iterdir())) == 1
    assert first.run.image.packages == second.run.image.packages


def test_packages_stay_where_a_record_cannot_be_read(store):
    write_with_packages(store, "one")
    (store.folder / "lab-model" / "other.json").write_text('{"schema_version": 99}')
    write_with_packages(store, "two")
    assert len(list((store.folder / "lab-model" / "packages").iterdir())) == 2


def test_packages_left_by_a_kill_before_their_record_are_removed(store):
    kept = write_with_packages(store, "one")
    store.write_packages("lab-model", packages_of("two"))
    assert len(store.remove_leftovers()) == 1
    assert store.read_packages(kept) == packages_of("one")
