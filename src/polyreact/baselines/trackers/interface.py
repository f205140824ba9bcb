"""What every tracker takes, a run that is done, and what it does with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from polyreact.errors import CannotTrack

Setting = str | int | float | bool


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run that is done: its folder, what was asked for and what was found, both flat and by name."""

    folder: Path
    settings: Mapping[str, Setting]
    figures: Mapping[str, float]

    @property
    def name(self) -> str:
        """That of the folder: no run of another plan, other data or other code has it."""
        return self.folder.name


class Tracker(Protocol):
    """Keeps runs, with their settings, figures and files, for whoever compares many of them."""

    def keep(self, run: TrackedRun) -> str:
        """Keep a run beside earlier ones, also of the same name; in a sentence, where, and how it is looked at.

        Nothing is sent anywhere. Raises CannotTrack; the run's own folder is whole before and after.
        """


def cannot_track(tracker: str, run: TrackedRun, why: str) -> CannotTrack:
    """The error that a tracker could not keep a run."""
    return CannotTrack(
        f"{tracker} could not keep the run {run.name}",
        consequence=f"The run itself is whole: {run.folder}",
        cure="Free some room or choose another tracker.folder, and run the same command again; or tracker=none.",
        detail=why,
    )
