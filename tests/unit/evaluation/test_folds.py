"""A fold track, with an engine in memory: what each run is given, and what becomes of all of them together."""

import csv
import io
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, exited, make_image
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.hidden import read_annotations, read_labels
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.errors import InvalidCatalog
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.folds import execute_folds, read_folds
from polyreact.evaluation.outcome import VALID
from polyreact.evaluation.plan import Submission, build_plan
from polyreact.evaluation.workspace import make_opaque_fold
from polyreact.results.records import OutcomeKind
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate, charge

DEMO, TRACK = load_dataset("demo"), load_track("demo-fit")
DIGEST = "sha256:" + "cd" * 32
IMAGE = make_image(f"registry.example/lab/model@{DIGEST}")


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


@pytest.fixture
def antibodies(settings):
    ensure_prepared(DEMO, settings)
    return read_inputs(DEMO, settings)


@pytest.fixture
def folds(settings, antibodies):
    return read_folds(DEMO, "fold", antibodies, settings)


@pytest.fixture
def execute(settings, folds, tmp_path):
    """Run a script on every fold of demo-fit; the engine, too, for what it was given."""

    def run(script, **hooks):
        chosen = candidate(mode="fit-predict")
        submission = Submission(
            chosen.manifest, chosen.manifest_sha256, replace(chosen.manifest.image_reference, digest=DIGEST)
        )
        (job,) = build_plan([submission], [TRACK], ResultsStore(tmp_path / "nowhere"))
        engine = FakeEngine(script)
        return execute_folds(job, IMAGE, folds, engine, settings, **hooks), engine

    return run


@pytest.fixture
def looked(execute):
    """What was in /data in each of the runs: file name -> rows."""
    seen = []

    def look(data, output):
        seen.append({path.name: rows_of(path) for path in data.iterdir()})
        return answers(data, output)

    execute(look)
    return seen


def after(number, script):
    """A submission that answers in the first runs and does `script` in run `number`."""
    runs = []

    def do(data, output):
        runs.append(data)
        return script(data, output) if len(runs) == number else answers(data, output)

    return do


# --- the folds ----------------------------------------------------------------------------------------------


def test_folds_ask_for_each_antibody_once_and_show_the_labels_of_all_others(folds, antibodies, settings):
    labels, annotations = read_labels(DEMO, settings), read_annotations(DEMO, settings)
    assert [fold.name for fold in folds] == ["1", "2", "3"]
    assert sorted(row.sequence_id for fold in folds for row in fold.test) == [a.sequence_id for a in antibodies]
    for fold in folds:
        asked = {row.sequence_id for row in fold.test}
        shown = {row.antibody.sequence_id: row.label for row in fold.train}
        assert asked == {name for name, row in annotations.items() if row["fold"] == fold.name}
        assert shown == {name: label for name, label in labels.items() if name not in asked}


def test_folds_of_a_column_with_one_value_are_a_wrong_catalogue(settings, antibodies, monkeypatch):
    from polyreact.datasets.training import read_training_labels

    def all_in_one(dataset, settings):
        read = read_training_labels(dataset, settings)
        return {name: replace(row, columns={"fold": "1"}) for name, row in read.items()}

    monkeypatch.setattr("polyreact.evaluation.folds.read_training_labels", all_in_one)
    with pytest.raises(InvalidCatalog, match="makes 1 fold"):
        read_folds(DEMO, "fold", antibodies, settings)


# --- what a run is given ------------------------------------------------------------------------------------


def test_run_of_a_fold_is_given_two_tables_and_labels_in_one_only(looked):
    assert len(looked) == 3
    for files in looked:
        assert set(files) == {"sequences.csv", "train.csv"}
        assert list(files["sequences.csv"][0]) == ["sequence_id", "sequence", "light_sequence"]
        assert list(files["train.csv"][0]) == ["sequence_id", "sequence", "light_sequence", "label"]


def test_run_of_a_fold_learns_from_the_other_folds_and_nothing_else(looked, folds):
    for files, fold in zip(looked, folds, strict=True):
        shown = [(row["sequence"], row["light_sequence"], row["label"]) for row in files["train.csv"]]
        expected = [(r.antibody.sequence, r.antibody.light_sequence, str(r.label)) for r in fold.train]
        assert sorted(shown) == sorted(expected)
        asked = {row["sequence"] for row in files["sequences.csv"]}
        assert asked == {row.sequence for row in fold.test}
        assert asked.isdisjoint(row["sequence"] for row in files["train.csv"])


