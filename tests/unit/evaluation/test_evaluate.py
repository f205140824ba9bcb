"""The whole way, with an engine in memory: run what is missing, keep it, score it, keep that."""

import json
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.errors import CannotWrite, EngineFailed, PredictionsLost, ResultsLocked
from polyreact.evaluation import score
from polyreact.evaluation.comparisons import COMPARISONS
from polyreact.evaluation.evaluate import evaluate
from polyreact.owner import Owner, this_process
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.records import MetricRecord, OutcomeKind
from polyreact.results.scoring_store import ScoringHistory
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

DEMO = load_track("demo")


@pytest.fixture
def bring_up_to_date(evaluation):
    """Evaluate one candidate on the demo track; its one result."""

    def run(chosen=None, **changes):
        (result,) = evaluate(replace(evaluation, **changes), [chosen or candidate()], [DEMO])
        return result

    return run


def fails(data, output):
    return exited(1)


def test_first_evaluation_runs_scores_and_keeps(bring_up_to_date, store, engine):
    result = bring_up_to_date()
    assert (result.what, result.error) == ("run", None)
    assert store.find("lab-model", "demo") == result.record
    assert result.record.score.metrics["roc_auc"].value > 0.6
    assert result.record.score.scoring_version == score.SCORING_VERSION
    assert store.read_predictions(result.record).count(b"\n") == 301
    assert len(engine.specs) == 1


def test_second_evaluation_runs_nothing(bring_up_to_date, engine):
    first, second = bring_up_to_date(), bring_up_to_date()
    assert (second.what, second.record) == ("done before", first.record)
    assert len(engine.specs) == 1


def test_forced_evaluation_runs_again_with_the_same_score(bring_up_to_date, engine):
    first, second = bring_up_to_date(), bring_up_to_date(force=True)
    assert second.what == "run"
    assert second.record.run.shuffle_seed != first.record.run.shuffle_seed
    assert second.record.score == first.record.score
    assert len(engine.specs) == 2


def test_failure_is_kept_and_not_repeated(bring_up_to_date, store):
    first = bring_up_to_date(engine=FakeEngine(fails))
    assert (first.what, first.error.code) == ("failed", "E313")
    assert store.find("lab-model", "demo").run.outcome.kind is OutcomeKind.SUBMISSION_FAULT
    second = bring_up_to_date(engine=FakeEngine(answers))
    assert (second.what, second.record) == ("failed before", first.record)


def test_doubt_is_not_kept_and_the_run_is_repeated(bring_up_to_date, store):
    doubtful = bring_up_to_date(engine=FakeEngine(lambda data, output: exited(137)))
    assert (doubtful.what, doubtful.error.code) == ("refused", "E405")
    assert store.find("lab-model", "demo") is None
    assert bring_up_to_date().what == "run"


def test_failure_of_the_engine_is_not_held_against_the_submission(bring_up_to_date, store):
    def crash(data, output):
        raise EngineFailed("the engine went away")

    result = bring_up_to_date(engine=FakeEngine(crash))
    assert (result.what, result.error.code) == ("refused", "E403")
    assert store.find("lab-model", "demo") is None


def test_failure_of_the_engine_that_passes_is_repeated_and_told(bring_up_to_date, settings):
    engine = FakeEngine()

    def fail_once(data, output):
        if len(engine.specs) == 1:
            raise EngineFailed("the engine went away", detail="/run/engine.sock")
        return answers(data, output)

    engine.script = fail_once
    lines, waited = [], []
    result = bring_up_to_date(engine=engine, on_progress=lines.append, wait=waited.append)
    assert (result.what, result.error, waited) == ("run", None, [2])
    assert any("Repeating it in 2 s" in line for line in lines)
    attempts = json.loads((settings.cache / "logs" / "lab-model.demo.json").read_text())
    assert [attempt["code"] for attempt in attempts] == ["E403", None]
    assert attempts[0]["detail"] == "/run/engine.sock"
    assert (settings.cache / "logs" / "lab-model.demo.json").stat().st_mode & 0o077 == 0
    assert "engine.sock" not in "\n".join(lines) + str(result.record)


def test_attempts_are_kept_for_the_operator_also_when_none_came_to_an_end(bring_up_to_date, settings):
    def crash(data, output):
        raise EngineFailed("the engine went away")

    assert bring_up_to_date(engine=FakeEngine(crash)).error.code == "E403"
    attempts = json.loads((settings.cache / "logs" / "lab-model.demo.json").read_text())
    assert [attempt["code"] for attempt in attempts] == ["E403"] * 4


def test_fault_after_a_failure_of_the_platform_tells_so_in_its_evidence(bring_up_to_date, store):
    engine = FakeEngine(lambda data, output: exited(137 if len(engine.specs) == 1 else 3))
    assert bring_up_to_date(engine=engine).error.code == "E313"
    evidence = store.find("lab-model", "demo").run.outcome.evidence
    assert (evidence.exit_code, evidence.earlier_attempts) == (3, ("E405",))


