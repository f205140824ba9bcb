"""Podman, through its command line; it has no daemon."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polyreact.engines.command_line import CommandLine, Completed
from polyreact.engines.container_engine import LONG_S, MAX_IMAGE_BYTES, Answer, ContainerEngine
from polyreact.engines.container_run import Verbs
from polyreact.engines.interface import EngineFacts
from polyreact.engines.oci import PODMAN
from polyreact.errors import EngineRefused
from polyreact.images import ImageReference

#: Ours, for root on hosts where podman's own settings do not work.
CONTAINERS_CONF = Path(__file__).with_name("containers.conf")


class PodmanEngine(ContainerEngine):
    """Runs containers through `podman`.

    `environment` is the whole environment the command line is given. `options` stand before every command,
    for a storage of its own. Root with runc installed gets our containers.conf unless CONTAINERS_CONF is set.
    """

    name = "podman"
    verbs = Verbs(
        PODMAN, wait=("wait", "--interval=50ms"), remove=("rm", "--force", "--time=0", "--volumes", "--ignore")
    )

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        is_root: bool,
        options: tuple[str, ...] = (),
        max_image_bytes: int = MAX_IMAGE_BYTES,
    ) -> None:
        super().__init__(max_image_bytes=max_image_bytes)
        settled = dict(environment)
        has_runc = shutil.which("runc", path=_with_sbin(environment.get("PATH", ""))) is not None
        if is_root and has_runc and "CONTAINERS_CONF" not in settled:
            settled["CONTAINERS_CONF"] = str(CONTAINERS_CONF)
        self._podman = CommandLine(("podman", *options), settled)

    @property
    def _command(self) -> CommandLine:
        return self._podman

    def _read_info(self, info: Mapping[str, Any]) -> Answer:
        host = info["host"]
        if host["security"]["rootless"] and host["cgroupVersion"] == "v1":
            raise EngineRefused(
                "podman without root cannot limit memory, processors or processes on this host (cgroup v1)",
                consequence="Nothing was run.",
                cure="Run the same command as root, or use docker.",
            )
        facts = EngineFacts(self.name, str(info["version"]["Version"]), str(host["ociRuntime"]["name"]))
        return Answer(facts, host.get("cgroupManager"), host.get("kernel"))

    def _pull(self, reference: ImageReference, name: str) -> Completed:
        plain = ["--tls-verify=false"] if _is_loopback(reference.registry) else []
        return self._command.run("pull", "--quiet", *plain, name, timeout_s=LONG_S)

    def _build(self, arguments: list[str], *, offline: bool) -> Completed:
        pull = ["--pull-never"] if offline else []
        return self._command.run("build", "--format=docker", *pull, *arguments, merged=True, timeout_s=LONG_S)


def _is_loopback(registry: str) -> bool:
    """Whether a registry stands on this very host; docker speaks plain HTTP to those by itself."""
    host = registry.rpartition(":")[0] or registry
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _with_sbin(path: str) -> str:
    return f"{path}:/usr/sbin:/sbin"
