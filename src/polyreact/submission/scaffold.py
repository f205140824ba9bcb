"""A working submission to start from: `polyreact submission new`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from polyreact.errors import CannotWrite, Finding, InvalidManifest, ScaffoldExists
from polyreact.files import write_atomically
from polyreact.submission.contract import MANIFEST_FILE, Mode
from polyreact.submission.manifest import MAX_NAME_LENGTH, NAME_PATTERN

_PROGRAM, _TEST, _EXAMPLE = "predict.py", "test_predict.py", "example.csv"
#: In every scaffold: file in the package -> file in the new folder.
SCAFFOLD_FILES = {
    "Dockerfile": "Dockerfile",
    _PROGRAM: _PROGRAM,
    MANIFEST_FILE: MANIFEST_FILE,
    _TEST: _TEST,
    _EXAMPLE: _EXAMPLE,
    "README.md": "README.md",
    "dockerignore": ".dockerignore",
}
_TRY_IT = f"INPUT={_EXAMPLE} OUTPUT=predictions.csv python {_PROGRAM}"


@dataclass(frozen=True, slots=True)
class _Start:
    """What the scaffold of one mode has of its own: files, and words for the templates."""

    files: Mapping[str, str]
    words: Mapping[str, str]


_STARTS = {
    Mode.PREDICT: _Start(
        SCAFFOLD_FILES,
        {
            "what": "Net charge of both chains.",
            "examples": f"`{_EXAMPLE}`",
            "try_it": _TRY_IT,
            "setup": "`load_model()`",
            "predict": "`score_antibody()`",
        },
    ),
    Mode.FIT_PREDICT: _Start(
        {name: target for name, target in SCAFFOLD_FILES.items() if name != _PROGRAM}
        | {"fit_predict.py": _PROGRAM, "example-train.csv": "example-train.csv"},
        {
            "what": "Share of each amino acid in the VH; the class whose mean is nearer.",
            "examples": f"`{_EXAMPLE}`, `example-train.csv`",
            "try_it": f"TRAIN=example-train.csv {_TRY_IT}",
            "setup": "`fit()`, which is given the labelled antibodies of each run",
            "predict": "`describe()` and the weights that `fit()` gave",
        },
    ),
}
#: Files that speak of the submission itself.
_WORDED = (MANIFEST_FILE, "README.md")


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
    start = _STARTS[mode]
    templates = files("polyreact.submission") / "template"
    written = []
    for template, target in start.files.items():
        text = (templates / template).read_text(encoding="utf-8")
        if target in _WORDED:
            text = text.format(name=name, owner=owner, model=model, mode=mode.value, **start.words)
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
