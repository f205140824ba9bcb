"""The check of a pull request, without secrets: its one manifest, its image, and a run on the public demo track."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from polyreact import __version__
from polyreact.ci.commits import fetch_commits
from polyreact.ci.entry import Entry, Judgement, is_submission, judge_entry
from polyreact.ci.owners import Owners
from polyreact.ci.report_document import (
    CheckRecord,
    ClaimRecord,
    Report,
    RunFigures,
    Step,
    complete,
    failed,
    judged,
    passed,
)
from polyreact.engines.interface import Engine
from polyreact.errors import CheckFailed, EngineRefused, HostError, PolyreactError, RegistryFailed
from polyreact.evaluation.evaluate import OnProgress, OnTick, Result
from polyreact.evaluation.patience import Patience, run_patiently
from polyreact.evaluation.plan import TRIAL_TRACKS
from polyreact.evaluation.publication import validate_shown
from polyreact.evaluation.submissions import Candidate
from polyreact.evaluation.trial import run_trial, try_claim
from polyreact.evaluation.trust.independence import unknown_independence
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

#: A claim to be independent takes seven more runs, and a check is to be brief: it is looked at after a short run.
MOST_S_FOR_A_CLAIM = 60.0


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is to be checked: the commit `head_sha` at `remote`, opened as a pull request by `author`.

    `find_who_brought` tells who handed in the file at a path of the base branch; `token` is told to `server_url`
    only, and `network` is what git needs to reach it.
    """

    remote: str
    head_sha: str
    author: str
    owners: Owners
    find_who_brought: Callable[[str], str | None]
    token: str = field(default="", repr=False)
    server_url: str = ""
    network: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """A report, all that the container printed, and the first error, None where everything passed."""

    report: Report
    log: str = ""
    error: PolyreactError | None = None


def check_pull_request(
    request: CheckRequest,
    load_engine: Callable[[], Engine],
    settings: Settings,
    on_progress: OnProgress,
    on_tick: OnTick,
) -> Checked:
    """Everything that is found; what goes wrong is in the report, and never raised.

    The engine is loaded only where there is something to run.
    """
    start = time.monotonic()
    report = Report(polyreact=__version__, head_sha=request.head_sha, is_submission=True)
    try:
        judgement = _judge(request)
    except PolyreactError as error:
        judgement = Judgement((failed(Step.CHANGE, error),), None, error)
    if judgement is None:
        return Checked(report.model_copy(update={"is_submission": False}))
    tried = _Tried(error=judgement.error)
    if judgement.entry is not None:
        for check in judgement.checks:
            on_progress(f"{judgement.entry.manifest.name}: {check.step} {check.outcome}")
        tried = _try(judgement.entry, load_engine, settings, on_progress, on_tick)
    found = {
        "manifest_sha256": judgement.entry.sha256 if judgement.entry else None,
        "checks": complete([*judgement.checks, *tried.checks]),
        "run": tried.figures,
        "independence": tried.independence,
        "wall_s": round(time.monotonic() - start, 1),
    }
    return Checked(report.model_copy(update=found), tried.log, tried.error)


def _judge(request: CheckRequest) -> Judgement | None:
    """What the commits say; None where they bring no submission."""
    with fetch_commits(
        request.remote,
        request.head_sha,
        token=request.token,
        server_url=request.server_url,
        network=request.network,
    ) as commits:
        if not is_submission(commits.changes):
            return None
        return judge_entry(commits, request.author, request.owners, request.find_who_brought)


@dataclass(frozen=True, slots=True)
class _Tried:
    checks: tuple[CheckRecord, ...] = ()
    figures: RunFigures | None = None
    log: str = ""
    error: PolyreactError | None = None
    independence: ClaimRecord | None = None


def _try(
    entry: Entry, load_engine: Callable[[], Engine], settings: Settings, on_progress: OnProgress, on_tick: OnTick
) -> _Tried:
    candidate = Candidate(entry.manifest, entry.sha256, None)
    track = load_track(TRIAL_TRACKS[entry.manifest.mode])
    try:
        engine = _load_sandbox(load_engine)
        _fetch_image(candidate, engine, on_progress)
    except PolyreactError as error:
        return _Tried((failed(Step.IMAGE, error),), error=error)
    fetched = passed(Step.IMAGE)
    on_progress(f"{entry.manifest.name}: image passed")
    try:
        result = run_trial(candidate, track, engine, settings, on_progress=on_progress, on_tick=on_tick)
    except PolyreactError as error:
        return _Tried((fetched, failed(Step.RUN, error)), error=error)
    found = result.error
    if found is None and result.record is None:
        found = CheckFailed(
            f"this submission has no place on track `{track.id}`: {result.what}",
            consequence="Nothing was run.",
            cure=f"Every submission is tried on `{track.id}`, so no submission may declare its labels as used.",
        )
    figures = _describe(result, track, engine)
    if found is not None:
        return _Tried((fetched, failed(Step.RUN, found)), figures, result.log, found)
    on_progress(f"{entry.manifest.name}: run passed")
    claim = _look_at_claim(candidate, figures, engine, settings, on_progress, on_tick)
    return _Tried((fetched, passed(Step.RUN)), figures, result.log, independence=claim)


def _look_at_claim(
    candidate: Candidate,
    figures: RunFigures | None,
    engine: Engine,
    settings: Settings,
    on_progress: OnProgress,
    on_tick: OnTick,
) -> ClaimRecord | None:
    """Whether a submission that says that it is independent is; what the platform fails at is looked at later."""
    if not candidate.manifest.independent:
        return None
    if figures is None or figures.wall_s > MOST_S_FOR_A_CLAIM:
        return ClaimRecord()
    try:
        return judged(try_claim(candidate, engine, settings, on_progress=on_progress, on_tick=on_tick))
    except HostError as error:
        on_progress(error.render())
        return ClaimRecord()
    except PolyreactError as error:
        return judged(unknown_independence(f"{error.code}  {error.summary}"))


def _load_sandbox(load_engine: Callable[[], Engine]) -> Engine:
    engine = load_engine()
    engine.probe()
    if not engine.is_sandbox:
        raise EngineRefused(
            f"the engine `{engine.name}` is no sandbox, and a pull request is a stranger's",
            consequence="Nothing was run.",
            cure="Use docker or podman: --engine podman",
        )
    missing = engine.missing_limits()
    if missing:
        raise EngineRefused(
            f"{engine.name} cannot hold all limits on this host: {'; '.join(missing)}",
            consequence="Nothing was run.",
            cure="Run as root; `polyreact engine check` tells what is missing.",
        )
    return engine


def _fetch_image(candidate: Candidate, engine: Engine, on_progress: OnProgress) -> None:
    """Pull the image, by what its registry announces first; a registry that does not answer is asked again.

    One that wants credentials fails as one that is broken does; whoever keeps an image private is told so.
    """
    reference = candidate.manifest.image_reference
    on_progress(f"{candidate.manifest.name}: pulling {reference}")
    try:
        run_patiently(
            lambda: engine.fetch_image(reference), lambda _image: None, engine, Patience(on_repeat=on_progress)
        )
    except RegistryFailed:
        validate_shown(reference)
        raise


def _describe(result: Result, track: Track, engine: Engine) -> RunFigures | None:
    if result.record is None:
        return None
    run = result.record.run
    return RunFigures(
        track=track.id,
        engine=engine.name,
        wall_s=run.wall_s,
        wall_limit_s=track.limits.wall_time_s,
        peak_memory_bytes=run.peak_memory_bytes,
        memory_limit_bytes=track.limits.memory_bytes,
        image_bytes=run.image.size_bytes,
    )
