"""The board from records: which cell says what, in which order, and who has which rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from polyreact.errors import BadRecord
from polyreact.leaderboard.board import Board, Cell, CellState, Entry, TrackBoard
from polyreact.leaderboard.overall import build_overall
from polyreact.leaderboard.pairs import Pairs
from polyreact.leaderboard.ranking import build_resolution, rank_column, validate_compared
from polyreact.metrics.catalog import METRICS_BY_KEY, Direction
from polyreact.results.comparison_records import ComparisonsRecord
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.curve_store import is_of_score
from polyreact.results.overlap_records import OverlapRecord
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import OutcomeKind, Record, ScoreRecord, SubmissionRecord
from polyreact.results.scoring_history import ScoringHistoryRecord
from polyreact.results.trust_records import TrustRecord
from polyreact.tracks.track import Standing, Track, TrackId

NOT_RUN = "not run yet"
NOT_SCORED = "run, and not scored yet"
TO_REPEAT = "the platform failed, not the submission; the run will be repeated"
TRAINED_ON = "the submission declares that it was made with this dataset's labels"
NOT_APPLICABLE = "the submission cannot answer this track's question"
RUN_NOT_RANKED = "the run does not count for ranks"

#: A submission on a track: `SubmissionRecord.id` and the track's id.
Place = tuple[str, TrackId]

_STATE_ORDER = tuple(CellState)
_STANDING_ORDER = tuple(Standing)


def build_board(
    records: Sequence[Record],
    tracks: Sequence[Track],
    pending: Iterable[tuple[SubmissionRecord, TrackId]] = (),
    declared: Mapping[Place, CellState] = MappingProxyType({}),
    overlaps: Sequence[OverlapRecord] = (),
    comparisons: Sequence[ComparisonsRecord] = (),
    scoring_history: Sequence[ScoringHistoryRecord] = (),
    trust: Sequence[TrustRecord] = (),
    curves: Sequence[CurvesRecord] = (),
    packages: Mapping[str, PackagesDocument] = MappingProxyType({}),
) -> Board:
    """The board of `tracks`; records of other tracks are left out.

    Tracks stand in the order of their standing, ranked ones first and of these the one that leads, else as given.

    `pending` are jobs known and not recorded; they show as missing, and their manifest is newer than any
    record's. `declared` says what the plan knows without a run: trained-on and not-applicable stand even
    where an older record has a score, missing only where there is none. A record of another revision of the
    dataset counts as missing. Of `overlaps`, those are shown whose test set a track asks about. `comparisons` are
    those of each track's records; ranks are made from their p-values among the entries that count here.
    `scoring_history` and `trust` are shown as they are. Of `curves`, those are shown that were made from the very
    predictions and labels of a cell's score; others are left out, since a board without them says nothing wrong.
    The order of the arguments' elements, tracks excepted, changes nothing.

    Raises BadRecord where one track's records cannot be compared: two for the same submission, scored with
    different labels or scoring versions, or with scores that `comparisons` has not. Raises ValueError for a primary
    metric or a declared state that does not exist.
    """
    tracks = sorted(tracks, key=lambda track: (_STANDING_ORDER.index(track.standing), not track.leads))
    by_place = _by_place(records)
    submissions = _current_submissions(records, pending)
    cells = {
        (name, track.id): _cell(track, by_place.get((name, track.id)), declared.get((name, track.id)))
        for name in submissions
        for track in tracks
    }
    drawn = {(record.submission, TrackId(record.track)): record for record in curves}
    cells = {place: _with_curves(cell, drawn.get(place)) for place, cell in cells.items()}
    compared = {record.track: record for record in comparisons}
    for track in tracks:
        column = {name: cells[name, track.id] for name in submissions}
        _validate_comparable(track, column.values())
        validate_compared(track, column, compared.get(track.id))
        for name, rank in rank_column(track, column, compared.get(track.id)).items():
            cells[name, track.id] = replace(column[name], rank=rank)
    entries = [
        Entry(submissions[name], MappingProxyType({track.id: cells[name, track.id] for track in tracks}))
        for name in submissions
    ]
    boards = tuple(_track_board(track, entries, compared.get(track.id)) for track in tracks)
    ranked = [board for board in boards if board.track.is_ranked and not board.track.is_private]
    lead = next((board for board in ranked if board.track.leads), next(iter(ranked), None))
    first = lead or next(iter(boards), None)
    shown = first.entries if first else ()
    return Board(
        boards,
        shown,
        lead.track if lead else None,
        _overlaps_of(tracks, overlaps),
        build_overall(shown, [board.track for board in ranked]),
        tuple(sorted(scoring_history, key=lambda record: record.scoring_version)),
        tuple(sorted(trust, key=lambda record: (record.submission, record.track))),
        packages,
    )


def _overlaps_of(tracks: Sequence[Track], overlaps: Iterable[OverlapRecord]) -> tuple[OverlapRecord, ...]:
    """By the order of the tracks, then by reference, an older revision after the newer one."""
    asked = list(dict.fromkeys((track.dataset, track.revision) for track in tracks))
    shown = [overlap for overlap in overlaps if (overlap.test.id, overlap.test.revision) in asked]
    return tuple(
        sorted(
            shown,
            key=lambda overlap: (
                asked.index((overlap.test.id, overlap.test.revision)),
                overlap.reference.id,
                -overlap.reference.revision,
            ),
        )
    )


def _by_place(records: Sequence[Record]) -> dict[Place, Record]:
    by_place: dict[Place, Record] = {}
    for record in records:
        place = (record.submission.id, TrackId(record.track))
        if place in by_place:
            raise BadRecord(
                f"there are two records for submission `{place[0]}` on track `{place[1]}`",
                consequence="No leaderboard was made.",
                cure="Keep the one in results/<submission>/<track>.json and delete the other.",
            )
        by_place[place] = record
    return by_place


def _current_submissions(
    records: Sequence[Record], pending: Iterable[tuple[SubmissionRecord, TrackId]]
) -> dict[str, SubmissionRecord]:
    """Each submission as its newest manifest describes it, by id in alphabetical order."""
    recorded = sorted(records, key=lambda record: (record.run.started_at, record.submission.manifest_sha256))
    current = {record.submission.id: record.submission for record in recorded}
    waiting = sorted((submission for submission, _ in pending), key=lambda submission: submission.manifest_sha256)
    current.update((submission.id, submission) for submission in waiting)
    return dict(sorted(current.items()))


def _cell(track: Track, record: Record | None, declared: CellState | None) -> Cell:
    match declared:
        case CellState.TRAINED_ON:
            return Cell(CellState.TRAINED_ON, reason=TRAINED_ON)
        case CellState.NOT_APPLICABLE:
            return Cell(CellState.NOT_APPLICABLE, reason=NOT_APPLICABLE)
        case CellState.SCORE | CellState.FAILED:
            raise ValueError(f"a cell cannot be declared to be `{declared}`: that takes a record")
    if record is None:
        return Cell(CellState.MISSING, reason=NOT_RUN)
    if (record.dataset, record.revision) != (track.dataset, track.revision):
        kept, asked = f"{record.dataset} r{record.revision}", f"{track.dataset} r{track.revision}"
        return Cell(CellState.MISSING, reason=f"run on {kept}; not run on {asked} yet")
    return _recorded_cell(track, record)


def _recorded_cell(track: Track, record: Record) -> Cell:
    outcome, signature = record.run.outcome, record.signature
    if outcome.kind is OutcomeKind.SUBMISSION_FAULT:
        return Cell(
            CellState.FAILED, run=record.run, code=outcome.code, reason=outcome.message, signature=signature
        )
    if outcome.kind is not OutcomeKind.VALID:
        return Cell(CellState.MISSING, run=record.run, code=outcome.code, reason=TO_REPEAT)
    if record.score is None:
        return Cell(CellState.MISSING, run=record.run, reason=NOT_SCORED)
    reason = RUN_NOT_RANKED if track.is_ranked and not record.ranked else ""
    return Cell(
        CellState.SCORE,
        score=record.score,
        run=record.run,
        reason=reason,
        earlier_scored_runs=record.earlier_scored_runs,
        signature=signature,
    )


def _with_curves(cell: Cell, curves: CurvesRecord | None) -> Cell:
    """The cell with its curves, if they are those of its score."""
    if curves is None or cell.score is None or not is_of_score(curves, cell.score):
        return cell
    return replace(cell, curves=curves)


def _validate_comparable(track: Track, cells: Iterable[Cell]) -> None:
    scores = [cell.score for cell in cells if cell.score is not None]
    for what, kinds in (
        ("scoring versions", {score.scoring_version for score in scores}),
        ("labels", {score.labels_sha256 for score in scores}),
        ("numbers of antibodies", {_class_counts(score) for score in scores}),
    ):
        if len(kinds) > 1:
            raise BadRecord(
                f"the records of track `{track.id}` were scored with different {what} and cannot be compared",
                consequence="No leaderboard was made.",
                cure="Score the kept predictions again, all of them by one version:\n"
                f"  polyreact score --all{' --private' if track.is_private else ''}",
            )


def _class_counts(score: ScoreRecord) -> tuple[int, int] | tuple[None, None]:
    counts = score.confusion
    if counts is None:
        return None, None
    return counts.true_positives + counts.false_negatives, counts.true_negatives + counts.false_positives


def _goodness(track: Track, cell: Cell) -> float | None:
    """The primary metric, signed so that more is better."""
    metric = METRICS_BY_KEY.get(track.primary_metric)
    if metric is None:
        raise ValueError(f"track `{track.id}` names the primary metric `{track.primary_metric}`; there is none")
    value = cell.metric(metric.key)
    if value is None or value.value is None:
        return None
    return value.value if metric.direction is Direction.HIGHER else -value.value


def _track_board(track: Track, entries: Iterable[Entry], compared: ComparisonsRecord | None) -> TrackBoard:
    ordered = tuple(sorted(entries, key=lambda entry: _row_order(track, entry)))
    score = next((entry.cells[track.id].score for entry in ordered), None)  # scored entries come first
    positives, negatives = _class_counts(score) if score else (None, None)
    scored = [entry.submission.id for entry in ordered if entry.cells[track.id].state is CellState.SCORE]
    return TrackBoard(
        track,
        ordered,
        positives,
        negatives,
        score.scoring_version if score else None,
        Pairs() if track.is_private else Pairs(tuple(scored), compared),
        build_resolution(track, scored, compared, positives, negatives) if scored else None,
        "" if compared is None or track.is_private else compared.group_column,
    )


def _row_order(track: Track, entry: Entry) -> tuple[int, bool, float, str, str]:
    cell = entry.cells[track.id]
    goodness = _goodness(track, cell)
    return (
        _STATE_ORDER.index(cell.state),
        goodness is None,
        -(goodness or 0.0),
        entry.submission.name.casefold(),
        entry.submission.id,
    )
