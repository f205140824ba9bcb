"""Whether a set can still be made from its raw files: built twice, compared with the catalogue and with the cache.

Nothing is repaired or written but raw files that had to be fetched. Where files differ, it is said at which row,
and never what stands in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from polyreact.datasets.catalog import NO_DIGEST, Dataset, Source, SourceFile, load_source, validate_prepared
from polyreact.datasets.download import cannot_read
from polyreact.datasets.fetch import OnProgress, fetch_file
from polyreact.datasets.prepared import explain_mismatch, prepared_paths
from polyreact.datasets.rebuild import Build, BuildEnded, build_apart, build_here
from polyreact.errors import DatasetError, FetchFailed, Finding, NotPrepared, PreparedMismatch
from polyreact.files import Sha256, sha256_bytes
from polyreact.settings import Settings

TABLES = ("inputs", "labels", "annotations", "training")
_PROVENANCE = "provenance"

#: Builds a set from raw files by name, a second time. Raises BuildEnded.
BuildAgain = Callable[[Dataset, Mapping[str, Path], Mapping[str, str]], Build]


class TableState(StrEnum):
    """What became of one table of a set."""

    AS_CATALOGUED = "as catalogued"
    DIFFERS = "DIFFERS"
    UNCATALOGUED = "no digest"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class TableCheck:
    """One table: its digest in the catalogue and that of the first build, empty where there is none."""

    name: str
    state: TableState
    expected: Sha256 = NO_DIGEST
    found: Sha256 = NO_DIGEST


@dataclass(frozen=True, slots=True)
class AbsentFile:
    """A raw file that is neither in the cache nor to be had; at `place` a copy from elsewhere is looked for."""

    source: str
    name: str
    url: str
    digest: str
    place: Path


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of one revision of a dataset.

    `differences` are where the two builds part, or the first of them and the catalogue; `damaged` are files of
    the cache that are not what they should be. `error` is why the raw files could not be prepared. The counts are
    None where nothing was built.
    """

    dataset: Dataset
    seconds: float = 0.0
    tables: tuple[TableCheck, ...] = tuple(TableCheck(name, TableState.NONE) for name in TABLES)
    positives: int | None = None
    negatives: int | None = None
    absent: tuple[AbsentFile, ...] = ()
    differences: tuple[Finding, ...] = ()
    damaged: tuple[Finding, ...] = ()
    error: DatasetError | None = None

    @property
    def rows(self) -> int | None:
        """How many antibodies the set has when it is built."""
        return None if self.positives is None or self.negatives is None else self.positives + self.negatives

    @property
    def verdict(self) -> str:
        """What was found, in a few words."""
        if self.absent:
            return f"cannot be rebuilt here: {', '.join(file.name for file in self.absent)} absent"
        if self.error is not None:
            return f"cannot be rebuilt: {self.error.code}"
        if self.differences:
            return "DIFFERS"
        if self.damaged:
            return "identical, but damaged in the cache"
        return "identical" if self.dataset.is_prepared else "built twice alike; the catalogue has no digest"

    def find_failure(self, *, was_named: bool) -> DatasetError | None:
        """The error that this amounts to, None where all is well.

        A set that the catalogue calls not prepared may be absent, unless it `was_named` by a person.
        """
        if self.absent or isinstance(self.error, NotPrepared):
            counts = was_named or self.dataset.is_prepared
            return self._absent_error() if counts else None
        if self.error is not None:
            return self.error
        if self.differences:
            whose, cure = explain_mismatch(self.dataset)
            return PreparedMismatch(
                f"`{self.dataset.reference}` built from its raw files is not what it should be",
                findings=[*self.differences, *self.damaged],
                consequence=whose,
                cure=cure,
            )
        if self.damaged:
            return PreparedMismatch(
                f"`{self.dataset.reference}` can be built as it should be, but is damaged in the cache",
                findings=self.damaged,
                consequence="Nothing was changed.",
                cure="Delete the files named (they stand in POLYREACT_CACHE), then make them again:\n"
                f"  polyreact dataset fetch {self.dataset.reference}",
            )
        return None

    def _absent_error(self) -> DatasetError:
        if not self.absent and self.error is not None:
            return self.error
        findings = [
            Finding(file.name, f"{file.digest}; from {file.url}; to stand at {file.place}") for file in self.absent
        ]
        return FetchFailed(
            f"`{self.dataset.reference}` cannot be rebuilt here: raw files are absent",
            findings=findings,
            consequence="Nothing was changed.",
            cure="Fetch the file from its address, put it at its place, then run the same command again.\n"
            "It is verified before use.",
        )


