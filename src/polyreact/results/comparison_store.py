"""The store of comparisons: `results/comparisons/<track>.json`, one for each track that anybody has a score on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import BadRecord
from polyreact.files import write_atomically
from polyreact.results.comparison_documents import (
    COMPARISONS_SCHEMA_VERSION,
    UPGRADES,
    ComparisonsDocument,
    render_comparisons,
)
from polyreact.results.comparison_records import ComparisonsRecord
from polyreact.results.documents import read_document
from polyreact.results.store import COMPARISONS_FOLDER, ResultsStore


@dataclass(frozen=True, slots=True)
class ComparisonStore:
    """The folder of comparisons inside a folder of records. Writing is for the holder of the records' lock."""

    folder: Path
    is_private: bool = False

    @classmethod
    def of(cls, store: ResultsStore) -> ComparisonStore:
        """The one that belongs to these records."""
        return cls(store.folder / COMPARISONS_FOLDER, store.is_private)

    def find(self, track: str) -> ComparisonsRecord | None:
        """The comparisons of a track, None where there are none yet. Raises BadRecord and RecordTooNew."""
        path = self.find_path(track)
        if not path.exists():
            return None
        record = read_document(path, ComparisonsDocument, COMPARISONS_SCHEMA_VERSION, UPGRADES).to_record()
        if record.track != track:
            raise BadRecord(f"{path} holds the comparisons of {record.track}", cure=restore_comparisons())
        return record

    def find_whole(self, track: str) -> ComparisonsRecord | None:
        """As `find`, and None as well for what cannot be read: it can be made again. Raises RecordTooNew."""
        try:
            return self.find(track)
        except BadRecord:
            return None

    def read_all(self) -> tuple[ComparisonsRecord, ...]:
        """Every record of the folder, by track. Raises BadRecord and RecordTooNew."""
        tracks = sorted(path.stem for path in self.folder.glob("*.json"))
        found = (self.find(track) for track in tracks if is_private_name(track) == self.is_private)
        return tuple(record for record in found if record is not None)

    def write(self, record: ComparisonsRecord) -> Path:
        """Keep the comparisons of a track in place of earlier ones. Raises CannotWrite."""
        if is_private_name(record.track) != self.is_private:
            message = f"the comparisons of {record.track} do not belong into {self.folder}"
            raise ValueError(message)
        path = self.find_path(record.track)
        write_atomically(path, render_comparisons(record))
        return path

    def find_path(self, track: str) -> Path:
        """Where the comparisons of a track stand, or would."""
        return self.folder / f"{track}.json"


def restore_comparisons() -> str:
    """What to do about comparisons that are not those of the records: they can be made again at any time."""
    return "Make them again: polyreact score --all"
