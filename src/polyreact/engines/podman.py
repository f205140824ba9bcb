"""Podman, through its command line; it has no daemon."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from polyreact.engines.command_line import CommandLine, Completed, read_to_end
from polyreact.engines.container_engine import LONG_S, MAX_IMAGE_BYTES, Answer, ContainerEngine
from polyreact.engines.container_run import Verbs, remove_container
from polyreact.engines.gpus import CDI_FOLDERS, find_cdi_gpus
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import EngineFacts
from polyreact.engines.oci import NAME_PREFIX, PODMAN
from polyreact.engines.process_table import find_descendants_elsewhere, find_in_command_lines
from polyreact.engines.registry import is_loopback
from polyreact.errors import EngineFailed, EngineRefused
from polyreact.images import ImageReference

#: Ours, for root on hosts where podman's own settings do not work.
CONTAINERS_CONF = Path(__file__).with_name("containers.conf")
#: The controllers of control groups that the policy needs, and what for.
_CONTROLLERS = {"memory": "memory", "cpu": "processor time", "pids": "processes"}
_END_BUILD_S = 10.0
_LOOK_S = 0.1
_LIST_ATTEMPTS = 10


class PodmanEngine(ContainerEngine):
    """Runs containers through `podman`.

    `environment` is the whole environment the command line is given. `options` stand before every command,
    for a storage of its own; `cdi_folders` is where GPUs are described. With a `first_user_id` each container gets
    a user namespace. Root with runc installed gets our containers.conf unless CONTAINERS_CONF is set.
    """

    name = "podman"
    verbs = Verbs(
        PODMAN,
        wait=("wait", "--interval=50ms"),
        remove=("rm", "--force", "--time=0", "--volumes", "--ignore"),
        has_daemon=False,
    )

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        is_root: bool,
        options: tuple[str, ...] = (),
        max_image_bytes: int = MAX_IMAGE_BYTES,
        first_user_id: int = 0,
        gpus_asked: tuple[str, ...] | None = None,
        shelf: ImageShelf | None = None,
        cdi_folders: tuple[Path, ...] = CDI_FOLDERS,
    ) -> None:
        super().__init__(
            max_image_bytes=max_image_bytes, first_user_id=first_user_id, gpus_asked=gpus_asked, shelf=shelf
        )
        self._cdi_folders = cdi_folders
        settled = dict(environment)
        has_runc = shutil.which("runc", path=_with_sbin(environment.get("PATH", ""))) is not None
        if is_root and has_runc and "CONTAINERS_CONF" not in settled:
            settled["CONTAINERS_CONF"] = str(CONTAINERS_CONF)
        self._podman = CommandLine(("podman", *options), settled)

    @property
    def _command(self) -> CommandLine:
        return self._podman

    def reap(self) -> tuple[str, ...]:
        """Remove what killed runs left behind, and what a podman had half made or removed when it was killed."""
        removed = list(super().reap())
        found = self._find_half_made() if sys.platform == "linux" else set()  # elsewhere its processes are hidden
        if found:
            # One that is looked at again is not one that was finished between the two looks.
            for name in sorted((found - find_in_command_lines(found)) & self._find_half_made()):
                remove_container(self._command, self.verbs, name)
                removed.append(name)
        return tuple(removed)

    def _find_half_made(self) -> set[str]:
        """Names of ours of which podman's storage knows and podman itself does not, so without any label.

        While a container is made or removed it is so for a moment, and the podman that does it has its name in its
        command line. Where podman is killed meanwhile, as by the loss of a whole machine, it stays so.
        """
        for _ in range(_LIST_ATTEMPTS):  # it fails where a container goes while it is listed
            listed = self._command.run("ps", "--all", "--external", "--format={{.State}} {{.Names}}")
            if listed.exit_code == 0:
                break
        else:
            raise EngineFailed("podman could not list what stands in its storage", detail=listed.error_text)
        states = (line.partition(" ") for line in listed.text.splitlines())
        return {name for state, _, name in states if state.lower() == "storage" and name.startswith(NAME_PREFIX)}

    def _read_info(self, info: Mapping[str, Any]) -> Answer:
        host = info["host"]
        if host["security"]["rootless"] and host["cgroupVersion"] == "v1":
            raise EngineRefused(
                "podman without root cannot limit memory, processors or processes on this host (cgroup v1)",
                consequence="Nothing was run.",
                cure="Run the same command as root, or use docker.",
            )
        mapped = f" in a user namespace from {self.first_user_id} on" if self.first_user_id else ""
        runtime = f"{host['ociRuntime']['name']}{mapped}"
        facts = EngineFacts(self.name, str(info["version"]["Version"]), runtime)
        storage = (info.get("store") or {}).get("graphRoot")
        return Answer(
            facts,
            host.get("cgroupManager"),
            host.get("kernel"),
            tuple(_find_missing_limits(host)),
            find_cdi_gpus(self._cdi_folders),
            Path(storage) if storage else None,
        )

    def _pull(self, reference: ImageReference, name: str) -> Completed:
        return self._command.run("pull", "--quiet", *_plain(reference), name, timeout_s=LONG_S)

    def _push(self, image_id: str, reference: ImageReference) -> Completed:
        name = f"{reference.name}:{reference.tag}"
        return self._command.run("push", "--quiet", *_plain(reference), image_id, name, timeout_s=LONG_S)

    def _build(self, arguments: list[str], *, offline: bool) -> Completed:
        pull = ["--pull-never"] if offline else []
        options = ["--format=docker", "--rm", "--force-rm", *pull]
        return self._command.run("build", *options, *arguments, merged=True, timeout_s=LONG_S, stop=_end_build)


def _plain(reference: ImageReference) -> list[str]:
    """A registry on this very host is spoken to without TLS; docker knows that by itself."""
    return ["--tls-verify=false"] if is_loopback(reference.registry) else []


def _find_missing_limits(host: Mapping[str, Any]) -> Iterator[str]:
    """What an answer of `podman info` denies; what it does not speak of is left to `engine check`."""
    controllers = host.get("cgroupControllers")
    if controllers is not None:
        yield from (limit for controller, limit in _CONTROLLERS.items() if controller not in controllers)
    if host["security"].get("seccompEnabled") is False:
        yield "system calls"


def _end_build(process: subprocess.Popen[bytes]) -> None:
    """Make a build fail, so that podman itself removes its working containers; a killed podman leaves them.

    They bear no mark by which they could be told from another build's afterwards. So the build's RUN steps are
    killed until podman has ended, for ten seconds at most: the working container of a COPY that takes longer
    stays, as does that of a podman which was killed by somebody else. `podman ps --all --external` shows it.
    """
    deadline = time.monotonic() + _END_BUILD_S
    while time.monotonic() < deadline:
        for process_id in find_descendants_elsewhere(process.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process_id, signal.SIGKILL)
        if read_to_end(process, timeout_s=_LOOK_S, kept_bytes=1) is not None:
            return


def _with_sbin(path: str) -> str:
    return f"{path}:/usr/sbin:/sbin"