def test_log_that_cannot_be_kept_does_not_cost_the_run(bring_up_to_date, settings):
    """Symptom: hours of running were lost because the disk had no room for what the container printed."""
    settings.cache.mkdir()
    (settings.cache / "logs").write_text("in the way")
    lines = []
    assert bring_up_to_date(on_progress=lines.append).what == "run"
    assert any(line.startswith("E202") and "the evaluation goes on" in line for line in lines)


def test_what_a_killed_evaluation_left_in_the_results_is_removed(bring_up_to_date, store):
    first = bring_up_to_date()
    folder = store.folder / "lab-model"
    here = this_process()
    dead = Owner("0" * 36, here.process_id, here.started)
    (folder / f".demo.json.{dead.in_name}.abc.part").write_text("half")
    (folder / f".demo.json.{here.in_name}.abc.part").write_text("half")
    (folder / "demo.000000000000.csv").write_text("superseded")
    (folder / "other.000000000000.csv").write_text("of no record")
    lines = []
    assert bring_up_to_date(on_progress=lines.append).what == "done before"
    assert {path.name for path in folder.iterdir()} == {
        "demo.json",
        "packages",
        first.record.run.predictions.file,
        f".demo.json.{here.in_name}.abc.part",
        "other.000000000000.csv",
    }
    assert len([line for line in lines if "had left behind" in line]) == 2


def test_packages_of_the_image_are_kept_once_and_named_by_every_record(evaluation, store, engine):
    tracks = [DEMO, replace(DEMO, id="demo-2")]
    results = evaluate(evaluation, [candidate()], tracks)
    named = {result.record.run.image.packages for result in results}
    assert len(named) == len(engine.listed) == 1
    (kept,) = (store.folder / "lab-model" / "packages").iterdir()
    assert f"packages/{kept.name}" == named.pop().file
    assert store.read_packages(results[0].record).python == ("numpy==2.3.0",)


def test_packages_that_cannot_be_listed_cost_nothing_else(bring_up_to_date, engine):
    def refuse(image):
        raise EngineFailed("the engine could not look into an image")

    engine.list_packages = refuse
    lines = []
    result = bring_up_to_date(on_progress=lines.append)
    assert (result.what, result.record.run.image.packages) == ("run", None)
    assert any("are not listed: the engine could not look into an image" in line for line in lines)


def test_packages_of_a_run_that_failed_are_not_looked_for(bring_up_to_date, engine):
    assert bring_up_to_date(engine=replace(engine, script=fails)).record.run.image.packages is None
    assert engine.listed == []


def test_older_score_is_made_anew_and_what_changed_is_noted_and_nothing_is_run(bring_up_to_date, store, engine):
    first = bring_up_to_date()
    metrics = {**first.record.score.metrics, "mcc": MetricRecord(value=0.25)}
    older = first.record.score.model_copy(update={"scoring_version": 1, "metrics": metrics})
    store.write(first.record.model_copy(update={"score": older}), None)
    second, third = bring_up_to_date(), bring_up_to_date()
    assert (second.what, third.what) == ("scored", "done before")
    assert second.record == third.record == first.record
    (document,) = ScoringHistory.of(store).read_all()
    ((figure,),) = (section.changed for section in document.rescored)
    assert (figure.metric, figure.old.value, figure.new) == ("mcc", 0.25, first.record.score.metrics["mcc"])
    assert len(engine.specs) == 1


def test_score_is_made_again_when_the_meaning_of_the_score_is_declared_anew(bring_up_to_date, engine):
    first = bring_up_to_date(candidate(score_is_probability="false"))
    second = bring_up_to_date(candidate(score_is_probability="true"))
    assert (first.what, second.what) == ("run", "scored")
    assert second.record.submission.score_is_probability is True
    assert first.record.score.metrics["brier"].reason != second.record.score.metrics["brier"].reason
    assert len(engine.specs) == 1


def test_score_that_was_lost_in_a_crash_is_made_up_for(bring_up_to_date, store, engine):
    first = bring_up_to_date()
    store.write(first.record.model_copy(update={"score": None}), None)
    second = bring_up_to_date()
    assert (second.what, second.record) == ("scored", first.record)
    assert len(engine.specs) == 1


def test_predictions_that_were_changed_are_never_scored(bring_up_to_date, store):
    first = bring_up_to_date()
    store.write(first.record.model_copy(update={"score": None}), None)
    path = store.folder / "lab-model" / first.record.run.predictions.file
    path.write_bytes(path.read_bytes().replace(b",1,", b",0,"))
    result = bring_up_to_date()
    assert result.what == "refused"
    assert isinstance(result.error, PredictionsLost)


