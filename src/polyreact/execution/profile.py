"""Where jobs run, as a file says it: a profile in TOML, read to a frozen value or refused with every defect."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from polyreact.errors import BadProfile, Finding
from polyreact.execution.resources import Resources

MAX_PROFILE_BYTES = 1 << 20
PROFILE_CURE = "docs/how-to/run-on-a-cluster.md has a profile of each kind."
_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_MEMORY = re.compile(r"(?P<number>[0-9]{1,6}(\.[0-9]{1,3})?) ?(?P<unit>MiB|GiB|TiB)")
_WALLTIME = re.compile(
    r"((?P<days>[0-9]{1,3})-)?(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9]):(?P<seconds>[0-5][0-9])"
)
_ADDRESS = re.compile(r"(tls|tcp)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_ANYTHING = re.compile(r"[^\x00]+")
_Kind = TypeVar("_Kind")
_MOST_CPUS, _MOST_GPUS, _MOST_WORKERS, _MOST_PORT = 4096, 64, 10_000, 65_535


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the authority's certificate stands, and this node's certificate and key, all in PEM."""

    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class LocalProfile:
    """Threads of this process, within a budget."""

    budget: Resources


@dataclass(frozen=True, slots=True)
class DaskLocalProfile:
    """Processes on this machine, `workers` of them with `has` each; Dask's pages on loopback where asked for."""

    workers: int
    has: Resources
    dashboard: bool = False


@dataclass(frozen=True, slots=True)
class WorkerKind:
    """Workers that a cluster may have: what each has, and how many of them there are at most."""

    name: str
    has: Resources
    maximum: int


@dataclass(frozen=True, slots=True)
class DaskProfile:
    """A scheduler that somebody else has started, and the workers that it may have."""

    address: str
    tls: TlsFiles | None
    kinds: tuple[WorkerKind, ...]


@dataclass(frozen=True, slots=True)
class SlurmKind:
    """Workers as Slurm jobs: `kind.has.time_s` is their walltime, `minimum` of them stay while nothing waits."""

    kind: WorkerKind
    partition: str
    minimum: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlurmProfile:
    """Workers that Slurm starts when there is work, of one kind for each kind of resource.

    `folder` is one that every node sees, for keys and for what jobs write. `interface` is the network that nodes
    reach each other in (`ib0`), or None: what a host's name stands for.
    """

    tls: TlsFiles | None
    kinds: tuple[SlurmKind, ...]
    folder: Path
    interface: str | None = None
    dashboard: bool = False


Profile = LocalProfile | DaskLocalProfile | DaskProfile | SlurmProfile


def parse_profile(content: bytes, source: str) -> Profile:
    """A profile; `source` is the file's name, and paths in it begin at that file's folder.

    Raises BadProfile with every defect.
    """
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise BadProfile(
            f"{source} is not TOML: {error}", consequence="Nothing was started.", cure=PROFILE_CURE
        ) from error
    table = _Table(document, "", [])
    kind = table.take_choice("kind", tuple(_KINDS))
    profile = _KINDS[kind](table, Path(source).parent) if kind else None
    if kind:
        table.refuse_others()
    if table.findings or profile is None:
        raise BadProfile(
            f"{source} is no profile that can be used",
            findings=table.findings,
            consequence="Nothing was started.",
            cure=PROFILE_CURE,
        )
    return profile


