"""What is known of each source and of the sets made from it: addresses, digests, rules, counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import Field, StringConstraints

from polyreact.datasets.documents import catalog_folder, parse_entry, read_documents, take_tables
from polyreact.errors import Finding, InvalidCatalog, NotPrepared, UnknownName
from polyreact.files import Sha256

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_Sha256 = Annotated[Sha256, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_GitBlobSha1 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
_NO_DIGEST = Sha256("")
_Address = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One raw file as published. Where only git's blob id is known, `sha256` and `size_bytes` are None."""

    name: _Name
    url: _Address
    terms: str
    git_blob_sha1: _GitBlobSha1
    sha256: _Sha256 | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A prepared set at one revision.

    `files` are the raw files its preparation reads, `preparation` names that preparation. Where
    `is_prepared` is false there is none yet: counts are 0 and the digests empty. Datasets of the same
    `source` hold the same antibodies, so whoever trained on the labels of one has seen the others.
    `labels_public` says whether this benchmark itself shows the labels.
    """

    id: _Name
    source: _Name
    revision: Annotated[int, Field(ge=1)]
    title: str
    label_rule: str
    is_prepared: bool
    labels_public: bool = False
    preparation: str = ""
    files: tuple[str, ...] = ()
    positives: Annotated[int, Field(ge=0)] = 0
    negatives: Annotated[int, Field(ge=0)] = 0
    inputs_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = _NO_DIGEST
    labels_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = _NO_DIGEST

    @property
    def key(self) -> str:
        """The id with the revision, as it names folders."""
        return f"{self.id}-r{self.revision}"


@dataclass(frozen=True, slots=True)
class Source:
    """One publication or file set, its raw files and the sets made from them."""

    id: _Name
    title: str
    citation: str
    doi: str
    species: str
    assay: str
    files: tuple[SourceFile, ...]
    datasets: tuple[Dataset, ...]


def source_ids() -> tuple[str, ...]:
    """The sources, in alphabetical order."""
    return tuple(_load_sources())


def dataset_ids() -> tuple[str, ...]:
    """The datasets, prepared or not, in alphabetical order."""
    return tuple(sorted(_load_datasets()))


def load_source(name: str) -> Source:
    """The source called `name`. Raises UnknownName."""
    sources = _load_sources()
    if name not in sources:
        raise UnknownName("source", name, sources)
    return sources[name]


def load_dataset(name: str) -> Dataset:
    """The dataset called `name`. Raises UnknownName."""
    datasets = _load_datasets()
    if name not in datasets:
        raise UnknownName("dataset", name, datasets)
    return datasets[name]


def find_related_datasets(name: str) -> frozenset[str]:
    """The ids of every dataset holding the same antibodies as `name`, itself included. Raises UnknownName."""
    return frozenset(dataset.id for dataset in load_source(load_dataset(name).source).datasets)


def validate_prepared(dataset: Dataset) -> None:
    """Raises NotPrepared where this version knows the raw files of `dataset` but not how to prepare them."""
    if not dataset.is_prepared:
        raise NotPrepared(
            f"`{dataset.id}` is catalogued, but this version does not prepare it yet",
            consequence="Nothing was written.",
            cure=f"Its raw files can be fetched, and a manifest may declare it as training data.\n"
            f"Prepared sets: {', '.join(known.id for known in _load_datasets().values() if known.is_prepared)}.",
        )


def parse_sources(folder: Traversable) -> dict[str, Source]:
    """Every source of a catalogue folder. Raises InvalidCatalog at the first wrong entry, with all its defects."""
    sources = {}
    for name, document in read_documents(folder).items():
        files = take_tables(document, "file", name)
        datasets = [{"source": name} | table for table in take_tables(document, "dataset", name)]
        source = parse_entry(Source, {"id": name, **document, "files": files, "datasets": datasets}, name)
        for table in files:
            parse_entry(SourceFile, table, f"{name}, file {table['name']}")
        for table in datasets:
            parse_entry(Dataset, table, f"{name}, dataset {table['id']}")
        _validate_source(source)
        sources[name] = source
    return sources


def _validate_source(source: Source) -> None:
    names = [file.name for file in source.files]
    findings = [Finding(name, "is named twice") for name in sorted({n for n in names if names.count(n) > 1})]
    findings += [
        Finding(file.name, "has a sha256 and no size_bytes")
        for file in source.files
        if file.sha256 is not None and file.size_bytes is None
    ]
    for dataset in source.datasets:
        findings += [
            Finding(dataset.id, f"reads `{file}`, which is no file of {source.id}")
            for file in dataset.files
            if file not in names
        ]
        complete = bool(dataset.preparation and dataset.inputs_sha256 and dataset.labels_sha256)
        if dataset.is_prepared and not complete:
            findings.append(Finding(dataset.id, "is_prepared needs preparation, inputs_sha256 and labels_sha256"))
    if findings:
        raise InvalidCatalog(f"the catalogue of {source.id} is wrong", findings=findings)


@cache
def _load_sources() -> dict[str, Source]:
    return parse_sources(catalog_folder("polyreact.datasets"))


@cache
def _load_datasets() -> dict[str, Dataset]:
    datasets = [dataset for source in _load_sources().values() for dataset in source.datasets]
    ids = [dataset.id for dataset in datasets]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InvalidCatalog(f"dataset ids stand twice in the catalogue: {', '.join(twice)}")
    return {dataset.id: dataset for dataset in datasets}
