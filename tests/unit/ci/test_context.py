"""What GitHub Actions gives in the environment, and what is given back to it."""

from __future__ import annotations

import json
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.ci.context import (
    MAX_EVENT_BYTES,
    MAX_SUMMARY_BYTES,
    Context,
    pull_request_number,
    read_context,
    read_login,
    read_sha,
    read_text,
    require_repository,
    write_output,
    write_summary,
)
from polyreact.errors import BadEvent, UnreadableArgument

_SHA = "a" * 40


def test_laptop_has_an_empty_context() -> None:
    context = read_context({})
    assert context == Context()
    assert context.run_address is None


def test_environment_of_actions_is_read(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"number": 1}')
    context = read_context({
        "GITHUB_REPOSITORY": "lab/benchmark", "GITHUB_SHA": _SHA, "GITHUB_RUN_ID": "12", "GITHUB_TOKEN": "secret",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_SERVER_URL": "https://github.example/",
    })  # fmt: skip
    assert context.event == {"number": 1}
    assert context.run_address == "https://github.example/lab/benchmark/actions/runs/12"
    assert "secret" not in repr(context)


@pytest.mark.parametrize(
    "environment",
    [
        {"GITHUB_REPOSITORY": "lab"},
        {"GITHUB_REPOSITORY": "lab/bench mark"},
        {"GITHUB_REPOSITORY": "../../x/y"},
        {"GITHUB_SHA": "main"},
        {"GITHUB_RUN_ID": "1; id"},
        {"GITHUB_RUN_ID": "9" * 30},
    ],
)
def test_malformed_environment_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(BadEvent, match="E701"):
        read_context(environment)


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_event_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "event.json").write_text(content)
    with pytest.raises(BadEvent):
        read_context({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})


def test_event_that_is_absent_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArgument):
        read_context({"GITHUB_EVENT_PATH": str(tmp_path / "absent")})
    with (tmp_path / "event.json").open("wb") as file:
        file.truncate(MAX_EVENT_BYTES + 1)
    with pytest.raises(UnreadableArgument):
        read_context({"GITHUB_EVENT_PATH": str(tmp_path / "event.json")})


def test_missing_repository_and_number_say_the_option() -> None:
    with pytest.raises(BadEvent) as raised:
        require_repository(Context())
    assert "--repository" in raised.value.render()
    with pytest.raises(BadEvent):
        pull_request_number(Context())


@hypothesis.settings(max_examples=30)
@given(event=st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_event_gives_values_or_a_coded_error(event: object) -> None:
    context = Context(event=event if isinstance(event, dict) else {"pull_request": event})
    read_text(context, "pull_request", "title")
    for read in (
        lambda: read_sha(context, "a", "b"),
        lambda: read_login(context, "a"),
        lambda: pull_request_number(context),
    ):
        try:
            read()
        except BadEvent:
            continue


def test_output_of_many_lines_cannot_end_early(tmp_path: Path) -> None:
    """A value that holds the delimiter could set other outputs; nobody can guess it."""
    path = tmp_path / "output"
    write_output(Context(outputs=path), "matrix", 'a\nEOF\nresult=true\n{"b": 1}')
    write_output(Context(outputs=path), "count", "1")
    first, *rest = path.read_text().splitlines()
    name, _, delimiter = first.partition("<<")
    assert name == "matrix"
    assert rest[: rest.index(delimiter)] == ["a", "EOF", "result=true", '{"b": 1}']
    with pytest.raises(ValueError, match="no name"):
        write_output(Context(outputs=path), "a\nb", "x")


def test_laptop_is_given_nothing_back() -> None:
    write_output(Context(), "count", "1")
    write_summary(Context(), "x")


def test_summary_is_cut_where_github_would_refuse_it(tmp_path: Path) -> None:
    write_summary(Context(summary=tmp_path / "summary"), "\u00e4" * MAX_SUMMARY_BYTES)
    content = (tmp_path / "summary").read_bytes()
    assert len(content) <= MAX_SUMMARY_BYTES
    assert json.dumps(content.decode())
