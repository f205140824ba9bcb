"""On how many antibodies two submissions are right together, alone, or not at all, and of which class those are."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import wording
from polyreact.results.comparison_records import AgreementRecord
from polyreact.results.records import ConfusionRecord


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Antibodies that the first calls right, or wrong, or all of them, where `caller` is empty."""

    caller: str
    kind: str
    second_right: str
    second_wrong: str
    total: str


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """Two by two with both margins, and the same in a sentence."""

    column_caller: str
    rows: tuple[AgreementRow, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ClassRow:
    """How many antibodies of one class each calls right."""

    kind: str
    total: str
    first: str
    second: str


def build_agreement(counts: AgreementRecord, names: tuple[str, str]) -> AgreementTable:
    """The table of two submissions on the same antibodies."""
    first, second = names
    right_second, total = counts.both + counts.only_second, counts.total
    words = wording.agreement_words(counts, first, second)
    return AgreementTable(
        column_caller=second,
        rows=(
            _row(first, "right", counts.both, counts.only_first),
            _row(first, "wrong", counts.only_second, counts.neither),
            _row("", "All", right_second, total - right_second),
        ),
        words=f"{words[0].upper()}{words[1:]}.",
    )


def build_classes(one: ConfusionRecord, other: ConfusionRecord) -> tuple[ClassRow, ...]:
    """Polyreactive and specific antibodies; both scores are of the same ones."""
    positives, negatives = one.true_positives + one.false_negatives, one.true_negatives + one.false_positives
    return (
        ClassRow("Polyreactive", f"{positives:,}", f"{one.true_positives:,}", f"{other.true_positives:,}"),
        ClassRow("Specific", f"{negatives:,}", f"{one.true_negatives:,}", f"{other.true_negatives:,}"),
    )


def _row(caller: str, kind: str, right: int, wrong: int) -> AgreementRow:
    return AgreementRow(caller, kind, f"{right:,}", f"{wrong:,}", f"{right + wrong:,}")
