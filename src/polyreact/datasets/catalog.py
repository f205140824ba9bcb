"""What is known of each source and of the sets made from it: addresses, digests, rules, counts."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import Field, StringConstraints

from polyreact.datasets.addresses import find_address_defect
from polyreact.datasets.description import Datasheet, Publication
from polyreact.datasets.documents import (
    cached_by_catalog,
    catalog_folder,
    find_private_folder,
    parse_entry,
    read_documents,
    take_tables,
)
from polyreact.errors import Finding, InvalidCatalog, NotPrepared, UnknownName
from polyreact.files import Sha256

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_Sha256 = Annotated[Sha256, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_GitBlobSha1 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
#: The digest of a table that a set does not have.
NO_DIGEST = Sha256("")
_REVISION_MARK = "@"
_Column = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
#: The names of private sources, datasets and tracks begin with it, and no other's ever will.
PRIVATE_PREFIX = "private-"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One raw file as published. Where only git's blob id is known, `sha256` and `size_bytes` are None."""

    name: _Name
    url: str
    terms: str
    git_blob_sha1: _GitBlobSha1
    sha256: _Sha256 | None = None
    size_bytes: int | None = None

    @property
    def digest(self) -> str:
        """The digest that it is verified by, and its kind: `sha256 ...` or `git blob ...`."""
        return f"sha256 {self.sha256}" if self.sha256 else f"git blob {self.git_blob_sha1}"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A column that is kept beside the labels of a set, and what it means, units included."""

    name: _Column
    meaning: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A prepared set at one revision. A revision never changes: a correction is another entry with the next number.

    `erratum` says what was wrong with the revision before; the first has none.

    `files` are the raw files its preparation reads, `preparation` names that preparation. Where
    `is_prepared` is false there is none yet, or its result is not known for want of a raw file: counts are 0 and
    the digests empty. Datasets of the same `source` hold the same antibodies or, where it is split at random,
    clones of them, so whoever trained on the labels of one has seen the others. `labels_public` says
    whether this benchmark itself shows the labels.

    `annotations` are the columns kept beside the labels. Of these `assay_column` is the continuous measurement that
    the labels were cut from, higher for the more polyreactive unless `low_assay_is_polyreactive`, and
    `group_column` names antibodies that are not independent of each other (clones); both are empty where there is
    none. A set with `training_columns` is for training: its labels are shown to fit-predict submissions, fold by
    fold, and these are the columns that folds are made of.
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
    inputs_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = NO_DIGEST
    labels_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = NO_DIGEST
    erratum: str = ""
    annotations: tuple[Annotation, ...] = ()
    annotations_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = NO_DIGEST
    assay_column: str = ""
    low_assay_is_polyreactive: bool = False
    group_column: str = ""
    training_columns: tuple[str, ...] = ()
    training_sha256: _Sha256 | Annotated[Sha256, StringConstraints(max_length=0)] = NO_DIGEST

    @property
    def is_private(self) -> bool:
        """Whether its files stand outside of what is published."""
        return is_private_name(self.id)

    @property
    def is_training(self) -> bool:
        """Whether submissions may be shown the labels, to learn from them."""
        return bool(self.training_columns)

    @property
    def key(self) -> str:
        """The id with the revision, as it names folders."""
        return f"{self.id}-r{self.revision}"

    @property
    def reference(self) -> str:
        """The id with the revision, as load_dataset takes it: `boughter@1`."""
        return f"{self.id}{_REVISION_MARK}{self.revision}"


@dataclass(frozen=True, slots=True)
class Source:
    """One publication or file set, its raw files and the sets made from them.

    `citation` is one line, made from `publication` where there is one. A source of a lab's own may lack both that
    and the datasheet.
    """

    id: _Name
    title: str
    citation: str
    doi: str
    species: str
    assay: str
    files: tuple[SourceFile, ...]
    datasets: tuple[Dataset, ...]
    publication: Publication | None = None
    datasheet: Datasheet | None = None

    @property
    def is_private(self) -> bool:
        """Whether its files stand outside of what is published."""
        return is_private_name(self.id)


def is_private_name(name: str) -> bool:
    """Whether a source, a dataset or a track of this name is a private one, catalogued here or elsewhere."""
    return name.startswith(PRIVATE_PREFIX)


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


def load_dataset(name: str, revision: int | None = None) -> Dataset:
    """The dataset called `name`, which may end in `@<revision>`, at the newest revision if none is named.

    Raises UnknownName.
    """
    asked = name if revision is None else f"{name}{_REVISION_MARK}{revision}"
    by_reference = {dataset.reference: dataset for dataset in load_revisions()}
    found = _load_datasets().get(asked) or by_reference.get(asked)
    if found is None:
        older = [dataset.reference for dataset in load_revisions() if not is_newest(dataset)]
        raise UnknownName("dataset", asked, [*_load_datasets(), *older])
    return found


def load_revisions() -> tuple[Dataset, ...]:
    """Every revision of every dataset, by id, the newest of each first."""
    return _load_revisions()


def is_newest(dataset: Dataset) -> bool:
    """Whether the dataset's id alone means this revision."""
    return _load_datasets()[dataset.id].revision == dataset.revision


