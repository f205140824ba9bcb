"""What both engines share, with programs in the place of their command line: control groups, and reaping."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.interface import RunSpec
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.policy import MIB, Limits, strict_policy
from polyreact.errors import EngineFailed
from polyreact.owner import this_process

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


def test_reap_removes_what_a_failed_run_of_our_own_could_not(tmp_path: Path) -> None:
    """Symptom: after a restart of the daemon a container went on beside the repeated run. Cause: its owner lived,

    and so it was not left behind. It mattered since it used the memory of the next.
    """
    (tmp_path / "podman").write_text(
        f"""#!/bin/sh
case "$*" in
    info*) echo '{INFO % ""}' ;;
    start*) test -e {tmp_path}/back || {{ echo lost >&2; exit 125; }} ;;
    rm*) test -e {tmp_path}/back || {{ echo lost >&2; exit 125; }} ;;
    ps*) echo c0ffee ;;
    inspect*) echo '{{"name": "polyreact-r1", "labels": {{"polyreact.run": "r1", "polyreact.deadline": "1",
        "polyreact.owner": "{this_process()}"}}}}' ;;
esac
"""
    )
    (tmp_path / "podman").chmod(0o755)
    engine = PodmanEngine({"PATH": f"{tmp_path}:/usr/bin:/bin"}, is_root=False)
    limits = Limits(9, MIB, cpus=1, pids=9, tmp_bytes=MIB, output_bytes=MIB, log_bytes=999)
    spec = RunSpec("r1", make_image("localhost/x:1"), strict_policy(limits), tmp_path / "d", tmp_path / "o", {})
    assert engine.reap() == ()
    with pytest.raises(EngineFailed):
        engine.run(spec)
    (tmp_path / "back").touch()
    assert engine.reap() == ("polyreact-r1",)
    assert engine.reap() == ()
