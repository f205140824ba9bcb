"""The board as Markdown, for LEADERBOARD.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from polyreact.leaderboard import trust, wording
from polyreact.leaderboard.audit import build_overlap_table
from polyreact.leaderboard.board import Board, Cell, CellState, Entry, TrackBoard
from polyreact.leaderboard.folds import build_fold_table
from polyreact.leaderboard.text import NOTE_LIMIT, PROSE_LIMIT, clean, find_link, format_value
from polyreact.leaderboard.trust import build_trust_rows
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS
from polyreact.metrics.interface import MetricValue
from polyreact.results.records import IntervalRecord, SubmissionRecord
from polyreact.tracks.track import Track

_GENERATED = "<!-- Made by `polyreact`; do not edit. -->"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "|": "&#124;", "\\": "&#92;", "`": "&#96;"}
_BACKSLASHED = "*_[]~$#!"
# What turns into a link without any bracket; an empty comment parts it without adding a character to read.
_BARE_LINK = re.compile(r"(://|www\.|@)", re.IGNORECASE)


def render_markdown(board: Board) -> str:
    """An overview and a section for each track; the same board always gives the same bytes."""
    sections = [_overview(board), *(_section(track_board) for track_board in board.tracks)]
    sections += [_overall(board)] if board.overall else []
    sections += [_trust(board)] if board.trust else []
    sections += [_overlaps(board)] if board.overlaps else []
    sections.append(_legend())
    return "\n\n".join(sections) + "\n"


def escape(text: str, limit: int | None = None) -> str:
    """Text of a stranger as inline Markdown that renders as those characters and nothing else."""
    line = clean(text) if limit is None else clean(text, limit)
    escaped = "".join(_ENTITIES.get(c, f"\\{c}" if c in _BACKSLASHED else c) for c in line)
    return _BARE_LINK.sub(lambda match: f"{match[0][0]}<!-- -->{match[0][1:]}", escaped)


def _overview(board: Board) -> str:
    ranked_on = f" ({board.lead_track.id})" if board.lead_track else ""
    header = [f"Rank{ranked_on}", "Model", "Author"]
    for track_board in board.overview:
        header += [f"{track_board.track.id} accuracy", f"{track_board.track.id} AUROC"]
    header += ["Paper", "Code"]
    numbers = 2 * len(board.overview)
    alignment = ["--:", "---", "---", *["--:"] * numbers, "---", "---"]
    rows = [_overview_row(board, entry) for entry in board.entries]
    notes = f"{wording.rank_note(board)} {wording.RANKS} {wording.INTERVALS} {wording.BASELINES}"
    return "\n\n".join(
        [
            f"# Leaderboard of the {wording.TITLE}",
            _GENERATED,
            wording.INTRODUCTION,
            notes,
            _table(header, alignment, rows),
        ]
    )


def _overview_row(board: Board, entry: Entry) -> list[str]:
    lead = board.lead_track
    row = [
        wording.rank_words(entry.cells[lead.id], lead) if lead else wording.NO_RANK,
        _model(entry.submission),
        escape(wording.author_words(entry.submission)),
    ]
    for track_board in board.overview:
        cell = entry.cells[track_board.track.id]
        row += [_value_with_interval(cell, key) for key in ("accuracy", "roc_auc")]
    return [*row, _link(entry.submission.paper), _link(entry.submission.code)]


def _section(board: TrackBoard) -> str:
    track = board.track
    primary = METRICS_BY_KEY[track.primary_metric]
    header = ["Rank"] if track.is_ranked else []
    header += ["Model", *(_heading(metric.short, metric.key, track) for metric in TABLE_METRICS), "Note"]
    alignment = ["--:"] if track.is_ranked else []
    alignment += ["---", *["--:"] * len(TABLE_METRICS), "---"]
    rows = [_section_row(track, entry) for entry in board.entries]
    return "\n\n".join(
        part
        for part in [
            f"## {escape(track.title)} ({wording.STANDINGS[track.standing]})",
            escape(track.question, PROSE_LIMIT),
            f"{wording.standing_note(track, primary.short)} {wording.count_note(board)}",
            wording.fold_note(track),
            *(escape(paragraph, NOTE_LIMIT) for paragraph in wording.note_paragraphs(track)),
            f"Track `{track.id}`, dataset `{track.dataset}`, revision {track.revision}.",
            _table(header, alignment, rows),
            " ".join(
                filter(
                    None,
                    (
                        escape(wording.best_note(board), NOTE_LIMIT),
                        escape(wording.resolution_note(board), NOTE_LIMIT),
                    ),
                )
            ),
            _fold_section(board),
        ]
        if part
    )


def _fold_section(board: TrackBoard) -> str:
    """Every entry fold by fold; empty for tracks without folds."""
    table = build_fold_table(board)
    if table is None:
        return ""
    header = ["Model", "Metric", *map(escape, wording.fold_headings(table))]
    rows = [
        [_model(row.entry.submission), row.metric.short, *_with_interval(row.values, row.mean_interval)]
        for row in table.rows
    ]
    alignment = ["---", "---", *["--:"] * (len(header) - 2)]
    return f"{wording.FOLD_CAPTION}:\n\n{_table(header, alignment, rows)}"


def _heading(short: str, key: str, track: Track) -> str:
    return f"**{short}**" if key == track.primary_metric else short


def _section_row(track: Track, entry: Entry) -> list[str]:
    cell = entry.cells[track.id]
    row = [wording.rank_words(cell, track)] if track.is_ranked else []
    if cell.state is CellState.SCORE:
        values = [_value_with_interval(cell, metric.key) for metric in TABLE_METRICS]
    else:
        values = [escape(wording.state_words(cell)), *[wording.NO_RANK] * (len(TABLE_METRICS) - 1)]
    return [*row, _model(entry.submission), *values, escape(wording.cell_note(cell), PROSE_LIMIT)]


def _overall(board: Board) -> str:
    rows = [[_model(overall.entry.submission), escape(wording.skill_words(overall))] for overall in board.overall]
    return "\n\n".join(
        [
            f"## {wording.OVERALL_TITLE}",
            wording.overall_note(board),
            _table(["Model", "Mean of 2 x AUROC - 1"], ["---", "--:"], rows),
        ]
    )


def _trust(board: Board) -> str:
    """A row for each image that was checked: what was found by each check; the page has figures and sentences."""
    names = {entry.submission.id: _model(entry.submission) for entry in board.entries}
    rows = [
        [
            names.get(record.submission, escape(record.submission)),
            f"`{record.track}`",
            *(escape(trust.short_words(row), PROSE_LIMIT) for row in build_trust_rows(record)),
        ]
        for record in board.trust
    ]
    header = ["Model", "Track", *trust.CHECKS.values()]
    return "\n\n".join(
        [
            f"## {trust.TRUST_TITLE}",
            f"{trust.TRUST} The page says what each finding means.",
            _table(header, ["---"] * len(header), rows),
        ]
    )


def _overlaps(board: Board) -> str:
    view = build_overlap_table(board.overlaps)
    alignment = ["---", "---", *["--:"] * (len(view.headings) - 2)]
    rows = [[f"`{row.test}`", f"`{row.reference}`", *row.figures] for row in view.rows]
    return "\n\n".join(
        [
            f"## {wording.OVERLAP_TITLE}",
            f"{wording.OVERLAP} The page and leaderboard.json show the metrics without such neighbours.",
            _table(view.headings, alignment, rows),
            *(escape(definition, PROSE_LIMIT) for definition in view.definitions),
        ]
    )


def _legend() -> str:
    states = [f"- **{state.value}**: {meaning}" for state, meaning in wording.STATES.items()]
    metrics = [f"- **{metric.short}**, {metric.title}: `{metric.formula}`" for metric in TABLE_METRICS]
    return "\n".join(["## What the cells say", "", *states, "", "## Metrics", "", wording.COUNTS, "", *metrics])


def _model(submission: SubmissionRecord) -> str:
    """The title with the id, which nobody else can have, so that a title cannot pass for another's."""
    baseline = " (baseline)" if submission.is_baseline else ""
    identity = "" if submission.name == submission.id else f" `{submission.id}`"
    return f"{escape(submission.name)}{baseline}{identity}"


def _value(cell: Cell, key: str) -> str:
    if cell.state is not CellState.SCORE:
        return escape(wording.state_words(cell))
    return format_value(cell.metric(key))


def _with_interval(values: Sequence[MetricValue], interval: IntervalRecord | None) -> list[str]:
    """The values, the first with its interval."""
    first, *others = map(format_value, values)
    limits = wording.interval_words(interval)
    return [f"{first} {escape(limits)}" if limits else first, *others]


def _value_with_interval(cell: Cell, key: str) -> str:
    interval = wording.interval_words(cell.interval(key))
    return f"{_value(cell, key)} {escape(interval)}" if interval else _value(cell, key)


def _link(url: str | None) -> str:
    link = find_link(url)
    if link is None:
        return wording.NO_LINK if url else wording.NO_RANK
    return f"[{link.host}](<{link.url}>)"


def _table(header: Sequence[str], alignment: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, alignment, *rows))
