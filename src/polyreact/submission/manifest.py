"""The manifest: what a submitter says of a model, in `submissions/<owner>-<model>.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidationInfo,
)

from polyreact.errors import Finding, InvalidManifest
from polyreact.files import Sha256, read_beginning, sha256_bytes
from polyreact.images import ImageReference, parse_image_reference
from polyreact.submission.contract import MANIFEST_FILE, MANIFEST_SUFFIX, Mode
from polyreact.submission.yaml_source import MAX_BYTES, Position, YamlDocument, read_yaml

#: Owner of the reference models that this project submits itself.
BASELINE_OWNER = "polyreact"

NAME_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)+$"
MAX_NAME_LENGTH = 80
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Control characters, half characters, and the line breaks that are no control characters.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Use(StrEnum):
    """How a dataset was used in making a model."""

    LABELS = "labels"
    SEQUENCES = "sequences"
    MODEL_SELECTION = "model-selection"


def _check_text(value: str) -> str:
    for character in value.replace("\n", ""):
        if character in _BIDI_CONTROLS or unicodedata.category(character) in _REFUSED_CATEGORIES:
            message = f"holds the control character U+{ord(character):04X}; write plain text"
            raise ValueError(message)
    if not value.strip():
        message = "is blank"
        raise ValueError(message)
    return value


def _check_line(value: str) -> str:
    if "\n" in value:
        message = "holds a line break; write one line"
        raise ValueError(message)
    return _check_text(value)


def _check_image(value: str) -> str:
    reference = parse_image_reference(value)
    if isinstance(reference, str):
        raise ValueError(reference)  # noqa: TRY004  # the value is wrong, not its type
    return value


def _check_https(value: str) -> str:
    message = "is not an https address"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # asking for either raises where it is malformed
    except ValueError as error:
        raise ValueError(message) from error
    plain = value.isprintable() and re.search(r"[\s<>\"'`\\]", value) is None
    if not value.startswith("https://") or not host or parts.username or not plain:
        raise ValueError(message)
    return value


def _check_contact(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value) is None:
        message = "is neither an e-mail address nor an https address"
        try:
            return _check_https(value)
        except ValueError as error:
            raise ValueError(message) from error
    return value


def _check_license(value: str) -> str:
    try:
        return str(canonicalize_license_expression(value))
    except InvalidLicenseExpression as error:
        message = "is not an SPDX expression, such as `MIT`, `Apache-2.0` or `LicenseRef-Proprietary`"
        raise ValueError(message) from error


def _check_independent(value: bool, known: ValidationInfo) -> bool:
    if value and known.data.get("mode") is Mode.FIT_PREDICT:
        message = "cannot be true of a fit-predict submission: what it has fitted hangs on other rows"
        raise ValueError(message)
    return value


def _kind_of_training_data(value: object) -> str:
    return "datasets" if isinstance(value, dict) else "word"


Line = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_check_line)]
Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_check_text)]
Https = Annotated[str, Field(max_length=500), AfterValidator(_check_https)]
Uses = Annotated[tuple[Use, ...], Field(min_length=1)]
TrainingData = Annotated[
    Annotated[dict[str, Uses], Tag("datasets")] | Annotated[Literal["unknown", "proprietary"], Tag("word")],
    Discriminator(_kind_of_training_data),
]


class Manifest(BaseModel):
    """One submission. Unknown keys are refused; of the sandbox `gpu` alone is asked for here."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, title="Submission manifest")

    name: Annotated[str, Field(pattern=NAME_PATTERN, max_length=MAX_NAME_LENGTH)] = Field(
        description="`<owner>-<model>` in lower case; also the name of the manifest file."
    )
    title: Line | None = Field(default=None, description="What the board shows; the name when left out.")
    image: Annotated[str, Field(max_length=512), AfterValidator(_check_image)] = Field(
        description="`registry/repository[:tag]@sha256:<64 hex digits>`; ranked runs need the digest."
    )
    authors: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)] = Field(
        description="Everybody the entry is credited to."
    )
    contact: Annotated[str, Field(max_length=200), AfterValidator(_check_contact)] = Field(
        description="An e-mail address, or an https page where you can be reached."
    )
    license: Annotated[str, Field(max_length=120), AfterValidator(_check_license)] = Field(
        description="SPDX expression for the model, for example `MIT` or `LicenseRef-Proprietary`."
    )
    paper: Https | None = Field(default=None, description="Where the model is described.")
    code: Https | None = Field(default=None, description="Where its code can be read.")
    description: Text = Field(description="A few sentences for the reader who chooses a model.")
    training_data: TrainingData = Field(
        description="Datasets of the catalogue and how each was used (`labels`, `sequences`, `model-selection`); "
        "`{}` for a model that learnt from none; or `unknown`, or `proprietary`."
    )
    score_is_probability: bool = Field(
        default=False,
        strict=True,
        description="Whether `score` is meant as the probability of polyreactivity.",
    )
    threshold: Annotated[float, Field(strict=True)] | None = Field(
        default=None, description="The score from which the model predicts 1, where it has one."
    )
    parameters: Annotated[int, Field(ge=0, le=10**15, strict=True)] | None = Field(
        default=None, description="Number of trained parameters."
    )
    gpu: bool = Field(
        default=False,
        strict=True,
        description="Whether the model needs a GPU: it is then run on machines that have one, and gets one.",
    )
    mode: Mode = Field(default=Mode.PREDICT, description="`predict`, or `fit-predict` for cross-validation tracks.")
    independent: Annotated[bool, AfterValidator(_check_independent)] = Field(  # behind `mode`, which it looks at
        default=False,
        strict=True,
        description="Whether the prediction of one antibody depends on no other row, so that a large track may be "
        "run in slices; only with `mode: predict`.",
    )

    @property
    def image_reference(self) -> ImageReference:
        """The parsed image."""
        reference = parse_image_reference(self.image)
        if isinstance(reference, str):  # the validator has refused this already
            raise TypeError(reference)
        return reference

    @property
    def is_baseline(self) -> bool:
        """Whether this is a reference model of the benchmark's own."""
        return self.name.startswith(f"{BASELINE_OWNER}-")


