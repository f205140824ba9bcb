"""GitHub's expressions, `${{ ... }}`, as far as the workflows use them; of anything else nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)|(?P<mark>==|!=|&&|\|\||[!().,]))"
)
_INSIDE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS_FUNCTIONS = ("always", "cancelled", "failure", "success")

Contexts = Mapping[str, object]
Functions = Mapping[str, Callable[..., object]]


def evaluate(text: str, contexts: Contexts, functions: Functions) -> object:
    """The value of one expression, without the braces."""
    parser = _Parser(text, contexts, functions)
    value = parser.either()
    parser.end()
    return value


def fill_in(text: str, contexts: Contexts, functions: Functions) -> str:
    """A text with every expression in it replaced by its value."""
    return _INSIDE.sub(lambda match: as_text(evaluate(match[1], contexts, functions)), text)


def evaluate_condition(text: str, contexts: Contexts, functions: Functions) -> bool:
    """An `if:`, with its braces or without; where it asks for no status, that of all before must be good."""
    inside = _INSIDE.fullmatch(text.strip())
    text = inside[1] if inside else text
    asks = any(re.search(rf"\b{name}\s*\(", text) for name in STATUS_FUNCTIONS)
    return is_true(evaluate(text, contexts, functions)) and (asks or is_true(functions["success"]()))


def as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def is_true(value: object) -> bool:
    return isinstance(value, dict | list) or bool(value)


class _Parser:
    def __init__(self, text: str, contexts: Contexts, functions: Functions) -> None:
        self._text, self._place = text.strip(), 0
        self._contexts, self._functions = contexts, functions

    def either(self) -> object:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if is_true(value) else other
        return value

    def _both(self) -> object:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if is_true(value) else value
        return value

    def _compared(self) -> object:
        value = self._single()
        for mark in ("==", "!="):
            if self._take(mark):
                same = as_text(value).casefold() == as_text(self._single()).casefold()
                return same == (mark == "==")
        return value

    def _single(self) -> object:
        if self._take("!"):
            return not is_true(self._single())
        if self._take("("):
            value = self.either()
            self._need(")")
            return value
        match = self._next()
        if match["string"]:
            return match["string"][1:-1].replace("''", "'")
        if match["number"]:
            return int(match["number"])
        assert match["word"], f"{match[0]!r} in {self._text!r}"
        return self._call(match["word"]) if self._take("(") else self._look_up(match["word"])

    def _call(self, name: str) -> object:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        assert name in self._functions, f"the rehearsal does not know the function {name}"
        return self._functions[name](*arguments)

    def _look_up(self, name: str) -> object:
        assert name in self._contexts, f"the rehearsal does not know the context {name}"
        value = self._contexts[name]
        while self._take("."):
            word = self._next()["word"]
            value = value.get(word) if isinstance(value, Mapping) else None
        return value

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self._text, self._place)
        assert match, f"the rehearsal cannot read {self._text[self._place :]!r} of {self._text!r}"
        self._place = match.end()
        return match

    def _take(self, mark: str) -> bool:
        match = _TOKEN.match(self._text, self._place)
        if match is None or match["mark"] != mark:
            return False
        self._place = match.end()
        return True

    def _need(self, mark: str) -> None:
        assert self._take(mark), f"{mark} is missing in {self._text!r}"

    def end(self) -> None:
        assert not self._text[self._place :].strip(), f"{self._text[self._place :]!r} in {self._text!r} is too much"
