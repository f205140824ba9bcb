"""One run, with an engine in memory: what it is given, what is judged of its output, what is left."""

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, exited, make_image
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.output import BoundedOutput, CollectionDefect
from polyreact.errors import EngineFailed, EngineRefused, NoDigest, RunUndetermined
from polyreact.evaluation.outcome import VALID
from polyreact.evaluation.plan import Submission, build_plan
from polyreact.evaluation.run import build_record, execute_job, validate_engine_for
from polyreact.results.records import OutcomeKind
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate, charge, ids_in

DIGEST = "sha256:" + "cd" * 32
IMAGE = make_image(f"registry.example/lab/model@{DIGEST}")


def job_on(track, **changes):
    chosen = candidate(**changes)
    image = replace(chosen.manifest.image_reference, digest=DIGEST)
    submission = Submission(chosen.manifest, chosen.manifest_sha256, image)
    (job,) = build_plan([submission], [load_track(track)], ResultsStore(Path("nowhere")))
    return job


@pytest.fixture
def antibodies(settings):
    ensure_prepared(load_dataset("demo"), settings)
    return read_inputs(load_dataset("demo"), settings)


@pytest.fixture
def execute(settings, antibodies):
    """Run a script on the demo track."""
    return lambda script: execute_job(job_on("demo"), IMAGE, antibodies, FakeEngine(script), settings)


def test_run_that_answers_well_gives_predictions_under_the_datasets_own_ids(execute, antibodies):
    execution = execute(answers)
    assert execution.verdict == VALID
    assert [row.sequence_id for row in execution.predictions] == sorted(a.sequence_id for a in antibodies)
    expected = {a.sequence_id: charge(a.sequence) for a in antibodies}
    assert {row.sequence_id: row.score for row in execution.predictions} == expected


def test_run_sees_one_file_with_opaque_ids_and_an_empty_output(execute):
    seen = {}

    def look(data, output):
        seen["data"] = sorted(path.name for path in data.iterdir())
        seen["output"] = list(output.iterdir())
        seen["ids"] = ids_in(data)
        return exited()

    execute(look)
    assert seen["data"] == ["sequences.csv"]
    assert seen["output"] == []
    assert seen["ids"] == [f"s{number:04d}" for number in range(1, 301)]


def test_run_is_shuffled_freshly_every_time(execute):
    contents = []

    def look(data, output):
        contents.append((data / "sequences.csv").read_bytes())
        return exited()

    assert execute(look).seed != execute(look).seed
    assert contents[0] != contents[1]


def test_run_is_told_the_contract_and_the_tracks_limits(settings, antibodies):
    engine, job, ticks = FakeEngine(answers), job_on("demo"), []
    execute_job(job, IMAGE, antibodies, engine, settings, ticks.append)
    (spec,) = engine.specs
    assert spec.image == IMAGE
    assert spec.policy == job.policy
    assert spec.policy.limits == load_track("demo").limits
    assert spec.environment["INPUT"] == "/data/sequences.csv"
    assert spec.environment["OUTPUT"] == "/output/predictions.csv"
    assert ticks == [1.0]


def write(text):
    def script(data, output):
        (output / "predictions.csv").write_text(text)
        return exited()

    return script


def write_link(data, output):
    (output / "predictions.csv").symlink_to("/etc/passwd")
    return exited()


def write_folder(data, output):
    (output / "predictions.csv").mkdir()
    return exited()


def write_pipe(data, output):
    os.mkfifo(output / "predictions.csv")
    return exited()


def write_and_fail(data, output):
    answers(data, output)
    return exited(1)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (lambda data, output: exited(), "E312"),
        (write_link, "E312"),
        (write_folder, "E312"),
        (write_pipe, "E312"),
        (write(""), "E311"),
        (write("sequence_id,prediction,score\ns0001,1,nan\n"), "E311"),
        (write_and_fail, "E313"),
        (lambda data, output: exited(143, timed_out=True), "E314"),
        (lambda data, output: exited(137, out_of_memory=True), "E315"),
    ],
    ids=["nothing", "link", "folder", "pipe", "empty", "defects", "exit 1", "time", "memory"],
)
def test_run_that_does_not_keep_the_contract_is_judged_and_gives_no_predictions(execute, script, code):
    execution = execute(script)
    assert execution.verdict.outcome.kind is OutcomeKind.SUBMISSION_FAULT
    assert execution.verdict.outcome.code == code
    assert execution.predictions is None


def crash(data, output):
    answers(data, output)
    raise EngineFailed("the engine went away")


@pytest.mark.parametrize("script", [answers, write_link, crash], ids=["valid", "invalid", "engine failed"])
def test_run_leaves_nothing_on_the_host(execute, settings, script):
    try:
        execute(script)
    except EngineFailed as error:
        assert script is crash, error  # noqa: PT017
    assert list(settings.runs.iterdir()) == []


def test_log_shows_control_characters_and_keeps_lines(execute):
    execution = execute(lambda data, output: exited(1, log=b"a\x1b[2Jb\n\tc\xff\r\n\xe2\x80\xae"))
    assert execution.log == "a\\x1b[2Jb\n    c\N{REPLACEMENT CHARACTER}\n\\u202e"


