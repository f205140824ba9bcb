"""The manifest of a packaged model, and the page that stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from polyreact.baselines.packaging.contents import HEAD_FILES, Contents
from polyreact.submission.contract import MANIFEST_FILE, Mode
from polyreact.submission.manifest import parse_manifest

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class About:
    """What only whoever hands a model in can say of it.

    `training_data` names datasets of the catalogue and their uses, or is the word for what cannot be named.
    """

    name: str
    authors: tuple[str, ...]
    contact: str
    licence: str
    title: str
    description: str
    training_data: Mapping[str, Sequence[str]] | str
    image: str = ""


def render_manifest(about: About, contents: Contents) -> str:
    """submission.yaml, as the platform reads it. Raises InvalidManifest where it would be refused."""
    owner, _, model = about.name.partition("-")
    declared: Any = about.training_data
    if not isinstance(declared, str):
        declared = {name: list(uses) for name, uses in declared.items()}
    document = {
        "name": about.name,
        "title": about.title,
        "image": about.image or f"localhost/{owner}/{model}",
        "authors": list(about.authors),
        "contact": about.contact,
        "license": about.licence,
        "description": about.description,
        "training_data": declared,
        "score_is_probability": contents.is_probability,
        "threshold": contents.threshold,
        "mode": contents.mode.value,
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=_WIDTH)
    parse_manifest(text.encode(), source=MANIFEST_FILE)
    return text


def render_page(about: About, contents: Contents, made: str, card: str) -> str:
    """README.md: what this is, how it was made and is made again, and the card of the trained model."""
    fitted = contents.mode is Mode.FIT_PREDICT
    here = "" if contents.is_of_hub else ", and `--base local` where no registry is reachable"
    lines = [
        f"# {about.title}",
        "",
        about.description,
        "",
        made,
        "",
        "| file | |",
        "|---|---|",
        "| `predict.py` | the program: reads the antibodies, writes the predictions |",
        "| `embed.py`, `parts.py` | from an antibody to numbers |",
        f"| `classify.py` | {'fits a classifier, and ' if fitted else ''}scores the numbers |",
        "| `model.json` | the settings |",
        *_describe_files(contents),
        "",
        f"Try it: `polyreact submission check` with this folder{here}.",
    ]
    return "\n".join([*lines, *(["", card.strip()] if card.strip() else []), ""])


def _describe_files(contents: Contents) -> list[str]:
    files = []
    if contents.mode is Mode.PREDICT:
        files.append(f"| `{HEAD_FILES[contents.head]}` | the trained classifier; no pickle |")
    if contents.has_encoder:
        files.append(
            "| `build/`, `encoder.json` | while the image is built: published weights become an ONNX graph |"
        )
    if "golden.json" in contents.files:
        files.append("| `golden.json`, `check.py` | what the model gave where it was trained; the build compares |")
    return files
