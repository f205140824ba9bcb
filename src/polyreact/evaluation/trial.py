"""A submission tried as an official run would, of which nothing is kept."""

from __future__ import annotations

import secrets

from polyreact.engines.interface import Engine
from polyreact.engines.run_folder import open_run_folder
from polyreact.evaluation.evaluate import Evaluation, OnProgress, OnTick, Result, evaluate
from polyreact.evaluation.submissions import Candidate
from polyreact.evaluation.trust.checks import TrustChecks, check_trust
from polyreact.evaluation.trust.independence import (
    INDEPENDENCE_TRACK,
    NOT_CLAIMED,
    Independence,
    judge_independence,
    unknown_independence,
)
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track


def run_trial(
    candidate: Candidate,
    track: Track,
    engine: Engine,
    settings: Settings,
    *,
    base: str | None = None,
    on_progress: OnProgress = lambda _line: None,
    on_tick: OnTick = lambda _what, _seconds, _limit: None,
) -> Result:
    """The result on `track`, whose records are gone afterwards. Raises HostError when no engine answers."""
    with open_run_folder(settings.runs, f"check-{secrets.token_hex(8)}") as folder:
        evaluation = Evaluation(
            engine=engine,
            store=ResultsStore(folder / "results"),
            settings=settings,
            base=base,
            on_progress=on_progress,
            on_tick=on_tick,
        )
        (result,) = evaluate(evaluation, [candidate], [track])
    return result


def try_claim(
    candidate: Candidate,
    engine: Engine,
    settings: Settings,
    *,
    base: str | None = None,
    on_progress: OnProgress = lambda _line: None,
    on_tick: OnTick = lambda _what, _seconds, _limit: None,
) -> Independence:
    """Whether a candidate is independent as its manifest says; nothing is run of one that does not say so.

    Raises HostError where the platform fails, and what the submission cannot be run for.
    """
    if not candidate.manifest.independent:
        return NOT_CLAIMED
    with open_run_folder(settings.runs, f"check-{secrets.token_hex(8)}") as folder:
        checks = TrustChecks(
            engine=engine,
            store=ResultsStore(folder / "results"),
            settings=settings,
            base=base,
            on_progress=on_progress,
            on_tick=on_tick,
        )
        (result,) = check_trust(checks, candidate, [load_track(INDEPENDENCE_TRACK)])
    if result.record is not None:
        return judge_independence(result.record)
    if result.error is not None:
        raise result.error
    return unknown_independence(f"it has no place on track `{INDEPENDENCE_TRACK}`: {result.what}")
