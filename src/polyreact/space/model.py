"""Everything that the document says of one submission."""

from __future__ import annotations

from polyreact.leaderboard import trust, wording
from polyreact.leaderboard.formats.markdown import escape
from polyreact.leaderboard.text import NOTE_LIMIT, PROSE_LIMIT, clean, find_link, format_number
from polyreact.leaderboard.trust import build_trust_rows, trust_note
from polyreact.metrics.catalog import METRICS_BY_KEY, TABLE_METRICS
from polyreact.space.board import classify_openness
from polyreact.space.cells import NO_FIGURE, Table, TableCell, figure, note, result_words, seconds
from polyreact.space.document import Leaderboard, ShownCell, ShownTrack

NOT_CHECKED = "No trust check of this image was kept. Anybody can make one: `polyreact submission trust`."


def describe_submission(board: Leaderboard, name: str) -> str:
    """The head of a model's page as Markdown: name, authors, description, and links that lead where they say."""
    submission = board.by_id[name]
    baseline = ", a baseline of the benchmark" if submission.is_baseline else ""
    return "\n\n".join(
        filter(
            None,
            (
                f"### {escape(board.names[name])}{baseline}",
                f"by {escape(wording.author_words(submission), PROSE_LIMIT)}",
                escape(submission.description, NOTE_LIMIT),
                f"Paper: {_link(submission.paper)}. Code: {_link(submission.code)}.",
            ),
        )
    )


def build_manifest_table(board: Leaderboard, name: str) -> Table:
    """The manifest line by line, and which image was run."""
    submission = board.by_id[name]
    threshold = submission.threshold
    rows = [
        ("Id", submission.id),
        ("Licence", clean(submission.license)),
        ("Mode", clean(submission.mode)),
        ("Training data", wording.training_words(submission)),
        ("Links", classify_openness(submission).value),
        ("Parameters", NO_FIGURE if submission.parameters is None else f"{submission.parameters:,}"),
        ("Score is a probability", "yes" if submission.score_is_probability else "not declared"),
        ("Threshold", NO_FIGURE if threshold is None else f"{threshold:g}"),
        ("Manifest, sha256", submission.manifest_sha256),
        *(("Image", image) for image in _images(board, name)),
    ]
    return Table.of_words(("Manifest", ""), rows)


def build_metrics_table(board: Leaderboard, name: str) -> Table:
    """A row for each track: the result, the rank, and every metric with its interval.

    A fold track has a second row with the means over the folds.
    """
    headings = ("Track", "Counts for", "Result", "Rank", *(m.short for m in TABLE_METRICS), "Run time", "Note")
    rows = []
    for shown in board.tracks:
        cell = shown.find_cell(name)
        if cell is None:  # the document was validated: each track has a cell of each submission
            raise ValueError(f"track {shown.id} has no cell of {name}")
        rows.append(_track_row(shown, cell))
        if cell.fold_means:
            rows.append(_means_row(shown, cell))
    return Table(headings, tuple(rows))


def build_other_metrics(board: Leaderboard, name: str) -> Table:
    """The metrics that the tables of the board leave out, track by track, each with its interval or why none."""
    rows = [
        (
            TableCell.of(shown.id),
            TableCell.of(METRICS_BY_KEY[key].title),
            TableCell.of("n/a") if metric.value is None else TableCell(format_number(metric.value), metric.value),
            TableCell.of(wording.interval_words(metric.interval) or NO_FIGURE),
            TableCell.of(clean(metric.reason or metric.no_interval or NO_FIGURE, PROSE_LIMIT)),
        )
        for shown in board.tracks
        for cell in [shown.find_cell(name)]
        if cell is not None
        for key, metric in (cell.metrics or {}).items()
        if key in METRICS_BY_KEY and not METRICS_BY_KEY[key].is_in_tables
    ]
    return Table(("Track", "Metric", "Value", "95 % interval", "Why not"), tuple(rows))


def describe_trust(board: Leaderboard, name: str) -> str:
    """When the image was checked and on what, as Markdown; or that it was not."""
    notes = [escape(trust_note(record), NOTE_LIMIT) for record in board.trust if record.submission == name]
    return "\n\n".join([trust.TRUST, *notes]) if notes else NOT_CHECKED


def build_trust_table(board: Leaderboard, name: str) -> Table:
    """A row for each check of each track on which the image was checked."""
    rows = [
        (clean(record.track), row.check, row.finding, *row.figures, row.words)
        for record in board.trust
        if record.submission == name
        for row in build_trust_rows(record)
    ]
    return Table.of_words(("Track", *trust.HEADINGS, "What it means"), rows)


def _track_row(shown: ShownTrack, cell: ShownCell) -> tuple[TableCell, ...]:
    metrics = cell.metrics or {}
    return (
        TableCell.of(shown.id),
        TableCell.of(wording.STANDINGS[shown.standing]),
        TableCell.of(result_words(cell)),
        TableCell(wording.rank_words(cell.as_cell(), shown.track), cell.rank.lowest if cell.rank else ""),
        *(figure(metrics.get(metric.key)) for metric in TABLE_METRICS),
        seconds(cell),
        TableCell.of(note(cell) or NO_FIGURE),
    )


def _means_row(shown: ShownTrack, cell: ShownCell) -> tuple[TableCell, ...]:
    means = cell.fold_means or {}
    return (
        TableCell.of(f"{shown.id}, mean over the folds"),
        TableCell.of(wording.STANDINGS[shown.standing]),
        TableCell.of(result_words(cell)),
        TableCell(NO_FIGURE, ""),
        *(figure(means.get(metric.key)) for metric in TABLE_METRICS),
        TableCell(NO_FIGURE, ""),
        TableCell.of(NO_FIGURE),
    )


def _images(board: Leaderboard, name: str) -> list[str]:
    """The images that ran, each once: one, unless a track still shows an earlier one."""
    runs = [cell.run for shown in board.tracks for cell in shown.entries if cell.submission == name and cell.run]
    return list(dict.fromkeys(clean(run.image_digest or run.image_id or NO_FIGURE, PROSE_LIMIT) for run in runs))


def _link(address: str | None) -> str:
    link = find_link(address)
    if link is None:
        return wording.NO_LINK if address else "none given"
    return f"[{link.host}](<{link.url}>)"