def find_related_datasets(name: str) -> frozenset[str]:
    """The ids of every dataset holding the same antibodies as `name`, itself included. Raises UnknownName."""
    return frozenset(dataset.id for dataset in load_source(load_dataset(name).source).datasets)


def validate_prepared(dataset: Dataset) -> None:
    """Raises NotPrepared where this version knows the raw files of `dataset` and not its preparation or digests."""
    if dataset.is_prepared:
        return
    summary = f"`{dataset.id}` is catalogued, but this version does not prepare it yet"
    cure = "Its raw files can be fetched, and a manifest may declare it as training data.\n"
    findings: list[Finding] = []
    if dataset.preparation and dataset.files:
        summary += ": the preparation is known, the digests that its result is checked against are not"
        findings = [
            Finding(file.name, f"known by its git blob id only: {file.git_blob_sha1}")
            for file in load_source(dataset.source).files
            if file.name in dataset.files and file.sha256 is None
        ]
        cure += "This fetches them, and for one that cannot be had it says where to put a copy by hand:\n"
        cure += f"  polyreact dataset fetch {dataset.id}\n"
    prepared = ", ".join(known.id for known in _load_datasets().values() if known.is_prepared)
    raise NotPrepared(
        summary, findings=findings, consequence="Nothing was written.", cure=f"{cure}Prepared sets: {prepared}."
    )


def parse_sources(folder: Traversable, *, is_private: bool = False) -> dict[str, Source]:
    """Every source of a catalogue folder. Raises InvalidCatalog at the first wrong entry, with all its defects."""
    sources = {}
    for name, document in read_documents(folder).items():
        files = take_tables(document, "file", name)
        datasets = [{"source": name} | table for table in take_tables(document, "dataset", name)]
        _check_description(document, name)
        source = parse_entry(Source, {"id": name, **document, "files": files, "datasets": datasets}, name)
        for table in files:
            parse_entry(SourceFile, table, f"{name}, file {table['name']}")
        for table in datasets:
            parse_entry(Dataset, table, f"{name}, dataset {table['id']}")
        _validate_source(source, is_private=is_private)
        sources[name] = source
    return sources


def _check_description(document: dict[str, object], name: str) -> None:
    """Check the tables `publication` and `datasheet`, and make the citation of the one."""
    for key, kind in (("publication", Publication), ("datasheet", Datasheet)):
        table = document.get(key)
        if isinstance(table, dict):
            entry = parse_entry(kind, table, f"{name}, {key}")
            if isinstance(entry, Publication):
                if "citation" in document:
                    raise InvalidCatalog(
                        f"{name}: the citation is made from `publication` and has no line of its own"
                    )
                document["citation"] = entry.citation