class _Table:
    """A table of the document: each taking checks a value and notes what is wrong with it."""

    def __init__(self, content: Mapping[str, Any], where: str, findings: list[Finding]) -> None:
        self._left, self._where, self.findings = dict(content), where, findings

    def refuse_others(self) -> None:
        """Note every key that was not taken."""
        for key in sorted(self._left):
            self._note(key, "is unknown here")

    def take_choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of these words, or "" where it is none."""
        value = self._left.pop(key, None)
        if isinstance(value, str) and value in choices:
            return value
        self._note(key, f"must be one of: {', '.join(choices)}")
        return ""

    def take_text(self, key: str, pattern: re.Pattern[str], what: str, default: str | None = None) -> str:
        """A text of this form, the default where there is none, or "" where it is wrong."""
        value = self._left.pop(key, default)
        if isinstance(value, str) and (pattern.fullmatch(value) or value == default):
            return value
        self._note(key, f"must be {what}")
        return ""

    def take_number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within these bounds, or `least` where it is wrong."""
        value = self._left.pop(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._note(key, f"must be a whole number from {least} to {most}")
        return least

    def take_flag(self, key: str) -> bool:
        """Whether it is true; false where it is not said."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            self._note(key, "must be true or false")
        return value is True

    def take_resources(self, time_s: int = 0) -> Resources:
        """`cpus`, `memory` and, where there are any, `gpus`."""
        return Resources(
            cpus=self.take_number("cpus", 1, _MOST_CPUS),
            memory_bytes=_read_memory(self.take_text("memory", _MEMORY, 'an amount such as "8 GiB"')),
            gpus=self.take_number("gpus", 0, _MOST_GPUS, 0),
            time_s=time_s,
        )

    def take_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where there is none."""
        value = self._left.pop(key, [])
        if isinstance(value, list) and all(isinstance(text, str) and text.isprintable() for text in value):
            return tuple(value)
        self._note(key, "must be a list of texts, each on a line of its own")
        return ()

    def take_tables(self, key: str) -> list[_Table]:
        """A list of tables, at least one."""
        value = self._left.pop(key, None)
        if isinstance(value, list) and value and all(isinstance(table, dict) for table in value):
            return [_Table(table, f"{key}[{place}].", self.findings) for place, table in enumerate(value)]
        self._note(key, f"must be one or more tables [[{key}]]")
        return []

    def take_table(self, key: str) -> _Table | None:
        """A table, or None where there is none."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if isinstance(value, dict):
            return _Table(value, f"{key}.", self.findings)
        self._note(key, f"must be a table [{key}]")
        return None

    def _note(self, key: str, message: str) -> None:
        self.findings.append(Finding(f"{self._where}{key}", message))


def _read_local(table: _Table, _: Path) -> LocalProfile:
    return LocalProfile(table.take_resources())


def _read_dask_local(table: _Table, _: Path) -> DaskLocalProfile:
    count = table.take_number("workers", 1, _MOST_WORKERS)
    return DaskLocalProfile(count, table.take_resources(), table.take_flag("dashboard"))


def _read_dask(table: _Table, folder: Path) -> DaskProfile:
    address = table.take_text("address", _ADDRESS, "an address such as tls://head:8786")
    if address and not 0 < int(address.rpartition(":")[2]) <= _MOST_PORT:
        table.findings.append(Finding("address", f"has a port that is none, from 1 to {_MOST_PORT}"))
    tls = _read_tls(table, folder)
    if address.startswith("tls:") and tls is None:
        table.findings.append(Finding("tls", "must be given for an address that begins with tls://"))
    if address.startswith("tcp:") and tls is not None:
        table.findings.append(Finding("address", "must begin with tls:// where certificates are given"))
    return DaskProfile(address, tls, tuple(_read_kinds(table, _read_worker_kind, lambda kind: kind.name)))


def _read_slurm(table: _Table, folder: Path) -> SlurmProfile:
    kinds = _read_kinds(table, _read_slurm_kind, lambda kind: kind.kind.name)
    interface = table.take_text("interface", _NAME, "the name of a network interface, such as ib0", default="")
    shared = folder / table.take_text("folder", _ANYTHING, "the name of a folder", default="slurm-workers")
    return SlurmProfile(
        _read_tls(table, folder), tuple(kinds), shared, interface or None, table.take_flag("dashboard")
    )


def _read_kinds(table: _Table, read: Callable[[_Table], _Kind], name_of: Callable[[_Kind], str]) -> list[_Kind]:
    kinds = []
    for block in table.take_tables("workers"):
        kinds.append(read(block))
        block.refuse_others()
    names = [name_of(kind) for kind in kinds]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        table.findings.append(Finding("workers", f"has more than one of the name {name}"))
    return kinds


def _read_worker_kind(block: _Table, time_s: int = 0) -> WorkerKind:
    name = block.take_text("name", _NAME, "letters, digits, dots and hyphens")
    return WorkerKind(name, block.take_resources(time_s), block.take_number("maximum", 1, _MOST_WORKERS))


def _read_slurm_kind(block: _Table) -> SlurmKind:
    walltime = block.take_text("walltime", _WALLTIME, 'a time such as "04:00:00" or "2-00:00:00"')
    kind = _read_worker_kind(block, _read_walltime(walltime))
    minimum = block.take_number("minimum", 0, _MOST_WORKERS, 0)
    if minimum > kind.maximum:
        block.findings.append(Finding(f"workers.{kind.name}", "has a minimum above its maximum"))
    partition = block.take_text("partition", _NAME, "the name of a partition")
    return SlurmKind(kind, partition, minimum, block.take_texts("options"))


def _read_tls(table: _Table, folder: Path) -> TlsFiles | None:
    block = table.take_table("tls")
    if block is None:
        return None
    files = [block.take_text(key, _ANYTHING, "the name of a file") for key in ("authority", "certificate", "key")]
    block.refuse_others()
    return TlsFiles(*(folder / file for file in files))


def _read_memory(text: str) -> int:
    found = _MEMORY.fullmatch(text)
    return int(float(found["number"]) * _UNITS[found["unit"]]) if found else 0


def _read_walltime(text: str) -> int:
    found = _WALLTIME.fullmatch(text)
    if found is None:
        return 0
    hours = int(found["days"] or 0) * 24 + int(found["hours"])
    return (hours * 60 + int(found["minutes"])) * 60 + int(found["seconds"])


_KINDS: dict[str, Callable[[_Table, Path], Profile]] = {
    "local": _read_local,
    "dask-local": _read_dask_local,
    "dask": _read_dask,
    "slurm": _read_slurm,
}
