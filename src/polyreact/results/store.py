"""The record store: `results/<submission>/<track>.json`, with the predictions beside it.

Git history of this folder is the database of the benchmark. A record names its predictions by their digest, and
the predictions are written first: a crash leaves the old record with its old predictions, or the new one with its
new ones.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import BadRecord, CannotWrite, PredictionsLost, RecordTooNew, ResultsLocked
from polyreact.files import make_private_folder, remove_parts, sha256_bytes, write_atomically
from polyreact.results.documents import DIGEST_IN_NAME, read_document, render_document, restore_from_git
from polyreact.results.package_records import PACKAGES_SCHEMA_VERSION, PackagesDocument
from polyreact.results.records import (
    SCHEMA_VERSION,
    UPGRADES,
    PackagesRecord,
    PredictionsRecord,
    Record,
    RecordHead,
    SignatureRecord,
)

OVERLAP_FOLDER = "overlap"
COMPARISONS_FOLDER = "comparisons"
CURVES_FOLDER = "curves"
SCORING_FOLDER = "scoring"
TRUST_FOLDER = "trust"
RELEASES_FOLDER = "releases"
QUEUE_FILE = "queue.json"
#: In the folder of a submission.
PACKAGES_FOLDER = "packages"
#: What stands here is no record of a score; the name of a submission always holds a hyphen.
FOLDERS_OF_NO_SUBMISSION = frozenset(
    {OVERLAP_FOLDER, COMPARISONS_FOLDER, CURVES_FOLDER, SCORING_FOLDER, TRUST_FOLDER, RELEASES_FOLDER}
)


_LOCK_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class ResultsStore:
    """A folder of records. Safe to read while another process writes; one writer at a time (`lock`).

    Records of private tracks stand in a store of their own, which nobody else can look into; handing one to the
    other kind of store is a fault of the program, and a ValueError.
    """

    folder: Path
    is_private: bool = False

    def find(self, submission: str, track: str) -> Record | None:
        """The record of one submission on one track, None when there is none yet.

        Raises BadRecord and RecordTooNew.
        """
        path = self._record_path(submission, track)
        return _read_record(path) if path.exists() else None

    def find_head(self, submission: str, track: str) -> Record | RecordHead | None:
        """As `find`, and no more of the record than says what ran, if it is of the schema of now.

        The rest may be damaged; whoever needs it is told. Raises BadRecord and RecordTooNew.
        """
        path = self._record_path(submission, track)
        with contextlib.suppress(OSError, ValidationError):
            head = RecordHead.model_validate_json(path.read_bytes())
            if (head.submission.id, head.track) == (submission, track):
                return head
        return self.find(submission, track)

    def read_all(self) -> tuple[Record, ...]:
        """Every record, ordered by submission and track. Raises BadRecord, also where it cannot look."""
        return tuple(map(_read_record, self.find_paths()))

    def read_track(self, track: str) -> tuple[Record, ...]:
        """Every record on a track, ordered by submission. Raises as `read_all`, for these records alone."""
        return tuple(_read_record(path) for path in self.find_paths() if path.stem == track)

    def find_paths(self) -> tuple[Path, ...]:
        """Where every record stands, ordered by submission and track. Raises BadRecord where it cannot look."""
        paths: list[Path] = []
        try:
            for folder in sorted(path for path in self.folder.iterdir() if path.is_dir()):
                if folder.name not in FOLDERS_OF_NO_SUBMISSION:
                    paths += [path for path in sorted(folder.iterdir()) if path.suffix == ".json"]
        except FileNotFoundError:
            return ()  # nothing was evaluated yet
        except OSError as error:
            raise BadRecord(f"cannot look into {error.filename}: {error.strerror}") from error
        return tuple(paths)

    def read_predictions(self, record: Record) -> bytes:
        """The predictions beside a record. Raises PredictionsLost where they are not the ones it names."""
        named = record.run.predictions
        if named is None:
            raise PredictionsLost(f"the run of {record.submission.id} on {record.track} has no predictions")
        path = self.folder / record.submission.id / named.file
        cure = f"Repeat the run: polyreact evaluate run --track {record.track} --force"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PredictionsLost(f"cannot read {path}: {error.strerror}", cure=cure) from error
        if sha256_bytes(content) != named.sha256:
            raise PredictionsLost(
                f"{path} is not the file that its record names: expected sha256 {named.sha256}, "
                f"found {sha256_bytes(content)}",
                cure=cure,
            )
        return content

    def name_predictions(self, track: str, content: bytes, rows: int) -> PredictionsRecord:
        """How a record names these predictions."""
        digest = sha256_bytes(content)
        return PredictionsRecord(file=predictions_name(track, digest), sha256=digest, rows=rows)

    def write(self, record: Record, predictions: bytes | None) -> Path:
        """Keep a record and, unless they stand there already, its predictions; then drop superseded ones.

        A signature is dropped: it is of the record that stood there before. `write_signature` puts one.
        """
        path = self._record_path(record.submission.id, record.track)
        folder = path.parent
        if self.is_private:
            make_private_folder(self.folder)
        named = record.run.predictions
        if named is not None and predictions is not None:
            write_atomically(folder / named.file, predictions)
        write_atomically(path, render_record(record.model_copy(update={"signature": None})))
        self._remove_superseded(path, named)
        self.remove_unnamed_packages(folder.name)
        return path

    def write_packages(self, submission: str, packages: PackagesDocument) -> PackagesRecord:
        """Keep the packages of a submission's image, and say how its records name them. Raises CannotWrite.

        Written before the record that names them; those that no record names any more go with the next `write`.
        """
        if self.is_private:
            make_private_folder(self.folder)
        named = name_packages(packages)
        write_atomically(self.folder / submission / named.file, render_document(packages))
        return named

    def read_packages(self, record: Record) -> PackagesDocument | None:
        """The packages that a record names, None where it names none. Raises BadRecord and RecordTooNew."""
        named = record.run.image.packages
        if named is None:
            return None
        path = self.folder / record.submission.id / named.file
        packages = read_document(path, PackagesDocument, PACKAGES_SCHEMA_VERSION)
        if sha256_bytes(render_document(packages)) != named.sha256:
            raise BadRecord(f"{path} is not the file that its record names", cure=restore_from_git(path))
        return packages

    def write_signature(self, record: Record, signature: SignatureRecord) -> Path:
        """Put a signature to a record that stands here and is left as it is otherwise."""
        path = self._record_path(record.submission.id, record.track)
        write_atomically(path, render_record(record.model_copy(update={"signature": signature})))
        return path

    def remove_leftovers(self) -> tuple[str, ...]:
        """Remove what a killed writer left: half-written files, and predictions that a record gave up; their names.

        Predictions without any record are kept: nobody knows whose they are. For the holder of the lock.
        """
        removed = list(remove_parts(self.folder))
        for path in self.find_paths():
            try:
                named = _read_record(path).run.predictions
            except (BadRecord, RecordTooNew):
                continue  # whoever needs the record is told of it
            removed += self._remove_superseded(path, named)
        for folder in sorted(self.folder.glob(f"*/{PACKAGES_FOLDER}")):
            removed += self.remove_unnamed_packages(folder.parent.name)
        return tuple(removed)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for writing. Raises ResultsLocked when another process has it, and CannotWrite."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise CannotWrite(
                f"cannot make the folder of records {self.folder}: {error.strerror}",
                consequence="Nothing was run.",
                cure="Make the folder of private tracks writable."
                if self.is_private
                else "Give another folder with --results.",
            ) from error
        try:
            try:
                _lock_soon(handle)
            except OSError as error:
                raise ResultsLocked(
                    f"another process is writing to {self.folder}",
                    consequence="Nothing was run.",
                    cure="Wait for it to end."
                    if self.is_private
                    else "Wait for it to end, or give another folder with --results.",
                ) from error
            self._validate_writable()
            yield
        finally:
            os.close(handle)

    def _remove_superseded(self, path: Path, named: PredictionsRecord | None) -> list[str]:
        """Remove the predictions beside a record that it does not name."""
        removed = []
        for old in path.parent.glob(f"{path.stem}.*.csv"):
            if named is None or old.name != named.file:
                old.unlink(missing_ok=True)
                removed.append(old.name)
        return removed

    def remove_unnamed_packages(self, submission: str) -> list[str]:
        """Remove the packages of images that no record of the submission is of, or not any more; their names."""
        folder = self.folder / submission
        kept = sorted((folder / PACKAGES_FOLDER).glob("*.json"))
        if not kept:
            return []
        try:
            records = [_read_record(path) for path in folder.glob("*.json")]
        except (BadRecord, RecordTooNew):
            return []  # it may name any of them
        named = {record.run.image.packages.file for record in records if record.run.image.packages}
        unnamed = [path for path in kept if f"{PACKAGES_FOLDER}/{path.name}" not in named]
        for path in unnamed:
            path.unlink(missing_ok=True)
        return [path.name for path in unnamed]

    def _validate_writable(self) -> None:
        """A run may take hours; that its record cannot be kept is to be known before."""
        try:
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise CannotWrite(
                f"cannot write to the folder of records {self.folder}: {error.strerror}",
                consequence="Nothing was run.",
                cure="Make the folder of private tracks writable."
                if self.is_private
                else "Give another folder with --results.",
            ) from error

    def _record_path(self, submission: str, track: str) -> Path:
        if is_private_name(track) != self.is_private:
            message = f"the records of {track} do not belong into {self.folder}"
            raise ValueError(message)
        return self.folder / submission / f"{track}.json"


def _lock_soon(handle: int) -> None:
    """Take the lock, waiting a moment. Raises BlockingIOError where somebody else keeps it.

    What a killed process was just starting holds the lock until it has become the other program.
    """
    end = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise
            time.sleep(_LOCK_WAIT_S / 20)
        else:
            return


def open_private_store(folder: Path) -> ResultsStore:
    """The records of the private tracks whose catalogue is `folder`."""
    return ResultsStore(folder / "results", is_private=True)


def predictions_name(track: str, sha256: str) -> str:
    """The file beside a record that holds the predictions with this digest."""
    return f"{track}.{sha256[:DIGEST_IN_NAME]}.csv"


def name_packages(packages: PackagesDocument) -> PackagesRecord:
    """How records name these packages."""
    digest = sha256_bytes(render_document(packages))
    return PackagesRecord(
        file=f"{PACKAGES_FOLDER}/{digest[:DIGEST_IN_NAME]}.json",
        sha256=digest,
        python=len(packages.python),
        system=len(packages.system),
        is_complete=packages.is_complete,
    )


def render_record(record: Record) -> bytes:
    """A record as it is kept: indented, keys in the order of the schema, one newline at the end."""
    return render_document(record)


def _read_record(path: Path) -> Record:
    record = read_document(path, Record, SCHEMA_VERSION, UPGRADES)
    if (record.submission.id, record.track) != (path.parent.name, path.stem):
        raise BadRecord(
            f"{path} is a record of {record.submission.id} on {record.track}", cure=restore_from_git(path)
        )
    return record
