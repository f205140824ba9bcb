"""The sentences that every published form shares, so that no two of them say different things."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from polyreact.leaderboard.board import Board, Cell, CellState, Entry, Overall, Resolution, TrackBoard
from polyreact.leaderboard.folds import FoldTable
from polyreact.leaderboard.text import NOTE_LIMIT, PROSE_LIMIT, clean, format_number
from polyreact.metrics.catalog import TABLE_METRICS
from polyreact.results.comparison_records import AgreementRecord, DifferenceRecord
from polyreact.results.records import IntervalRecord, SubmissionRecord
from polyreact.statistics.comparison import Comparison, Test, describe
from polyreact.tracks.track import Standing, Track

TITLE = "Antibody Polyreactivity Benchmark"

INTRODUCTION = (
    "Each entry is a container image that was run in a sandbox, without a network and without the labels of the "
    "antibodies it is asked about. It predicts which of them are polyreactive, that is, bind what they should not."
)

STANDINGS = {
    Standing.RANKED: "ranked",
    Standing.SHOWN: "shown, not ranked",
    Standing.HISTORICAL: "historical, not ranked",
    Standing.DEMO: "demonstration, not ranked",
}

STANDING_REASONS = {
    Standing.RANKED: "Entries are ranked by {metric}.",
    Standing.SHOWN: "Real antibodies, shown without ranks for the reason given below.",
    Standing.HISTORICAL: "Kept for comparison with published figures only.",
    Standing.DEMO: "Synthetic; it shows that a submission works and nothing else.",
}

STATES = {
    CellState.SCORE: "the run was valid and these are its figures",
    CellState.MISSING: "not run yet, or to be run again because the platform failed",
    CellState.FAILED: "the submission broke the contract or its own run; the code says how",
    CellState.TRAINED_ON: "the submission declares that it was made with this dataset's labels",
    CellState.NOT_APPLICABLE: "the submission cannot answer this track's question",
}

RANKS = (
    "A rank is an interval: from 1 + how many entries are significantly better, to how many entries there are less "
    "those that are significantly worse. All pairs are tested together (Holm), so that all ranks of a track hold "
    "at once with 95 % confidence. Entries whose ranks overlap may be equally good."
)

INTERVALS = (
    "In brackets: 95 % intervals, which say how far a value would move with other antibodies of the same kind, and "
    "not how far with another training. For a value of a public track without brackets none is known that would "
    "hold; leaderboard.json says why, and has the metrics that are not in these tables."
)

DETECTABLE = (
    "A true difference in AUROC of {detectable} would be found in 80 of 100 comparisons of two ({source}); more is "
    "needed where many are ranked together."
)

GROUPS = "Antibodies with the same {column} are alike, and intervals and tests do not take them for independent."

RESOLUTION_SOURCES = {True: "from the entries here", False: "planned from the numbers of antibodies"}
AS_IF_NO_GROUPS = ", as if none were alike, so more in truth"

HISTORY_TITLE = "Versions of scoring"

OVERALL_TITLE = "All ranked tracks together"

OVERALL = (
    "For readers who want one figure: the mean over {tracks} of 2 x AUROC - 1, which is 0 for chance and 1 for a "
    "perfect order, with its 95 % interval. Only entries with a score on all of them. A mean over unlike questions "
    "hides which of them a model answers: nothing here is sorted or ranked by it."
)

BASELINES = "Baselines are the benchmark's own reference models."

FEW_ANTIBODIES = (
    "On {total} antibodies ({positives} polyreactive, {negatives} specific), differences as small as those "
    "between neighbouring entries may not be told apart."
)

COUNTS = (
    "TP, FP, TN and FN count at the submission's own threshold; polyreactive is positive. A value that cannot be "
    "had is n/a, never 0, and the note says why."
)

OVERLAP_TITLE = "Overlap of test and training sets"

OVERLAP = (
    "For every antibody of a test set the nearest VH and the nearest H-CDR3 of the other set were found. Given "
    "are the median and the highest of these identities, and how many test antibodies have a neighbour at or above "
    "each identity. Sets of one source hold the same antibodies and are not compared."
)

AUDIT_TITLE = "Overlap with declared training data"

AUDIT = (
    "The track's antibodies against every revision of each set that the submission declares, and {metric} on the "
    "antibodies left when those with a neighbour are left out. What a submission does not declare is not seen here."
)

NOT_AUDITED_YET = "not audited yet"

FOLDS = (
    "Fit and predict: the image is run once for each fold of the column {column} and learns from the labels of the "
    "others. The limits hold for each of these runs; time is their sum and memory the highest."
)

PRIVATE = (
    "A private track: its antibodies and labels are not published, nor how many there are. Scores are given to two "
    "decimals, without intervals (their width would tell), and with the number of scored runs of the same author "
    "that came before: whoever tries often may fit the score and not the antibodies."
)

#: Stands where a cell has nothing to say: no rank, no paper, no code.
NO_RANK = "\u2013"
NO_LINK = "not a plain https address"

#: From this many of the smaller class on, the paired test is sharp enough to leave the sentence out.
MANY = 1_000

#: As many entries are named in a sentence; the others are counted.
MOST_NAMES = 10

FOLD_CAPTION = "Fold by fold (specific / polyreactive)"


def rank_note(board: Board) -> str:
    """What the rank in the overview refers to."""
    if board.lead_track is None:
        return "No track of this board is ranked, so there are no ranks."
    return f"Rank refers to track {board.lead_track.id}."


def standing_note(track: Track, metric_short: str) -> str:
    """What a score on this track counts for."""
    return STANDING_REASONS[track.standing].format(metric=metric_short)


def fold_note(track: Track) -> str:
    """How a fold track is run, and what that means for its figures; empty for other tracks."""
    return FOLDS.format(column=track.folds_by) if track.has_folds else ""


def fold_headings(table: FoldTable) -> tuple[str, ...]:
    """The columns of figures of a table of folds, each fold with its counts."""
    folds = (f"{clean(fold.name)} ({fold.negatives} / {fold.positives})" for fold in table.folds)
    return ("mean", "pooled", *folds)


def note_paragraphs(track: Track) -> tuple[str, ...]:
    """What is special about a track, a paragraph each."""
    return tuple(clean(paragraph, NOTE_LIMIT) for paragraph in track.note.split("\n\n") if paragraph.strip())


def count_note(board: TrackBoard) -> str:
    """How many antibodies there are, and what that means for small differences."""
    if board.track.is_private:
        return PRIVATE
    if board.positives is None or board.negatives is None:
        return "Nobody has a score here yet."
    total = board.positives + board.negatives
    counts = {"total": f"{total:,}", "positives": f"{board.positives:,}", "negatives": f"{board.negatives:,}"}
    if board.track.standing is not Standing.DEMO and min(board.positives, board.negatives) < MANY:
        note = FEW_ANTIBODIES.format(**counts)
    else:
        note = "{total} antibodies: {positives} polyreactive, {negatives} specific.".format(**counts)
    prevalence = board.positives / total
    larger = "specific" if board.negatives >= board.positives else "polyreactive"
    share = max(board.positives, board.negatives) / total
    return (
        f"{note} Calling every one of them {larger} has an accuracy of {share:.3f}; scores in no order have an "
        f"average precision of about {prevalence:.3f}."
    )


def state_words(cell: Cell) -> str:
    """A cell without a score in a few words; the code of a failure belongs to them."""
    if cell.state is CellState.FAILED and cell.code:
        return f"failed ({clean(cell.code)})"
    return cell.state.value


def cell_note(cell: Cell) -> str:
    """How many runs came before on a private track; why there is no score, no rank, or not every metric."""
    absent: dict[str, list[str]] = {}
    for metric in TABLE_METRICS:
        value = cell.metric(metric.key)
        if value is not None and value.reason is not None:
            absent.setdefault(value.reason, []).append(metric.short)
    notes = [f"{', '.join(names)} not available: {reason}" for reason, names in absent.items()]
    earlier = [] if cell.earlier_scored_runs is None else [earlier_words(cell.earlier_scored_runs)]
    reasons = [cell.reason] if cell.reason else []
    return clean("; ".join([*earlier, *reasons, *notes]), PROSE_LIMIT)


def earlier_words(runs: int) -> str:
    """What stands beside a score on a private track."""
    return f"after {runs} earlier scored {'run' if runs == 1 else 'runs'} of this author"


def rank_words(cell: Cell, track: Track) -> str:
    """The places an entry may hold, "1-6", or a dash where the track or the run gives none."""
    if not track.is_ranked or cell.rank is None:
        return NO_RANK
    rank = cell.rank
    return str(rank.lowest) if rank.lowest == rank.highest else f"{rank.lowest}-{rank.highest}"


def interval_words(interval: IntervalRecord | None) -> str:
    """The limits in brackets; empty where there are none."""
    return f"[{format_number(interval.low)}, {format_number(interval.high)}]" if interval else ""


def resolution_note(board: TrackBoard) -> str:
    """How many pairs of entries are told apart, and what difference would be; empty on private and demo tracks."""
    resolution = board.resolution
    if board.track.is_private or board.track.standing is Standing.DEMO or resolution is None:
        return ""
    if resolution.detectable is None:
        return ""
    decimals = 2 if resolution.detectable >= 0.1 else 3  # noqa: PLR2004 - two digits that say something
    source = RESOLUTION_SOURCES[resolution.is_measured]
    if board.group_column and not resolution.is_measured:
        source += AS_IF_NO_GROUPS
    detectable = DETECTABLE.format(detectable=f"{resolution.detectable:.{decimals}f}", source=source)
    groups = GROUPS.format(column=clean(board.group_column)) if board.group_column else ""
    return " ".join(filter(None, (_separable_words(resolution), detectable, groups)))


def _separable_words(resolution: Resolution) -> str:
    """Of how many pairs it is known which is better; empty where there is only one entry."""
    if resolution.pairs == 0:
        return ""
    if resolution.pairs == 1:
        return f"The two entries with a score {'can' if resolution.separable else 'cannot'} be told apart."
    told = f"{resolution.separable:,}" if resolution.separable else "none"
    return f"Of {resolution.pairs:,} pairs of entries {told} can be told apart."


def best_note(board: TrackBoard) -> str:
    """Which entries of a ranked track cannot be told from the best; empty for fewer than two ranked ones.

    Those that stand first are named, the others counted.
    """
    names = unique_names(board.entries)
    ranks = {entry.submission.id: entry.cells[board.track.id].rank for entry in board.entries}
    ranked = {submission: rank for submission, rank in ranks.items() if rank is not None}
    if len(ranked) < 2:  # noqa: PLR2004 - with one there is nothing to be told from
        return ""
    tied = [names[submission] for submission, rank in ranked.items() if rank.ties_with_best]
    if len(tied) == 1:
        return f"{tied[0]} is better than every other entry."
    named, others = tied[:MOST_NAMES], len(tied) - MOST_NAMES
    if others <= 0:
        return f"Cannot be told from the best: {', '.join(named)}."
    others_words = "1 other entry" if others == 1 else f"{others:,} other entries"
    return f"Cannot be told from the best: {', '.join(named)} and {others_words}."


def unique_names(entries: Sequence[Entry]) -> dict[str, str]:
    """The name of each submission by its id, and the id with it where the name might be taken for another's."""
    shown = {entry.submission.id: clean(entry.submission.name) for entry in entries}
    times = Counter(_seen(name) for name in shown.values())
    ids = {_seen(submission) for submission in shown}
    return {
        submission: name
        if times[_seen(name)] == 1 and (name == submission or _seen(name) not in ids)
        else f"{name} ({submission})"
        for submission, name in shown.items()
    }


