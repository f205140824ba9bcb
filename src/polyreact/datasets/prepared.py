"""Prepared sets: fetched, prepared, checked against the catalogue, and only then written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from polyreact.datasets.catalog import Dataset, SourceFile, load_source, validate_prepared
from polyreact.datasets.download import cannot_read
from polyreact.datasets.fetch import OnProgress, fetch_file
from polyreact.datasets.layout import (
    annotations_path,
    inputs_path,
    labels_path,
    provenance_path,
    training_path,
)
from polyreact.datasets.prepare.boughter import prepare_boughter_r1, prepare_boughter_r2
from polyreact.datasets.prepare.demo import prepare_demo
from polyreact.datasets.prepare.harvey import prepare_harvey
from polyreact.datasets.prepare.interface import Preparation, Prepare
from polyreact.datasets.prepare.jain import prepare_jain, prepare_jain_116, prepare_jain_parity
from polyreact.datasets.prepare.private import prepare_private
from polyreact.datasets.prepare.shehata import prepare_shehata
from polyreact.datasets.tables import Tables, build_tables
from polyreact.errors import DatasetError, Finding, InvalidCatalog, PreparedMismatch
from polyreact.files import Sha256, make_private_folder, sha256_bytes, sha256_file, write_atomically
from polyreact.settings import Settings

PREPARATIONS: Mapping[str, Prepare] = {
    "boughter-r1": prepare_boughter_r1,
    "boughter-r2": prepare_boughter_r2,
    "demo": prepare_demo,
    "harvey": prepare_harvey,
    "jain": prepare_jain,
    "jain-116": prepare_jain_116,
    "jain-parity": prepare_jain_parity,
    "private": prepare_private,
    "shehata": prepare_shehata,
}


def ensure_prepared(dataset: Dataset, settings: Settings, on_progress: OnProgress | None = None) -> Path:
    """The path of the inputs, with inputs, labels and provenance all there and verified; made where not.

    Raises NotPrepared where there is no preparation, PreparedMismatch where the result is not the
    catalogue's (then nothing is written), BadSetting for a cache that may not be read, and what fetching and
    preparing raise.
    """
    validate_prepared(dataset)
    path = inputs_path(dataset, settings)
    if is_prepared(dataset, settings):
        return path
    if on_progress is not None:
        on_progress(f"preparing {dataset.id}, revision {dataset.revision}")
    preparation, tables = build_prepared(dataset, settings, on_progress)
    _validate(dataset, preparation, tables)
    _write(dataset, settings, preparation, tables)
    return path


def prepare_once(
    dataset: Dataset, settings: Settings, on_progress: OnProgress, unprepared: dict[str, DatasetError]
) -> None:
    """As `ensure_prepared`, and what cannot be had is looked for once: `unprepared` holds why, by the set's key."""
    if dataset.key not in unprepared:
        try:
            ensure_prepared(dataset, settings, on_progress)
        except DatasetError as error:
            unprepared[dataset.key] = error
    if dataset.key in unprepared:
        raise unprepared[dataset.key]


def build_prepared(
    dataset: Dataset, settings: Settings, on_progress: OnProgress | None = None
) -> tuple[Preparation, Tables]:
    """Fetch the raw files and prepare them in memory; nothing is compared with the catalogue or written."""
    source = load_source(dataset.source)
    needed = [file for file in source.files if file.name in dataset.files]
    return prepare_files(dataset, {file.name: fetch_file(source, file, settings, on_progress) for file in needed})


def prepare_files(dataset: Dataset, files: Mapping[str, Path]) -> tuple[Preparation, Tables]:
    """Prepare raw files that are there and verified, given by name, in memory.

    Raises InvalidCatalog for a preparation that there is not, and what the preparation raises.
    """
    if dataset.preparation not in PREPARATIONS:
        raise InvalidCatalog(f"`{dataset.id}` names the preparation `{dataset.preparation}`, which there is not")
    preparation = PREPARATIONS[dataset.preparation](files)
    return preparation, build_tables(dataset.id, preparation.rows, dataset.training_columns)


def find_digests(tables: Tables) -> dict[str, Sha256]:
    """The SHA-256 of each table by its name, empty for a table that the set does not have."""
    contents = {
        "inputs": tables.inputs,
        "labels": tables.labels,
        "annotations": tables.annotations,
        "training": tables.training,
    }
    return {name: sha256_bytes(content) if content else Sha256("") for name, content in contents.items()}


