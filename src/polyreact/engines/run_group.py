"""The control group of one run, around its container's: it outlives the container, so what it counted is whole.

The engine makes it when it starts the container, and knows nothing more of it: we read it after the
container's end and remove it. Its name tells its owner, so that a killed driver's is found again.

What the engine's runtime does inside before the program starts is counted too. With runc a static program
that does nothing is told with 0.02 s of processor time and a peak of 3 to 5 MB; the runtime is gone from memory
when the program begins, so larger peaks are the program's own.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from polyreact.engines.cgroups import GROUP_ROOT, Usage, find_mounts, read_usage
from polyreact.engines.oci import NAME_PREFIX, container_name
from polyreact.owner import Owner, boot_id, this_process

_NAME = re.compile(rf"{NAME_PREFIX}(?P<process_id>\d+)-(?P<started>\d+)-.+")
_MOST_WAIT_S = 1.0
_WAIT_S = 0.05


@dataclass(frozen=True, slots=True)
class RunGroup:
    """A top-level control group, and where each controller shows it on this host."""

    name: str
    folders: Mapping[str, Path]

    def usage(self) -> Usage:
        """What everything that ever was in it has used."""
        return read_usage(self.folders)


@contextlib.contextmanager
def open_run_group(run_id: str, proc: Path = Path("/proc")) -> Iterator[RunGroup]:
    """The group that a run's container is to be put in; gone afterwards, whatever happens.

    One that cannot be removed because something is still in it is left for `release_leftover_groups`.
    """
    owner = this_process()
    name = container_name(f"{owner.process_id}-{owner.started}-{run_id}")
    group = RunGroup(name, {controller: top / name for controller, top in _tops(proc).items()})
    try:
        yield group
    finally:
        deadline = time.monotonic() + _MOST_WAIT_S
        while not _remove(group.folders.values()) and time.monotonic() < deadline:
            time.sleep(_WAIT_S)


def release_leftover_groups(proc: Path = Path("/proc")) -> None:
    """Remove the groups whose owner is no longer there; one that something still runs in stays."""
    for top in _tops(proc).values():
        with contextlib.suppress(OSError):
            _remove(folder for folder in top.glob(f"{NAME_PREFIX}*") if _is_left_behind(folder.name))


def _tops(proc: Path) -> dict[str, Path]:
    """Where the outermost group of each controller stands; none where the host does not show it."""
    return {controller: point for controller, (root, point) in find_mounts(proc).items() if root == GROUP_ROOT}


def _is_left_behind(name: str) -> bool:
    owner = _NAME.fullmatch(name)
    return owner is not None and not Owner(boot_id(), int(owner["process_id"]), owner["started"]).is_alive


def _remove(folders: Iterable[Path]) -> bool:
    """Whether all of them are gone; the kernel refuses to remove a group that something is in."""
    all_gone = True
    for folder in folders:
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            all_gone = False
    return all_gone