def parse_manifest(content: bytes, *, source: str, datasets: Collection[str] | None = None) -> Manifest:
    """The manifest, or InvalidManifest with every defect, its line and column.

    `source` names the file in the message. `datasets` are the ids that `training_data` may name; None does not
    check them.
    """
    document = read_yaml(content)
    if not isinstance(document, YamlDocument):
        raise _invalid(source, document)
    if not isinstance(document.data, dict):
        raise _invalid(source, (Finding("line 1", "a manifest is a mapping of keys to values"),))
    findings = _unknown_datasets(document, datasets)
    try:
        manifest = Manifest.model_validate(document.data)
    except ValidationError as error:
        findings += _describe_defects(error, document)
    if findings:
        raise _invalid(source, tuple(finding for _, finding in sorted(findings, key=lambda item: item[0])))
    return manifest


def read_manifest(path: Path, *, datasets: Collection[str] | None = None) -> tuple[Manifest, Sha256]:
    """The manifest in a file and the file's digest.

    A file in `submissions/` must be called after the manifest's name. Raises InvalidManifest and
    UnreadableArgument.
    """
    cure = f"Give the path of a manifest ({MANIFEST_SUFFIX}) or of a folder that holds {MANIFEST_FILE}."
    content = read_beginning(path, MAX_BYTES + 1, cure=cure)
    manifest = parse_manifest(content, source=str(path), datasets=datasets)
    if path.name not in {MANIFEST_FILE, f"{manifest.name}.yaml"}:
        finding = Finding("name", f"is `{manifest.name}`, so the file must be called `{manifest.name}.yaml`")
        raise _invalid(str(path), (finding,))
    return manifest, sha256_bytes(content)


def manifest_schema() -> dict[str, Any]:
    """The manifest as a JSON schema (draft 2020-12)."""
    schema = Manifest.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _unknown_datasets(document: YamlDocument, datasets: Collection[str] | None) -> list[tuple[Position, Finding]]:
    data = document.data.get("training_data") if isinstance(document.data, dict) else None
    if datasets is None or not isinstance(data, dict):
        return []
    known = ", ".join(sorted(datasets))
    findings = []
    for name in data:
        if name not in datasets:
            position = document.position_of(("training_data", name))
            sentence = f"`training_data.{name}` is not a dataset of the catalogue; known: {known}"
            findings.append((position, Finding(str(position), sentence)))
    return findings


def _describe_defects(error: ValidationError, document: YamlDocument) -> list[tuple[Position, Finding]]:
    findings = []
    for defect in error.errors(include_url=False):
        if defect["type"] == "too_short" and defect["input"]:
            continue  # pydantic counts good items only; the bad ones have findings of their own
        missing = defect["type"] == "missing"
        path: tuple[str | int, ...] = ()
        for part in defect["loc"]:  # the location also names branches of unions, which the file does not have
            if (*path, part) in document.positions:
                path = (*path, part)
        key = ".".join(map(str, (*path, defect["loc"][-1]) if missing else path or defect["loc"][:1]))
        position = document.position_of(path)
        sentence = _sentence(defect["type"], str(defect["msg"]), defect["input"])
        findings.append((position, Finding(str(position), f"`{key}` {sentence}")))
    return findings


def _sentence(kind: str, message: str, value: object) -> str:
    shown = repr(value) if len(repr(value)) <= 80 else f"{repr(value)[:77]}..."  # noqa: PLR2004
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            known = ", ".join(Manifest.model_fields)
            return f"is not a key of a manifest; the keys are {known}"
        case "value_error":
            return f"{message.removeprefix('Value error, ')} (it is {shown})"
        case "string_pattern_mismatch":
            return f"must be `<owner>-<model>` in lower-case letters, digits and single hyphens (it is {shown})"
        case "too_short":
            return "must name at least one"
        case "tuple_type":
            message = "must be a list"
    return f"{message[:1].lower()}{message[1:]} (it is {shown})"


def _invalid(source: str, findings: tuple[Finding, ...]) -> InvalidManifest:
    return InvalidManifest(
        f"{source} is not a valid manifest",
        findings=findings,
        consequence="Nothing was run.",
        cure="Every key is explained by: polyreact submission schema",
    )
