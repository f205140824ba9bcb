"""Each flag of the policy matters: with that one weakened, a behaviour that held no longer does."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import platform
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fakes.registry import serve_registry
from flags import FLAGS, PODMAN, Flag
from polyreact.engines.behaviours import BEHAVIOURS
from polyreact.engines.command_line import CommandLine, Completed
from polyreact.engines.conformance import Result, check_behaviours, ensure_image
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image, RunSpec
from polyreact.engines.oci import container_name
from polyreact.errors import EngineFailed, ImageMissing

NAMED = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
NewSpec = Callable[..., RunSpec]


@dataclass(frozen=True, slots=True)
class WeakenedCommandLine(CommandLine):
    """The engine's own command line, but for one flag of `create`."""

    flag: Flag

    def run(self, *arguments: str, **options: Any) -> Completed:
        weakened = self.flag.weaken(arguments) if arguments[0] == "create" else arguments
        assert arguments[0] != "create" or weakened != arguments
        return CommandLine.run(self, *weakened, **options)


def weaken(engine: ContainerEngine, flag: Flag) -> ContainerEngine:
    """The same engine with one flag weakened."""
    own = engine._command
    weakened = WeakenedCommandLine(own.program, {**own.environment, **flag.environment}, flag)
    kind = type(f"Weakened{type(engine).__name__}", (type(engine),), {"_command": property(lambda _: weakened)})
    twin = copy.copy(engine)
    twin.__class__ = kind
    return twin


def _names(flag: Flag) -> str:
    return f"{flag}-{flag.caught_by}"


def flags_of(name: str) -> list[Flag]:
    return [flag for flag in FLAGS if name in flag.engines]