def test_score_declared_a_probability_outside_0_to_1_is_refused(settings, antibodies):
    """Symptom: the guide said so, and a check passed with scores from -10 to 10, without a Brier score."""
    job = job_on("demo", score_is_probability="true")
    execution = execute_job(job, IMAGE, antibodies, FakeEngine(answers), settings)
    assert execution.verdict.error.code == "E311"
    assert "0 to 1" in execution.verdict.error.render()


@pytest.mark.parametrize(
    ("track", "is_sandbox", "image", "error"),
    [
        ("jain", False, None, EngineRefused),
        ("shehata", False, None, EngineRefused),
        ("jain", True, "registry.example/lab/model:1.0", NoDigest),
        ("demo", False, "registry.example/lab/model:1.0", None),
        ("shehata", True, "registry.example/lab/model:1.0", None),
        ("jain", True, "localhost/lab/model", None),
        ("jain", True, None, None),
    ],
)
def test_engine_and_image_must_be_fit_for_the_track(track, is_sandbox, image, error):
    job = job_on(track, **({"image": image} if image else {}))
    engine = FakeEngine(is_sandbox=is_sandbox)
    if error is None:
        validate_engine_for(job, engine)
        return
    with pytest.raises(error) as caught:
        validate_engine_for(job, engine)
    assert caught.value.consequence == "Nothing was run."
    assert caught.value.cure


def test_refused_engine_is_never_started(settings):
    engine = FakeEngine(answers, is_sandbox=False)
    with pytest.raises(EngineRefused):
        execute_job(job_on("jain"), IMAGE, (), engine, settings)
    assert engine.specs == []


@contextlib.contextmanager
def plain_folder(folder, policy, first_user_id):
    """What `bounded_output` gives on a host where nothing can be mounted."""
    folder.mkdir()
    yield BoundedOutput(folder, is_bounded=False)


def test_ranked_run_on_a_host_that_cannot_bound_the_output_is_refused(settings, antibodies, monkeypatch):
    monkeypatch.setattr("polyreact.evaluation.run.bounded_output", plain_folder)
    engine = FakeEngine(answers)
    with pytest.raises(EngineRefused, match="cannot bound the size of /output"):
        execute_job(job_on("jain"), IMAGE, antibodies, engine, settings)
    assert engine.specs == []
    assert execute_job(job_on("demo"), IMAGE, antibodies, engine, settings).verdict == VALID


@pytest.mark.parametrize("track", ["jain", "shehata"])
def test_engine_that_cannot_hold_a_limit_does_no_ranked_run_and_the_limit_is_named(settings, antibodies, track):
    job = job_on(track)
    engine = FakeEngine(answers, unlimited=("memory", "swap"))
    if not job.track.is_ranked:
        validate_engine_for(job, engine)
        return
    with pytest.raises(EngineRefused) as caught:
        execute_job(job, IMAGE, antibodies, engine, settings)
    assert engine.specs == []
    assert caught.value.code == "E402"
    assert "memory cannot be limited here" in caught.value.render()
    assert execute_job(job_on("demo"), IMAGE, antibodies, engine, settings).verdict == VALID


def test_ranked_run_under_another_policy_is_a_bug(settings):
    job = job_on("jain")
    loose = replace(job, policy=replace(job.policy, network="host"))
    with pytest.raises(ValueError, match="strict"):
        validate_engine_for(loose, FakeEngine())


@pytest.mark.parametrize("trouble", ["changed", "slow"])
def test_table_that_cannot_be_read_for_reasons_of_the_host_is_held_against_nobody(
    settings, antibodies, monkeypatch, trouble
):
    if trouble == "changed":
        defect = CollectionDefect("changed", "it changed while it was read")
        monkeypatch.setattr("polyreact.evaluation.run.collect", lambda *_: defect)
    else:
        monkeypatch.setattr("polyreact.evaluation.run._READING_S", -1.0)
        monkeypatch.setattr("polyreact.submission.predictions._LINES_A_LOOK", 10)
    with pytest.raises(RunUndetermined, match=r"predictions\.csv of the run on track `demo` could not be read"):
        execute_job(job_on("demo"), IMAGE, antibodies, FakeEngine(answers), settings)


def test_record_holds_what_is_needed_to_repeat_the_run(execute):
    execution, job = execute(answers), job_on("demo")
    record = build_record(job, IMAGE, execution, FakeEngine().probe(), None)
    assert (record.track, record.dataset, record.revision, record.ranked) == ("demo", "demo", 1, False)
    assert record.run.job == job.digest
    assert record.run.shuffle_seed == execution.seed
    assert record.run.inputs_sha256 == job.dataset.inputs_sha256
    assert record.run.policy_sha256 == job.policy.digest()
    assert record.run.image.reference == f"registry.example/lab/model:1.0@{DIGEST}"
    assert record.run.outcome.kind is OutcomeKind.VALID
    assert record.score is None