def test_ids_of_a_fold_are_opaque_and_tell_nothing_of_the_side(looked):
    for files in looked:
        asked = [row["sequence_id"] for row in files["sequences.csv"]]
        shown = [row["sequence_id"] for row in files["train.csv"]]
        assert sorted(asked + shown) == [f"s{number:04d}" for number in range(1, 301)]
        assert asked == sorted(asked)
        middle = sorted(asked)[len(asked) // 2]
        assert "s0060" < middle < "s0240"  # by chance about s0150; s0050 or s0250 where the side is told


def test_antibody_has_another_id_in_every_fold(looked):
    ids = {}
    for files in looked:
        for row in [*files["sequences.csv"], *files["train.csv"]]:
            ids.setdefault(row["sequence"] + row["light_sequence"], []).append(row["sequence_id"])
    same = [names for names in ids.values() if len(set(names)) == 1]
    assert len(ids) == 300
    assert all(len(names) == 3 for names in ids.values())
    assert len(same) <= 3  # 300 chances of one in 90,000


def test_seed_repeats_the_rows_of_a_fold(folds):
    once, again = (make_opaque_fold(folds[0].test, folds[0].train, "seed-1") for _ in range(2))
    assert once == again
    assert once != make_opaque_fold(folds[0].test, folds[0].train, "seed-2")


def test_run_of_a_fold_is_told_where_the_training_table_is(execute):
    _, engine = execute(answers)
    for spec in engine.specs:
        assert spec.environment["TRAIN"] == "/data/train.csv"
        assert spec.environment["POLYREACT_MODE"] == "fit-predict"
        assert spec.policy.limits == TRACK.limits
    assert len({spec.run_id for spec in engine.specs}) == 3


def test_progress_is_told_by_fold(execute):
    begun, ticks = [], []
    execute(answers, on_fold=begun.append, on_tick=lambda fold, seconds: ticks.append((fold.name, seconds)))
    assert [fold.name for fold in begun] == ["1", "2", "3"]
    assert ticks == [("1", 1.0), ("2", 1.0), ("3", 1.0)]


# --- what becomes of them -----------------------------------------------------------------------------------


def test_predictions_of_all_folds_are_one_table_under_the_datasets_own_ids(execute, antibodies):
    execution, _ = execute(answers)
    assert execution.verdict == VALID
    assert [row.sequence_id for row in execution.predictions] == [a.sequence_id for a in antibodies]
    assert {row.sequence_id: row.score for row in execution.predictions} == {
        a.sequence_id: charge(a.sequence) for a in antibodies
    }


def test_resources_are_summed_and_memory_is_the_highest(execute):
    used = iter([(1.0, 5.0, 100), (2.0, 6.0, 300), (4.0, 7.0, 200)])

    def work(data, output):
        wall_s, cpu_s, memory = next(used)
        return replace(answers(data, output), wall_s=wall_s, cpu_s=cpu_s, peak_memory_bytes=memory)

    execution, _ = execute(work)
    assert (execution.exit.wall_s, execution.exit.cpu_s, execution.exit.peak_memory_bytes) == (7.0, 18.0, 300)
    assert [fold.execution.exit.wall_s for fold in execution.folds] == [1.0, 2.0, 4.0]


def test_resources_that_one_fold_lacks_are_unknown(execute):
    used = iter([5.0, None, 7.0])
    execution, _ = execute(lambda data, output: replace(answers(data, output), cpu_s=next(used)))
    assert execution.exit.cpu_s is None


def answers_for_training_rows(data, output):
    rows = [*rows_of(data / "sequences.csv"), *rows_of(data / "train.csv")]
    lines = [f"{row['sequence_id']},0,0.5" for row in rows]
    (output / "predictions.csv").write_text("\n".join(["sequence_id,prediction,score", *lines]) + "\n")
    return exited()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (lambda data, output: exited(1), "E313"),
        (lambda data, output: exited(), "E312"),
        (lambda data, output: exited(143, timed_out=True), "E314"),
        (lambda data, output: exited(137, out_of_memory=True), "E315"),
        (answers_for_training_rows, "E311"),
    ],
    ids=["exit 1", "nothing", "time", "memory", "rows of the training table"],
)
def test_fold_that_fails_fails_the_whole_and_is_named(execute, script, code):
    execution, engine = execute(after(2, script))
    assert execution.verdict.outcome.kind is OutcomeKind.SUBMISSION_FAULT
    assert execution.verdict.outcome.code == code
    assert execution.verdict.outcome.message.startswith("fold 2: ")
    assert execution.verdict.error.render().startswith(f"{code}  fold 2: ")
    assert execution.predictions is None
    assert len(engine.specs) == 2


def test_prediction_for_a_row_of_the_training_table_is_a_defect(execute):
    execution, _ = execute(answers_for_training_rows)
    assert "is not one of the ids" in execution.verdict.error.render()


def test_log_has_a_heading_for_every_fold_that_printed(execute):
    printed = iter([b"one\n", b"", b"three"])
    execution, _ = execute(lambda data, output: replace(answers(data, output), log=next(printed)))
    assert execution.log == "--- fold 1\none\n--- fold 3\nthree\n"


