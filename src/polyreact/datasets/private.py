"""A private set in the making: what may be seen apart from what may not, and the catalogue entry of both."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from polyreact.datasets.documents import render_toml
from polyreact.datasets.lab_table import Cut
from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, PreparedRow
from polyreact.datasets.prepare.private import ASSAY_COLUMN, INPUTS_SUFFIX, LABELS_SUFFIX
from polyreact.datasets.prepared import find_digests
from polyreact.datasets.tables import ID_COLUMN, LABEL_COLUMNS, build_tables, parse_csv, render_csv
from polyreact.files import sha256_bytes


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """One file of a private set, and the address that it is for."""

    name: str
    address: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PrivateSet:
    """One revision of a private set: its two files, and its tables of the catalogue."""

    inputs: PrivateFile
    labels: PrivateFile
    entry: dict[str, object]

    @property
    def files(self) -> tuple[PrivateFile, PrivateFile]:
        """Both files, what may be seen first."""
        return self.inputs, self.labels


def build_private_set(
    dataset_id: str, revision: int, rows: Sequence[PreparedRow], truth: str | Cut, store: str, erratum: str = ""
) -> PrivateSet:
    """Split the rows of a lab's table. `store` is the address of a folder; the set gets one of its own in it."""
    tables = build_tables(dataset_id, rows)
    stem, folder = f"{dataset_id}-r{revision}", f"{store.rstrip('/')}/{dataset_id}"
    inputs = PrivateFile(f"{stem}{INPUTS_SUFFIX}", f"{folder}/{stem}{INPUTS_SUFFIX}", tables.inputs)
    hidden = _join(tables.labels, tables.annotations)
    labels = PrivateFile(f"{stem}{LABELS_SUFFIX}", f"{folder}/{stem}{LABELS_SUFFIX}", hidden)
    rule = f"polyreactive: {truth.rule}" if isinstance(truth, Cut) else f"as in the lab's column `{truth}`"
    entry: dict[str, object] = {
        "id": dataset_id,
        "revision": revision,
        "title": f"Private set {dataset_id}",
        "label_rule": rule,
        "is_prepared": True,
        "labels_public": False,
        "preparation": "private",
        "files": [inputs.name, labels.name],
        "positives": sum(row.label == POLYREACTIVE for row in rows),
        "negatives": sum(row.label == SPECIFIC for row in rows),
        **{f"{name}_sha256": digest for name, digest in find_digests(tables).items() if digest},
    }
    if erratum:
        entry["erratum"] = erratum
    if isinstance(truth, Cut):
        entry["annotations"] = [{"name": ASSAY_COLUMN, "meaning": f"the lab's column `{truth.column}`"}]
        entry["assay_column"] = ASSAY_COLUMN
        if not truth.higher_is_polyreactive:
            entry["low_assay_is_polyreactive"] = True
    return PrivateSet(inputs, labels, entry)


def render_source(title: str, author: str) -> str:
    """What a private catalogue says of a source before its files and revisions."""
    about = {"title": title, "citation": author, "doi": "", "species": "not published", "assay": "not published"}
    return render_toml(about)


def render_revision(made: PrivateSet) -> str:
    """The tables of one revision, which stand after those of earlier ones."""
    files = [
        {
            "name": file.name,
            "url": file.address,
            "sha256": sha256_bytes(file.content),
            "size_bytes": len(file.content),
            "git_blob_sha1": _git_blob_sha1(file.content),
            "terms": "private; not to be passed on",
        }
        for file in made.files
    ]
    return render_toml({"file": files, "dataset": [made.entry]})


def _join(labels: bytes, annotations: bytes) -> bytes:
    """One hidden file: the labels, and where there are any the assay values beside them."""
    if not annotations:
        return labels
    values = {row[ID_COLUMN]: row[ASSAY_COLUMN] for row in parse_csv(annotations)}
    rows = [(*row.values(), values[row[ID_COLUMN]]) for row in parse_csv(labels)]
    return render_csv((*LABEL_COLUMNS, ASSAY_COLUMN), rows)


def _git_blob_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