def verify_datasets(
    datasets: Iterable[Dataset],
    settings: Settings,
    environment: Mapping[str, str],
    on_progress: OnProgress,
    build_again: BuildAgain = build_apart,
) -> Iterator[Verification]:
    """Verify one set after the other; a raw file that several of them read is looked for once.

    `environment` is that of the process for the second build. A wrong set is a result and the next one follows;
    raises SettingsError for a cache that cannot be used.
    """
    raw = _RawFiles(settings, on_progress, {})
    for dataset in datasets:
        begin = time.monotonic()
        on_progress(f"verifying {dataset.reference}")
        found = _verify(dataset, raw, environment, build_again)
        yield replace(found, seconds=time.monotonic() - begin)


@dataclass(frozen=True, slots=True)
class _RawFiles:
    """The raw files looked for so far, by source and name."""

    settings: Settings
    on_progress: OnProgress
    found: dict[tuple[str, str], Path | DatasetError]

    def find(self, source: Source, file: SourceFile) -> Path | None:
        """The file in the cache, None where it is not to be had. Raises as fetch_file does, but FetchFailed."""
        key = (source.id, file.name)
        if key not in self.found:
            try:
                self.found[key] = fetch_file(source, file, self.settings, self.on_progress)
            except DatasetError as error:
                self.found[key] = error
        found = self.found[key]
        if isinstance(found, DatasetError) and not isinstance(found, FetchFailed):
            raise found
        return found if isinstance(found, Path) else None

    def describe_absent(self, source: Source, file: SourceFile) -> AbsentFile:
        """How to come by a file that was not found."""
        place = self.settings.sources / source.id / file.name
        return AbsentFile(source.id, file.name, file.url, file.digest, place)


def _verify(
    dataset: Dataset, raw: _RawFiles, environment: Mapping[str, str], build_again: BuildAgain
) -> Verification:
    source = load_source(dataset.source)
    # Of a set that no preparation is written for it is not known which files of its source it would read.
    needed = [file for file in source.files if file.name in dataset.files or not dataset.preparation]
    try:
        paths = {file.name: raw.find(source, file) for file in needed}
        there = {name: path for name, path in paths.items() if path is not None}
        absent = tuple(raw.describe_absent(source, file) for file in needed if file.name not in there)
        if absent:
            return Verification(dataset, absent=absent)
        if not dataset.preparation:
            validate_prepared(dataset)
        first = build_here(dataset, there)
    except DatasetError as error:
        return Verification(dataset, error=error)
    differences = _compare_builds(dataset, there, first, environment, build_again)
    cached = _read_cached(dataset, raw.settings)
    apart = {finding.where for finding in differences}
    checks = tuple(_check_table(dataset, name, first, differs=name in apart) for name in TABLES)
    differences += _compare_with_catalogue(dataset, first, checks, cached)
    return Verification(
        dataset,
        tables=checks,
        positives=first.positives,
        negatives=first.negatives,
        differences=tuple(differences),
        damaged=tuple(_find_damaged(dataset, raw.settings, cached, first, checks)),
    )


