"""A dataset as Croissant 1.0 metadata (https://docs.mlcommons.org/croissant/docs/croissant-spec.html).

Distributed are the raw files, by their public addresses and digests. The table of ids and sequences is none of
them: everybody makes it from the raw files, and it always comes out with the digest in the catalogue. So it is a
file beside the metadata, and the record set reads it from there. Labels are in neither.

Version 1.0 rather than 1.1: it is what readers of the format know, and nothing here needs more.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from polyreact.datasets.catalog import Dataset, Source, SourceFile
from polyreact.datasets.citation import render_bibtex
from polyreact.errors import Finding, NotPrepared

#: The terms of the format, as its specification gives them for version 1.0.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".dat": "text/plain",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_COLUMNS = {
    "sequence_id": "Opaque and stable: the order of the ids tells nothing of the labels.",
    "sequence": "The VH, or the whole of a nanobody, in one-letter amino acids.",
    "light_sequence": "The VL; empty for a nanobody.",
}
_RECORDS = "antibodies"


def find_obstacles(dataset: Dataset, source: Source) -> list[Finding]:
    """Why a dataset has no such metadata; an empty list where it has. The format wants a SHA-256 of every file."""
    findings = [
        Finding(file.name, "its sha256 is not known, only its git blob id")
        for file in source.files
        if file.name in dataset.files and file.sha256 is None
    ]
    if not dataset.is_prepared:
        findings.append(Finding(dataset.reference, "the sha256 of its table is not known: it is not prepared yet"))
    return findings


def render_croissant(dataset: Dataset, source: Source) -> bytes:
    """The metadata as JSON: the same catalogue gives the same bytes. Raises NotPrepared for any obstacle."""
    findings = find_obstacles(dataset, source)
    if findings:
        raise NotPrepared(
            f"`{dataset.reference}` cannot be described as Croissant, which wants the SHA-256 of every file",
            findings=findings,
            consequence="Nothing was printed.",
            cure=f"The page has all that is known of it:\n  polyreact dataset card {dataset.reference}",
        )
    return (json.dumps(_describe(dataset, source), indent=2, ensure_ascii=False) + "\n").encode()


def _describe(dataset: Dataset, source: Source) -> dict[str, object]:
    table = f"{dataset.key}.csv"
    files = [file for file in source.files if file.name in dataset.files]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": dataset.key,
        "description": _write_description(dataset, source, table),
        "version": f"{dataset.revision}.0.0",
        **_describe_publication(source),
        "license": _list_licences(source),
        "citeAs": render_bibtex(source),
        "distribution": [*(_describe_raw(file) for file in files), _describe_table(dataset, table)],
        "recordSet": [_describe_records(table)],
    }


def _write_description(dataset: Dataset, source: Source, table: str) -> str:
    sheet = source.datasheet
    parts = [
        dataset.title + ".",
        sheet.summary.strip() if sheet else "",
        f"{dataset.negatives} specific and {dataset.positives} polyreactive antibodies. {dataset.label_rule}",
        f"The labels are not in {table}.",
        f"Redistribution: {sheet.redistribution}" if sheet else "",
    ]
    return " ".join(part for part in parts if part)


def _describe_publication(source: Source) -> dict[str, object]:
    publication = source.publication
    if publication is None:
        return {"creator": {"@type": "sc:Organization", "name": source.citation.partition(";")[0]}}
    return {
        "url": f"https://doi.org/{source.doi}",
        "datePublished": str(publication.year),
        "creator": [{"@type": "sc:Person", "name": author} for author in publication.authors],
    }


def _list_licences(source: Source) -> list[str]:
    """Addresses of licences where any are stated, else what is known in words."""
    sheet = source.datasheet
    if sheet is None:
        return ["not stated"]
    return [f"https://spdx.org/licenses/{name}.html" for name in sheet.licence_ids] or [sheet.licence]


def _describe_raw(file: SourceFile) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": f"Raw file, as published. Terms: {file.terms}",
        "contentUrl": file.url,
        "contentSize": f"{file.size_bytes} B",
        "encodingFormat": _MEDIA_TYPES[PurePosixPath(file.name).suffix],
        "sha256": file.sha256,
    }


def _describe_table(dataset: Dataset, table: str) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": table,
        "name": table,
        "description": "Not distributed: made from the raw files, always with this digest, and read from beside "
        f"this metadata. `polyreact dataset export {dataset.reference} --output {table}` makes it.",
        "contentUrl": table,
        "encodingFormat": _MEDIA_TYPES[".csv"],
        "sha256": dataset.inputs_sha256,
    }


def _describe_records(table: str) -> dict[str, object]:
    return {
        "@type": "cr:RecordSet",
        "@id": _RECORDS,
        "name": _RECORDS,
        "description": "One antibody a row.",
        "key": {"@id": f"{_RECORDS}/sequence_id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{_RECORDS}/{column}",
                "name": column,
                "description": meaning,
                "dataType": "sc:Text",
                "source": {"fileObject": {"@id": table}, "extract": {"column": column}},
            }
            for column, meaning in _COLUMNS.items()
        ],
    }
