"""What GitHub Actions says of a run in the environment, read once; no workflow needs an expression in a command.

Everything in an event that a stranger may choose (branches, titles, comments) is read by a named function that
refuses what is not of its form.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyreact.errors import BadEvent
from polyreact.files import read_bounded

DEFAULT_API, DEFAULT_SERVER = "https://api.github.com", "https://github.com"
#: As large as GitHub makes them, with room.
MAX_EVENT_BYTES = 8 << 20
#: What a job's summary may have on GitHub.
MAX_SUMMARY_BYTES = 1 << 20
_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9_.-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{40}")
_LOGIN = re.compile(r"[A-Za-z0-9-]{1,39}(\[bot\])?")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_MOST_DIGITS = 18
_NETWORK = (
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK"),
)


@dataclass(frozen=True, slots=True)
class Context:
    """One run of a workflow, or a laptop: then what GitHub would say is empty or None.

    `event` is the event that started the run, as it was given; `outputs` and `summary` are the files that GitHub
    reads afterwards. `token` is what the forge is asked with. `network` are the variables that programs need to
    reach others from here: proxies, certificates, the agent of SSH.
    """

    repository: str = ""
    sha: str = ""
    run_id: int | None = None
    event_name: str = ""
    event: Mapping[str, Any] = field(default_factory=dict, repr=False)
    api_url: str = DEFAULT_API
    server_url: str = DEFAULT_SERVER
    token: str = field(default="", repr=False)
    network: Mapping[str, str] = field(default_factory=dict, repr=False)
    outputs: Path | None = None
    summary: Path | None = None

    @property
    def run_address(self) -> str | None:
        """The page of this run, for a person."""
        if not self.repository or self.run_id is None:
            return None
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"


def read_context(environment: Mapping[str, str]) -> Context:
    """The context of this process. Raises BadEvent and UnreadableArgument."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    if repository and not _REPOSITORY.fullmatch(repository):
        raise _malformed("GITHUB_REPOSITORY", "owner/name")
    sha = environment.get("GITHUB_SHA", "")
    if sha and not _SHA.fullmatch(sha):
        raise _malformed("GITHUB_SHA", "40 hexadecimal digits")
    run_id = environment.get("GITHUB_RUN_ID", "")
    if run_id and not _is_number(run_id):
        raise _malformed("GITHUB_RUN_ID", "a whole number")
    event = environment.get("GITHUB_EVENT_PATH", "")
    return Context(
        repository=repository,
        sha=sha,
        run_id=int(run_id) if run_id else None,
        event_name=environment.get("GITHUB_EVENT_NAME", ""),
        event=_read_event(Path(event)) if event else {},
        api_url=(environment.get("GITHUB_API_URL") or DEFAULT_API).rstrip("/"),
        server_url=(environment.get("GITHUB_SERVER_URL") or DEFAULT_SERVER).rstrip("/"),
        token=environment.get("GITHUB_TOKEN", ""),
        network={name: environment[name] for name in _NETWORK if name in environment},
        outputs=_path(environment, "GITHUB_OUTPUT"),
        summary=_path(environment, "GITHUB_STEP_SUMMARY"),
    )


def write_output(context: Context, name: str, value: str) -> None:
    """Give `value` to later steps and jobs; nothing in it can end it early. Does nothing on a laptop."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} is no name of an output"
        raise ValueError(message)
    if context.outputs is not None:
        delimiter = f"end-{secrets.token_hex(16)}"
        with context.outputs.open("a", encoding="utf-8") as file:
            file.write(f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def write_summary(context: Context, markdown: str) -> None:
    """Add to the page of this run, which is cut where GitHub would refuse it. Does nothing on a laptop."""
    if context.summary is not None:
        content = f"{markdown}\n".encode()[:MAX_SUMMARY_BYTES].decode(errors="ignore")
        with context.summary.open("a", encoding="utf-8") as file:
            file.write(content)


def require_repository(context: Context) -> str:
    """`owner/name`. Raises BadEvent where nothing says it."""
    if not context.repository:
        raise _missing("GITHUB_REPOSITORY", "--repository")
    return context.repository


def pull_request_number(context: Context) -> int:
    """Which pull request the event is about. Raises BadEvent."""
    parts = context.event.get("pull_request"), context.event.get("issue")
    for part in parts:
        if isinstance(part, dict) and type(part.get("number")) is int and part["number"] > 0:
            return int(part["number"])
    raise _missing("the number of a pull request in the event", "--pull-request")


def read_text(context: Context, *path: str) -> str | None:
    """The text at `path` in the event, None where there is none."""
    value: object = context.event
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def read_sha(context: Context, *path: str) -> str:
    """The commit at `path` in the event. Raises BadEvent."""
    value = read_text(context, *path) or ""
    if not _SHA.fullmatch(value):
        raise _malformed(f"`{'.'.join(path)}` of the event", "40 hexadecimal digits")
    return value


def read_login(context: Context, *path: str) -> str:
    """The login at `path` in the event. Raises BadEvent."""
    value = read_text(context, *path) or ""
    if not _LOGIN.fullmatch(value):
        raise _malformed(f"`{'.'.join(path)}` of the event", "a login")
    return value


def is_sha(text: str) -> bool:
    """Whether this is the name of a commit, written out."""
    return _SHA.fullmatch(text) is not None


def is_login(text: str) -> bool:
    """Whether this may be somebody's login."""
    return _LOGIN.fullmatch(text) is not None


def _read_event(path: Path) -> Mapping[str, Any]:
    try:
        event = json.loads(read_bounded(path, MAX_EVENT_BYTES))
    except (ValueError, RecursionError) as error:
        raise _malformed("the file that GITHUB_EVENT_PATH names", "a JSON document") from error
    if not isinstance(event, dict):
        raise _malformed("the file that GITHUB_EVENT_PATH names", "a JSON object")
    return event


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _malformed(what: str, expected: str) -> BadEvent:
    return BadEvent(
        f"{what} is not what GitHub gives: expected {expected}",
        consequence="Nothing was done.",
        cure="Run this as the workflows do, or unset the GITHUB_* variables and give the options.",
    )


def _missing(what: str, option: str) -> BadEvent:
    return BadEvent(f"{what} is missing", consequence="Nothing was done.", cure=f"On a laptop, give {option}.")