def _seen(name: str) -> str:
    """Names that a reader may take for one another."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def pair_heading(track: Track) -> str:
    """What two entries are compared by, beside accuracy."""
    return "AUROC, mean over the folds" if track.has_folds else "AUROC"


def pair_words(difference: DifferenceRecord, first: str, second: str) -> str:
    """A comparison in a sentence: who is better, or that they cannot be told apart, with figures."""
    kept = Comparison(
        difference.difference, difference.low, difference.high, difference.p_value, Test(difference.test)
    )
    return describe(kept, clean(first), clean(second))


def agreement_words(counts: AgreementRecord, first: str, second: str) -> str:
    """On how many antibodies both are right, one of them, and neither."""
    return (
        f"both are right on {counts.both:,} of {counts.total:,} antibodies, only {clean(first)} on "
        f"{counts.only_first:,}, only {clean(second)} on {counts.only_second:,}, neither on {counts.neither:,}"
    )


def overall_note(board: Board) -> str:
    """What the view over all ranked tracks shows."""
    names = [b.track.id for b in board.overview if b.track.is_ranked]
    return OVERALL.format(tracks=" and ".join(names))


def skill_words(overall: Overall) -> str:
    """The mean and its interval."""
    limits = f"[{format_number(overall.low)}, {format_number(overall.high)}]"
    return f"{format_number(overall.skill)} {limits}"


def author_words(submission: SubmissionRecord) -> str:
    """All authors, cut where there are too many."""
    return clean(", ".join(clean(author) for author in submission.authors))


def training_words(submission: SubmissionRecord) -> str:
    """What the submission declares that it was made from."""
    declared = submission.training_data
    if isinstance(declared, str):
        return declared
    if not declared:
        return "none declared"
    parts = (f"{name} ({', '.join(uses)})" for name, uses in sorted(declared.items()))
    return clean("; ".join(parts), PROSE_LIMIT)
