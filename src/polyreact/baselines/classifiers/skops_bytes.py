"""A skops file that is the same whenever it is made.

skops names the parts of a file after the places in memory where they happened to lie, and dates them. Here parts
are numbered in the order in which the schema names them, and all have one date; skops reads the file as before.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePath
from typing import Any

_SCHEMA = "schema.json"
_PLACE, _FILE = "__id__", "file"
_TIME = (1980, 1, 1, 0, 0, 0)


def renumber(content: bytes) -> bytes:
    """The same skops file with numbers in place of places in memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop(_SCHEMA))
    numbers: dict[str, str] = {}
    renamed = _walk(schema, numbers)
    files = {numbers[PurePath(name).stem] + PurePath(name).suffix: member for name, member in members.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, member in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _TIME), member)
        archive.writestr(zipfile.ZipInfo(_SCHEMA, _TIME), json.dumps(renamed, indent=2))
    return target.getvalue()


def _walk(node: Any, numbers: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_walk(part, numbers) for part in node]
    if not isinstance(node, dict):
        return node
    walked: dict[str, Any] = {}
    for key, value in node.items():
        if key == _PLACE and isinstance(value, int):
            walked[key] = int(_number(str(value), numbers))
        elif key == _FILE and isinstance(value, str):
            walked[key] = _number(PurePath(value).stem, numbers) + PurePath(value).suffix
        else:
            walked[key] = _walk(value, numbers)
    return walked


def _number(name: str, numbers: dict[str, str]) -> str:
    return numbers.setdefault(name, str(len(numbers) + 1))
