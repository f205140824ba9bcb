"""YAML read as plain data, with the line and column of every value.

Only mappings, sequences and plain scalars pass. Anchors, aliases and tags are refused, which ends "billion
laughs" bombs and object construction alike; so are duplicate keys, several documents,
deep nesting and thousands of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from polyreact.errors import Finding

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
#: Keys and values together. Each costs far more time than its bytes; no manifest has a hundred.
MAX_VALUES = 2000
#: A whole number of a manifest fits easily; a longer one could not even be printed.
_MAX_INTEGER_BITS = 128

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a value starts; lines and columns count from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The data, and where each part of it stands."""

    data: object
    positions: Mapping[Path, Position]

    def position_of(self, path: Path) -> Position:
        """The position of `path`, or of the nearest part around it that exists."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))


def read_yaml(content: bytes) -> YamlDocument | tuple[Finding, ...]:
    """The document, or every defect that was found; never another exception."""
    if len(content) > MAX_BYTES:
        return (Finding("line 1", f"the file has more than the {MAX_BYTES} bytes that are allowed"),)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return (Finding(f"line {line}", f"byte 0x{content[error.start]:02x} is not UTF-8"),)
    try:
        refused = tuple(_refused_constructs(text))
        if refused:
            return refused
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return (_describe_yaml_error(error),)
    if node is None:
        return (Finding("line 1", "the file is empty"),)
    positions: dict[Path, Position] = {}
    findings: list[Finding] = []
    data = _construct(node, (), positions, findings)
    return tuple(findings) or YamlDocument(data, positions)


def replace_scalar(content: bytes, key: str, value: str) -> bytes:
    """The same text with another plain value at a top-level key; comments and everything else stay as they are.

    Raises ValueError where `content` is no mapping with one such key and a value on one line.
    """
    text = content.decode("utf-8")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    spans = [(old.start_mark, old.end_mark) for name, old in pairs if name.value == key]
    if len(spans) != 1 or spans[0][0].line != spans[0][1].line:
        raise ValueError(f"there is no value of `{key}` on one line")
    ((start, end),) = spans
    return f"{text[: start.index]}{value}{text[end.index :]}".encode()


def _position(part: yaml.Event | yaml.Node) -> Position:
    mark = part.start_mark
    return Position(1, 1) if mark is None else Position(mark.line + 1, mark.column + 1)


def _refused_constructs(text: str) -> Iterator[Finding]:
    """Walk the event stream, which needs no recursion, before anything is composed."""
    depth = documents = values = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        where = str(_position(event))
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield Finding(where, "a second document starts here; a manifest is one document")
                return
        yield from (Finding(where, problem) for problem in _refused_marks(event))
        if isinstance(event, yaml.NodeEvent):
            values += 1
            if values > MAX_VALUES:
                yield Finding(where, f"there are more than {MAX_VALUES} keys and values")
                return
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                yield Finding(where, f"values are nested more than {MAX_DEPTH} deep")
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refused_marks(event: yaml.Event) -> Iterator[str]:
    if isinstance(event, yaml.AliasEvent):
        yield f"`*{event.anchor}` is an alias; write the value out"
    elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        if event.anchor:
            yield f"`&{event.anchor}` is an anchor; anchors are not allowed"
        if event.tag:
            yield f"{event.tag!r} is a tag; tags are not allowed"


def _construct(node: yaml.Node, path: Path, positions: dict[Path, Position], findings: list[Finding]) -> object:
    positions[path] = _position(node)
    if isinstance(node, yaml.MappingNode):
        return _construct_mapping(node, path, positions, findings)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*path, index), positions, findings) for index, child in enumerate(node.value)]
    return _construct_scalar(node, positions[path], findings)


def _construct_mapping(
    node: yaml.MappingNode, path: Path, positions: dict[Path, Position], findings: list[Finding]
) -> dict[str, object]:
    mapping: dict[str, object] = {}
    first_lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key_at = _position(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            findings.append(Finding(str(key_at), "a key must be a plain word"))
            continue
        key = str(key_node.value)
        if not key.isprintable():  # it will stand in messages, and a terminal obeys what it holds
            findings.append(Finding(str(key_at), f"the key {key[:40]!r} holds control characters"))
            continue
        if key in first_lines:
            findings.append(Finding(str(key_at), f"`{key}` was already given on line {first_lines[key]}"))
            continue
        first_lines[key] = key_at.line
        mapping[key] = _construct(value_node, (*path, key), positions, findings)
        if _position(value_node).line != key_at.line and not isinstance(value_node, yaml.ScalarNode):
            positions[(*path, key)] = key_at
    return mapping


def _construct_scalar(node: yaml.Node, position: Position, findings: list[Finding]) -> object:
    plain = {"tag:yaml.org,2002:" + kind for kind in ("str", "int", "float", "bool", "null")}
    if node.tag not in plain:
        return str(node.value)  # a date or the like stays the text that was written
    try:
        value: object = yaml.SafeLoader("").construct_object(node)
    except (ValueError, OverflowError):
        value = None
        findings.append(Finding(str(position), "the number is too large or malformed"))
    if isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS:
        findings.append(Finding(str(position), "the number is too large or malformed"))
    return value


def _describe_yaml_error(error: yaml.YAMLError) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f"line {mark.line + 1}:{mark.column + 1}" if mark is not None else "line 1"
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return Finding(where, f"this is not YAML: {problem}")
