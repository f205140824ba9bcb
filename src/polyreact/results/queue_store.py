"""`queue.json` beside the records: what is to do yet, and what the platform failed at; no record hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import BadRecord
from polyreact.files import write_atomically
from polyreact.results.documents import read_document, render_document
from polyreact.results.queue_records import QUEUE_SCHEMA_VERSION, UPGRADES, QueueRecord
from polyreact.results.store import QUEUE_FILE, ResultsStore


@dataclass(frozen=True, slots=True)
class QueueStore:
    """The file inside a folder of records. Writing is for the holder of the records' lock.

    That of private tracks stands in their own folder, of which nothing is published.
    """

    path: Path
    is_private: bool = False

    @classmethod
    def of(cls, store: ResultsStore) -> QueueStore:
        """The one that belongs to these records."""
        return cls(store.folder / QUEUE_FILE, store.is_private)

    def find(self) -> QueueRecord | None:
        """What waits and runs; None where nothing does. Raises BadRecord and RecordTooNew."""
        if not self.path.exists():
            return None
        return read_document(self.path, QueueRecord, QUEUE_SCHEMA_VERSION, UPGRADES)

    def find_whole(self) -> QueueRecord | None:
        """As `find`, and None as well for what cannot be read: it can be made again. Raises RecordTooNew."""
        try:
            return self.find()
        except BadRecord:
            return None

    def write(self, queue: QueueRecord) -> None:
        """Keep the queue in place of the one before; one that says nothing is no file. Raises CannotWrite."""
        if queue.jobs or queue.collected_at is not None:
            write_atomically(self.path, render_document(queue), mode=0o600 if self.is_private else 0o644)
        else:
            self.path.unlink(missing_ok=True)
