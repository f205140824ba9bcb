"""A task on its way: what a worker gets, what it does with it, and what it gives back. Only bytes and plain values.

The worker's process runs no container itself. It starts the command that a person could start,
`polyreact evaluate one`, which dies with it, and whose engine, cache and settings are the worker's own.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from polyreact.errors import ArtefactRefused, CannotWrite, Finding
from polyreact.evaluation.remote.artefact import refuse_artefact
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.tasks import Task, TaskRecord, name_task
from polyreact.execution.command import PYTHON, run_command
from polyreact.files import make_folder
from polyreact.results.documents import render_document

_MOST_FILES = 100
_MOST_BYTES = 1 << 28
_NAME = re.compile(r"[a-z0-9][a-zA-Z0-9._-]*(/[a-zA-Z0-9][a-zA-Z0-9._-]*){0,4}")
_CODE = re.compile(r"E[1-7][0-9]{2}")


@dataclass(frozen=True, slots=True)
class Order:
    """One task for a worker. `spool` is a folder that it shares with the driver, or None: then all of it travels.

    `environment` is what the command gets besides the worker's own, and `time_limit_s` when it is ended.
    """

    task: bytes
    inputs: bytes
    spool: str | None
    environment: Mapping[str, str] = field(default_factory=dict)
    time_limit_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Returned:
    """How the command ended. `files` are those of the artefact by name, None where it stands in the shared folder.

    `code` and `summary` are of the error where it ended with one, `host` is what the machine calls itself; all
    of it is what another machine says.
    """

    exit_code: int
    code: str | None = None
    summary: str = ""
    files: Mapping[str, bytes] | None = None
    host: str = ""


def build_order(
    task: Task, inputs: bytes, spool: str | None, environment: Mapping[str, str], time_limit_s: float
) -> Order:
    """The order for a task; with a shared folder the inputs stand there already and do not travel."""
    travels = b"" if spool is not None else zlib.compress(inputs, 1)
    return Order(render_document(task.record), travels, spool, dict(environment), time_limit_s)


def run_order(order: Order) -> Returned:
    """Carry out an order where this process stands, by the command that a person would give."""
    return carry_out(order, _run)


def carry_out(order: Order, run: Callable[[Task, Path, Order], Returned]) -> Returned:
    """`run` a task in the spool where it stands, or in one of its own, whose artefact is given back."""
    task = name_task(TaskRecord.model_validate_json(order.task))
    if order.spool is not None:
        return replace(run(task, Path(order.spool), order), host=platform.node())
    folder = Path(tempfile.mkdtemp(prefix="polyreact-task-"))
    try:
        spool = Spool(folder)
        spool.write_task(task, zlib.decompress(order.inputs))
        returned = run(task, folder, order)
        done = spool.find_done(task.digest)
        return replace(returned, files=None if done is None else _pack(done), host=platform.node())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(task: Task, spool: Path, order: Order) -> Returned:
    command = [PYTHON, "-m", "polyreact", "evaluate", "one", "--job", task.digest, "--spool", str(spool), "--json"]
    ended = run_command(command, order.environment, order.time_limit_s)
    if ended.exit_code == 0:
        return Returned(0)
    code, summary = _read_error(ended.stdout_end)
    if ended.timed_out:
        summary = f"it was ended after {order.time_limit_s:.0f} s"
    return Returned(ended.exit_code, code, summary or ended.stderr_end[-500:])


def _read_error(printed: str) -> tuple[str | None, str]:
    """The code and the summary that the command printed for a script, as far as it did."""
    try:
        error = json.loads(printed)["error"]
        code, summary = str(error["code"]), str(error["summary"])
    except (ValueError, KeyError, TypeError):
        return None, ""
    return (code if _CODE.fullmatch(code) else None), summary


def _pack(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    }


def unpack(files: Mapping[str, bytes], folder: Path, name: str) -> None:
    """Write what travelled back into an empty folder. Raises ArtefactRefused for names that lead elsewhere, or for
    more than any task writes, and CannotWrite.
    """
    strange = [key for key in files if _NAME.fullmatch(key) is None or ".." in key]
    size = sum(map(len, files.values()))
    if strange or len(files) > _MOST_FILES or size > _MOST_BYTES:
        raise _refuse(name, f"{len(strange)} names that no task writes, {len(files)} files, {size} bytes")
    try:
        for key, content in files.items():
            make_folder((folder / key).parent)
            (folder / key).write_bytes(content)
    except OSError as error:
        raise CannotWrite(
            f"cannot write what came back of {name} into the spool: {error.strerror or error}",
            consequence="Nothing of it was kept.",
            cure="Free some space on this machine, or give another folder with --spool.",
        ) from error


def _refuse(name: str, why: str) -> ArtefactRefused:
    return refuse_artefact(name, [Finding("", why)])
