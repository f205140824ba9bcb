"""How often an author's runs are scored on a private track in a month: who tries often enough fits the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from polyreact.errors import OverQuota
from polyreact.evaluation.plan import Job
from polyreact.results.ledger import count_runs_of_month, find_author


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `runs_a_month` for every author and private track, counted in the ledger of `folder`."""

    folder: Path
    runs_a_month: int
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def find_left(self, author: str, track: str) -> int:
        """How many more runs of `author` may be scored on `track` this month. Raises BadRecord."""
        return max(0, self.runs_a_month - count_runs_of_month(self.folder, author, track, self.now()))

    def permit(self, job: Job) -> None:
        """Raises OverQuota where the job is one too many, and BadRecord where the ledger cannot be read."""
        author = find_author(job.submission.id)
        if job.track.is_private and not self.find_left(author, job.track.id):
            raise self.exceeded(author, job.track.id)

    def exceeded(self, author: str, track: str) -> OverQuota:
        """What an author is told whose runs of this month are used up."""
        until = self.find_end_of_month()
        return OverQuota(
            f"the runs of `{author}` on track `{track}` are used up: {self.runs_a_month} are scored in a month",
            until=until,
            consequence="Nothing was run.",
            cure=f"It is run by the first weekly evaluation from {until:%Y-%m-%d} on, without anything to be done.",
        )

    def find_end_of_month(self) -> datetime:
        """Midnight, UTC, of the first day of the next month."""
        now = self.now().astimezone(UTC)
        years, month = divmod(now.month, 12)
        return datetime(now.year + years, month + 1, 1, tzinfo=UTC)
