"""Kept JSON: written the same way every time, read with its schema version checked first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import BadRecord, Finding, RecordTooNew

#: Digits of a digest in the name of a file that a record names by its whole digest.
DIGEST_IN_NAME = 12

Kept = TypeVar("Kept", bound=BaseModel)
#: Makes of a document of one schema version a document of the next. Raises ValueError where it is none.
Upgrade = Callable[[dict[str, object]], dict[str, object]]
_NO_UPGRADES: Mapping[int, Upgrade] = MappingProxyType({})


def render_document(document: BaseModel) -> bytes:
    """Indented, keys in the order of the schema, one newline at the end."""
    return (document.model_dump_json(indent=2) + "\n").encode()


def read_document(
    path: Path, kind: type[Kept], newest: int, upgrades: Mapping[int, Upgrade] = _NO_UPGRADES
) -> Kept:
    """What was kept in `path`. `newest` is the schema version that this program writes.

    An older document is taken step by step through `upgrades`, by the version that each begins with.

    Raises BadRecord with every defect, and RecordTooNew.
    """
    cure = restore_from_git(path)
    try:
        content = json.loads(path.read_bytes())
        version = content["schema_version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRecord(f"{path} cannot be read as a record: {error}", cure=cure) from error
    if type(version) is not int or version < 1:
        raise BadRecord(f"{path} has schema version {version!r}, which is no whole number from 1 on", cure=cure)
    if version > newest:
        raise RecordTooNew(
            f"{path} has schema version {version}; this program reads up to {newest}",
            cure="Update polyreact.",
        )
    try:
        for step in range(version, newest):
            content = upgrades[step](content) | {"schema_version": step + 1}
        return kind.model_validate(content)
    except ValueError as error:  # which a ValidationError is
        defects = error.errors(include_url=False) if isinstance(error, ValidationError) else []
        findings = [Finding(".".join(map(str, defect["loc"])), defect["msg"]) for defect in defects]
        findings = findings or [Finding("", str(error))]
        raise BadRecord(f"{path} does not meet the schema of records", findings=findings, cure=cure) from error


def restore_from_git(path: Path) -> str:
    """What to do about a kept file that was damaged; those of private tracks are never committed."""
    if is_private_name(path.stem):
        return "Bring the file back from a copy."
    return f"Take the file from git again: git checkout -- {path}"
