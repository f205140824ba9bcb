"""The store of overlaps: `results/overlap/<test>--<reference>.json`, with the identities beside it.

As with predictions, a record names its table by digest, and the table is written first. What is read back is
checked against itself: the digest of the table, and the summaries against the rows they summarize.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.catalog import Dataset, is_private_name, load_revisions
from polyreact.datasets.overlap import AUDIT_VERSION, IDENTITY, Nearest, Overlap, OverlapRow, Region, summarize
from polyreact.datasets.tables import ID_COLUMN, parse_csv, render_csv
from polyreact.errors import BadRecord, RecordTooNew
from polyreact.files import Sha256, sha256_bytes, write_atomically
from polyreact.results.documents import DIGEST_IN_NAME, read_document, render_document
from polyreact.results.overlap_records import (
    OVERLAP_SCHEMA_VERSION,
    IdentitiesRecord,
    OverlapRecord,
    compared_of,
    describe_set,
    describe_summary,
)
from polyreact.results.store import OVERLAP_FOLDER, ResultsStore
from polyreact.sequences import SequenceId

COLUMNS = (ID_COLUMN, "vh_identity", "vh_nearest", "h_cdr3_identity", "h_cdr3_nearest")


@dataclass(frozen=True, slots=True)
class KeptOverlap:
    """A record that was read or written, and its rows."""

    record: OverlapRecord
    rows: tuple[OverlapRow, ...]

    @property
    def sha256(self) -> Sha256:
        """Names the record, and through it the table."""
        return sha256_bytes(render_document(self.record))


@dataclass(frozen=True, slots=True)
class OverlapStore:
    """The folder of overlaps inside a folder of records. Writing is for the holder of the records' lock.

    Overlaps of private sets, which name their ids, belong beside private records only.
    """

    folder: Path
    is_private: bool = False

    @classmethod
    def of(cls, store: ResultsStore) -> OverlapStore:
        """The one that belongs to these records."""
        return cls(store.folder / OVERLAP_FOLDER, store.is_private)

    def find(self, test: Dataset, reference: Dataset) -> KeptOverlap | None:
        """The overlap of two sets; None where there is none, or none that is current.

        Raises BadRecord where the record or its table is not what was written, and RecordTooNew.
        """
        path = self._path(test.key, reference.key)
        if not path.exists():
            return None
        kept = self._read(path)
        return kept if is_current(kept.record, test, reference) else None

    def read_current(self) -> tuple[OverlapRecord, ...]:
        """Every record of the catalogue's revisions as they are now, by test and reference.

        One of a private set that was put among public records by hand is left out.
        Raises BadRecord and RecordTooNew.
        """
        datasets = {dataset.key: dataset for dataset in load_revisions()}
        records = [self._read(path).record for path in sorted(self.folder.glob("*.json"))]
        return tuple(
            record
            for record in records
            if (self.is_private or not (is_private_name(record.test.id) or is_private_name(record.reference.id)))
            and {record.test.key, record.reference.key} <= datasets.keys()
            and is_current(record, datasets[record.test.key], datasets[record.reference.key])
        )

    def write(self, test: Dataset, reference: Dataset, overlap: Overlap) -> KeptOverlap:
        """Keep an overlap, its table first; then drop tables it supersedes. Raises CannotWrite."""
        if not self.is_private and (test.is_private or reference.is_private):
            message = f"the overlap of {test.key} with {reference.key} does not belong into {self.folder}"
            raise ValueError(message)
        table = render_identities(overlap.rows)
        digest = sha256_bytes(table)
        path = self._path(test.key, reference.key)
        name = f"{path.stem}.{digest[:DIGEST_IN_NAME]}.csv"
        record = OverlapRecord(
            audit_version=AUDIT_VERSION,
            test=describe_set(test),
            reference=describe_set(reference),
            identity=IDENTITY,
            vh=describe_summary(Region.VH, overlap.vh),
            h_cdr3=describe_summary(Region.H_CDR3, overlap.h_cdr3),
            identities=IdentitiesRecord(file=name, sha256=digest, rows=len(overlap.rows)),
        )
        write_atomically(self.folder / name, table)
        write_atomically(path, render_document(record))
        for old in self.folder.glob(f"{path.stem}.*.csv"):
            if old.name != name:
                old.unlink()
        return KeptOverlap(record, overlap.rows)

    def _path(self, test: str, reference: str) -> Path:
        return self.folder / f"{test}--{reference}.json"

    def _read(self, path: Path) -> KeptOverlap:
        record = read_document(path, OverlapRecord, OVERLAP_SCHEMA_VERSION)
        if record.audit_version > AUDIT_VERSION:
            raise RecordTooNew(
                f"{path} has audit version {record.audit_version}; this program knows up to {AUDIT_VERSION}",
                cure="Update polyreact.",
            )
        if path != self._path(record.test.key, record.reference.key):
            raise _bad(path, f"it is a record of {record.test.key} and {record.reference.key}")
        table = self.folder / record.identities.file
        try:
            content = table.read_bytes()
        except OSError as error:
            raise _bad(path, f"cannot read {table}: {error.strerror}") from error
        if sha256_bytes(content) != record.identities.sha256:
            found = sha256_bytes(content)
            raise _bad(path, f"{table.name} has sha256 {found}, expected {record.identities.sha256}")
        rows = parse_identities(content, path)
        for region in Region if record.audit_version == AUDIT_VERSION else ():
            told = record.summary(region)
            if describe_summary(region, summarize(rows, region, compared_of(told))) != told:
                raise _bad(path, f"its summary of {region} is not that of {table.name}")
        return KeptOverlap(record, rows)


def is_current(record: OverlapRecord, test: Dataset, reference: Dataset) -> bool:
    """Whether a record is of these sequences, by the audit as it is now."""
    return (record.audit_version, record.test, record.reference) == (
        AUDIT_VERSION,
        describe_set(test),
        describe_set(reference),
    )


def render_identities(rows: tuple[OverlapRow, ...]) -> bytes:
    """The table of identities, empty where there is none; the same rows give the same bytes."""
    return render_csv(COLUMNS, [(row.sequence_id, *_render(row.vh), *_render(row.h_cdr3)) for row in rows])


def parse_identities(content: bytes, path: Path) -> tuple[OverlapRow, ...]:
    """The rows of a table that render_identities wrote. Raises BadRecord."""
    try:
        return tuple(
            OverlapRow(
                SequenceId(row[ID_COLUMN]),
                _parse(row["vh_identity"], row["vh_nearest"]),
                _parse(row["h_cdr3_identity"], row["h_cdr3_nearest"]),
            )
            for row in parse_csv(content)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _bad(path, f"its table of identities cannot be read: {error}") from error


def _render(nearest: Nearest | None) -> tuple[str, str]:
    return ("", "") if nearest is None else (f"{nearest.identity:.6f}", nearest.sequence_id)


def _parse(identity: str, nearest: str) -> Nearest | None:
    return Nearest(SequenceId(nearest), float(identity)) if identity or nearest else None


def _bad(path: Path, problem: str) -> BadRecord:
    cure = "Delete it: its name is not that of an overlap."
    named = re.fullmatch("(.+)-r([0-9]+)--(.+)-r([0-9]+)", path.stem)
    if named:
        cure = "Take both files from git again, or make them anew:\n"
        cure += "  polyreact dataset overlap {}@{} {}@{} --force".format(*named.groups())
    return BadRecord(f"{path} cannot be right: {problem}", consequence="Nothing was changed.", cure=cure)
