"""What a weekly evaluation is about, read from the checkout by each of its commands for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from polyreact.ci.schedule import Schedule, build_schedule
from polyreact.errors import InvalidManifest
from polyreact.evaluation.queue import Queue
from polyreact.evaluation.quota import Quota
from polyreact.evaluation.submissions import Candidate, read_candidates
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import MANIFEST_SUFFIX
from polyreact.tracks.track import Track


@dataclass(frozen=True, slots=True)
class Weekly:
    """The accepted submissions and what they are asked; `handed_in` and `at_once` as in the schedule."""

    candidates: tuple[Candidate, ...]
    tracks: tuple[Track, ...]
    store: ResultsStore
    handed_in: Mapping[str, datetime]
    quota: Quota | None = None
    at_once: str | None = None

    def build_schedule(self) -> Schedule:
        """The schedule of now. Raises BadRecord and RecordTooNew."""
        return build_schedule(
            self.candidates,
            self.tracks,
            self.store,
            QueueStore.of(self.store).find_whole(),
            self.handed_in,
            datetime.now(UTC),
            quota=self.quota,
            at_once=self.at_once,
        )

    def find_candidate(self, submission: str) -> Candidate:
        """The submission of this name, which is one of them."""
        return next(candidate for candidate in self.candidates if candidate.manifest.name == submission)


def read_accepted(folder: Path) -> tuple[tuple[Candidate, ...], tuple[InvalidManifest, ...]]:
    """Every manifest in `folder`, and the refusals of those that are not valid (any more).

    One of them keeps none of the others from being evaluated.
    """
    candidates: list[Candidate] = []
    refused: list[InvalidManifest] = []
    for path in sorted(folder.glob(f"*{MANIFEST_SUFFIX}")):
        try:
            candidates += read_candidates([path])
        except InvalidManifest as error:
            refused.append(error)
    return tuple(candidates), tuple(refused)


def write_queue(store: ResultsStore, schedule: Schedule) -> None:
    """Keep what waits, since when, beside the records, for a site that is built from them.

    Raises ResultsLocked, RecordTooNew and CannotWrite.
    """
    with store.lock():
        queue = Queue(QueueStore.of(store))
        queue.begin(schedule.to_do)
        queue.keep(one.where for one in schedule.jobs)
