"""What the platform fails at is repeated, so often and no more; what a submission does wrong never is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.engine import FakeEngine
from polyreact.errors import (
    EngineFailed,
    EngineRefused,
    HostError,
    NoEngine,
    PolyreactError,
    RegistryFailed,
    RunFailed,
    RunUndetermined,
)
from polyreact.evaluation.outcome import REPEATED_AFTER_S
from polyreact.evaluation.patience import Patience, run_patiently

DELAYS = dict(REPEATED_AFTER_S)


class Trial:
    """Attempts that end as they are told, and what was waited for and said meanwhile."""

    def __init__(self, *ends: PolyreactError | None, is_patient: bool = True) -> None:
        self.is_patient = is_patient
        self.ends = list(ends)
        self.attempts = 0
        self.waited: list[float] = []
        self.told: list[str] = []
        self.engine = FakeEngine(left_behind=("polyreact-x",))

    def run(self) -> tuple[PolyreactError | None, list[str | None]]:
        patience = Patience(self.is_patient, self.waited.append, self.told.append)
        done, earlier = run_patiently(self._attempt, lambda done: done, self.engine, patience)
        return done, [verdict.outcome.code for verdict in earlier]

    def _attempt(self) -> PolyreactError | None:
        end = self.ends[min(self.attempts, len(self.ends) - 1)]
        self.attempts += 1
        if isinstance(end, EngineFailed | NoEngine | RegistryFailed | EngineRefused):
            raise end
        return end


def test_run_that_ends_well_is_done_once() -> None:
    trial = Trial(None)
    assert trial.run() == (None, [])
    assert (trial.attempts, trial.waited, trial.told) == (1, [], [])


def test_failure_of_the_platform_is_repeated_after_a_delay_and_told() -> None:
    trial = Trial(EngineFailed("the engine went away"), None)
    assert trial.run() == (None, ["E403"])
    assert trial.waited == [DELAYS[EngineFailed][0]]
    (line,) = trial.told
    assert line.startswith("E403  the engine went away\n")
    assert "not held against the submission" in line
    assert "(1 of at most 3 times)" in line


def test_what_a_failed_attempt_left_behind_is_removed_before_the_next() -> None:
    trial = Trial(EngineFailed("the engine went away"), None)
    trial.run()
    assert trial.engine.left_behind == ()


@pytest.mark.parametrize("kind", DELAYS)
def test_failure_that_stays_is_repeated_so_often_and_then_told(kind: type[HostError]) -> None:
    trial = Trial(kind("again and again"))
    if kind is RunUndetermined:
        done, earlier = trial.run()
        assert isinstance(done, RunUndetermined)
        assert earlier == ["E405"]
    else:
        with pytest.raises(kind, match="again and again"):
            trial.run()
    assert tuple(trial.waited) == DELAYS[kind]
    assert trial.attempts == len(DELAYS[kind]) + 1


@pytest.mark.parametrize("end", [RunFailed("its own"), None], ids=["failed", "valid"])
def test_what_the_submission_does_is_never_repeated(end: PolyreactError | None) -> None:
    trial = Trial(end)
    assert trial.run() == (end, [])
    assert trial.attempts == 1


def test_without_patience_nothing_is_repeated() -> None:
    trial = Trial(EngineFailed("away"), is_patient=False)
    with pytest.raises(EngineFailed):
        trial.run()
    assert (trial.attempts, trial.waited, trial.told) == (1, [], [])


def test_host_that_may_not_be_used_is_not_asked_again() -> None:
    trial = Trial(EngineRefused("no sandbox"))
    with pytest.raises(EngineRefused):
        trial.run()
    assert (trial.attempts, trial.waited) == (1, [])


def test_failures_of_different_kinds_are_counted_together() -> None:
    trial = Trial(EngineFailed("away"), EngineFailed("away"), RunUndetermined("killed"), None)
    done, earlier = trial.run()
    assert isinstance(done, RunUndetermined)
    assert earlier == ["E403", "E403"]
    assert trial.attempts == 3


def test_engine_that_cannot_clean_up_yet_is_asked_for_the_next_attempt_all_the_same() -> None:
    def refuse() -> tuple[str, ...]:
        raise EngineFailed("not yet")

    trial = Trial(EngineFailed("away"), None)
    reap: Callable[[], tuple[str, ...]] = refuse
    trial.engine.reap = reap  # type: ignore[method-assign]
    assert trial.run() == (None, ["E403"])
