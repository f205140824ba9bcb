"""Which engine a command uses: the one asked for by name, or the first sandbox that answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from polyreact.engines.docker import DockerEngine
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import Engine
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.process import ProcessEngine
from polyreact.errors import EngineRefused, Finding, NoEngine, UnknownName
from polyreact.visible import visible

SANDBOXES = ("podman", "docker")
INSTALL_COMMAND = "sudo make engine"
ROOT_COMMAND = "sudo make demo        (or the same command as root)"
_SHOWN_COMPLAINT = 200


def choose_engine(
    name: str | None,
    environment: Mapping[str, str],
    first_user_id: int = 0,
    gpus_asked: tuple[str, ...] | None = None,
    shelves: Mapping[str, ImageShelf] = MappingProxyType({}),
) -> Engine:
    """The engine called `name`, or the first of podman and docker that answers.

    `environment` is what the engines' command lines are given; with a `first_user_id` containers get user
    namespaces, which podman alone can; `gpus_asked` are the GPUs that runs may get, None for all. `shelves` are
    the ledgers of pulled images, by the engine's name. Raises UnknownName, NoEngine, and EngineRefused when the
    one asked for may not be used here. `process` is no sandbox and must be asked for.
    """
    makers = _makers(environment, first_user_id, gpus_asked, shelves)
    if name is not None and name not in makers:
        raise UnknownName("engine", name, makers)
    if first_user_id and name is None:
        name = "podman"
    if first_user_id and name != "podman":
        raise EngineRefused(
            "POLYREACT_USER_NAMESPACE is set, and only podman gives each container a user namespace of its own",
            consequence="Nothing was run.",
            cure="Add `--engine podman`, or unset it.",
        )
    tried = []
    for candidate in SANDBOXES if name is None else (name,):
        engine = makers[candidate]()
        try:
            engine.probe()
        except (NoEngine, EngineRefused) as error:
            if name is not None and isinstance(error, EngineRefused):
                raise
            tried.append(Finding(candidate, _said(error)))
        else:
            return engine
    raise NoEngine(
        "no container engine answers",
        findings=tried,
        consequence="Nothing was run.",
        cure=_cure(),
    )


def _said(error: NoEngine | EngineRefused) -> str:
    """What is wrong with an engine, and the last line of what it said itself."""
    lines = [line.strip() for line in error.detail.splitlines() if line.strip()]
    if not lines:
        return error.summary
    said = visible(lines[-1])
    return f"{error.summary}: {said[:_SHOWN_COMPLAINT]}{' ...' if len(said) > _SHOWN_COMPLAINT else ''}"


def _cure() -> str:
    install = f"To install one:\n  {INSTALL_COMMAND}"
    if os.geteuid() == 0:
        return install
    as_root = "One that is installed may answer only to root, and ranked runs need root anyway:"
    return f"{install}\n{as_root}\n  {ROOT_COMMAND}"


def _makers(
    environment: Mapping[str, str],
    first_user_id: int,
    gpus_asked: tuple[str, ...] | None,
    shelves: Mapping[str, ImageShelf],
) -> dict[str, Callable[[], Engine]]:
    return {
        "docker": lambda: DockerEngine(environment, gpus_asked=gpus_asked, shelf=shelves.get("docker")),
        "podman": lambda: PodmanEngine(
            environment,
            is_root=os.geteuid() == 0,
            first_user_id=first_user_id,
            gpus_asked=gpus_asked,
            shelf=shelves.get("podman"),
        ),
        "process": lambda: ProcessEngine(Path(sys.executable), environment),
    }
