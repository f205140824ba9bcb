"""What is kept of the overlap of two sets: `results/overlap/<test>--<reference>.json`, the identities beside it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from polyreact.datasets.catalog import Dataset
from polyreact.datasets.overlap import CUTS, Compared, Region, Summary
from polyreact.results.records import Digest, Frozen

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
OVERLAP_SCHEMA_VERSION = 1

_Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0)]


class SetRecord(Frozen):
    """A dataset at a revision, and the sequences that were compared."""

    id: str
    revision: int
    inputs_sha256: Digest

    @property
    def key(self) -> str:
        """As `Dataset.key`."""
        return f"{self.id}-r{self.revision}"


class NeighboursRecord(Frozen):
    """How many test antibodies have a neighbour at or above an identity."""

    at_least: _Share
    rows: _Count


class SummaryRecord(Frozen):
    """The nearest identities of one region. `rows_without` test antibodies had no such region to compare."""

    region: Region
    rows: _Count
    rows_without: _Count
    reference_rows: _Count
    reference_rows_without: _Count
    exact: _Count
    minimum: _Share | None
    median: _Share | None
    maximum: _Share | None
    neighbours: tuple[NeighboursRecord, ...]


class IdentitiesRecord(Frozen):
    """The table of the nearest of every test antibody: ids and numbers, no sequences."""

    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+\.[0-9a-f]{12}\.csv$")]
    sha256: Digest
    rows: int


class OverlapRecord(Frozen):
    """A test set against a reference set, by one version of the audit; `identity` says what was measured."""

    schema_version: Literal[1] = 1
    audit_version: int
    test: SetRecord
    reference: SetRecord
    identity: str
    vh: SummaryRecord
    h_cdr3: SummaryRecord
    identities: IdentitiesRecord

    def summary(self, region: Region) -> SummaryRecord:
        """The summary of this region."""
        return self.vh if region is Region.VH else self.h_cdr3


def describe_set(dataset: Dataset) -> SetRecord:
    """A dataset as a record names it."""
    return SetRecord(id=dataset.id, revision=dataset.revision, inputs_sha256=dataset.inputs_sha256)


def describe_summary(region: Region, summary: Summary) -> SummaryRecord:
    """A summary as a record keeps it."""
    return SummaryRecord(
        region=region,
        **asdict(summary.compared),
        exact=summary.exact,
        minimum=summary.minimum,
        median=summary.median,
        maximum=summary.maximum,
        neighbours=tuple(
            NeighboursRecord(at_least=cut, rows=rows) for cut, rows in zip(CUTS, summary.neighbours, strict=True)
        ),
    )


def compared_of(summary: SummaryRecord) -> Compared:
    """The counts that the table of identities does not tell by itself."""
    return Compared(summary.rows, summary.rows_without, summary.reference_rows, summary.reference_rows_without)
