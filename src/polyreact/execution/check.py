"""Does a cluster have what jobs need? One of its workers is asked, in the form in which jobs are run there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from typing import Any

from polyreact.errors import ClusterUnreachable, Finding
from polyreact.execution.command import PYTHON, CommandExit, run_command
from polyreact.execution.interface import Pool, PoolState
from polyreact.execution.resources import Resources

#: The engine's list of behaviours takes about a minute.
LIMIT_S = 900
_NEED = Resources(cpus=1, memory_bytes=512 << 20, time_s=LIMIT_S)
_SHOWN_CHARACTERS = 300
_HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class ClusterCheck:
    """What was found: the workers that are there, and what the one that was asked lacks, if anything."""

    state: PoolState
    missing: tuple[Finding, ...]


def check_cluster(pool: Pool, version: str, engine: str | None, wait_s: float) -> ClusterCheck:
    """Ask a worker for its polyreact, which should be `version`, and for what its container engine holds.

    A worker is waited for as long as `wait_s`. Raises ClusterUnreachable where none came, NoSuchWorker and
    WorkerLost.
    """
    told = _ask(pool, ("--version",), wait_s)
    missing = list(_judge_version(told, version))
    if not missing:
        chosen = ("--engine", engine) if engine else ()
        missing += _judge_engine(_ask(pool, ("engine", "check", "--json", *chosen), wait_s + LIMIT_S))
    return ClusterCheck(pool.state(), tuple(missing))


def _ask(pool: Pool, arguments: tuple[str, ...], wait_s: float) -> CommandExit:
    command = (PYTHON, "-m", "polyreact", *arguments)
    future = pool.submit(run_command, command, {}, LIMIT_S, resources=_NEED, key="cluster-check")
    try:
        return future.result(wait_s)
    except NotInTime as error:
        raise ClusterUnreachable(
            f"no worker answered within {wait_s:.0f} s",
            consequence="Nothing was checked.",
            cure="Look whether workers are running and have the resources that the profile names, or wait longer.",
        ) from error


def _judge_version(told: CommandExit, version: str) -> Iterator[Finding]:
    words = told.stdout_end.split()
    if told.exit_code or not words:
        yield Finding("polyreact", f"cannot be run by the worker's Python: {_last_line(told)}")
    elif words[-1] != version:
        yield Finding("polyreact", f"is version {words[-1][:_SHOWN_CHARACTERS]} there, and {version} here")


def _judge_engine(told: CommandExit) -> Iterator[Finding]:
    if told.timed_out:
        yield Finding("engine", f"was not checked within {LIMIT_S} s")
        return
    try:
        document = json.loads(told.stdout_end)
        yield from _judge_document(document)
        is_explained = "error" in document or told.exit_code == 0 or any(_lacking(document))
    except (ValueError, TypeError, KeyError, AttributeError):
        is_explained = False
    if not is_explained:
        yield Finding("engine", f"could not be checked: status {told.exit_code}, {_last_line(told)}")


def _judge_document(document: dict[str, Any]) -> Iterator[Finding]:
    if "error" in document:
        error = document["error"]
        yield Finding("engine", f"{error['code']}  {error['summary']}")
    yield from (
        Finding(str(result["name"]), f"{result['verdict']}: {result['detail'] or result['shows']}")
        for result in _lacking(document)
    )


def _lacking(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The behaviours that ranked runs need and that do not hold."""
    return [
        result for result in document.get("behaviours", []) if result["is_needed"] and result["verdict"] != _HOLDS
    ]


def _last_line(told: CommandExit) -> str:
    lines = told.stderr_end.strip().splitlines()
    return lines[-1][:_SHOWN_CHARACTERS] if lines else "it said nothing"
