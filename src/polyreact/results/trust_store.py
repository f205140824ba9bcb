"""The store of trust checks: `results/trust/<submission>/<track>.json`.

A record says what was found of one image. `read_current` leaves out those of another image than the one whose
scores are kept: what was found of the one says nothing about the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.catalog import is_private_name, load_dataset
from polyreact.errors import BadRecord, RecordTooNew
from polyreact.files import write_atomically
from polyreact.results.documents import read_document, render_document, restore_from_git
from polyreact.results.overlap_records import describe_set
from polyreact.results.records import Record
from polyreact.results.store import TRUST_FOLDER, ResultsStore
from polyreact.results.trust_records import TRUST_SCHEMA_VERSION, TRUST_VERSION, TrustRecord
from polyreact.tracks.catalog import load_track, track_ids


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The folder of trust checks inside a folder of public records. Writing is for the holder of their lock."""

    folder: Path

    @classmethod
    def of(cls, store: ResultsStore) -> TrustStore:
        """The one that belongs to these records. Private records have none, and asking for it is a ValueError."""
        if store.is_private:
            message = f"trust checks do not belong into {store.folder}"
            raise ValueError(message)
        return cls(store.folder / TRUST_FOLDER)

    def find(self, submission: str, track: str) -> TrustRecord | None:
        """The record of one submission on one track, None where there is none. Raises BadRecord, RecordTooNew."""
        path = self._path(submission, track)
        return self.read(path) if path.exists() else None

    def read_current(self, scored: Iterable[Record]) -> tuple[TrustRecord, ...]:
        """What was found of the images and sets as they are now, by submission and track.

        `scored` are the records that are shown: a submission that has none here has no current findings either.
        Raises BadRecord and RecordTooNew.
        """
        by_submission: dict[str, list[Record]] = {}
        for record in scored:
            by_submission.setdefault(record.submission.id, []).append(record)
        found = [self.read(path) for path in self.find_paths()]
        return tuple(
            record
            for record in found
            if is_current(record) and is_of_image_scored(record, by_submission.get(record.submission, []))
        )

    def find_paths(self) -> tuple[Path, ...]:
        """Where the records stand, by submission and track; what has the name of a private track is none."""
        return tuple(path for path in sorted(self.folder.glob("*/*.json")) if not is_private_name(path.stem))

    def write(self, record: TrustRecord) -> Path:
        """Keep a record in place of the one before. Raises CannotWrite."""
        path = self._path(record.submission, record.track)
        write_atomically(path, render_document(record))
        return path

    def _path(self, submission: str, track: str) -> Path:
        if is_private_name(track):
            message = f"nothing of {track} belongs into {self.folder}"
            raise ValueError(message)
        return self.folder / submission / f"{track}.json"

    def read(self, path: Path) -> TrustRecord:
        """One of the records. Raises BadRecord and RecordTooNew."""
        record = read_document(path, TrustRecord, TRUST_SCHEMA_VERSION)
        if record.trust_version > TRUST_VERSION:
            raise RecordTooNew(
                f"{path} has trust version {record.trust_version}; this program knows up to {TRUST_VERSION}",
                cure="Update polyreact.",
            )
        if path != self._path(record.submission, record.track):
            raise BadRecord(
                f"{path} is a record of {record.submission} on {record.track}", cure=restore_from_git(path)
            )
        return record


def is_current(record: TrustRecord) -> bool:
    """Whether a record is of the track's set as the catalogue has it, by the checks as they are now."""
    if record.trust_version != TRUST_VERSION or record.track not in track_ids():
        return False
    track = load_track(record.track)
    return record.dataset == describe_set(load_dataset(track.dataset, track.revision))


def is_of_image_scored(record: TrustRecord, scored: Sequence[Record]) -> bool:
    """Whether the image that was checked is the one whose score on this track is kept.

    Where the submission has no score on this track, it must be the one of all its other scores.
    """
    here = [other for other in scored if other.track == record.track] or list(scored)
    return bool(here) and all(other.run.image.image_id == record.image.image_id for other in here)
