"""Two submissions side by side: which is the better on each track, how sure that is, and what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board, CellState, Entry, TrackBoard
from polyreact.leaderboard.openness import licence_words, visibility_words
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.charts import DifferenceRow, Series
from polyreact.leaderboard.site.page import Page
from polyreact.leaderboard.site.views import evidence, parts
from polyreact.leaderboard.site.views.agreement import AgreementTable, ClassRow, build_agreement, build_classes
from polyreact.leaderboard.site.views.curve_values import build_roc_series
from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.results.comparison_records import DifferenceRecord, PairRecord
from polyreact.statistics.comparison import SIGNIFICANCE
from polyreact.tracks.track import TrackId

PAIR_NOTE = (
    "Both answered the same antibodies, so the difference is tested in pairs. Each comparison is taken alone; "
    "ranks adjust for all pairs of a track, and may leave untold what one comparison tells."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """First less second: the sentence, the figures, and the values that are drawn."""

    words: str
    figure: str
    interval: str
    p_value: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TrackComparison:
    """Both on one track. `agreement` is None where it was not kept, `classes` empty without both matrices."""

    track: str
    title: str
    page: str
    standing: str
    sentence: str
    metric: str
    auroc: Difference
    accuracy: Difference
    figures: tuple[parts.Figure, parts.Figure]
    roc: tuple[Series, ...]
    agreement: AgreementTable | None
    classes: tuple[ClassRow, ...]


@dataclass(frozen=True, slots=True)
class SideRow:
    """What is said of both, beside each other."""

    term: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """The page of two submissions, the alphabetically first one first."""

    first: parts.Model
    second: parts.Model
    note: str
    tracks: tuple[TrackComparison, ...]
    differences: tuple[tuple[str, tuple[DifferenceRow, ...]], ...]
    absent: tuple[parts.Term, ...]
    rows: tuple[SideRow, ...]
    command: str


def build_page(
    board: Board, both: tuple[Entry, Entry], names: Mapping[str, str], pairs: Mapping[str, PairRecord]
) -> Page:
    """The page of two entries in alphabetical order of their ids; `pairs` has how they compare, by track."""
    one, other = (entry.submission for entry in both)
    first, second = names[one.id], names[other.id]
    tracks, absent = [], []
    for track_board in board.overview:
        pair = pairs.get(track_board.track.id)
        if pair is None:
            absent.append(parts.Term(track_board.track.id, _absence(track_board, both, (first, second))))
        else:
            tracks.append(_on_track(track_board, both, pair, (first, second)))
    view = ComparisonView(
        first=parts.build_model(one),
        second=parts.build_model(other),
        note=PAIR_NOTE,
        tracks=tuple(tracks),
        differences=(
            ("AUROC", tuple(_drawn(on_track.track, on_track.auroc) for on_track in tracks)),
            ("accuracy", tuple(_drawn(on_track.track, on_track.accuracy) for on_track in tracks)),
        ),
        absent=tuple(absent),
        rows=_side_rows(board, both),
        command=f"polyreact compare {one.id} {other.id}",
    )
    title = f"{first} against {second}"
    description = " ".join(comparison.sentence for comparison in tracks) or title
    path = addresses.comparison_page(one.id, other.id)
    return Page(path, "comparison.html", view, title, clean(description, PROSE_LIMIT), addresses.COMPARE)


def _on_track(
    board: TrackBoard, both: tuple[Entry, Entry], pair: PairRecord, names: tuple[str, str]
) -> TrackComparison:
    track = board.track
    cells = tuple(entry.cells[track.id] for entry in both)
    scores = [cell.score for cell in cells]
    matrices = [score.confusion for score in scores if score is not None and score.confusion is not None]
    return TrackComparison(
        track=track.id,
        title=clean(track.title),
        page=addresses.track_page(track.id),
        standing=wording.STANDINGS[track.standing],
        sentence=f"On {track.id}, {_verdict(pair.auroc, names)} by {wording.pair_heading(track)}.",
        metric=wording.pair_heading(track),
        auroc=_difference(pair.auroc, names),
        accuracy=_difference(pair.accuracy, names),
        figures=(
            parts.build_figure(cells[0], track.primary_metric),
            parts.build_figure(cells[1], track.primary_metric),
        ),
        roc=_roc(both, track.id),
        agreement=build_agreement(pair.agreement, names) if pair.agreement else None,
        classes=build_classes(matrices[0], matrices[1]) if len(matrices) == len(both) else (),
    )


def _roc(both: tuple[Entry, Entry], track: TrackId) -> tuple[Series, ...]:
    """Both curves, or none where one of them is not there."""
    found = []
    for entry in both:
        cell = entry.cells[track]
        if cell.score is not None and cell.curves is not None:
            found.append(build_roc_series(entry, cell.score, cell.curves))
    series = tuple(one for one in found if one is not None)
    return series if len(series) == len(both) else ()


def _drawn(track: str, difference: Difference) -> DifferenceRow:
    return DifferenceRow(track, difference.value, (difference.low, difference.high))


def _difference(kept: DifferenceRecord, names: tuple[str, str]) -> Difference:
    return Difference(
        words=wording.pair_words(kept, *names),
        figure=_signed(kept.difference),
        interval=f"[{_signed(kept.low)}, {_signed(kept.high)}]",
        p_value="< 0.001" if kept.p_value < 0.001 else format_number(kept.p_value),  # noqa: PLR2004 - three decimals
        value=kept.difference,
        low=kept.low,
        high=kept.high,
    )


def _signed(value: float) -> str:
    text = format_number(value)
    return parts.with_minus(text) if text.startswith("-") or float(text) == 0 else f"+{text}"


def _verdict(kept: DifferenceRecord, names: tuple[str, str]) -> str:
    if kept.p_value > SIGNIFICANCE:
        return f"{names[0]} and {names[1]} cannot be told apart"
    return f"{names[kept.difference < 0]} is better than {names[kept.difference > 0]}"


def _absence(board: TrackBoard, both: tuple[Entry, Entry], names: tuple[str, str]) -> str:
    """Why the two are not compared on a track."""
    one, other = (wording.state_words(entry.cells[board.track.id]) for entry in both)
    if one == other:
        return "not compared" if one == CellState.SCORE else f"both {one}"
    told = zip(names, (one, other), strict=True)
    return "; ".join(f"{name}: {words}" for name, words in told if words != CellState.SCORE)


def _side_rows(board: Board, both: tuple[Entry, Entry]) -> tuple[SideRow, ...]:
    told = [_told(board, entry) for entry in both]
    return tuple(SideRow(term, words, told[1][term]) for term, words in told[0].items())


def _told(board: Board, entry: Entry) -> dict[str, str]:
    submission = entry.submission
    run = next((cell.run for b in board.overview if (cell := entry.cells[b.track.id]).score and cell.run), None)
    cost = {fact.term: fact.words for fact in evidence.build_resources(run)} if run else {}
    parameters = submission.parameters
    return {
        "Made from": wording.training_words(submission),
        "May I use it?": licence_words(submission),
        "Can I see how it works?": visibility_words(submission),
        "Trained parameters": "not stated" if parameters is None else f"{parameters:,}",
        "Score is a probability": "declared so" if submission.score_is_probability else "no",
    } | {term: cost.get(term, wording.NO_RANK) for term in ("Per 1,000 antibodies", "Peak memory", "Image")}
