"""Every table of the site as CSV (RFC 4180, UTF-8), for spreadsheets and scripts.

A cell of text that a spreadsheet would take for a formula begins with an apostrophe: names are written by
strangers. An empty cell is a value that there is not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from polyreact.leaderboard.board import Board, Cell, Entry, TrackBoard
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.leaderboard.wording import training_words
from polyreact.metrics.catalog import METRICS
from polyreact.results.comparison_records import AgreementRecord, DifferenceRecord, PairRecord
from polyreact.results.records import FoldScoreRecord, MetricRecord

#: What a cell holds before it is written.
Value = str | float | int | bool | None
Row = Iterable[Value]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SUBMISSION = ("submission", "name", "authors", "baseline", "mode", "license", "parameters", "training_data")
_RUN = ("started_at", "wall_s", "cpu_s", "peak_memory_bytes", "image_digest", "predictions_sha256")
_LIMITS = ("", "_low", "_high")


def render_results(boards: Iterable[TrackBoard]) -> bytes:
    """Every entry on each of these tracks, a row each, with all metrics and their intervals."""
    metrics = [f"{metric.key}{limit}" for metric in METRICS for limit in _LIMITS]
    head = ("track", *_SUBMISSION, "state", "code", "reason", "rank_lowest", "rank_highest", *metrics, *_RUN)
    return _render(head, (_result(board, entry) for board in boards for entry in board.entries))


def render_folds(boards: Iterable[TrackBoard]) -> bytes:
    """On fold tracks every metric of every fold, and its mean over them (fold `mean`)."""
    head = ("track", "submission", "fold", "specific", "polyreactive", "metric", "value", "low", "high")
    return _render(head, (row for board in boards for entry in board.entries for row in _folds(board, entry)))


def render_pairs(pairs: Iterable[PairRecord]) -> bytes:
    """Pairs of entries on the same antibodies: first less second, and on how many of them who is right.

    P-values are not adjusted for other pairs.
    """
    parts = [f"{metric}_{part}" for metric in ("auroc", "accuracy") for part in ("difference", "low", "high", "p")]
    counts = ("both_right", "only_first_right", "only_second_right", "neither_right")
    return _render(("first", "second", *parts, *counts), map(_pair, pairs))


def render_overall(board: Board) -> bytes:
    """The mean of 2 AUROC - 1 over all ranked tracks."""
    rows = ((o.entry.submission.id, o.skill, o.low, o.high) for o in board.overall)
    return _render(("submission", "skill", "low", "high"), rows)


def render_overlaps(board: Board) -> bytes:
    """Test sets against other sets: identities of the nearest, and how many have a neighbour at or above a cut."""
    sets = ("test", "test_revision", "reference", "reference_revision", "region", "compared")
    return _render((*sets, "median", "maximum", "at_least", "rows"), _overlaps(board))


def render_scoring_history(board: Board) -> bytes:
    """Every figure that a newer scoring version changed."""
    head = ("scoring_version", "previous_version", "submission", "track", "part", "metric", "old", "new")
    rows = (
        (
            history.scoring_version,
            section.previous_version,
            section.submission,
            section.track,
            figure.part,
            figure.metric,
            figure.old.value,
            figure.new.value,
        )
        for history in board.scoring_history
        for section in history.rescored
        for figure in section.changed
    )
    return _render(head, rows)


def _render(head: Row, rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            text = clean(value, PROSE_LIMIT)
            return f"'{text}" if text.startswith(_FORMULA) else text
    return repr(value)


def _result(board: TrackBoard, entry: Entry) -> Iterator[Value]:
    submission, cell = entry.submission, entry.cells[board.track.id]
    yield board.track.id
    yield from (submission.id, submission.name, "; ".join(submission.authors), submission.is_baseline)
    yield from (submission.mode, submission.license, submission.parameters, training_words(submission))
    yield from (cell.state.value, cell.code, cell.reason)
    yield from (cell.rank.lowest, cell.rank.highest) if cell.rank else (None, None)
    for metric in METRICS:
        value, interval = cell.metric(metric.key), cell.interval(metric.key)
        yield value.value if value else None
        yield from (interval.low, interval.high) if interval else (None, None)
    yield from _run(cell)


def _run(cell: Cell) -> tuple[Value, ...]:
    run = cell.run
    if run is None:
        return (None,) * len(_RUN)
    return (
        run.started_at.isoformat(),
        run.wall_s,
        run.cpu_s,
        run.peak_memory_bytes,
        run.image.digest,
        run.predictions.sha256 if run.predictions else None,
    )


def _folds(board: TrackBoard, entry: Entry) -> Iterator[Row]:
    score = entry.cells[board.track.id].score
    if score is None or not score.folds:
        return
    means = FoldScoreRecord(positives=0, negatives=0, metrics=score.fold_means)
    for name, fold in ({"mean": means} | score.folds).items():
        counts = (None, None) if fold is means else (fold.negatives, fold.positives)
        for metric in METRICS:
            if metric.key in fold.metrics:
                figures = _figures(fold.metrics[metric.key])
                yield board.track.id, entry.submission.id, name, *counts, metric.key, *figures


def _figures(metric: MetricRecord) -> tuple[Value, Value, Value]:
    interval = metric.interval
    return metric.value, interval.low if interval else None, interval.high if interval else None


def _pair(pair: PairRecord) -> Row:
    differences = (*_difference(pair.auroc), *_difference(pair.accuracy))
    return pair.first, pair.second, *differences, *_agreement(pair.agreement)


def _agreement(found: AgreementRecord | None) -> tuple[Value, ...]:
    if found is None:
        return (None,) * 4
    return found.both, found.only_first, found.only_second, found.neither


def _difference(found: DifferenceRecord) -> tuple[Value, ...]:
    return found.difference, found.low, found.high, found.p_value


def _overlaps(board: Board) -> Iterator[Row]:
    for overlap in board.overlaps:
        sets = (overlap.test.id, overlap.test.revision, overlap.reference.id, overlap.reference.revision)
        for summary in (overlap.vh, overlap.h_cdr3):
            for neighbours in summary.neighbours:
                found = (summary.median, summary.maximum, neighbours.at_least, neighbours.rows)
                yield *sets, summary.region.value, summary.rows, *found
