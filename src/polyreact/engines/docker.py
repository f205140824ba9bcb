"""Docker, through its command line and a socket on this host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from polyreact.engines.command_line import CommandLine, Completed
from polyreact.engines.container_engine import LONG_S, MAX_IMAGE_BYTES, Answer, ContainerEngine
from polyreact.engines.container_run import Verbs
from polyreact.engines.gpus import find_driver_gpus, name_docker_gpus
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import EngineFacts
from polyreact.engines.oci import DOCKER
from polyreact.errors import EngineRefused
from polyreact.images import ImageReference

_PROBE_S = 20.0
_UNIX = "unix://"
#: What the daemon says that this host's kernel can limit.
_LIMITS = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "CpuCfsQuota": "processor time",
    "PidsLimit": "processes",
}
#: No such folder: the settings of a user's own command line may put proxy variables into every container.
_NO_SETTINGS = "/nonexistent/polyreact"


class DockerEngine(ContainerEngine):
    """Runs containers through `docker`.

    `environment` is the whole environment the command line is given. A daemon that is not reached through a
    socket on this host is refused: mounts would name folders of another host.
    """

    name = "docker"
    verbs = Verbs(DOCKER, wait=("wait",), remove=("rm", "--force", "--volumes"))

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        max_image_bytes: int = MAX_IMAGE_BYTES,
        gpus_asked: tuple[str, ...] | None = None,
        shelf: ImageShelf | None = None,
    ) -> None:
        super().__init__(max_image_bytes=max_image_bytes, gpus_asked=gpus_asked, shelf=shelf)
        self._environment = dict(environment)

    @cached_property
    def _host(self) -> str:
        """The socket of the daemon that the environment and the current context mean."""
        asked = CommandLine(("docker",), self._environment).run(
            "context", "inspect", "--format={{.Endpoints.docker.Host}}", timeout_s=_PROBE_S
        )
        if asked.exit_code:
            raise self._no_engine(asked.error_text)
        if not asked.text.startswith(_UNIX):
            raise EngineRefused(
                f"docker's daemon is at `{asked.text}`, which is no socket on this host",
                consequence="Nothing was run.",
                cure="Unset DOCKER_HOST and DOCKER_CONTEXT, or point them at a unix socket of a local daemon.",
            )
        return asked.text

    @cached_property
    def _command(self) -> CommandLine:
        return CommandLine(("docker", f"--config={_NO_SETTINGS}", f"--host={self._host}"), self._environment)

    @cached_property
    def _with_settings(self) -> CommandLine:
        """The command line with the user's own settings, for the credentials in them."""
        environment = {key: value for key, value in self._environment.items() if key != "DOCKER_CONTEXT"}
        return CommandLine(("docker",), {**environment, "DOCKER_HOST": self._host})

    def _read_info(self, info: Mapping[str, Any]) -> Answer:
        if info.get("ServerErrors") or not info.get("ServerVersion"):
            # Clients up to 20.10 say so in the answer and exit with 0.
            raise self._no_engine("; ".join(info.get("ServerErrors") or ["the daemon did not answer"]))
        if any("name=userns" in option for option in info.get("SecurityOptions") or ()):
            raise EngineRefused(
                "docker's daemon maps the users of all its containers, so /output would belong to nobody inside",
                consequence="Nothing was run.",
                cure="Use a daemon without userns-remap, or podman with POLYREACT_USER_NAMESPACE.",
            )
        facts = EngineFacts(self.name, str(info["ServerVersion"]), str(info["DefaultRuntime"]))
        return Answer(
            facts,
            info.get("CgroupDriver"),
            info.get("KernelVersion"),
            tuple(_find_missing_limits(info)),
            name_docker_gpus(info, find_driver_gpus()),
            Path(info["DockerRootDir"]) if info.get("DockerRootDir") else None,
        )

    def _pull(self, reference: ImageReference, name: str) -> Completed:  # noqa: ARG002 - docker knows loopback
        return self._with_settings.run("pull", "--quiet", name, timeout_s=LONG_S)

    def _push(self, image_id: str, reference: ImageReference) -> Completed:
        name = f"{reference.name}:{reference.tag}"
        tagged = self._command.run("tag", image_id, name)
        return tagged if tagged.exit_code else self._with_settings.run("push", "--quiet", name, timeout_s=LONG_S)

    def _build(self, arguments: list[str], *, offline: bool) -> Completed:  # noqa: ARG002 - said in arguments
        command = self._with_settings
        if command.run("buildx", "version").exit_code:
            # Without the buildx program only the older builder is there, and it has to be asked for.
            command = CommandLine(command.program, {**command.environment, "DOCKER_BUILDKIT": "0"})
            return command.run("build", "--force-rm", *arguments, merged=True, timeout_s=LONG_S)
        return command.run("build", "--progress=plain", *arguments, merged=True, timeout_s=LONG_S)


def _find_missing_limits(info: Mapping[str, Any]) -> Iterator[str]:
    """What an answer of `docker info` denies; what it does not speak of is left to `engine check`."""
    for key, limit in _LIMITS.items():
        # Newer daemons write `CPUCfsQuota`.
        told = {name.lower(): value for name, value in info.items()}.get(key.lower())
        if told is False:
            yield limit
    options = info.get("SecurityOptions")
    if options is not None and not any("name=seccomp" in option for option in options):
        yield "system calls"
