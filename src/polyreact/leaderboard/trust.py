"""Trust checks as finished strings: a row for each check, in words for somebody who has not run anything."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard.text import PROSE_LIMIT, clean, format_number
from polyreact.results.trust_records import (
    Check,
    ComparisonRecord,
    TrustFindingRecord,
    TrustRecord,
    TrustVerdict,
)

TRUST_TITLE = "Trust checks"

TRUST = (
    "The image was run again on the same antibodies, told in other ways. An answer that belongs to an antibody is "
    "the same every time. No score or rank changes by what was found."
)

HEADINGS = (
    "Check",
    "Finding",
    "Antibodies",
    "Predictions changed",
    "Scores changed",
    "Largest difference",
    "Spearman",
)

#: Stands where a check has no such figure.
NO_FIGURE = "\u2013"

CHECKS = {
    Check.REPEAT: "the same run again",
    Check.ORDER: "rows in another order",
    Check.HALVES: "asked in two halves",
    Check.IDS: "other ids",
    Check.VARIANTS: "near-identical antibodies",
}

_HOLDS = {
    Check.REPEAT: "The same run gave the same answers again.",
    Check.ORDER: "In another order every antibody got the same answer.",
    Check.HALVES: "Every antibody got the same answer when only half of them were asked for.",
    Check.IDS: "Under other ids every antibody got the same answer.",
}

_DOES_NOT_HOLD = {
    Check.REPEAT: "The same run gave other answers: a score is one of several that this image may get.",
    Check.ORDER: "What an antibody is called depends on where it stands in the file.",
    Check.HALVES: "What an antibody is called depends on which others are asked for with it.",
    Check.IDS: "What an antibody is called depends on its id, which says nothing about it.",
}

_AFTER_REPEAT = "As the same run gives other answers too, this need not have a cause of its own."

_VARIANTS = (
    "One or two framework residues of each VH were exchanged for similar ones of the same charge. Honest models "
    "change few of their predictions."
)

LOOKS_LIKE_LOOKUP = (
    "This looks like a lookup table, or like a score that has nothing to do with the sequence: the answers for the "
    "variants have little in common with those for their originals."
)

_NOT_JUDGED = "Too little to tell a lookup table by."


@dataclass(frozen=True, slots=True)
class TrustRow:
    """One check. `figures` stand under the headings from the third on; `words` say what the finding means.

    `is_warning` is there for a check that does not hold, and for variants that look like a lookup table.
    """

    check: str
    finding: str
    figures: tuple[str, ...]
    words: str
    is_warning: bool


def build_trust_rows(record: TrustRecord) -> tuple[TrustRow, ...]:
    """A row for each check, in the order of the runs."""
    repeats = next(finding for finding in record.findings if finding.check is Check.REPEAT)
    return tuple(
        TrustRow(
            check=CHECKS[finding.check],
            finding=finding_words(finding),
            figures=_figures(finding),
            words=_words(finding, repeats),
            is_warning=finding.verdict is TrustVerdict.DOES_NOT_HOLD or finding.looks_like_lookup is True,
        )
        for finding in record.findings
    )


def short_words(row: TrustRow) -> str:
    """The finding with the share of changed predictions, where any was compared."""
    _, changed, *_ = row.figures
    if changed in {NO_FIGURE, "0"}:
        return row.finding
    return f"{row.finding}, predictions changed: {changed}"


def finding_words(finding: TrustFindingRecord) -> str:
    """The finding in two or three words."""
    if finding.verdict is TrustVerdict.NOT_RUN:
        return f"{finding.verdict.value} ({clean(finding.code or '')})"
    if finding.verdict is TrustVerdict.REPORTED:
        return "like a lookup table, or like chance" if finding.looks_like_lookup else finding.verdict.value
    if finding.verdict is TrustVerdict.HOLDS and not finding.is_exact:
        return "holds up to rounding"
    return finding.verdict.value


def trust_note(record: TrustRecord) -> str:
    """When it was made, and of which antibodies."""
    rows = f"{record.rows:,} antibodies"
    if record.rows < record.rows_in_track:
        rows = f"{record.rows:,} of {record.rows_in_track:,} antibodies, drawn by a fixed seed"
    where = f"{record.track}, fold {clean(record.fold)}" if record.fold else record.track
    note = f"Checked on {record.made_at:%Y-%m-%d} on {where}: {rows}."
    if record.left_out:
        reasons = "; ".join(f"{count:,} {clean(reason)}" for reason, count in record.left_out.items())
        note = f"{note} Without a variant: {reasons}."
    return note


def _figures(finding: TrustFindingRecord) -> tuple[str, ...]:
    compared = finding.comparison
    if compared is None:
        return (NO_FIGURE,) * (len(HEADINGS) - 2)
    correlation = finding.spearman.value if finding.spearman is not None else None
    return (
        f"{compared.rows:,}",
        _share(compared.changed_predictions, compared.share_of_predictions),
        _share(compared.changed_scores, compared.share_of_scores),
        f"{compared.largest_difference:.2g}",
        NO_FIGURE if correlation is None else format_number(correlation),
    )


def _share(count: int, share: float) -> str:
    """A count and its share; one that is not 0 is never shown as 0 %."""
    if not count:
        return "0"
    return f"{count:,} ({'<0.1' if share < 0.001 else f'{100 * share:.1f}'} %)"  # noqa: PLR2004 what one decimal shows


def _words(finding: TrustFindingRecord, repeats: TrustFindingRecord) -> str:
    compared = finding.comparison
    if compared is None:
        return clean(finding.message, PROSE_LIMIT)
    if finding.check is Check.VARIANTS:
        return _variant_words(finding)
    if finding.verdict is TrustVerdict.HOLDS:
        return _HOLDS[finding.check] + _rounding_words(finding, compared)
    words = _DOES_NOT_HOLD[finding.check]
    also = finding.check is not Check.REPEAT and repeats.verdict is TrustVerdict.DOES_NOT_HOLD
    return f"{words} {_AFTER_REPEAT}" if also else words


def _rounding_words(finding: TrustFindingRecord, compared: ComparisonRecord) -> str:
    if finding.is_exact:
        return ""
    scores = "score differs" if compared.changed_scores == 1 else "scores differ"
    return f" {compared.changed_scores:,} {scores} by no more than arithmetic in another order explains."


def _variant_words(finding: TrustFindingRecord) -> str:
    parts = [_VARIANTS]
    if finding.looks_like_lookup:
        parts = [LOOKS_LIKE_LOOKUP]
    elif finding.looks_like_lookup is None:
        parts.append(_NOT_JUDGED)
    if finding.spearman is not None and finding.spearman.reason is not None:
        parts.append(f"No correlation: {clean(finding.spearman.reason)}.")
    return " ".join(parts)
