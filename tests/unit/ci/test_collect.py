"""What evaluation jobs bring back: taken where it is what a planned job writes, refused in every other case."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kills import essence
from polyreact.ci.outcomes import Ending
from polyreact.errors import EngineFailed
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.files import sha256_bytes
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.curve_store import CurveStore
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from polyreact.visible import visible_lines
from unit.ci.conftest import answers_now

SHARD = "shard-lab-model-1"


def endings(outcomes):
    return {(one.submission, one.track): (one.ending.value, one.code) for one in outcomes}


def queued(benchmark):
    kept = QueueStore.of(benchmark.store).find()
    return {(job.submission, job.track): (job.state.value, job.code, job.attempts) for job in kept.jobs}


@pytest.fixture
def artefact(evaluated):
    return evaluated.out / SHARD / "results" / "lab-model"


def edit(path, change):
    """Change a JSON document of the artefact."""
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def test_collected_records_are_those_of_an_evaluation_in_one_piece(evaluated, tmp_path):
    (outcome,) = evaluated.collect()
    assert (outcome.ending, outcome.code, outcome.message) == (Ending.SCORED, None, "")
    alone = ResultsStore(tmp_path / "alone")
    whole = Evaluation(evaluated.engine, alone, evaluated.settings)
    evaluate(whole, list(evaluated.weekly.candidates), [load_track("demo")])
    kept = {name: content for name, content in essence(evaluated.store).items() if name != "queue.json"}
    assert kept == essence(alone)
    assert ComparisonStore.of(evaluated.store).find("demo") is not None
    assert CurveStore.of(evaluated.store).find("lab-model", "demo") is not None


def test_no_label_is_looked_at_where_containers_run(evaluated, artefact):
    record = json.loads((artefact / "demo.json").read_bytes())
    assert record["score"] is None
    assert {path.name for path in artefact.parent.iterdir()} == {"lab-model"}


def test_what_was_collected_is_not_due_again(evaluated):
    evaluated.collect()
    assert evaluated.weekly.build_schedule().jobs == ()
    assert evaluated.evaluate() == []
    assert evaluated.collect() == ()


def test_weekly_evaluation_shows_that_it_lived_also_where_nothing_was_due(benchmark):
    assert benchmark.collect() == ()
    assert QueueStore.of(benchmark.store).find().collected_at is not None


def test_failed_submission_is_a_result_and_is_not_run_again(benchmark):
    benchmark.engine.script = lambda data, output: replace(answers_now(data, output), exit_code=3)
    benchmark.submit("lab-model")
    benchmark.evaluate()
    (outcome,) = benchmark.collect()
    assert (outcome.ending, outcome.code) == (Ending.FAILED, "E313")
    assert benchmark.store.find("lab-model", "demo").score is None
    assert benchmark.weekly.build_schedule().jobs == ()


def test_platform_failure_is_put_off_with_its_code_and_tried_again(benchmark):
    def broken(_data, _output):
        raise EngineFailed("the engine lost it")

    working, benchmark.engine.script = benchmark.engine.script, broken
    benchmark.submit("lab-model")
    benchmark.evaluate()
    assert endings(benchmark.collect()) == {("lab-model", "demo"): ("put off", "E403")}
    assert queued(benchmark) == {("lab-model", "demo"): ("put off", "E403", 1)}
    assert benchmark.weekly.build_schedule().due == ()

    benchmark.engine.script = working
    later = replace(benchmark.weekly, at_once="lab-model")
    assert [one.where for one in later.build_schedule().due] == [("lab-model", "demo")]


def test_job_that_brought_nothing_back_is_put_off(benchmark):
    benchmark.submit("lab-model")
    assert endings(benchmark.collect()) == {("lab-model", "demo"): ("put off", "E722")}
    assert queued(benchmark) == {("lab-model", "demo"): ("put off", "E722", 1)}


def test_job_that_was_not_given_out_is_not_missed(benchmark):
    """A matrix has 256 jobs at most, and what was put off may be due only since: the platform failed at neither."""
    benchmark.submit("lab-model")
    assert benchmark.collect(planned=frozenset()) == ()
    assert queued(benchmark) == {("lab-model", "demo"): ("waiting", None, 0)}


def test_one_refused_artefact_keeps_no_other_submission_from_its_score(evaluated, artefact):
    evaluated.submit("lab-other")
    evaluated.evaluate("lab-other")
    (artefact / "extra.txt").write_text("?")
    outcomes = endings(evaluated.collect())
    assert outcomes == {("lab-model", "demo"): ("put off", "E721"), ("lab-other", "demo"): ("scored", None)}


def test_artefact_that_lies_about_one_track_is_believed_about_none(benchmark):
    benchmark.tracks = ("demo-0", "demo-1")
    benchmark.submit("lab-model")
    benchmark.evaluate()
    edit(
        benchmark.out / SHARD / "results" / "lab-model" / "demo-1.json",
        lambda record: record["submission"].update(is_baseline=True),
    )
    refused = ("put off", "E721")
    assert endings(benchmark.collect()) == {("lab-model", "demo-0"): refused, ("lab-model", "demo-1"): refused}
    assert benchmark.store.find_paths() == ()


def test_artefact_of_a_submission_that_is_not_due_is_not_looked_at(evaluated):
    (evaluated.out / SHARD).rename(evaluated.out / "shard-lab-stranger-1")
    assert endings(evaluated.collect()) == {("lab-model", "demo"): ("put off", "E722")}


# --- artefacts that lie ---------------------------------------------------------------------------------


def another_submissions_record(artefact):
    (artefact.parent / "lab-victim").mkdir()
    (artefact.parent / "lab-victim" / "demo.json").write_bytes((artefact / "demo.json").read_bytes())


def record_of_an_unplanned_track(artefact):
    (artefact / "jain.json").write_bytes((artefact / "demo.json").read_bytes())


def link_to_a_file_of_the_host(artefact):
    (artefact / "demo.json").unlink()
    (artefact / "demo.json").symlink_to("/etc/passwd")


def link_to_a_folder_of_the_host(artefact):
    (artefact / "packages-of-the-host").symlink_to("/etc")


def pipe_that_nobody_writes_to(artefact):
    os.mkfifo(artefact / "pipe")


def thousand_files(artefact):
    for number in range(1001):
        (artefact / f"{number}").touch()


def huge_record(artefact):
    with (artefact / "demo.json").open("ab") as file:
        file.truncate(3 << 20)


def huge_table(artefact):
    (table,) = artefact.glob("*.csv")
    with table.open("ab") as file:
        file.truncate(100 << 20)


def no_json(artefact):
    (artefact / "demo.json").write_text("[" * 100_000)


def unknown_key(artefact):
    edit(artefact / "demo.json", lambda record: record.update(labels=[0, 1]))


def record_of_a_newer_schema(artefact):
    edit(artefact / "demo.json", lambda record: record.update(schema_version=99))


def score_of_its_own(artefact):
    """The best there is, taken from a kept record."""

    def change(record):
        record["score"] = {
            "scoring_version": 2,
            "polyreact": "0.1.0",
            "predictions_sha256": "0" * 64,
            "labels_sha256": "0" * 64,
            "score_is_probability": False,
            "confusion": None,
            "metrics": {"roc_auc": {"value": 1.0}},
        }

    edit(artefact / "demo.json", change)


def another_name_on_the_board(artefact):
    edit(artefact / "demo.json", lambda record: record["submission"].update(name="The best model of all"))


def baseline(artefact):
    edit(artefact / "demo.json", lambda record: record["submission"].update(is_baseline=True))


def another_image(artefact):
    edit(
        artefact / "demo.json",
        lambda r: r["run"]["image"].update(reference="registry.example/a@sha256:" + "0" * 64),
    )


def digest_of_another_image(artefact):
    edit(artefact / "demo.json", lambda record: record["run"]["image"].update(digest="sha256:" + "0" * 64))


def higher_limits(artefact):
    edit(artefact / "demo.json", lambda record: record["run"]["limits"].update(memory_bytes=1 << 40))


def no_sandbox(artefact):
    edit(artefact / "demo.json", lambda record: record["run"]["engine"].update(name="process"))


def markup_that_is_invisible(artefact):
    edit(artefact / "demo.json", lambda record: record["run"]["host"].update(system="Linux\u202e\x1b[31m"))


def label_of_a_megabyte(artefact):
    edit(artefact / "demo.json", lambda record: record["run"]["image"].update(labels={"a": "b" * 500_000}))


def message_with_a_page(artefact):
    def change(record):
        record["run"]["outcome"] = {"kind": "submission_fault", "code": "E313", "message": "x" * 5000}
        record["run"]["predictions"] = None

    edit(artefact / "demo.json", change)


def fault_without_a_code(artefact):
    def change(record):
        record["run"]["outcome"] = {"kind": "submission_fault", "code": "E999", "message": ""}
        record["run"]["predictions"] = None

    edit(artefact / "demo.json", change)


def platform_fault_as_a_record(artefact):
    def change(record):
        record["run"]["outcome"] = {"kind": "platform_fault", "code": "E403", "message": ""}
        record["run"]["predictions"] = None

    edit(artefact / "demo.json", change)


def valid_without_predictions(artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(predictions=None))


def run_of_next_year(artefact):
    ahead = datetime.now(UTC) + timedelta(days=365)
    edit(artefact / "demo.json", lambda record: record["run"].update(started_at=ahead.isoformat()))


def run_without_a_time_zone(artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(started_at="2026-01-02T03:04:05"))


def run_longer_than_its_limit(artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(wall_s=1e9))


def less_than_no_memory(artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(peak_memory_bytes=-1))


def folds_on_a_track_without(artefact):
    fold = {"name": "1", "train_rows": 1, "test_rows": 1, "shuffle_seed": "0" * 32 + "-1", "wall_s": 1.0}
    fold |= {"started_at": datetime.now(UTC).isoformat(), "cpu_s": None, "peak_memory_bytes": None, "exit_code": 0}
    edit(artefact / "demo.json", lambda record: record["run"].update(folds=[fold]))


def slices_that_nobody_allowed(artefact):
    """A submission that does not say that it is independent, as two halves."""
    edit(artefact / "demo.json", cut_in_two)


def cut_in_two(record):
    """The run as if it had been made in two slices."""
    run = record["run"]
    same = ("started_at", "wall_s", "cpu_s", "peak_memory_bytes", "exit_code", "host")
    half = {key: run[key] for key in same} | {"of": 2, "rows": 150}
    run["slices"] = [half | {"number": n, "shuffle_seed": f"{n:032x}"} for n in (1, 2)]
    run.update(shuffle_seed=f"{1:032x}", wall_s=2 * run["wall_s"])


def slice_whose_seed_is_a_message(artefact):
    slices_that_nobody_allowed(artefact)

    def change(record):
        record["run"]["slices"][1]["shuffle_seed"] = "the labels are 0, 1, 1"

    edit(artefact / "demo.json", change)


def slice_that_began_next_year(artefact):
    slices_that_nobody_allowed(artefact)
    edit(artefact / "demo.json", lambda r: r["run"]["slices"][1].update(started_at="2099-01-01T00:00:00Z"))


def slices_of_other_rows(artefact):
    slices_that_nobody_allowed(artefact)
    edit(artefact / "demo.json", lambda record: record["run"]["slices"][1].update(rows=151))


def seed_of_its_own(artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(shuffle_seed="<script>"))


def earlier_runs_on_a_public_track(artefact):
    edit(artefact / "demo.json", lambda record: record.update(earlier_scored_runs=0))


def signature_of_somebody(artefact):
    edit(artefact / "demo.json", lambda r: r.update(signature={"public_key": "0" * 64, "value": "0" * 128}))


def packages_of_another_image(artefact):
    (path,) = (artefact / "packages").glob("*.json")
    edit(path, lambda packages: packages.update(image_id="sha256:" + "0" * 64))


def packages_that_are_gone(artefact):
    (path,) = (artefact / "packages").glob("*.json")
    path.unlink()


def write_table(artefact, content):
    """Another table, named in the record as an honest one would be."""
    digest = sha256_bytes(content)
    named = {"file": f"demo.{digest[:12]}.csv", "sha256": digest, "rows": content.count(b"\n") - 1}
    (artefact / named["file"]).write_bytes(content)
    edit(artefact / "demo.json", lambda record: record["run"].update(predictions=named))


def table_without_a_row(artefact):
    (table,) = artefact.glob("*.csv")
    write_table(artefact, b"".join(table.read_bytes().splitlines(keepends=True)[:-1]))


def table_with_a_number_that_is_none(artefact):
    (table,) = artefact.glob("*.csv")
    lines = table.read_bytes().splitlines(keepends=True)
    write_table(artefact, b"".join([*lines[:-1], lines[-1].rpartition(b",")[0] + b",nan\n"]))


def table_with_a_message_in_its_order(artefact):
    """Rows in another order than ours: a channel out of the sandbox, in a file that is published."""
    (table,) = artefact.glob("*.csv")
    head, *rows = table.read_bytes().splitlines(keepends=True)
    write_table(artefact, b"".join([head, *reversed(rows)]))


def table_that_is_another_than_its_digest_says(artefact):
    (table,) = artefact.glob("*.csv")
    table.write_bytes(table.read_bytes().replace(b",0,", b",1,", 1))


#: What each is refused for.
LIES = {
    another_submissions_record: "is no file of a job of lab-model",
    record_of_an_unplanned_track: "is no file of a job of lab-model",
    link_to_a_file_of_the_host: "is neither a file nor a folder",
    link_to_a_folder_of_the_host: "is neither a file nor a folder",
    pipe_that_nobody_writes_to: "is neither a file nor a folder",
    thousand_files: "more than 1000 files",
    huge_record: "demo.json has more than",
    huge_table: "csv has more than",
    no_json: "Invalid JSON",
    unknown_key: "Extra inputs",
    record_of_a_newer_schema: "schema_version",
    score_of_its_own: "record.score",
    another_name_on_the_board: "record.submission.name",
    baseline: "record.submission.is_baseline",
    another_image: "record.run.image.reference",
    digest_of_another_image: "run.image.digest is of another image",
    higher_limits: "record.run.limits.memory_bytes",
    no_sandbox: "which is no sandbox",
    markup_that_is_invisible: "not visible",
    label_of_a_megabyte: "more than 300 characters",
    message_with_a_page: "run.outcome.message",
    fault_without_a_code: "no fault that a run ends with",
    platform_fault_as_a_record: "no end that is recorded",
    valid_without_predictions: "run.predictions are none",
    run_of_next_year: "run.started_at",
    run_without_a_time_zone: "run.started_at",
    run_longer_than_its_limit: "run.wall_s",
    less_than_no_memory: "below zero",
    folds_on_a_track_without: "run.folds",
    seed_of_its_own: "run.shuffle_seed",
    slices_that_nobody_allowed: "run.slices are those of a submission that may not be cut",
    slice_whose_seed_is_a_message: "run.shuffle_seed is none of ours",
    slice_that_began_next_year: "run.started_at",
    slices_of_other_rows: "run.slices.2.rows is not what it should be",
    earlier_runs_on_a_public_track: "record.earlier_scored_runs",
    signature_of_somebody: "record.signature",
    packages_of_another_image: "run.image.packages are",
    packages_that_are_gone: "No such file",
    table_without_a_row: "do not meet the contract",
    table_with_a_number_that_is_none: "do not meet the contract",
    table_with_a_message_in_its_order: "not written as this program writes them",
    table_that_is_another_than_its_digest_says: "not the ones beside the record",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_artefact_that_lies_is_refused_and_nothing_of_it_taken(evaluated, artefact, lie):
    lie(artefact)
    assert endings(evaluated.collect()) == {("lab-model", "demo"): ("put off", "E721")}
    assert {path.name for path in evaluated.store.folder.iterdir()} == {"queue.json"}
    assert queued(evaluated) == {("lab-model", "demo"): ("put off", "E721", 1)}
    (refusal,) = [said for said in evaluated.told if said.startswith("E721")]
    assert LIES[lie] in refusal
    assert refusal == visible_lines(refusal)


def test_run_in_slices_of_a_submission_that_says_it_is_independent_is_taken(benchmark):
    benchmark.submit("lab-model", independent="true")
    benchmark.evaluate()
    edit(benchmark.out / SHARD / "results" / "lab-model" / "demo.json", cut_in_two)
    assert endings(benchmark.collect()) == {("lab-model", "demo"): ("scored", None)}
    assert [part.rows for part in benchmark.store.find("lab-model", "demo").run.slices] == [150, 150]


def test_record_of_an_earlier_image_counts_as_none(evaluated, artefact):
    edit(artefact / "demo.json", lambda record: record["run"].update(job="0" * 64))
    assert endings(evaluated.collect()) == {("lab-model", "demo"): ("put off", "E722")}


def test_half_written_files_of_a_killed_job_are_left_alone(evaluated, artefact):
    (artefact / ".demo.json.1-2-unknown.x.part").write_text("{")
    assert endings(evaluated.collect()) == {("lab-model", "demo"): ("scored", None)}


def test_code_that_is_none_of_ours_is_not_taken_from_an_artefact(benchmark):
    benchmark.submit("lab-model")
    folder = benchmark.out / SHARD / "results"
    folder.mkdir(parents=True)
    now = datetime.now(UTC).isoformat()
    job = {
        "submission": "lab-model",
        "track": "demo",
        "state": "put off",
        "since": now,
        "code": "<b>",
        "attempts": 9,
    }
    (folder / "queue.json").write_text(json.dumps({"schema_version": 2, "updated_at": now, "jobs": [job]}))
    assert endings(benchmark.collect()) == {("lab-model", "demo"): ("put off", "E722")}
    assert queued(benchmark) == {("lab-model", "demo"): ("put off", "E722", 1)}
