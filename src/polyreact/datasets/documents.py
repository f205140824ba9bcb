"""Catalogue files: TOML from the package, and from a private folder, checked against a frozen dataclass."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, wraps
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeGuard, TypeVar

from pydantic import TypeAdapter, ValidationError

from polyreact.errors import BadSetting, Finding, InvalidCatalog

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class _Opened:
    """One opening of a private catalogue; equal to no other, so that nothing cached outlives it."""

    folder: Path


_opened: list[_Opened] = []


@contextlib.contextmanager
def open_private_catalog(folder: Path) -> Iterator[None]:
    """While the block lasts, the catalogue is the packaged one and that of `folder`, for the whole process.

    The command line opens it once, around a command. The folder is read when something is first asked of the
    catalogue.
    """
    _opened.append(_Opened(folder))
    try:
        yield
    finally:
        _opened.pop()


def find_opened_folder() -> Path | None:
    """The folder of the private catalogue that is open; None where there is none."""
    return _opened[-1].folder if _opened else None


def find_private_folder(kind: str) -> Path | None:
    """The folder of `datasets` or `tracks` in the private catalogue that is open; None where there is none.

    Raises BadSetting where the catalogue itself is no folder.
    """
    folder = find_opened_folder()
    if folder is None:
        return None
    if not folder.is_dir():
        raise BadSetting(
            f"POLYREACT_PRIVATE is `{folder}`, and there is no such folder",
            cure="Point it at a folder of private tracks (polyreact track new-private makes one), or unset it.",
        )
    return folder / kind if (folder / kind).is_dir() else None


def cached_by_catalog(load: Callable[[], T]) -> Callable[[], T]:
    """`load`, called once for the packaged catalogue, and once for each private one that is opened beside it."""

    @cache
    def load_with(_opening: _Opened | None) -> T:
        return load()

    @wraps(load)
    def loaded() -> T:
        return load_with(_opened[-1] if _opened else None)

    return loaded


def catalog_folder(package: str) -> Traversable:
    """The folder `catalog` beside the modules of `package`."""
    return package_files(package).joinpath("catalog")


def read_documents(folder: Traversable) -> dict[str, dict[str, object]]:
    """Every `<name>.toml` of a catalogue folder, by name and in the order of names.

    Raises InvalidCatalog for a file that cannot be read or is not TOML in UTF-8.
    """
    try:
        contents = {
            path.name.removesuffix(".toml"): path.read_bytes()
            for path in folder.iterdir()
            if path.name.endswith(".toml") and not path.name.startswith(".")  # what an editor keeps beside a file
        }
    except OSError as error:
        raise InvalidCatalog(f"cannot read the catalogue: {error.filename}: {error.strerror}") from error
    return {name: _parse_document(name, contents[name]) for name in sorted(contents)}


def _parse_document(name: str, content: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
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


def render_toml(document: Mapping[str, object]) -> str:
    """A document as TOML: plain values, then tables, then lists of tables, each in the order given."""
    tables = {key: value for key, value in document.items() if isinstance(value, Mapping)}
    lists = {key: value for key, value in document.items() if _is_list_of_tables(value)}
    parts = [_render_pairs({key: value for key, value in document.items() if key not in {**tables, **lists}})]
    parts += [f"[{key}]\n{_render_pairs(table)}" for key, table in tables.items()]
    parts += [f"[[{key}]]\n{_render_pairs(table)}" for key, list_ in lists.items() for table in list_]
    return "\n".join(part for part in parts if part)


def _is_list_of_tables(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _render_pairs(table: Mapping[str, object]) -> str:
    return "".join(f"{key} = {_render_value(value)}\n" for key, value in table.items())


def _render_value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_render_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_render_value(item) for item in value) + "]"
    # JSON writes text, numbers and booleans as TOML does, but for one control character
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