def render_provenance(dataset: Dataset, preparation: Preparation, tables: Tables) -> bytes:
    """What the set was made from and what was left out, as JSON: no name and no row's label."""
    files = {file.name: file for file in load_source(dataset.source).files}
    value = {
        "dataset": dataset.id,
        "revision": dataset.revision,
        "label_rule": dataset.label_rule,
        "source": dataset.source,
        "source_files": [
            {"name": name, **_describe_digest(files[name]), "url": files[name].url, "terms": files[name].terms}
            for name in dataset.files
        ],
        "rows": len(preparation.rows),
        "positives": preparation.positives,
        "negatives": preparation.negatives,
        **_render_stages(preparation),
        "dropped": dict(sorted(preparation.dropped.items())),
        "changed": dict(sorted(preparation.changed.items())),
        **{f"{table}_sha256": digest for table, digest in find_digests(tables).items() if digest},
    }
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _describe_digest(file: SourceFile) -> dict[str, str]:
    """What the file was verified by."""
    return {"sha256": file.sha256} if file.sha256 is not None else {"git_blob_sha1": file.git_blob_sha1}


def _render_stages(preparation: Preparation) -> dict[str, object]:
    if not preparation.stages:
        return {}
    return {
        "stages": [
            {"name": stage.name, "rows": sum(stage.rows.values()), "by_subset": dict(stage.rows)}
            for stage in preparation.stages
        ]
    }


def prepared_paths(dataset: Dataset, settings: Settings) -> dict[str, Path]:
    """Where each file of a prepared set stands once it is written, by the name of the table, and `provenance`."""
    paths = {"inputs": inputs_path(dataset, settings), "labels": labels_path(dataset, settings)}
    if dataset.annotations:
        paths["annotations"] = annotations_path(dataset, settings)
    if dataset.is_training:
        paths["training"] = training_path(dataset, settings)
    return paths | {"provenance": provenance_path(dataset, settings)}


def is_prepared(dataset: Dataset, settings: Settings) -> bool:
    """Whether every file of a prepared set stands in the cache, by digest; damaged ones count as absent.

    Raises DatasetError for a file that cannot be read.
    """
    return (
        _has_digest(inputs_path(dataset, settings), dataset.inputs_sha256)
        and _has_digest(labels_path(dataset, settings), dataset.labels_sha256)
        and (
            not dataset.annotations or _has_digest(annotations_path(dataset, settings), dataset.annotations_sha256)
        )
        and (not dataset.is_training or _has_digest(training_path(dataset, settings), dataset.training_sha256))
        and provenance_path(dataset, settings).is_file()
    )


def _has_digest(path: Path, expected: Sha256) -> bool:
    try:
        return path.is_file() and sha256_file(path) == expected
    except OSError as error:
        raise cannot_read(path, error) from error


def _validate(dataset: Dataset, preparation: Preparation, tables: Tables) -> None:
    found_digests = find_digests(tables)
    compared: dict[str, tuple[object, object]] = {
        "inputs": (dataset.inputs_sha256, found_digests["inputs"]),
        "labels": (dataset.labels_sha256, found_digests["labels"]),
        "annotations": (dataset.annotations_sha256, found_digests["annotations"]),
        "training": (dataset.training_sha256, found_digests["training"]),
        "positives": (dataset.positives, preparation.positives),
        "negatives": (dataset.negatives, preparation.negatives),
    }
    findings = [
        Finding(what, f"expected {expected}, found {found}")
        for what, (expected, found) in compared.items()
        if expected != found
    ]
    if findings:
        whose, cure = explain_mismatch(dataset)
        raise PreparedMismatch(
            f"`{dataset.id}` was prepared, and the result is not revision {dataset.revision} of the catalogue",
            findings=findings,
            consequence=f"Nothing was written. {whose}",
            cure=cure,
        )


def explain_mismatch(dataset: Dataset) -> tuple[str, str]:
    """Why verified raw files give another set than the catalogue's, and what to do about it."""
    if dataset.is_private:
        why = "The files are the ones that the catalogue names, so its entry was changed."
        cure = (
            "Bring the entry back from a copy: nothing of a revision may change but the addresses of its files.\n"
        )
        return why, f"{cure}A correction is the next revision: polyreact track new-private --help"
    why = "The raw files are the published ones, so the preparation changed."
    cure = "This is a fault of the program: please report it. Whoever changed a preparation on purpose\n"
    return why, f"{cure}gives the dataset a new revision with the digests found."


def _write(dataset: Dataset, settings: Settings, preparation: Preparation, tables: Tables) -> None:
    labels = labels_path(dataset, settings)
    for folder in (settings.hidden, labels.parent):
        make_private_folder(folder)
    write_atomically(labels, tables.labels, mode=0o600)
    if tables.annotations:
        write_atomically(annotations_path(dataset, settings), tables.annotations, mode=0o600)
    if tables.training:
        make_private_folder(settings.training)
        write_atomically(training_path(dataset, settings), tables.training, mode=0o600)
    if dataset.is_private:
        make_private_folder(inputs_path(dataset, settings).parent)
    write_atomically(provenance_path(dataset, settings), render_provenance(dataset, preparation, tables))
    write_atomically(inputs_path(dataset, settings), tables.inputs)
