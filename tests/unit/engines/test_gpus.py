"""GPUs: read of files and of what engines say of themselves, chosen by a setting, lent to one run at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from polyreact.engines.docker import DockerEngine
from polyreact.engines.gpus import (
    borrow_gpus,
    choose_gpus,
    find_cdi_gpus,
    find_driver_gpus,
    name_docker_gpus,
    parse_cdi_spec,
)
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.process import ProcessEngine
from polyreact.errors import BadSetting, GpusBusy

#: As `nvidia-ctk cdi generate` writes it, cut to what is read.
SPEC = """\
---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
- name: "1"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia1
- name: GPU-5b0f2f0a-1111-2222-3333-444455556666
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
- name: all
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
"""
UUID = "GPU-5b0f2f0a-1111-2222-3333-444455556666"
INFORMATION = f"""\
Model: \t\t Some model
IRQ:   \t\t 44
GPU UUID: \t {UUID}
Video BIOS: \t ??.??.??.??.??
Device Minor: \t 0
"""
DOCKER: dict[str, Any] = {"ServerVersion": "27.0.0", "DefaultRuntime": "runc", "Runtimes": {"runc": {}}}


def test_a_specification_names_each_gpu_once() -> None:
    assert parse_cdi_spec(SPEC.encode()) == ("nvidia.com/gpu=0", "nvidia.com/gpu=1")
    by_uuid = {"kind": "nvidia.com/gpu", "devices": [{"name": UUID}, {"name": "all"}]}
    assert parse_cdi_spec(json.dumps(by_uuid).encode()) == (f"nvidia.com/gpu={UUID}",)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[", b"\xff\xfe", b"null", b"kind: nvidia.com/gpu", b"kind: vendor.com/net\ndevices: [{name: '0'}]",
        b"kind: nvidia.com/gpu\ndevices: [{}]", b"kind: nvidia.com/gpu\ndevices: 3",
        b"kind: nvidia.com/gpu\ndevices: [{name: 'a,b'}, {name: '--x'}, {name: all}]", b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_specification_of_gpus_names_none(content: bytes) -> None:
    assert parse_cdi_spec(content) == ()


def test_gpus_are_found_in_all_folders_and_each_once(tmp_path: Path) -> None:
    etc, run = tmp_path / "etc", tmp_path / "run"
    etc.mkdir()
    run.mkdir()
    (etc / "nvidia.yaml").write_text(SPEC)
    (run / "same.json").write_text(
        json.dumps({"kind": "nvidia.com/gpu", "devices": [{"name": "1"}, {"name": "2"}]})
    )
    (run / "read-me.txt").write_text(SPEC)
    (run / "folder.json").mkdir()
    found = find_cdi_gpus((etc, run, tmp_path / "absent"))
    assert found == ("nvidia.com/gpu=0", "nvidia.com/gpu=1", "nvidia.com/gpu=2")


def test_the_drivers_gpus_are_in_the_order_of_the_bus(tmp_path: Path) -> None:
    for place, uuid in (("0000:65:00.0", UUID.replace("5b", "6c")), ("0000:17:00.0", UUID)):
        (tmp_path / place).mkdir()
        (tmp_path / place / "information").write_text(INFORMATION.replace(UUID, uuid))
    assert find_driver_gpus(tmp_path) == (UUID, UUID.replace("5b", "6c"))
    assert find_driver_gpus(tmp_path / "absent") == ()


def cdi(*names: str) -> list[dict[str, str]]:
    return [{"Source": "cdi", "ID": name} for name in names]


@pytest.mark.parametrize(
    ("told", "gpus"),
    [
        ({}, ()),
        ({"Runtimes": None}, ()),
        ({"Runtimes": {"runc": {}, "nvidia": {}}}, (UUID,)),
        ({"DiscoveredDevices": cdi("nvidia.com/gpu=0", "nvidia.com/gpu=all")}, ("nvidia.com/gpu=0",)),
        ({"DiscoveredDevices": cdi("vendor.com/net=0"), "Runtimes": {"nvidia": {}}}, (UUID,)),
        ({"DiscoveredDevices": cdi("nvidia.com/gpu=0"), "Runtimes": {"nvidia": {}}}, ("nvidia.com/gpu=0",)),
    ],
)
def test_docker_passes_on_what_it_discovered_or_what_its_runtime_can(
    told: dict[str, Any], gpus: tuple[str, ...]
) -> None:
    assert name_docker_gpus({**DOCKER, **told}, (UUID,)) == gpus


def test_without_a_driver_dockers_runtime_has_nothing_to_pass_on() -> None:
    assert name_docker_gpus({**DOCKER, "Runtimes": {"nvidia": {}}}, ()) == ()


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (None, ("nvidia.com/gpu=0", "nvidia.com/gpu=1")),
        ((), ()),
        (("1",), ("nvidia.com/gpu=1",)),
        (("nvidia.com/gpu=1", "1", "0"), ("nvidia.com/gpu=1", "nvidia.com/gpu=0")),
    ],
)
def test_gpus_are_those_that_were_asked_for(asked: tuple[str, ...] | None, chosen: tuple[str, ...]) -> None:
    assert choose_gpus(("nvidia.com/gpu=0", "nvidia.com/gpu=1"), asked, "podman") == chosen


def test_a_number_means_the_drivers_gpu_of_that_number() -> None:
    assert choose_gpus((UUID, "GPU-b"), ("1", UUID), "docker") == ("GPU-b", UUID)


def test_a_gpu_that_is_not_there_is_a_bad_setting_and_those_that_are_are_named() -> None:
    with pytest.raises(BadSetting, match="names 7") as caught:
        choose_gpus(("nvidia.com/gpu=0",), ("7",), "podman")
    assert "nvidia.com/gpu=0" in caught.value.cure


def write_podman(folder: Path) -> None:
    told = {
        "host": {
            "security": {"rootless": False}, "cgroupVersion": "v2", "ociRuntime": {"name": "runc"}, "kernel": "6",
        },
        "version": {"Version": "4.3.1"},
        "store": {"graphRoot": "/var/lib/containers/storage"},
    }  # fmt: skip
    (folder / "podman").write_text(f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    (folder / "podman").chmod(0o755)


def test_podman_has_the_gpus_of_its_specifications(tmp_path: Path) -> None:
    write_podman(tmp_path)
    (tmp_path / "nvidia.yaml").write_text(SPEC)
    options: dict[str, Any] = {"is_root": False, "cdi_folders": (tmp_path,)}
    engine = PodmanEngine({"PATH": str(tmp_path)}, **options)
    assert engine.list_gpus() == ("nvidia.com/gpu=0", "nvidia.com/gpu=1")
    assert PodmanEngine({"PATH": str(tmp_path)}, gpus_asked=("1",), **options).list_gpus() == ("nvidia.com/gpu=1",)
    assert PodmanEngine({"PATH": str(tmp_path)}, gpus_asked=(), **options).list_gpus() == ()


def test_docker_has_the_gpus_that_it_tells(tmp_path: Path) -> None:
    told = json.dumps({**DOCKER, "DiscoveredDevices": cdi("nvidia.com/gpu=0")})
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\ncase \"$*\" in *context*) echo unix:///run/x ;; *) echo '{told}' ;; esac\n")
    program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert DockerEngine(environment).list_gpus() == ("nvidia.com/gpu=0",)
    with pytest.raises(BadSetting):
        DockerEngine(environment, gpus_asked=("3",)).list_gpus()


def test_a_plain_process_has_none_to_give() -> None:
    assert ProcessEngine(Path("/usr/bin/python3"), {}).list_gpus() == ()


def test_a_gpu_is_lent_to_one_run_at_a_time(tmp_path: Path) -> None:
    gpus = ("nvidia.com/gpu=0", "nvidia.com/gpu=1")
    with borrow_gpus(gpus, 1, tmp_path / "gpus", longest_wait_s=0) as first:
        with borrow_gpus(gpus, 1, tmp_path / "gpus", longest_wait_s=0) as second:
            assert {*first, *second} == {*gpus}
            with pytest.raises(GpusBusy), borrow_gpus(gpus, 1, tmp_path / "gpus", longest_wait_s=0):
                pytest.fail("a third run was given a GPU")
        with borrow_gpus(gpus, 1, tmp_path / "gpus", longest_wait_s=0) as third:
            assert third == second


def test_a_run_waits_for_a_gpu_that_is_given_back(tmp_path: Path) -> None:
    """The other process has it for half a second, and this one asks again every second."""
    program = (
        "import sys, time; from pathlib import Path; from polyreact.engines.gpus import borrow_gpus\n"
        "with borrow_gpus(('x',), 1, Path(sys.argv[1]), longest_wait_s=0):\n"
        "    print('has it', flush=True); time.sleep(0.5)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "has it\n"
        with pytest.raises(GpusBusy), borrow_gpus(("x",), 1, tmp_path, longest_wait_s=0):
            pytest.fail("it was given twice")
        with borrow_gpus(("x",), 1, tmp_path, longest_wait_s=60) as given:
            assert given == ("x",)


def test_a_process_that_is_killed_gives_its_gpu_back(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from polyreact.engines.gpus import borrow_gpus\n"
        "with borrow_gpus(('x',), 1, Path(sys.argv[1]), longest_wait_s=0):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert (tmp_path / "x.lock").exists()
    with borrow_gpus(("x",), 1, tmp_path, longest_wait_s=0) as given:
        assert given == ("x",)


def test_a_run_that_needs_none_touches_nothing(tmp_path: Path) -> None:
    with borrow_gpus((), 0, tmp_path / "gpus", longest_wait_s=0) as given:
        assert given == ()
    assert not (tmp_path / "gpus").exists()
