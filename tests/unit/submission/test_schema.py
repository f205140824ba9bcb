"""The JSON schema of manifests: valid itself, agreeing with the parser, and current in the documentation."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from polyreact.submission.manifest import manifest_schema
from unit.submission.manifests import GOOD

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "manifest.schema.json"


def validate(**changes):
    Draft202012Validator(manifest_schema()).validate(yaml.safe_load(GOOD) | changes)


def test_schema_is_a_valid_schema():
    Draft202012Validator.check_schema(manifest_schema())


def test_schema_accepts_a_good_manifest():
    validate()
    validate(training_data={}, paper=None)
    validate(training_data="unknown")


@pytest.mark.parametrize(
    "changes",
    [
        {"privileged": True},
        {"name": "../x"},
        {"training_data": {"jain": ["guessing"]}},
        {"training_data": "secret"},
        {"threshold": "0.5"},
        {"parameters": -1},
        {"authors": []},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_schema_refuses_what_the_parser_refuses(changes):
    with pytest.raises(ValidationError):
        validate(**changes)


def test_schema_explains_every_key():
    assert all(part.get("description") for part in manifest_schema()["properties"].values())


def test_schema_in_the_documentation_is_current():
    expected = json.dumps(manifest_schema(), indent=2) + "\n"
    assert REFERENCE.read_text() == expected, (
        "run: polyreact submission schema > docs/reference/manifest.schema.json"
    )
