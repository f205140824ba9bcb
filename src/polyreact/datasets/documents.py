"""Catalogue files: TOML read from the package and checked against a frozen dataclass."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from polyreact.errors import Finding, InvalidCatalog

T = TypeVar("T")


def catalog_folder(package: str) -> Traversable:
    """The folder `catalog` beside the modules of `package`."""
    return package_files(package).joinpath("catalog")


def read_documents(folder: Traversable) -> dict[str, dict[str, object]]:
    """Every `<name>.toml` of a catalogue folder, by name and in the order of names.

    Raises InvalidCatalog for a file that is not TOML in UTF-8.
    """
    contents = {
        path.name.removesuffix(".toml"): path.read_bytes()
        for path in folder.iterdir()
        if path.name.endswith(".toml")
    }
    return {name: _parse_document(name, contents[name]) for name in sorted(contents)}


def _parse_document(name: str, content: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidCatalog(f"the catalogue file {name}.toml is not TOML: {error}") from error


def take_tables(document: dict[str, object], key: str, where: str) -> list[dict[str, object]]:
    """Take the `[[key]]` tables out of `document`; none is an empty list."""
    tables = document.pop(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidCatalog(f"{where}: `{key}` must be written as [[{key}]] tables")
    return tables


def parse_entry(kind: type[T], table: Mapping[str, object], where: str) -> T:
    """A catalogue table as the frozen dataclass `kind`: nothing converted, no key unknown, none absent.

    Raises InvalidCatalog with every defect.
    """
    unknown = sorted(set(table) - {field.name for field in fields(kind)})  # type: ignore[arg-type]
    findings = [Finding(key, "is not a key of this entry") for key in unknown]
    try:
        entry = TypeAdapter(kind).validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        findings += [
            Finding(".".join(map(str, defect["loc"])), defect["msg"]) for defect in error.errors(include_url=False)
        ]
        raise InvalidCatalog(f"the catalogue entry {where} is wrong", findings=findings) from error
    if findings:
        raise InvalidCatalog(f"the catalogue entry {where} is wrong", findings=findings)
    return entry