def _compare_builds(
    dataset: Dataset,
    paths: Mapping[str, Path],
    first: Build,
    environment: Mapping[str, str],
    build_again: BuildAgain,
) -> list[Finding]:
    try:
        second = build_again(dataset, paths, environment)
    except BuildEnded as error:
        return [Finding("second build", str(error))]
    files = ((name, first.files.get(name, ""), second.files.get(name, "")) for name in (*TABLES, _PROVENANCE))
    return [
        Finding(name, f"two builds part at {find_first_difference(one.encode(), other.encode())}")
        for name, one, other in files
        if one != other
    ]


def _check_table(dataset: Dataset, name: str, build: Build, *, differs: bool) -> TableCheck:
    expected = Sha256(getattr(dataset, f"{name}_sha256"))
    found = sha256_bytes(build.files[name].encode()) if name in build.files else NO_DIGEST
    if differs or (dataset.is_prepared and found != expected):
        state = TableState.DIFFERS
    elif not found:
        state = TableState.NONE
    else:
        state = TableState.AS_CATALOGUED if dataset.is_prepared else TableState.UNCATALOGUED
    return TableCheck(name, state, expected, found)


def _compare_with_catalogue(
    dataset: Dataset, build: Build, checks: Iterable[TableCheck], cached: Mapping[str, bytes]
) -> list[Finding]:
    """Where the first build is not the catalogue's; at which row, where the cache has the catalogue's table."""
    if not dataset.is_prepared:
        return []
    findings = []
    for check in checks:
        if check.expected == check.found:
            continue
        message = f"expected sha256 {check.expected or 'of no such table'}, found {check.found or 'no such table'}"
        kept = cached.get(check.name)
        if kept is not None and sha256_bytes(kept) == check.expected:
            message += f"; first at {find_first_difference(kept, build.files.get(check.name, '').encode())}"
        findings.append(Finding(check.name, message))
    counts = {
        "positives": (dataset.positives, build.positives),
        "negatives": (dataset.negatives, build.negatives),
    }
    return findings + [
        Finding(what, f"expected {expected}, found {found}")
        for what, (expected, found) in counts.items()
        if expected != found
    ]


def _read_cached(dataset: Dataset, settings: Settings) -> dict[str, bytes]:
    """The prepared files that stand in the cache, by the name of the table. Raises BadSetting."""
    cached = {}
    for name, path in prepared_paths(dataset, settings).items():
        try:
            cached[name] = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise cannot_read(path, error) from error
    return cached


def _find_damaged(
    dataset: Dataset, settings: Settings, cached: Mapping[str, bytes], build: Build, checks: Iterable[TableCheck]
) -> list[Finding]:
    """Files of the cache that are not the catalogue's; where the build is as catalogued, also the provenance."""
    expected = {check.name: check.expected for check in checks}
    if all(check.state in {TableState.AS_CATALOGUED, TableState.NONE} for check in checks):
        expected[_PROVENANCE] = sha256_bytes(build.files[_PROVENANCE].encode())
    paths = prepared_paths(dataset, settings)
    findings = []
    for name, content in cached.items():
        if name not in expected or sha256_bytes(content) == expected[name]:
            continue
        message = "is not the file that was prepared"
        made = build.files.get(name, "").encode()
        if name != _PROVENANCE and sha256_bytes(made) == expected[name]:
            message += f"; first at {find_first_difference(made, content)}"
        findings.append(Finding(str(paths[name].relative_to(settings.cache)), message))
    return findings


def find_first_difference(expected: bytes, found: bytes) -> str:
    """Where two tables part: a row and its id as the first of them has it, and nothing else of it."""
    rows, others = expected.split(b"\n"), found.split(b"\n")
    for number, (row, other) in enumerate(zip(rows, others, strict=False)):
        if row != other:
            name = row.partition(b",")[0].decode(errors="replace")
            return f"row {number} ({name})" if number and name else f"row {number}" if number else "the heading"
    return f"row {min(len(rows), len(others))}"
