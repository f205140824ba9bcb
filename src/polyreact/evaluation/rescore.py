"""Scoring kept predictions: after a run, and again whenever a score is no longer what it would be now.

Nothing is run. The one place where a kept score gives way to another: what a newer scoring version changed is
written into the history first (`results/scoring`), then the record, so that a kill between the two loses nothing:
the record is still of the older version, and what is noted twice stands there once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from polyreact.datasets.catalog import Dataset, is_private_name, load_dataset
from polyreact.datasets.prepared import prepare_once
from polyreact.errors import BadRecord, DatasetError, PolyreactError, RecordTooNew, UnknownName
from polyreact.evaluation.audit import Auditor, audit_training_data
from polyreact.evaluation.comparisons import COMPARISONS, ensure_comparisons
from polyreact.evaluation.curves import CURVES, ensure_curves
from polyreact.evaluation.plan import find_exclusion
from polyreact.evaluation.score import SCORING_VERSION, is_same_scoring, score_record, validate_score
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.ledger import count_scored_run
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import OutcomeKind, Record
from polyreact.results.scoring_history import RescoringRecord, describe_rescoring
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.submission.contract import Mode
from polyreact.tracks.catalog import load_track, track_ids
from polyreact.tracks.track import Track

OnProgress = Callable[[str], None]
#: The track and the dataset revision that it asks about.
Asked = tuple[Track, Dataset]


@dataclass(frozen=True, slots=True)
class Scorer:
    """What scoring needs besides the record. `on_progress` takes a line that stays, `on_show` a passing one.

    `overlaps` are those kept elsewhere than beside the records.
    """

    store: ResultsStore
    settings: Settings
    on_progress: OnProgress = lambda _line: None
    on_show: OnProgress = lambda _line: None
    overlaps: OverlapStore | None = None
    _unprepared: dict[str, DatasetError] = field(default_factory=dict)

    def prepare(self, dataset: Dataset) -> None:
        """As ensure_prepared, and what cannot be had is looked for once."""
        prepare_once(dataset, self.settings, self.on_progress, self._unprepared)


class Ending(StrEnum):
    """What became of a kept score."""

    SCORED = "scored anew"
    DRAWN = "drawn anew"
    COMPARED = "compared anew"
    UP_TO_DATE = "up to date"
    LEFT = "left as it is"
    CANNOT = "could not be scored"


@dataclass(frozen=True, slots=True)
class Rescored:
    """What became of one record, or of the curves or the comparisons of a track.

    `reason` says why it was left or scored anew, or whose curves are others now; `error` why it could not be.
    `change` is what a newer scoring version made of its figures, if one scored it.
    """

    submission: str
    track: str
    ending: Ending
    reason: str = ""
    change: RescoringRecord | None = None
    error: PolyreactError | None = None


def score_run(record: Record, asked: Asked, scorer: Scorer) -> Record:
    """The record with the score of its predictions; on a private track it is counted before it can be seen.

    The track's antibodies are compared with what the record says that the submission was made from. Raises
    PredictionsLost, BadRecord, RecordTooNew, DatasetError and CannotWrite.
    """
    track, dataset = asked
    overlaps = scorer.overlaps or OverlapStore.of(scorer.store)
    auditor = Auditor(overlaps, scorer.settings, scorer.on_progress, scorer.on_show)
    audit = audit_training_data(record.submission.training_data, track, dataset, auditor)
    counted = _count(record, track, scorer.settings)
    return score_record(counted, dataset, scorer.store, scorer.settings, audit, folds_by=track.folds_by)


def bring_up_to_date(kept: Record, record: Record, asked: Asked, scorer: Scorer) -> Record:
    """Make the score of a kept record again, and keep the record with the one that it has by now.

    `record` is the kept one as its manifest is now. A score that was made from the same things by the same rules
    must be the same and stays; one of a newer scoring version than this program's is refused.
    Raises as `score_run`; then nothing of the record was changed.
    """
    _validate_not_newer(kept)
    scorer.prepare(asked[1])
    made = score_run(record, asked, scorer)
    validate_score(kept, made)
    return keep_record(kept, record if is_same_scoring(kept, made) else made, scorer)


def keep_record(kept: Record, record: Record, scorer: Scorer) -> Record:
    """Put a record into the place of the kept one, which has the same predictions; returned is what stands there.

    Where a newer scoring version scored it, what that changed is noted first. One that is the same is not written
    again, and keeps its signature. Raises BadRecord, RecordTooNew and CannotWrite.
    """
    change = describe_rescoring(kept, record)
    if change is not None and record.score is not None:
        path = ScoringHistory.of(scorer.store).add(record.score.scoring_version, change)
        scorer.on_progress(
            f"{record.submission.id} on {record.track}: scored by version {record.score.scoring_version} now, by "
            f"{change.previous_version} before; figures changed: {len(change.changed)}. Noted in {path}"
        )
    if record == kept:
        return kept
    record = record.model_copy(update={"signature": None})  # it was of what stood there before
    scorer.store.write(record, None)
    return record


def rescore_records(paths: Sequence[Path], scorer: Scorer) -> tuple[Rescored, ...]:
    """Bring the score of every record up to date, then draw and compare them anew on each of their tracks.

    What is wrong with one is a result, and the others go on.
    Raises ResultsLocked, CannotWrite, and BadRecord or RecordTooNew where the kept history cannot be read.
    """
    with scorer.store.lock():
        ScoringHistory.of(scorer.store).read_all()  # where it is damaged, nothing may change unnoted
        found = tuple(_rescore(path, scorer) for path in paths)
        tracks = sorted({one.track for one in found if is_private_name(one.track) == scorer.store.is_private})
        asked = [load_track(name) for name in tracks if name in track_ids()]
        drawn = [_draw(track, scorer) for track in asked if not track.is_private]
        return (*found, *drawn, *(_compare(track, scorer) for track in asked))


def worst_status(found: Iterable[Rescored]) -> int:
    """The exit status of the worst error; 0 where every score is as it should be."""
    return max((one.error.exit_status for one in found if one.error is not None), default=0)


def _rescore(path: Path, scorer: Scorer) -> Rescored:
    submission, track = path.parent.name, path.stem
    scorer.on_progress(f"scoring {submission} on {track}")
    try:
        kept = _find(path, scorer.store)
        asked = _find_question(kept)
        if isinstance(asked, str):
            return Rescored(submission, track, Ending.LEFT, asked)
        record = bring_up_to_date(kept, kept, asked, scorer)
    except PolyreactError as error:
        return Rescored(submission, track, Ending.CANNOT, error=error)
    if record == kept:
        return Rescored(submission, track, Ending.UP_TO_DATE)
    change = describe_rescoring(kept, record)
    if kept.score is None:
        reason = "it had no score"
    elif change is None:
        reason = "its audit, its labels or its meaning changed"
    else:
        reason = f"it was of version {change.previous_version}"
    return Rescored(submission, track, Ending.SCORED, reason, change)


def _draw(track: Track, scorer: Scorer) -> Rescored:
    """Make the curves of a track's submissions again whatever stands there, and keep those that differ."""
    try:
        changed = ensure_curves(track, scorer.store, scorer.settings, scorer.on_progress, force=True)
    except PolyreactError as error:
        return Rescored(CURVES, track.id, Ending.CANNOT, error=error)
    if not changed:
        return Rescored(CURVES, track.id, Ending.UP_TO_DATE)
    return Rescored(CURVES, track.id, Ending.DRAWN, ", ".join(sorted(changed)))


