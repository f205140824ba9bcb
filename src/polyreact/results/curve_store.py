"""The store of curves: `results/curves/<submission>/<track>.json`, one for each score on a public track."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import BadRecord
from polyreact.files import write_atomically
from polyreact.results.curve_records import CURVES_SCHEMA_VERSION, CurvesRecord
from polyreact.results.documents import read_document, render_document
from polyreact.results.records import ScoreRecord
from polyreact.results.store import CURVES_FOLDER, ResultsStore

#: A list of numbers over several lines; no text of a document has a line break in it.
_NUMBERS = re.compile(rb"\[\n\s+([^\[\]{}\"]+?)\n\s+\]")
_BREAK = re.compile(rb",\n\s+")


@dataclass(frozen=True, slots=True)
class CurveStore:
    """The folder of curves inside a folder of public records. Writing is for the holder of the records' lock.

    Of a private track no curve is made: with few antibodies, labels could be read off it.
    """

    folder: Path

    @classmethod
    def of(cls, store: ResultsStore) -> CurveStore:
        """The one that belongs to these records. Private records have none, and asking for it is a ValueError."""
        if store.is_private:
            message = f"curves do not belong into {store.folder}"
            raise ValueError(message)
        return cls(store.folder / CURVES_FOLDER)

    def find(self, submission: str, track: str) -> CurvesRecord | None:
        """The curves of one submission on one track, None where there are none. Raises BadRecord, RecordTooNew."""
        path = self.find_path(submission, track)
        return self.read(path) if path.exists() else None

    def find_whole(self, submission: str, track: str) -> CurvesRecord | None:
        """As `find`, and None as well for what cannot be read: it can be made again. Raises RecordTooNew."""
        try:
            return self.find(submission, track)
        except BadRecord:
            return None

    def read_all(self) -> tuple[CurvesRecord, ...]:
        """Every record of the folder, by submission and track. Raises BadRecord and RecordTooNew."""
        return tuple(map(self.read, self.find_paths()))

    def find_paths(self) -> tuple[Path, ...]:
        """Where the records stand, by submission and track; what has the name of a private track is none."""
        return tuple(path for path in sorted(self.folder.glob("*/*.json")) if not is_private_name(path.stem))

    def read(self, path: Path) -> CurvesRecord:
        """One of the records. Raises BadRecord and RecordTooNew."""
        record = read_document(path, CurvesRecord, CURVES_SCHEMA_VERSION)
        if path != self.find_path(record.submission, record.track):
            raise BadRecord(
                f"{path} holds the curves of {record.submission} on {record.track}", cure=redraw_curves()
            )
        return record

    def write(self, record: CurvesRecord) -> Path:
        """Keep the curves of a submission in place of earlier ones. Raises CannotWrite."""
        path = self.find_path(record.submission, record.track)
        write_atomically(path, render_curves(record))
        return path

    def remove(self, path: Path) -> None:
        """Remove curves that are of no score any more, and their folder with the last of them."""
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()

    def find_path(self, submission: str, track: str) -> Path:
        """Where the curves of a submission stand, or would."""
        if is_private_name(track):
            message = f"no curves of {track} belong into {self.folder}"
            raise ValueError(message)
        return self.folder / submission / f"{track}.json"


def is_of_score(curves: CurvesRecord, score: ScoreRecord) -> bool:
    """Whether curves were made from what a score was made from, by the same rules."""
    return (
        curves.predictions_sha256,
        curves.labels_sha256,
        curves.scoring_version,
        curves.score_is_probability,
    ) == (score.predictions_sha256, score.labels_sha256, score.scoring_version, score.score_is_probability)


def render_curves(record: CurvesRecord) -> bytes:
    """As every document, with each point on one line."""
    return _NUMBERS.sub(lambda found: b"[" + _BREAK.sub(b", ", found[1]) + b"]", render_document(record))


def redraw_curves() -> str:
    """What to do about curves that are not those of the records: they can be made again at any time."""
    return "Make them again: polyreact score --all"
