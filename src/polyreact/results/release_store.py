"""The store of releases: `results/releases/<name>.json`, each written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import BadRecord, ReleaseExists
from polyreact.files import write_atomically
from polyreact.results.documents import read_document, render_document, restore_from_git
from polyreact.results.release_records import RELEASE_SCHEMA_VERSION, ReleaseRecord
from polyreact.results.store import RELEASES_FOLDER, ResultsStore


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """The folder of releases inside a folder of public records."""

    folder: Path

    @classmethod
    def of(cls, store: ResultsStore) -> ReleaseStore:
        """The one that belongs to these records. Private records have none, and asking for it is a ValueError."""
        if store.is_private:
            message = f"releases do not belong into {store.folder}"
            raise ValueError(message)
        return cls(store.folder / RELEASES_FOLDER)

    def read_all(self) -> tuple[ReleaseRecord, ...]:
        """Every release, the newest first, those of one day by name. Raises BadRecord and RecordTooNew."""
        found = [self._read(path) for path in sorted(self.folder.glob("*.json"))]
        return tuple(sorted(found, key=lambda release: release.date, reverse=True))

    def write(self, release: ReleaseRecord) -> Path:
        """Keep a release. Raises ReleaseExists where there is another of this name, and CannotWrite."""
        path = self.folder / f"{release.name}.json"
        if path.exists() and self._read(path) != release:
            raise ReleaseExists(
                f"{path} holds another board",
                consequence="Nothing was written: what was released stays as it is.",
                cure="Give the release another name.",
            )
        write_atomically(path, render_document(release))
        return path

    def _read(self, path: Path) -> ReleaseRecord:
        release = read_document(path, ReleaseRecord, RELEASE_SCHEMA_VERSION)
        if release.name != path.stem:
            raise BadRecord(f"{path} holds the release {release.name}", cure=restore_from_git(path))
        return release