@pytest.fixture(scope="module")
def conformance_image(engine: ContainerEngine, base: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return ensure_image(engine, base, tmp_path_factory.mktemp("conformance-image"))


@pytest.fixture(scope="module")
def weakened_results(
    engine: ContainerEngine, conformance_image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[Flag, Result]:
    """The behaviour that each flag's row names, tried with that flag weakened; several at a time."""
    folder = tmp_path_factory.mktemp("weakened")
    flags = [flag for flag in flags_of(engine.name) if flag.caught_by in NAMED]

    def try_it(number: int) -> Result:
        flag = flags[number]
        twin = weaken(engine, flag)
        (result,) = check_behaviours(twin, conformance_image, [NAMED[flag.caught_by]], folder / str(number))
        return result

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(flags, pool.map(try_it, range(len(flags))), strict=True))


@pytest.mark.parametrize("flag", [flag for flag in FLAGS if flag.caught_by in NAMED], ids=_names)
def test_flag_weakened_is_seen_by_its_behaviour(
    engine: ContainerEngine, weakened_results: Mapping[Flag, Result], flag: Flag
) -> None:
    if engine.name in flag.engines:
        result = weakened_results[flag]
        assert not result.holds
        assert not result.detail.startswith("E"), "it failed for another reason than the flag"


def test_absent_image_is_never_pulled(engine: ContainerEngine, new_spec: NewSpec) -> None:
    with serve_registry() as registry:
        reference = registry.add_image(f"absent-{secrets.token_hex(4)}", architecture=_ARCHITECTURE)
        spec = new_spec("true")
        absent = replace(spec, image=replace(spec.image, image_id=str(reference)))
        with pytest.raises(ImageMissing):
            engine.run(absent)
        assert registry.asked_for == []
        if engine.name != PODMAN:  # which speaks TLS to a registry unless told otherwise, and so comes no further
            with contextlib.suppress(EngineFailed):
                weaken(engine, _flag("--pull=")).run(absent)
            assert registry.asked_for
            engine._command.run("rmi", "--force", str(reference))


def test_run_without_its_name_cannot_be_found(engine: ContainerEngine, new_spec: NewSpec) -> None:
    before = _containers(engine)
    with pytest.raises(EngineFailed):
        weaken(engine, _flag("--name=")).run(new_spec("true"))
    lost = _containers(engine) - before
    assert len(lost) == 1
    engine._command.run("rm", "--force", *lost)


def test_killed_driver_leaves_a_container_that_is_found_by_its_labels(
    engine: ContainerEngine, new_spec: NewSpec
) -> None:
    named, unnamed = new_spec("touch /output/started; sleep 60"), weaken(engine, _flag("--label="))
    spec = replace(named, run_id=f"{named.run_id}-lost")
    _kill_driver_of(unnamed, spec)
    try:
        assert engine.reap() == ()
        assert _is_there(engine, spec.run_id)
    finally:
        engine._command.run(*engine.verbs.remove, container_name(spec.run_id))


@pytest.mark.parametrize(
    "flag", [flag for flag in FLAGS if flag.caught_by == "test_log_on_disk_stays_small"], ids=str
)
def test_log_on_disk_stays_small(engine: ContainerEngine, new_spec: NewSpec, flag: Flag) -> None:
    if engine.name not in flag.engines:
        return
    flood = 'i=0; while [ $i -lt 200 ]; do head -c 60000 /dev/zero | tr "\\0" x; echo; i=$((i+1)); done; sleep 2'
    for tried, least, most in ((engine, 1, 4 << 20), (weaken(engine, flag), 5 << 20, 64 << 20)):
        sizes: list[int] = []
        spec = new_spec(flood)
        tried.run(spec, lambda _, spec=spec, sizes=sizes: sizes.append(_log_bytes(engine, spec.run_id)))
        assert least <= max(sizes) <= most


def test_container_of_a_killed_driver_ends_by_itself(engine: ContainerEngine, new_spec: NewSpec) -> None:
    if engine.name != PODMAN:
        return  # docker has nothing of the kind
    spec = new_spec("touch /output/started; sleep 60")
    policy = replace(
        spec.policy, limits=replace(spec.policy.limits, wall_time_s=1), terminate_grace_s=0, backstop_s=2
    )
    for tried, ends in ((engine, True), (weaken(engine, _flag("--timeout=")), False)):
        lost = replace(spec, policy=policy, run_id=f"{spec.run_id}-{'ends' if ends else 'stays'}")
        _kill_driver_of(tried, lost)
        deadline = time.monotonic() + (20 if ends else 5)
        while _runs(engine, lost.run_id) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert _runs(engine, lost.run_id) != ends
        engine._command.run(*engine.verbs.remove, container_name(lost.run_id))
        engine.reap()


def test_run_is_in_the_group_that_it_is_counted_in(engine: ContainerEngine, new_spec: NewSpec) -> None:
    _skip_without_groups(engine)
    for tried, is_in in ((engine, True), (weaken(engine, _flag("--cgroup-parent=")), False)):
        groups: list[str] = []
        spec = new_spec("sleep 1.5")
        tried.run(spec, lambda _, spec=spec, groups=groups: groups.append(_groups_of(engine, spec.run_id)))
        assert groups
        assert all((f"-{spec.run_id}/" in group) == is_in for group in groups)


def test_helper_of_podman_stays_out_of_the_group(engine: ContainerEngine, new_spec: NewSpec) -> None:
    if engine.name != PODMAN:
        return  # docker's helper is the daemon's affair
    _skip_without_groups(engine)
    for tried, is_out in ((engine, True), (weaken(engine, _flag("--cgroups=")), False)):
        helpers: list[bool] = []
        spec = new_spec("sleep 1.5")
        tried.run(spec, lambda _, spec=spec, helpers=helpers: helpers.append(_helper_is_in_group(spec.run_id)))
        assert helpers
        assert all(helper != is_out for helper in helpers)


_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def _flag(starts: str) -> Flag:
    return next(flag for flag in FLAGS if flag.starts == starts)


def _containers(engine: ContainerEngine) -> set[str]:
    return set(engine._command.run("ps", "--all", "--quiet", "--no-trunc").text.split())


def _is_there(engine: ContainerEngine, run_id: str) -> bool:
    return engine._command.run("inspect", "--type=container", container_name(run_id)).exit_code == 0


def _runs(engine: ContainerEngine, run_id: str) -> bool:
    asked = engine._command.run(
        "inspect", "--type=container", "--format={{.State.Running}}", container_name(run_id)
    )
    return asked.text == "true"


def _kill_driver_of(engine: ContainerEngine, spec: RunSpec) -> None:
    """Run in a process of its own that is killed as soon as the program has started."""
    (spec.output / "started").unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            engine.run(spec)
        os._exit(0)
    deadline = time.monotonic() + 30
    while not (spec.output / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _log_bytes(engine: ContainerEngine, run_id: str) -> int:
    """What the engine keeps of a container's log on this host's disk, older files as well."""
    form = "{{json .HostConfig.LogConfig}}" if engine.name == PODMAN else "{{json .LogPath}}"
    asked = engine._command.run("inspect", "--type=container", f"--format={form}", container_name(run_id))
    told = json.loads(asked.text)
    path = Path(told["Path"] if engine.name == PODMAN else told)
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def _skip_without_groups(engine: ContainerEngine) -> None:
    with engine._run_group("none") as group:
        if group is None:
            pytest.skip("runs have no control group of their own here")


def _groups_of(engine: ContainerEngine, run_id: str) -> str:
    asked = engine._command.run("inspect", "--type=container", "--format={{.State.Pid}}", container_name(run_id))
    return Path(f"/proc/{asked.text}/cgroup").read_text()


def _helper_is_in_group(run_id: str) -> bool:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "comm").read_text() == "conmon\n" and run_id in (folder / "cgroup").read_text():
                return True
    return False
