"""A working submission to start from: `polyreact submission new`."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from polyreact.errors import Finding, InvalidManifest, ScaffoldExists
from polyreact.files import write_atomically
from polyreact.submission.manifest import NAME_PATTERN

#: File in the package -> file in the new folder.
SCAFFOLD_FILES = {
    "Dockerfile": "Dockerfile",
    "predict.py": "predict.py",
    "submission.yaml": "submission.yaml",
    "dockerignore": ".dockerignore",
}


def write_scaffold(folder: Path, name: str) -> tuple[Path, ...]:
    """Write a submission called `<owner>-<model>` into `folder`, which must be new or empty.

    Raises InvalidManifest for a bad name and ScaffoldExists; nothing is ever overwritten.
    """
    if re.fullmatch(NAME_PATTERN, name) is None:
        finding = Finding("name", f"must be `<owner>-<model>` in lower case (it is {name!r})")
        raise InvalidManifest("this name cannot be used", findings=(finding,), consequence="Nothing was written.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ScaffoldExists(
            f"{folder} exists already and is not an empty folder",
            consequence="Nothing was written.",
            cure="Give the name of a new folder.",
        )
    owner, _, model = name.partition("-")
    templates = files("polyreact.submission") / "template"
    written = []
    for template, target in SCAFFOLD_FILES.items():
        text = (templates / template).read_text(encoding="utf-8")
        if target == "submission.yaml":
            text = text.format(name=name, owner=owner, model=model)
        write_atomically(folder / target, text.encode())
        written.append(folder / target)
    return tuple(written)
