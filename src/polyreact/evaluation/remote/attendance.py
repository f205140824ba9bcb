"""Whether anybody works: a queue that does not start, or workers that never came, look like slow ones else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polyreact.errors import PolyreactError
from polyreact.execution.interface import Pool

#: How often the pool is asked, and how often it is said that nobody works.
_ASKED_EVERY, _TOLD_EVERY = timedelta(seconds=10), timedelta(minutes=5)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Attendance:
    """Of one pool, for as long as something waits for it."""

    pool: Pool
    on_progress: Callable[[str], None]
    now: Callable[[], datetime] = _now
    _asked_at: datetime = field(init=False)
    _nobody_since: datetime | None = None
    _told_at: datetime | None = None

    def __post_init__(self) -> None:
        self._asked_at = self.now()

    def look(self, waiting: int) -> None:
        """Say that there is no worker for so many tasks, since when, and of which pool; cheap to call often."""
        now = self.now()
        if now - self._asked_at < _ASKED_EVERY:
            return
        self._asked_at = now
        try:
            workers = self.pool.state().workers
        except PolyreactError as error:
            self.on_progress(error.render())
            return
        if workers:
            self._nobody_since = self._told_at = None
            return
        self._nobody_since = self._nobody_since or now
        if self._told_at is None or now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            waited_s = (now - self._nobody_since).total_seconds()
            self.on_progress(
                f"{waiting} tasks wait, and there is no worker for them, for {waited_s:.0f} s by now; "
                f"the pool: {self.pool.describe()}"
            )
