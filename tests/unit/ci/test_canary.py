"""A baseline that does not give what it gave stops the weekly evaluation, and one that does changes nothing."""

import pytest

from kills import essence
from polyreact.ci.canary import run_canary
from polyreact.errors import CanaryFailed, EngineFailed, NoEngine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.ci.conftest import answers_now, engine_that_answers
from unit.evaluation.conftest import candidate

BASELINE = candidate(name="polyreact-baseline")
TRACKS = (load_track("demo"), load_track("jain"))


@pytest.fixture
def evaluation(weekly_settings, tmp_path):
    store = ResultsStore(tmp_path / "results")
    return Evaluation(engine_that_answers(), store, weekly_settings, wait=lambda _seconds: None)


@pytest.fixture
def recorded(evaluation):
    """A baseline with a record on one track."""
    evaluate(evaluation, [BASELINE], TRACKS[:1])
    return evaluation


def problems(failed):
    return [str(finding) for finding in failed.value.findings]


def test_baseline_that_gives_the_same_changes_nothing(recorded):
    before = essence(recorded.store)
    assert run_canary(recorded, [BASELINE], TRACKS) == (
        "polyreact-baseline on demo: the same predictions, byte for byte",
    )
    assert essence(recorded.store) == before
    assert list(recorded.settings.runs.iterdir()) == []


def test_one_other_prediction_stops_everything(recorded):
    def changed(data, output):
        ended = answers_now(data, output)
        path = output / "predictions.csv"
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:-1], lines[-1] + "1"]) + "\n")
        return ended

    recorded.engine.script = changed
    with pytest.raises(CanaryFailed, match="the platform is not what it was") as failed:
        run_canary(recorded, [BASELINE], TRACKS)
    assert problems(failed) == ["polyreact-baseline on demo the predictions are others than the recorded ones"]
    assert failed.value.exit_status == 4


def test_engine_that_fails_stops_everything(recorded):
    def broken(_data, _output):
        raise EngineFailed("the engine lost it")

    recorded.engine.script = broken
    with pytest.raises(CanaryFailed) as failed:
        run_canary(recorded, [BASELINE], TRACKS)
    assert problems(failed) == ["polyreact-baseline on demo E403  the engine lost it"]


def test_engine_that_is_not_there_stops_everything(recorded, monkeypatch):
    def absent(_self):
        raise NoEngine("none answers")

    monkeypatch.setattr(type(recorded.engine), "probe", absent)
    with pytest.raises(NoEngine):
        run_canary(recorded, [BASELINE], TRACKS)


def test_number_that_scoring_does_not_give_any_more_stops_everything(recorded):
    record = recorded.store.find("polyreact-baseline", "demo")
    metrics = dict(record.score.metrics)
    metrics["roc_auc"] = metrics["roc_auc"].model_copy(update={"value": 0.123})
    forged = record.model_copy(update={"score": record.score.model_copy(update={"metrics": metrics})})
    recorded.store.write(forged, None)
    with pytest.raises(CanaryFailed) as failed:
        run_canary(recorded, [BASELINE], TRACKS)
    assert any("roc_auc.value: expected" in problem and "found 0.123" in problem for problem in problems(failed))


def test_baseline_without_a_record_proves_nothing(evaluation):
    with pytest.raises(CanaryFailed) as failed:
        run_canary(evaluation, [BASELINE], TRACKS)
    assert "has no valid record" in problems(failed)[0]
