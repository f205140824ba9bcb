"""How to hand in a model, and a form that writes the manifest from the schema that it is checked by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from polyreact.datasets.catalog import dataset_ids, load_dataset
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.site import addresses
from polyreact.leaderboard.site.page import Page
from polyreact.submission.contract import INPUT_HEADER, OUTPUT_HEADER, Mode, contract_environment
from polyreact.submission.manifest import Use, manifest_schema

_INTRODUCTION = (
    "A submission is a container image and a manifest of some ten lines. The image is run without a network on "
    "antibodies whose labels it never sees; the check that you run at home is the one that counts."
)
#: How a key of the manifest is asked for where its type does not say so; every other text is a line.
_KINDS = {"authors": "lines", "description": "paragraph", "training_data": "training", "mode": "choice"}
#: What the schema has no word for and leaves to the validator: an expression for the browser to help with.
_HTTPS = r"""https://[^\s<>"'`\\]+"""
_PATTERNS = {
    "image": r"[^\s@]+/[^\s@]+@sha256:[0-9a-f]{64}",
    "paper": _HTTPS,
    "code": _HTTPS,
    "contact": _HTTPS + r"|[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+",
}
_EXAMPLES = {
    "name": "yourlab-yourmodel",
    "title": "Your model",
    "image": "ghcr.io/yourlab/yourmodel:1.0@sha256:...",
    "contact": "you@yourlab.example",
    "license": "MIT",
    "paper": "https://doi.org/...",
    "code": "https://...",
    "threshold": "0.5",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of the manifest. `kind` is line, paragraph, lines, number, whole, yes-no, choice or training."""

    key: str
    kind: str
    help: str
    is_required: bool
    limit: int | None
    pattern: str
    example: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubmitView:
    """The whole page."""

    introduction: str
    columns_in: str
    columns_out: str
    variables: tuple[str, ...]
    fields: tuple[Field, ...]
    datasets: tuple[tuple[str, str], ...]
    uses: tuple[str, ...]
    schema: str


def build_page(_board: Board) -> Page:
    """The page about handing in."""
    variables = contract_environment("/data", "/output", Mode.FIT_PREDICT)
    view = SubmitView(
        introduction=_INTRODUCTION,
        columns_in=",".join(INPUT_HEADER),
        columns_out=",".join(OUTPUT_HEADER),
        variables=tuple(f"{name}={value}" for name, value in variables.items()),
        fields=tuple(build_fields(manifest_schema())),
        datasets=tuple((d.id, d.title) for d in map(load_dataset, dataset_ids()) if not d.is_private),
        uses=tuple(use.value for use in Use),
        schema=addresses.MANIFEST_SCHEMA,
    )
    return Page(addresses.SUBMIT, "submit.html", view, "Submit", _INTRODUCTION, addresses.SUBMIT)


def build_fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    """What the form asks for: every key of the schema, in its order.

    Raises ValueError for a key whose type the form knows no field for.
    """
    for key, described in schema["properties"].items():
        shape = _resolve(described, schema)
        yield Field(
            key=key,
            kind=_KINDS.get(key) or _kind(key, shape),
            help=described["description"].replace("`", ""),
            is_required=key in schema["required"],
            limit=shape.get("maxLength") or shape.get("items", {}).get("maxLength"),
            pattern=_PATTERNS.get(key) or shape.get("pattern", "").strip("^$"),
            example=_EXAMPLES.get(key, ""),
            choices=tuple(shape.get("enum", ())),
        )


def _resolve(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The shape of a value where there is one."""
    if "$ref" in described:
        found: Mapping[str, Any] = schema["$defs"][described["$ref"].rpartition("/")[2]]
        return found
    wanted = (shape for shape in described.get("anyOf", ()) if shape.get("type") != "null")
    return next(wanted, described)


def _kind(key: str, shape: Mapping[str, Any]) -> str:
    kinds = {"string": "line", "number": "number", "integer": "whole", "boolean": "yes-no"}
    kind = kinds.get(str(shape.get("type")))
    if kind is None:
        raise ValueError(f"the form has no field for `{key}`")
    return kind
