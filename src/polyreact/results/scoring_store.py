"""The store of what new scoring versions changed: `results/scoring/<version>.json`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import BadRecord
from polyreact.files import write_atomically
from polyreact.results.documents import read_document, render_document, restore_from_git
from polyreact.results.scoring_history import (
    HISTORY_SCHEMA_VERSION,
    RescoringRecord,
    ScoringHistoryRecord,
    add_rescoring,
)
from polyreact.results.store import SCORING_FOLDER, ResultsStore


@dataclass(frozen=True, slots=True)
class ScoringHistory:
    """The folder of these documents inside a folder of records. Writing is for the holder of the records' lock.

    Figures of private tracks stand beside private records only.
    """

    folder: Path
    is_private: bool = False

    @classmethod
    def of(cls, store: ResultsStore) -> ScoringHistory:
        """The one that belongs to these records."""
        return cls(store.folder / SCORING_FOLDER, store.is_private)

    def read_all(self) -> tuple[ScoringHistoryRecord, ...]:
        """Every document, the oldest scoring version first. Raises BadRecord and RecordTooNew."""
        found = [self.read(path) for path in self.find_paths()]
        return tuple(sorted(found, key=lambda history: history.scoring_version))

    def find_paths(self) -> tuple[Path, ...]:
        """Where the documents stand, by name."""
        return tuple(sorted(self.folder.glob("*.json")))

    def add(self, scoring_version: int, rescoring: RescoringRecord) -> Path:
        """Note that a record was moved to a scoring version; what is noted already changes nothing.

        Raises BadRecord, RecordTooNew and CannotWrite.
        """
        if is_private_name(rescoring.track) != self.is_private:
            message = f"what was changed on {rescoring.track} does not belong into {self.folder}"
            raise ValueError(message)
        path = self._path(scoring_version)
        kept = self.read(path) if path.exists() else None
        history = add_rescoring(kept or ScoringHistoryRecord(scoring_version=scoring_version), rescoring)
        if history != kept:
            write_atomically(path, render_document(history))
        return path

    def _path(self, scoring_version: int) -> Path:
        return self.folder / f"{scoring_version}.json"

    def read(self, path: Path) -> ScoringHistoryRecord:
        """One of the documents. Raises BadRecord and RecordTooNew."""
        history = read_document(path, ScoringHistoryRecord, HISTORY_SCHEMA_VERSION)
        problems = []
        if path != self._path(history.scoring_version):
            problems.append(f"it is of scoring version {history.scoring_version}")
        tracks = sorted({section.track for section in history.rescored})
        strange = [track for track in tracks if is_private_name(track) != self.is_private]
        problems += [f"it has figures of {track}, which do not belong here" for track in strange]
        if problems:
            raise BadRecord(
                f"{path} cannot be right: {'; '.join(problems)}",
                consequence="Nothing was changed.",
                cure="Bring the file back from a copy." if self.is_private else restore_from_git(path),
            )
        return history
