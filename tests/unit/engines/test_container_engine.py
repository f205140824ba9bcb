"""Whether an engine's runs get a control group of their own, with programs in the place of its command line."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from polyreact.engines.podman import PodmanEngine

KERNEL = platform.release()
INFO = (
    '{"host": {"security": {"rootless": false}, "cgroupVersion": "v1", "ociRuntime": {"name": "runc"},'
    ' %s "cgroupControllers": []}, "version": {"Version": "4.3.1"}}'
)


def has_own_group(folder: Path, told: str) -> bool:
    program = folder / "podman"
    program.write_text(f"#!/bin/sh\necho '{INFO % told}'\n")
    program.chmod(0o755)
    with PodmanEngine({"PATH": str(folder)}, is_root=False)._run_group("r1") as group:
        return group is not None


@pytest.fixture
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyreact.engines.container_engine.is_root", lambda: True)


@pytest.mark.usefixtures("_root")
def test_run_group_of_an_engine_that_manages_its_groups_on_this_host_is_there(tmp_path: Path) -> None:
    assert has_own_group(tmp_path, f'"cgroupManager": "cgroupfs", "kernel": "{KERNEL}",')


@pytest.mark.usefixtures("_root")
@pytest.mark.parametrize(
    "told",
    [
        f'"cgroupManager": "systemd", "kernel": "{KERNEL}",',
        '"cgroupManager": "cgroupfs", "kernel": "6.1-machine",',
        f'"kernel": "{KERNEL}",',
        "",
    ],
    ids=["systemd", "virtual-machine", "manager-untold", "nothing-told"],
)
def test_run_group_elsewhere_is_none(tmp_path: Path, told: str) -> None:
    assert not has_own_group(tmp_path, told)


def test_run_group_without_root_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyreact.engines.container_engine.is_root", lambda: False)
    assert not has_own_group(tmp_path, f'"cgroupManager": "cgroupfs", "kernel": "{KERNEL}",')
