"""The table of one track, and what it is filtered by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from polyreact.leaderboard import wording
from polyreact.leaderboard.formats.markdown import escape
from polyreact.leaderboard.text import NOTE_LIMIT, PROSE_LIMIT, clean, find_link
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS
from polyreact.results.records import SubmissionRecord
from polyreact.space.cells import Table, TableCell, figure, note, result_words, seconds
from polyreact.space.document import Leaderboard, ShownCell, ShownTrack

MODEL = "Model"
BASELINE = " (baseline)"


class TrainingData(StrEnum):
    """What a submission says that it was made from, as far as a filter cares."""

    DECLARED = "sets named"
    NONE = "none declared"
    UNKNOWN = "unknown"
    PROPRIETARY = "proprietary"


class Openness(StrEnum):
    """What of a submission anybody may look at, by the addresses in its manifest; nobody has followed them."""

    CODE_AND_PAPER = "code and paper linked"
    CODE = "code linked"
    PAPER = "paper linked"
    NEITHER = "nothing linked"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted: all of those that pass every filter. None stands for any."""

    text: str = ""
    with_baselines: bool = True
    training_data: TrainingData | None = None
    openness: Openness | None = None
    only_ranked: bool = False


def classify_training_data(submission: SubmissionRecord) -> TrainingData:
    """By the manifest's own declaration."""
    declared = submission.training_data
    if isinstance(declared, str):
        return TrainingData(declared)
    return TrainingData.DECLARED if declared else TrainingData.NONE


def classify_openness(submission: SubmissionRecord) -> Openness:
    """By the links that may be made of the manifest's addresses."""
    has_code, has_paper = (find_link(address) is not None for address in (submission.code, submission.paper))
    if has_code:
        return Openness.CODE_AND_PAPER if has_paper else Openness.CODE
    return Openness.PAPER if has_paper else Openness.NEITHER


def build_board_table(board: Leaderboard, shown: ShownTrack, filters: Filters) -> Table:
    """The entries of a track that pass, in the order of the board, the metric that ranks them first."""
    primary = METRICS_BY_KEY[shown.primary_metric]
    others = [metric for metric in TABLE_METRICS if metric.key != primary.key]
    headings = (
        "Rank",
        MODEL,
        "Author",
        "Result",
        f"{primary.short} [95 %]",
        *(metric.short for metric in others),
        "Training data",
        "Links, licence",
        "Run time",
        "Note",
    )
    keys = (primary.key, *(metric.key for metric in others))
    known = board.by_id
    rows = [
        _row(board, shown, cell, keys)
        for cell in shown.entries
        if _passes(known[cell.submission], board.names[cell.submission], cell, filters)
    ]
    return Table(headings, tuple(rows))


def describe_track(board: Leaderboard, shown: ShownTrack) -> str:
    """What is asked, what a score counts for and what can be told apart here, as Markdown."""
    track, whole = shown.track, board.as_board(shown)
    metric = METRICS_BY_KEY[shown.primary_metric]
    title = f"**{escape(track.title, PROSE_LIMIT)}** ({wording.STANDINGS[track.standing]})."
    sentences = (
        f"{title} {escape(track.question, PROSE_LIMIT)}",
        f"{wording.standing_note(track, metric.short)} {wording.count_note(whole)}",
        " ".join(
            filter(
                None,
                (
                    escape(wording.best_note(whole), NOTE_LIMIT),
                    escape(wording.resolution_note(whole), NOTE_LIMIT),
                    escape(wording.fold_note(track), NOTE_LIMIT),
                ),
            )
        ),
    )
    return "\n\n".join(filter(None, sentences))


def count_words(shown: int, total: int) -> str:
    """How many rows the filters leave."""
    entries = "entry" if total == 1 else "entries"
    return f"All {total:,} {entries} shown." if shown == total else f"{shown:,} of {total:,} {entries} shown."


def _passes(submission: SubmissionRecord, name: str, cell: ShownCell, filters: Filters) -> bool:
    searched = f"{name} {submission.id} {wording.author_words(submission)}".casefold()
    return (
        all(word in searched for word in filters.text.casefold().split())
        and (filters.with_baselines or not submission.is_baseline)
        and filters.training_data in {None, classify_training_data(submission)}
        and filters.openness in {None, classify_openness(submission)}
        and (cell.rank is not None or not filters.only_ranked)
    )


def _row(board: Leaderboard, shown: ShownTrack, cell: ShownCell, keys: tuple[str, ...]) -> tuple[TableCell, ...]:
    submission = board.by_id[cell.submission]
    metrics = cell.metrics or {}
    first, *rest = keys
    return (
        TableCell(wording.rank_words(cell.as_cell(), shown.track), cell.rank.lowest if cell.rank else ""),
        TableCell.of(board.names[cell.submission] + (BASELINE if submission.is_baseline else "")),
        TableCell.of(wording.author_words(submission)),
        TableCell.of(result_words(cell)),
        figure(metrics.get(first)),
        *(figure(metrics.get(key), with_interval=False) for key in rest),
        TableCell.of(wording.training_words(submission)),
        TableCell.of(classify_openness(submission).value + f", {clean(submission.license)}"),
        seconds(cell),
        TableCell.of(note(cell) or wording.NO_RANK),
    )
