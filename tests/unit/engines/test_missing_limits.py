"""What an engine says that it cannot limit, with programs in the place of its command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from polyreact.engines.docker import DockerEngine
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.process import ProcessEngine
from polyreact.errors import EngineRefused

DOCKER: dict[str, Any] = {
    "ServerVersion": "20.10.24", "DefaultRuntime": "runc", "MemoryLimit": True, "SwapLimit": True,
    "CpuCfsQuota": True, "PidsLimit": True, "SecurityOptions": ["name=seccomp,profile=default"],
}  # fmt: skip
SECURITY = {"rootless": False, "seccompEnabled": True}
PODMAN: dict[str, Any] = {
    "security": SECURITY, "cgroupVersion": "v2", "ociRuntime": {"name": "runc"},
    "cgroupControllers": ["cpuset", "cpu", "memory", "pids"],
}  # fmt: skip


def missing_of_docker(folder: Path, info: dict[str, Any]) -> tuple[str, ...]:
    program = folder / "docker"
    told = json.dumps(info)
    program.write_text(f"#!/bin/sh\ncase \"$*\" in *context*) echo unix:///run/x ;; *) echo '{told}' ;; esac\n")
    program.chmod(0o755)
    return DockerEngine({"PATH": f"{folder}:{os.environ['PATH']}"}).missing_limits()


def missing_of_podman(folder: Path, host: dict[str, Any]) -> tuple[str, ...]:
    program = folder / "podman"
    told = json.dumps({"host": host, "version": {"Version": "4.3.1"}})
    program.write_text(f"#!/bin/sh\necho '{told}'\n")
    program.chmod(0o755)
    return PodmanEngine({"PATH": str(folder)}, is_root=False).missing_limits()


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({}, ()),
        ({"MemoryLimit": False, "PidsLimit": False}, ("memory", "processes")),
        ({"SwapLimit": False}, ("swap",)),
        ({"CpuCfsQuota": None, "CPUCfsQuota": False}, ("processor time",)),
        ({"SecurityOptions": ["name=apparmor"]}, ("system calls",)),
        ({"SecurityOptions": None}, ()),
    ],
)
def test_missing_limits_docker_are_what_the_daemon_denies(
    tmp_path: Path, told: dict[str, Any], missing: tuple[str, ...]
) -> None:
    info = {key: value for key, value in {**DOCKER, **told}.items() if value is not None}
    assert missing_of_docker(tmp_path, info) == missing


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({}, ()),
        ({"cgroupControllers": ["memory", "pids"]}, ("processor time",)),
        ({"cgroupControllers": []}, ("memory", "processor time", "processes")),
        ({"security": {**SECURITY, "seccompEnabled": False}}, ("system calls",)),
    ],
)
def test_missing_limits_podman_are_the_controllers_it_has_not(
    tmp_path: Path, told: dict[str, Any], missing: tuple[str, ...]
) -> None:
    assert missing_of_podman(tmp_path, {**PODMAN, **told}) == missing


def test_docker_with_mapped_users_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineRefused, match="maps the users"):
        missing_of_docker(tmp_path, {**DOCKER, "SecurityOptions": ["name=seccomp,profile=default", "name=userns"]})


def test_missing_limits_of_a_plain_process_are_all(tmp_path: Path) -> None:
    assert "memory" in ProcessEngine(Path("/usr/bin/python3"), {}).missing_limits()