def test_nothing_of_the_runs_is_left_on_the_host(execute, settings):
    execute(answers)
    assert list(settings.runs.iterdir()) == []


# --- the whole way ------------------------------------------------------------------------------------------


def evaluate_on_folds(evaluation, **changes):
    (result,) = evaluate(replace(evaluation, **changes), [candidate(mode="fit-predict")], [TRACK])
    return result


def test_evaluation_of_a_fold_track_keeps_one_record_with_its_folds(evaluation, store):
    result = evaluate_on_folds(evaluation)
    assert (result.what, result.error) == ("run", None)
    record = store.find("lab-model", "demo-fit")
    assert record == result.record
    assert record.run.predictions.rows == 300
    assert [(f.name, f.train_rows + f.test_rows, f.exit_code) for f in record.run.folds] == [
        ("1", 300, 0),
        ("2", 300, 0),
        ("3", 300, 0),
    ]
    assert record.run.wall_s == pytest.approx(sum(fold.wall_s for fold in record.run.folds))
    assert list(record.score.folds) == ["1", "2", "3"]
    for ran, scored in zip(record.run.folds, record.score.folds.values(), strict=True):
        assert ran.test_rows == scored.positives + scored.negatives


def test_evaluation_of_a_fold_track_is_repeated_only_when_forced(evaluation, engine):
    first, second = evaluate_on_folds(evaluation), evaluate_on_folds(evaluation)
    assert (second.what, second.record) == ("done before", first.record)
    forced = evaluate_on_folds(evaluation, force=True)
    assert forced.record.score == first.record.score
    assert forced.record.run.shuffle_seed != first.record.run.shuffle_seed
    assert len(engine.specs) == 6


def test_failure_in_one_fold_keeps_no_predictions_and_no_score(evaluation, store):
    fails = FakeEngine(after(3, lambda data, output: exited(1)))
    result = evaluate_on_folds(evaluation, engine=fails)
    assert (result.what, result.error.code) == ("failed", "E313")
    record = store.find("lab-model", "demo-fit")
    assert record.run.outcome.message == "fold 3: the run ended with exit status 1"
    assert (record.run.predictions, record.score) == (None, None)
    assert [fold.exit_code for fold in record.run.folds] == [0, 0, 1]
    assert [path.name for path in (store.folder / "lab-model").iterdir()] == ["demo-fit.json"]


def test_doubt_in_one_fold_repeats_that_fold_alone(evaluation, store):
    engine = FakeEngine(after(2, lambda data, output: exited(137)))
    result = evaluate_on_folds(evaluation, engine=engine)
    assert (result.what, result.error) == ("run", None)
    assert len(engine.specs) == len(result.record.run.folds) + 1


def test_doubt_in_one_fold_that_stays_keeps_nothing(evaluation, store):
    engine = FakeEngine(lambda data, output: answers(data, output) if len(engine.specs) < 2 else exited(137))
    result = evaluate_on_folds(evaluation, engine=engine)
    assert (result.what, result.error.code, len(engine.specs)) == ("refused", "E405", 3)
    assert "fold 2: " in result.error.render()
    assert store.find("lab-model", "demo-fit") is None


def test_progress_of_a_fold_track_names_the_fold_and_its_rows(evaluation):
    lines, ticks = [], []
    evaluate_on_folds(
        evaluation,
        on_progress=lines.append,
        on_tick=lambda what, seconds, limit: ticks.append((what, limit)),
    )
    told = [line for line in lines if "to learn from" in line]
    assert len(told) == 3
    assert told[0].startswith("lab-model on demo-fit, fold 1: ")
    assert told[0].endswith("600 s at most")
    assert ticks[2] == ("lab-model on demo-fit, fold 3", 600)


def test_nothing_kept_or_printed_holds_a_name_or_a_line_of_labels(evaluation, store, settings):
    """Canary: the hidden names, and `id,label` lines as they stand in the training tree, are nowhere else."""
    printed = []

    def look(data, output):
        content = "\n".join(path.read_text() for path in data.iterdir())
        printed.append(content)
        return replace(answers(data, output), log=content.encode())

    evaluate_on_folds(evaluation, engine=FakeEngine(look))
    hidden = (settings.hidden / "demo-r1" / "labels.csv").read_text().splitlines()[1:]
    names = [line.split(",")[2] for line in hidden]
    ids = [line.split(",")[0] for line in hidden]
    kept = [path.read_text() for path in store.folder.rglob("*") if path.is_file()]
    logs = [path.read_text() for path in (settings.cache / "logs").iterdir()]
    assert len(names) == 300
    assert logs
    for text in (*kept, *printed, *logs):
        assert [name for name in names if name in text] == []
    for text in (*printed, *logs):
        assert [name for name in ids if name in text] == []