def find_name_defects(name: str, *, is_private: bool) -> list[Finding]:
    """What is wrong with the name of an entry of the packaged catalogue, or of a private one."""
    if is_private_name(name) == is_private:
        return []
    rule = "every name in a private catalogue begins with it" if is_private else "only private names begin with it"
    return [Finding(name, f"`{PRIVATE_PREFIX}`: {rule}")]


def _validate_source(source: Source, *, is_private: bool) -> None:
    names = [file.name for file in source.files]
    findings = [Finding(name, "is named twice") for name in sorted({n for n in names if names.count(n) > 1})]
    findings += [
        Finding(file.name, "has a sha256 and no size_bytes")
        for file in source.files
        if file.sha256 is not None and file.size_bytes is None
    ]
    findings += find_name_defects(source.id, is_private=is_private)
    for number, file in enumerate(source.files):
        defect = find_address_defect(file.url, is_private=is_private)
        findings += [Finding(f"files.{number}.url", defect)] if defect else []
        findings += [Finding(file.name, "needs a sha256")] if is_private and file.sha256 is None else []
    for dataset in source.datasets:
        findings += [
            Finding(dataset.id, f"reads `{file}`, which is no file of {source.id}")
            for file in dataset.files
            if file not in names
        ]
        findings += _find_defects(dataset)
        findings += find_name_defects(dataset.id, is_private=is_private)
        if is_private and dataset.labels_public:
            findings.append(Finding(dataset.id, "is private, so its labels cannot be public"))
        if is_private and dataset.is_training:
            findings.append(Finding(dataset.id, "is private, so no submission can learn from its labels"))
    if findings:
        raise InvalidCatalog(f"the catalogue of {source.id} is wrong", findings=findings)


def _find_defects(dataset: Dataset) -> list[Finding]:
    problems = []
    complete = bool(dataset.preparation and dataset.inputs_sha256 and dataset.labels_sha256)
    if dataset.is_prepared and not complete:
        problems.append("is_prepared needs preparation, inputs_sha256 and labels_sha256")
    if dataset.is_prepared and bool(dataset.annotations) != bool(dataset.annotations_sha256):
        problems.append("annotations and annotations_sha256 go together")
    if dataset.is_prepared and bool(dataset.training_columns) != bool(dataset.training_sha256):
        problems.append("training_columns and training_sha256 go together")
    if (dataset.revision > 1) != bool(dataset.erratum):
        problems.append("every revision but the first needs an erratum, and only those")
    known = {"", *(annotation.name for annotation in dataset.annotations)}
    columns = (dataset.assay_column, dataset.group_column, *dataset.training_columns)
    problems += [f"`{column}` is none of its annotations" for column in columns if column not in known]
    return [Finding(dataset.reference, problem) for problem in problems]


@cached_by_catalog
def _load_sources() -> dict[str, Source]:
    sources = parse_sources(catalog_folder("polyreact.datasets"))
    private = find_private_folder("datasets")
    if private is not None:
        sources |= parse_sources(private, is_private=True)
    return dict(sorted(sources.items()))


@cached_by_catalog
def _load_revisions() -> tuple[Dataset, ...]:
    datasets = [dataset for source in _load_sources().values() for dataset in source.datasets]
    references = [dataset.reference for dataset in datasets]
    twice = sorted({name for name in references if references.count(name) > 1})
    if twice:
        raise InvalidCatalog(f"dataset revisions stand twice in the catalogue: {', '.join(twice)}")
    sources = {dataset.id: dataset.source for dataset in datasets}
    scattered = sorted({dataset.id for dataset in datasets if dataset.source != sources[dataset.id]})
    if scattered:
        raise InvalidCatalog(f"datasets have revisions in more than one source: {', '.join(scattered)}")
    return tuple(sorted(datasets, key=lambda dataset: (dataset.id, -dataset.revision)))


@cached_by_catalog
def _load_datasets() -> dict[str, Dataset]:
    """The newest revision of each dataset, by id."""
    newest: dict[str, Dataset] = {}
    for dataset in _load_revisions():
        newest.setdefault(dataset.id, dataset)
    return newest
