"""Which GPUs a host has and an engine can pass on, by the names that engines take; and who has which of them now.

Two ways exist to hand a GPU to a container, both of NVIDIA's container toolkit: a CDI specification, a file that
names devices (`nvidia.com/gpu=0`; podman, and newer dockers), and docker's runtime `nvidia`, which takes the
driver's own names (`GPU-<uuid>`). Of other makers none is known here.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from polyreact.errors import BadSetting, GpusBusy
from polyreact.files import make_private_folder

CDI_KIND = "nvidia.com/gpu"
#: Where engines look for CDI specifications unless their own settings say otherwise.
CDI_FOLDERS = (Path("/etc/cdi"), Path("/var/run/cdi"))
#: One folder for each GPU, called by its address on the PCI bus; the driver's own numbers follow that order.
DRIVER_FOLDER = Path("/proc/driver/nvidia/gpus")
_NVIDIA_RUNTIME = "nvidia"
_MOST_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_UUID = re.compile(r"^GPU UUID:\s*(GPU-[0-9a-fA-F-]{8,64})\s*$", re.MULTILINE)
_ALL = "all"
_UUID_STARTS = ("GPU-", "MIG-")
_LOOK_S = 1.0


def parse_cdi_spec(content: bytes) -> tuple[str, ...]:
    """The GPUs that one CDI specification (JSON or YAML) names, as `nvidia.com/gpu=<name>`; none of other kinds.

    `all` is none of them, and one that is named by number and by UUID is named once. What cannot be read has none.
    """
    try:
        told = yaml.safe_load(content)  # JSON is YAML
        kind, names = told["kind"], [device["name"] for device in told["devices"]]
    except (yaml.YAMLError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    if kind != CDI_KIND:
        return ()
    fit = [str(name) for name in names if _NAME.fullmatch(str(name)) and name != _ALL]
    numbered = [name for name in fit if not name.startswith(_UUID_STARTS)]
    return tuple(f"{CDI_KIND}={name}" for name in dict.fromkeys(numbered or fit))


def find_cdi_gpus(folders: Iterable[Path] = CDI_FOLDERS) -> tuple[str, ...]:
    """The GPUs of all CDI specifications in these folders, each once."""
    found: list[str] = []
    for folder in folders:
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                if path.suffix in {".json", ".yaml"} and path.is_file():
                    with path.open("rb") as file:
                        found += parse_cdi_spec(file.read(_MOST_BYTES))
    return tuple(dict.fromkeys(found))


def find_driver_gpus(folder: Path = DRIVER_FOLDER) -> tuple[str, ...]:
    """The UUIDs of the GPUs that NVIDIA's driver shows on this host, in the order of its own numbers."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        for place in sorted(folder.iterdir()):
            told = _UUID.search((place / "information").read_text(encoding="ascii", errors="replace"))
            found += [told[1]] if told else []
    return tuple(found)


def name_docker_gpus(info: Mapping[str, Any], driver_gpus: Sequence[str]) -> tuple[str, ...]:
    """The GPUs that docker can pass on, by its own account (`docker info`) and what the driver shows."""
    devices = info.get("DiscoveredDevices") or ()
    names = [str(device["ID"]) for device in devices if device.get("Source") == "cdi" and device.get("ID")]
    spec = {"kind": CDI_KIND, "devices": [{"name": name.partition("=")[2]} for name in names if _is_gpu(name)]}
    discovered = parse_cdi_spec(json.dumps(spec).encode())
    if discovered:
        return discovered
    return tuple(driver_gpus) if _NVIDIA_RUNTIME in (info.get("Runtimes") or {}) else ()


def choose_gpus(offered: Sequence[str], asked: Sequence[str] | None, engine: str) -> tuple[str, ...]:
    """Of the offered GPUs those that POLYREACT_GPUS names, all where it is not set.

    A GPU is named as it is offered, by what stands behind `=`, or by its number. Raises BadSetting for one that is
    not offered.
    """
    if asked is None:
        return tuple(offered)
    names = {str(number): gpu for number, gpu in enumerate(offered)}
    names |= {gpu.partition("=")[2]: gpu for gpu in offered if "=" in gpu} | {gpu: gpu for gpu in offered}
    unknown = [name for name in asked if name not in names]
    if unknown:
        raise BadSetting(
            f"POLYREACT_GPUS names {', '.join(unknown)}, which {engine} cannot pass on",
            cure=f"What it can: {', '.join(offered) or 'none'}. Name some of these, or `none`, or unset it.",
        )
    return tuple(dict.fromkeys(names[name] for name in asked))


@contextlib.contextmanager
def borrow_gpus(
    gpus: Sequence[str], count: int, folder: Path, *, longest_wait_s: float
) -> Iterator[tuple[str, ...]]:
    """So many of `gpus` that no other process of ours has, for the time of the block.

    `folder` holds a lock for each GPU; locks of a process that dies are free at once. Where too few are free it is
    looked again every second. Raises GpusBusy when the wait is over.
    """
    if not count:
        yield ()
        return
    make_private_folder(folder)
    deadline = time.monotonic() + longest_wait_s
    while True:
        with contextlib.ExitStack() as held:
            taken: list[str] = []
            for gpu in gpus:
                if len(taken) < count and _lock_now(folder / f"{gpu.replace('/', '_')}.lock", held):
                    taken.append(gpu)
            if len(taken) == count:
                yield tuple(taken)
                return
        if time.monotonic() >= deadline:
            raise GpusBusy(
                f"other runs of this machine have its GPUs, after {longest_wait_s:.0f} s of waiting",
                consequence="Nothing was run.",
                cure="Start no more runs at once than POLYREACT_GPUS (or this machine) has GPUs.",
            )
        time.sleep(min(_LOOK_S, max(0.0, deadline - time.monotonic())))


def _lock_now(path: Path, held: contextlib.ExitStack) -> bool:
    """Lock a file until `held` is closed; False where somebody else has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return False
    held.callback(os.close, handle)
    return True


def _is_gpu(name: str) -> bool:
    return name.partition("=")[0] == CDI_KIND
