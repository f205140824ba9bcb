"""Print docs/reference/manifest.md: the keys of a manifest, from the JSON schema that the program writes.

    python scripts/manifest_reference.py > docs/reference/manifest.md

A test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from polyreact.submission.manifest import manifest_schema

HEAD = """\
# The manifest

Written by `scripts/manifest_reference.py` from the program's own schema; a test holds the two together.

`submission.yaml`, or `submissions/<name>.yaml`, says who made a model and what it has learnt from. Unknown keys are
refused, and no key but `gpu` has a part in the sandbox. The same as a [JSON schema](manifest.schema.json), for an
editor:
`polyreact submission schema`. What the keys are for:
[the submission guide](../../BENCHMARK_SUBMISSION_GUIDE.md#12-the-manifest).

| key | required | value | meaning |
|---|---|---|---|
"""
TAIL = """
The smallest one that is accepted:

```yaml
{smallest}```
"""
SMALLEST = """\
name: yourlab-yourmodel
image: ghcr.io/yourlab/yourmodel
authors: [Your Name]
contact: you@example.org
license: MIT
description: Net charge of both chains.
training_data: {}
"""

Schema = Mapping[str, Any]


def render() -> str:
    """The whole page."""
    schema = manifest_schema()
    required = set(schema["required"])
    rows = "".join(_render_row(key, key in required, value, schema) for key, value in schema["properties"].items())
    return HEAD + rows + TAIL.format(smallest=SMALLEST)


def _render_row(key: str, is_required: bool, value: Schema, schema: Schema) -> str:
    cells = [f"`{key}`", "yes" if is_required else "no", _describe(value, schema), value["description"]]
    return f"| {' | '.join(map(_escape, cells))} |\n"


def _describe(value: Schema, schema: Schema) -> str:
    """The values that are accepted, in words."""
    kinds = [kind for kind in _alternatives(value) if kind.get("type") != "null"]
    words = "; or ".join(_describe_one(kind, schema) for kind in kinds)
    default = value.get("default")
    return words if default is None else f"{words}; `{_as_yaml(default)}` when left out"


def _alternatives(value: Schema) -> Iterator[Schema]:
    options = value.get("anyOf") or value.get("oneOf")
    if options is None:
        yield value
        return
    for option in options:
        yield from _alternatives(option)


def _describe_one(value: Schema, schema: Schema) -> str:
    if "$ref" in value:
        return _describe_one(schema["$defs"][value["$ref"].rpartition("/")[2]], schema)
    if "enum" in value:
        return " or ".join(f"`{word}`" for word in value["enum"])
    if value["type"] == "array":
        at_most = f" of at most {value['maxItems']}" if "maxItems" in value else ""
        return f"a list{at_most} (each {_describe_one(value['items'], schema)})"
    if value["type"] == "object":
        return f"a mapping from names to {_describe(value['additionalProperties'], schema)}"
    words = {"string": "text", "boolean": "`true` or `false`", "number": "a number", "integer": "a whole number"}
    limits = [f"{value['maxLength']} characters at most"] if "maxLength" in value else []
    limits += [f"matching `{value['pattern']}`"] if "pattern" in value else []
    limits += [f"{value['minimum']} at least"] if "minimum" in value else []
    return ", ".join([words[value["type"]], *limits])


def _as_yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _escape(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    print(render(), end="")