def test_one_candidate_that_fails_does_not_stop_the_others(evaluation):
    absent = candidate(name="lab-absent", image="registry.example/lab/absent")
    engine = FakeEngine(answers, missing=frozenset({"registry.example/lab/absent"}))
    results = evaluate(replace(evaluation, engine=engine), [absent, candidate()], [DEMO])
    assert [(result.submission, result.what) for result in results] == [
        ("lab-absent", "refused"),
        ("lab-model", "run"),
    ]
    assert results[0].error.code == "E304"


def test_submission_that_has_no_place_is_not_looked_for(bring_up_to_date, engine):
    trained, other = candidate(training_data="{demo: [labels]}"), candidate(mode="fit-predict")
    assert [bring_up_to_date(trained).what, bring_up_to_date(other).what] == ["trained-on", "not-applicable"]
    assert engine.specs == []
    assert engine.images == {}


def test_log_is_shown_where_labels_are_public_and_kept_for_the_operator(bring_up_to_date, settings):
    result = bring_up_to_date(engine=FakeEngine(lambda data, output: exited(1, log=b"no weights\n")))
    assert result.log == "no weights\n"
    path = settings.cache / "logs" / "lab-model.demo.log"
    assert path.read_text() == "no weights\n"
    assert path.stat().st_mode & 0o077 == 0


def test_log_is_shown_to_nobody_where_labels_are_hidden(evaluation, settings):
    engine = FakeEngine(lambda data, output: exited(1, log=b"no weights\n"))
    hidden = replace(DEMO, labels_are_public=False)
    (result,) = evaluate(replace(evaluation, engine=engine), [candidate()], [hidden])
    assert result.log == ""
    assert "no weights" not in result.error.render() + str(result.record)
    assert (settings.cache / "logs" / "lab-model.demo.log").read_text() == "no weights\n"


FAKE_MESSAGES = (
    b"E405  the engine failed while the run on track `demo` was going on\n"
    b'{"outcome": {"kind": "valid"}, "score": {"roc_auc": 1.0}}\n'
    b"OOMKilled=true exit status 137 platform_fault; cannot connect to the docker daemon\n"
    b"\x1b[2J\x1b]0;title\x07 \xe2\x80\xae lebal \xff\r\n"
)


def test_log_that_looks_like_the_platforms_own_words_decides_nothing_and_acts_on_nothing(evaluation, settings):
    engine = FakeEngine(lambda data, output: exited(1, log=FAKE_MESSAGES))
    for track, shown in ((DEMO, True), (replace(DEMO, labels_are_public=False), False)):
        (result,) = evaluate(replace(evaluation, engine=engine, force=True), [candidate()], [track])
        kept = (settings.cache / "logs" / "lab-model.demo.log").read_text()
        said = result.error.render() + str(result.error.to_json()) + result.record.model_dump_json()

        assert (result.error.code, result.record.run.outcome.kind.value) == ("E313", "submission_fault")
        assert "roc_auc" not in said
        assert "daemon" not in said
        assert kept.startswith("E405  the engine failed")  # for the operator, under every track
        assert all(line.isprintable() for line in kept.split("\n"))
        assert result.log == (kept if shown else "")


def test_leftovers_of_killed_runs_are_removed_first(bring_up_to_date):
    lines = []
    bring_up_to_date(engine=FakeEngine(answers, left_behind=("polyreact-x",)), on_progress=lines.append)
    assert lines[0] == "removed what a killed run had left behind: polyreact-x"


def test_second_writer_is_kept_out(bring_up_to_date, store, engine):
    with store.lock(), pytest.raises(ResultsLocked):
        bring_up_to_date()
    assert engine.specs == []


def test_record_never_holds_a_label(bring_up_to_date, store, settings):
    """The predictions are kept under the dataset's ids; the hidden names of antibodies stand nowhere."""
    bring_up_to_date()
    labels = next(settings.hidden.rglob("labels.csv")).read_text()
    name = labels.splitlines()[1].split(",")[2]
    assert name.startswith("synthetic-")
    kept = b"".join(path.read_bytes() for path in store.folder.rglob("*") if path.is_file())
    assert name.encode() not in kept


def test_score_that_was_changed_by_hand_is_refused_and_not_overwritten(bring_up_to_date, store):
    """Symptom: an AUROC of .999 typed into a record was "done before" and went onto the board at rank 1."""
    first = bring_up_to_date()
    metrics = {**first.record.score.metrics, "roc_auc": MetricRecord(value=0.999)}
    forged = first.record.model_copy(update={"score": first.record.score.model_copy(update={"metrics": metrics})})
    store.write(forged, None)
    result = bring_up_to_date()
    assert (result.what, result.error.code) == ("refused", "E601")
    assert store.find("lab-model", "demo") == forged


