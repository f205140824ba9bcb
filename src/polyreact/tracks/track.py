"""What a track is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

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
    """One question put to every submission."""

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

    @property
    def is_ranked(self) -> bool:
        """Whether entries get a rank."""
        return self.standing is Standing.RANKED
