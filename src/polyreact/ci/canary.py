"""Before anybody's submission is run, a baseline must still give what it gave when it was recorded.

If it does not, the platform itself changed or broke (engine, base image, inputs, scoring), and no run of today
would be worth anything. Predictions are compared byte by byte, and the kept scores are made again bit by bit.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace

from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import CanaryFailed, Finding, PolyreactError
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.submissions import Candidate
from polyreact.evaluation.verification.findings import Verifier
from polyreact.evaluation.verification.records import verify_records
from polyreact.results.store import ResultsStore
from polyreact.tracks.track import Track

#: A baseline that learns nothing and one that is fitted here: both are built and run in seconds.
CANARIES = ("zoo/isoelectric-point", "zoo/composition-logistic")


def run_canary(evaluation: Evaluation, candidates: Sequence[Candidate], tracks: Sequence[Track]) -> tuple[str, ...]:
    """Run the baselines on every one of `tracks` that they have a record on; one line for each that holds.

    The records themselves are not touched. Raises CanaryFailed with everything that does not hold, and HostError
    when no engine answers.
    """
    kept = evaluation.store
    with open_run_folder(evaluation.settings.runs, f"canary-{secrets.token_hex(8)}") as folder:
        aside = replace(evaluation, store=ResultsStore(folder / "results"), is_scored=False)
        held: list[str] = []
        findings: list[Finding] = []
        for candidate in candidates:
            recorded = [track for track in tracks if _find_valid(kept, candidate, track)]
            if not recorded:
                name = candidate.manifest.name
                findings.append(Finding(name, f"has no valid record in {kept.folder} to be compared with"))
            for result in evaluate(aside, [candidate], recorded):
                problem = _compare(result, aside.store, kept)
                if problem:
                    findings.append(Finding(f"{result.submission} on {result.track}", problem))
                else:
                    held.append(f"{result.submission} on {result.track}: the same predictions, byte for byte")
    findings += _verify_scores(evaluation, candidates, tracks)
    if findings:
        raise CanaryFailed(
            "a baseline does not give what it gave when it was recorded: the platform is not what it was",
            findings=findings,
            consequence="No submission was run.",
            cure="Find out what changed (engine, base image, data, packages). When the baselines are right, keep "
            "what they give now:\n  polyreact evaluate run " + " ".join(CANARIES) + " --force",
        )
    return tuple(held)


def _find_valid(store: ResultsStore, candidate: Candidate, track: Track) -> bool:
    record = store.find(candidate.manifest.name, track.id)
    return record is not None and record.run.predictions is not None


def _compare(result: Result, made: ResultsStore, kept: ResultsStore) -> str:
    """What is wrong with a repeated run, empty where nothing is."""
    if result.error is not None:
        return f"{result.error.code}  {result.error.summary}"
    before, now = kept.find(result.submission, result.track), result.record
    if before is None or now is None:
        return "there is no record of it any more"
    try:
        same = kept.read_predictions(before) == made.read_predictions(now)
    except PolyreactError as error:
        return f"{error.code}  {error.summary}"
    return "" if same else "the predictions are others than the recorded ones"


def _verify_scores(
    evaluation: Evaluation, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> Iterator[Finding]:
    """The kept records of the baselines, made again from their predictions and the labels."""
    store, names = evaluation.store, {candidate.manifest.name for candidate in candidates}
    asked = {track.id for track in tracks}
    paths = [path for path in store.find_paths() if path.parent.name in names and path.stem in asked]
    for found in verify_records(paths, Verifier(store, evaluation.settings)):
        problems = [str(difference) for difference in found.differences] or ([found.absent] if found.absent else [])
        for problem in problems:
            yield Finding(f"{found.submission} on {found.track}", problem)
