"""A working submission to start from: `polyreact submission new`."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from polyreact.errors import CannotWrite, Finding, InvalidManifest, ScaffoldExists
from polyreact.files import write_atomically
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import MAX_NAME_LENGTH, NAME_PATTERN

_PROGRAM = "predict.py"
#: File in the package -> file in the new folder.
SCAFFOLD_FILES = {
    "Dockerfile": "Dockerfile",
    _PROGRAM: _PROGRAM,
    "submission.yaml": "submission.yaml",
    "dockerignore": ".dockerignore",
}
_PROGRAMS = {Mode.PREDICT: _PROGRAM, Mode.FIT_PREDICT: "fit_predict.py"}
_MODELS = {
    Mode.PREDICT: "Net charge of both chains.",
    Mode.FIT_PREDICT: "Share of each amino acid in the VH; the class whose mean is nearer.",
}


def write_scaffold(folder: Path, name: str, mode: Mode = Mode.PREDICT) -> tuple[Path, ...]:
    """Write a submission called `<owner>-<model>` into `folder`, which must be new or empty.

    Raises InvalidManifest for a bad name, ScaffoldExists and CannotWrite; nothing is ever overwritten.
    """
    _validate_name(name)
    if not _is_free(folder):
        raise ScaffoldExists(
            f"{folder} exists already and is not an empty folder",
            consequence="Nothing was written.",
            cure="Give the name of a new folder.",
        )
    owner, _, model = name.partition("-")
    templates = files("polyreact.submission") / "template"
    written = []
    for template, target in SCAFFOLD_FILES.items():
        source = _PROGRAMS[mode] if template == _PROGRAM else template
        text = (templates / source).read_text(encoding="utf-8")
        if target == "submission.yaml":
            text = text.format(name=name, owner=owner, model=model, mode=mode.value, what=_MODELS[mode])
        write_atomically(folder / target, text.encode())
        written.append(folder / target)
    return tuple(written)


def _validate_name(name: str) -> None:
    if re.fullmatch(NAME_PATTERN, name) is None:
        form = "`<owner>-<model>` in lower-case letters, digits and single hyphens"
        problem = f"must be {form} (it is {name[:MAX_NAME_LENGTH]!r})"
    elif len(name) > MAX_NAME_LENGTH:
        problem = f"has {len(name)} characters; at most {MAX_NAME_LENGTH} are allowed"
    else:
        return
    raise InvalidManifest(
        "this name cannot be used",
        findings=(Finding("name", problem),),
        consequence="Nothing was written.",
        cure="Choose another, for example: polyreact submission new my-lab-first-model",
    )


def _is_free(folder: Path) -> bool:
    """Whether there is nothing at this path, or an empty folder."""
    try:
        return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError as error:
        raise CannotWrite(
            f"cannot write to {folder}: {error.strerror or error}",
            consequence="Nothing was written.",
            cure="Give the name of another folder.",
        ) from error