def _compare(track: Track, scorer: Scorer) -> Rescored:
    """Make the comparisons of a track again whatever stands there, and keep what differs."""
    try:
        kept = ComparisonStore.of(scorer.store).find_whole(track.id)
        made = ensure_comparisons(track, scorer.store, scorer.settings, scorer.on_progress, force=True)
    except PolyreactError as error:
        return Rescored(COMPARISONS, track.id, Ending.CANNOT, error=error)
    return Rescored(COMPARISONS, track.id, Ending.UP_TO_DATE if made == kept else Ending.COMPARED)


def _find(path: Path, store: ResultsStore) -> Record:
    if is_private_name(path.stem) != store.is_private:
        raise BadRecord(
            f"the record {path} does not belong into this folder",
            consequence="Nothing was changed.",
            cure="Records of private tracks stand in the folder that POLYREACT_PRIVATE names, and no others do.",
        )
    record = store.find(path.parent.name, path.stem)
    if record is None:
        raise BadRecord(f"{path} went away")
    return record


def _find_question(record: Record) -> Asked | str:
    """What the record's predictions are to be scored on, or why its score is to be left as it is.

    Raises BadRecord for a mode that there is not.
    """
    if record.run.outcome.kind is not OutcomeKind.VALID:
        return f"its run failed ({record.run.outcome.code})"
    try:
        track = load_track(record.track)
    except UnknownName:
        return "there is no such track any more"
    if (record.dataset, record.revision) != (track.dataset, track.revision):
        return (
            f"its run is of {record.dataset}, revision {record.revision}, and is to be repeated: "
            f"the track asks about {track.dataset}, revision {track.revision}"
        )
    if record.submission.mode not in set(Mode):
        raise BadRecord(f"the record of {record.submission.id} on {record.track} names no mode of a submission")
    exclusion = find_exclusion(record.submission.training_data, Mode(record.submission.mode), track)
    return exclusion.value if exclusion is not None else (track, load_dataset(track.dataset, track.revision))


def _validate_not_newer(kept: Record) -> None:
    if kept.score is not None and kept.score.scoring_version > SCORING_VERSION:
        raise RecordTooNew(
            f"the record of {kept.submission.id} on {kept.track} was scored by version "
            f"{kept.score.scoring_version}; this program scores by version {SCORING_VERSION}",
            consequence="Nothing was changed.",
            cure="Update polyreact.",
        )


def _count(record: Record, track: Track, settings: Settings) -> Record:
    """On a private track a run is counted before there is a score to be seen; scoring it again changes nothing."""
    if not track.is_private:
        return record
    if settings.private is None:
        message = "a private track is catalogued in the folder of private tracks"
        raise ValueError(message)
    return record.model_copy(update={"earlier_scored_runs": count_scored_run(settings.private, record)})