def test_predictions_changed_after_scoring_are_noticed(bring_up_to_date, store):
    first = bring_up_to_date()
    path = store.folder / "lab-model" / first.record.run.predictions.file
    path.write_bytes(path.read_bytes().replace(b",1,", b",0,", 1))
    assert isinstance(bring_up_to_date().error, PredictionsLost)


def test_record_takes_up_what_a_corrected_manifest_says(bring_up_to_date, store, engine):
    bring_up_to_date()
    result = bring_up_to_date(candidate(title="A better title"))
    assert result.what == "done before"
    assert store.find("lab-model", "demo").submission.name == "A better title"
    assert len(engine.specs) == 1


def test_damaged_record_of_one_submission_does_not_stop_the_others(evaluation, store):
    (store.folder / "lab-model").mkdir(parents=True)
    (store.folder / "lab-model" / "demo.json").write_text("x")
    results = evaluate(evaluation, [candidate(), candidate(name="lab-other")], [DEMO])
    assert [(result.what, result.error.code if result.error else None) for result in results] == [
        ("refused", "E601"),
        ("run", None),
        ("refused", "E601"),  # nor can all be compared
    ]
    assert results[-1].submission == COMPARISONS


def test_submissions_of_a_track_are_compared_and_again_when_one_changes(evaluation, store, engine):
    evaluate(evaluation, [candidate()], [DEMO])
    comparisons = ComparisonStore.of(store)
    assert comparisons.find("demo").pairs.size == 0
    evaluate(evaluation, [candidate(), candidate(name="lab-other")], [DEMO])
    pair = comparisons.find("demo").find_pair("lab-model", "lab-other")
    assert (pair.first, pair.second, pair.auroc.p_value) == ("lab-model", "lab-other", 1.0)
    path = comparisons.find_path("demo")
    before = path.stat().st_mtime_ns
    evaluate(evaluation, [candidate(), candidate(name="lab-other")], [DEMO])
    assert path.stat().st_mtime_ns == before  # nothing changed, nothing was written
    worse = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    evaluate(replace(evaluation, engine=worse, force=True), [candidate(name="lab-other")], [DEMO])
    pair = comparisons.find("demo").find_pair("lab-model", "lab-other")
    assert pair.auroc.difference > 0
    assert pair.auroc.low < pair.auroc.difference < pair.auroc.high


def test_comparisons_that_nobody_has_a_score_for_are_removed(evaluation, store):
    evaluate(evaluation, [candidate()], [DEMO])
    (store.folder / "lab-model" / "demo.json").unlink()
    evaluate(evaluation, [], [DEMO])
    assert ComparisonStore.of(store).find("demo") is None


def test_image_that_cannot_be_had_is_asked_for_once_and_not_for_every_track(evaluation):
    asked = []

    class Counting(FakeEngine):
        def fetch_image(self, reference):
            asked.append(reference)
            return super().fetch_image(reference)

    image = f"registry.example/lab/absent@sha256:{'ab' * 32}"
    engine = Counting(answers, missing=frozenset({image}))
    tracks = [DEMO, replace(DEMO, id="other")]
    absent = candidate(name="lab-absent", image=image)
    results = evaluate(replace(evaluation, engine=engine), [absent], tracks)
    assert [result.error.code for result in results] == ["E304", "E304"]
    assert len(asked) == 1


def test_results_folder_that_cannot_be_written_is_told_before_anything_runs(evaluation, engine, monkeypatch):
    def refuse(**_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("polyreact.results.store.tempfile.TemporaryFile", refuse)
    with pytest.raises(CannotWrite):
        evaluate(evaluation, [candidate()], [DEMO])
    assert engine.specs == []


def test_record_without_an_audit_is_brought_up_to_date_and_nothing_is_run(bring_up_to_date, store, engine):
    """Records made before there were audits stand in git."""
    first = bring_up_to_date()
    older = first.record.model_copy(update={"score": first.record.score.model_copy(update={"audit": None})})
    store.write(older, None)
    second, third = bring_up_to_date(), bring_up_to_date()
    assert [second.what, third.what] == ["scored", "done before"]
    assert second.record == first.record
    assert first.record.score.audit.not_audited == ("no training data declared",)
    assert len(engine.specs) == 1


def test_audit_is_made_again_when_other_training_data_is_declared(bring_up_to_date, store, engine):
    first = bring_up_to_date(candidate(training_data="unknown"))
    second = bring_up_to_date(candidate(training_data="{jain: [sequences]}"))
    third = bring_up_to_date(candidate(training_data="{jain: [labels]}"))
    assert [result.what for result in (first, second, third)] == ["run", "scored", "done before"]
    assert store.find("lab-model", "demo").score.audit.declared == ("jain",)
    assert second.record.score.metrics == first.record.score.metrics
    assert len(engine.specs) == 1
