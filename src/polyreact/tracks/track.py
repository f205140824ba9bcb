"""What a track is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from polyreact.datasets.catalog import is_private_name
from polyreact.engines.policy import Limits

TrackId = NewType("TrackId", str)


class Standing(StrEnum):
    """What a score on a track counts for."""

    RANKED = "ranked"
    SHOWN = "shown"  # real antibodies, but no ground to rank anybody on; the note says why
    HISTORICAL = "historical"  # kept for comparison with published figures only
    DEMO = "demo"  # synthetic; shows that a submission works and nothing else


@dataclass(frozen=True, slots=True)
class Track:
    """One question put to every submission.

    `folds_by` makes it a fold track: it names the column of the dataset's training table whose values are the
    folds. A fit-predict submission is run once for each, with the labels of all others to learn from, and the
    limits hold for each of these runs. Empty for an ordinary track, which only asks for predictions.

    The overview of the board stands in the order of the ranked track that `leads`.
    """

    id: TrackId
    title: str
    question: str
    note: str
    dataset: str
    revision: int
    standing: Standing
    labels_are_public: bool
    primary_metric: str
    limits: Limits
    folds_by: str = ""
    leads: bool = False

    @property
    def has_folds(self) -> bool:
        """Whether submissions are fitted and asked fold by fold."""
        return bool(self.folds_by)

    @property
    def is_ranked(self) -> bool:
        """Whether entries get a rank."""
        return self.standing is Standing.RANKED

    @property
    def is_private(self) -> bool:
        """Whether nothing of it is published but scores."""
        return is_private_name(self.id)


def order_folds(names: Iterable[str]) -> tuple[str, ...]:
    """Each fold once, in the order they are run and shown: numbers by value, then names by the alphabet."""
    return tuple(sorted(set(names), key=lambda name: (int(name) if name.isdecimal() else 0, name.casefold(), name)))
