"""GPUs in docker and podman themselves. None is needed: what is passed on is looked at, not computed on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from integration.engines.conftest import LIMITS
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.gpus import find_cdi_gpus
from polyreact.engines.interface import RunSpec
from polyreact.engines.mounts import is_root
from polyreact.engines.oci import DOCKER, container_name, create_arguments
from polyreact.engines.policy import strict_policy
from polyreact.errors import EngineFailed

CDI = Path("/var/run/cdi")


@pytest.fixture
def device() -> Iterator[str]:
    """A CDI specification whose GPU is a node of /dev/zero by another name, for the time of a test."""
    assert is_root(), "engines read specifications from folders that are root's"
    name = f"polyreact-test-{secrets.token_hex(4)}"
    node = {"path": "/dev/pretended-gpu", "hostPath": "/dev/zero"}
    spec = {
        "cdiVersion": "0.5.0",
        "kind": "nvidia.com/gpu",
        "devices": [{"name": name, "containerEdits": {"deviceNodes": [node]}}],
    }
    was_there = CDI.is_dir()
    CDI.mkdir(exist_ok=True)
    path = CDI / f"{name}.json"
    path.write_text(json.dumps(spec))
    yield f"nvidia.com/gpu={name}"
    path.unlink()
    if not was_there:
        CDI.rmdir()


only_podman = pytest.mark.parametrize(
    "engine", [pytest.param("podman", marks=pytest.mark.engine("podman"))], indirect=True
)
only_docker = pytest.mark.parametrize(
    "engine", [pytest.param("docker", marks=pytest.mark.engine("docker"))], indirect=True
)


@only_podman
def test_podman_gives_a_run_the_gpu_that_a_specification_describes_and_takes_nothing_of_the_sandbox_away(
    engine: ContainerEngine, device: str, new_spec: Callable[..., RunSpec]
) -> None:
    assert device in find_cdi_gpus()
    spec = new_spec(
        "test -c /dev/pretended-gpu && head -c 4 /dev/pretended-gpu | od -An -tx1\n"
        "id -u; grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch /x 2>&1; ls /dev\n"
    )
    plain = engine.run(spec)
    given = engine.run(replace(spec, run_id=f"{spec.run_id}-g", policy=strict_policy(LIMITS, 1), gpus=(device,)))
    log, log_without = given.log.decode(), plain.log.decode()
    assert "00 00 00 00" in log, log
    assert "pretended-gpu" not in log_without
    for told in ("61001\n", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Read-only file system"):
        assert told in log
        assert told in log_without
    assert set(log.splitlines()) - set(log_without.splitlines()) == {" 00 00 00 00", "pretended-gpu"}


@only_podman
def test_podman_that_does_not_know_the_gpu_fails_and_not_the_submission(
    engine: ContainerEngine, new_spec: Callable[..., RunSpec]
) -> None:
    """It was there when the engine was asked, and is gone now."""
    spec = replace(new_spec("true\n"), policy=strict_policy(LIMITS, 1), gpus=("nvidia.com/gpu=gone",))
    with pytest.raises(EngineFailed):
        engine.run(spec)


@only_docker
def test_docker_is_asked_for_one_gpu_and_for_computing_alone(
    engine: ContainerEngine, new_spec: Callable[..., RunSpec]
) -> None:
    """The container is made and never started: for that the daemon would need NVIDIA's runtime."""
    spec = replace(new_spec("true\n"), policy=strict_policy(LIMITS, 1), gpus=("GPU-1f0e-22",))
    made = engine._command.run(*create_arguments(spec, DOCKER))
    try:
        assert made.exit_code == 0, made.error_text
        told = engine._command.run("inspect", container_name(spec.run_id))
        (host,) = (one["HostConfig"] for one in json.loads(told.output))
    finally:
        engine._command.run("rm", "--force", "--volumes", container_name(spec.run_id))
    (request,) = host["DeviceRequests"]
    assert request["DeviceIDs"] == ["GPU-1f0e-22"]
    assert request["Count"] == 0
    assert sorted(request["Capabilities"][0]) == ["compute", "gpu", "utility"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["Devices"]


@only_docker
def test_docker_without_nvidias_runtime_fails_and_not_the_submission(
    engine: ContainerEngine, new_spec: Callable[..., RunSpec]
) -> None:
    assert engine.list_gpus() == (), "this host has a GPU: this test is of hosts without"
    spec = replace(new_spec("true\n"), policy=strict_policy(LIMITS, 1), gpus=("GPU-1f0e-22",))
    with pytest.raises(EngineFailed):
        engine.run(spec)
