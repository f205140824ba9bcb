"""A docker daemon for tests: the one that answers, or a private one that leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from polyreact.engines.docker import DockerEngine
from polyreact.engines.mounts import find_mounts_below, unmount
from polyreact.engines.run_folder import remove_tree
from polyreact.errors import EngineRefused, NoEngine

_START_S = 30.0
_STOP_S = 30.0


class NoDaemon(Exception):
    """No docker daemon answers and none could be started; the text says why."""


@contextlib.contextmanager
def docker_environment() -> Iterator[dict[str, str]]:
    """The environment for a DockerEngine, with a daemon that answers. Raises NoDaemon."""
    environment = client_environment()
    if _answers(environment):
        yield environment
        return
    with private_dockerd() as (host, _):
        yield {**environment, "DOCKER_HOST": host}


@contextlib.contextmanager
def private_dockerd() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process of a daemon of our own, without any network. Raises NoDaemon."""
    program = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None or os.geteuid() != 0:
        raise NoDaemon("dockerd is not installed, or we are not root (to install it: sudo make engines)")
    # A socket's path has at most 108 characters, so not pytest's own temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="pr-dockerd-"))
    host = f"unix://{folder}/s"
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    program,
                    f"--host={host}",
                    f"--data-root={folder}/data",
                    f"--exec-root={folder}/exec",
                    f"--pidfile={folder}/pid",
                    "--bridge=none",
                    "--iptables=false",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            with process:
                try:
                    _wait_for_answer(process, host, folder / "log")
                    yield host, process
                finally:
                    _end(process)
    finally:
        for point in find_mounts_below(folder):
            unmount(point)
        remove_tree(folder)


def client_environment() -> dict[str, str]:
    """What the engines' command lines need of the tests' own environment."""
    wanted = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR", "CONTAINERS_CONF")
    return {name: os.environ[name] for name in wanted if name in os.environ}


def _answers(environment: Mapping[str, str]) -> bool:
    try:
        DockerEngine(environment).probe()
    except (NoEngine, EngineRefused):
        return False
    return True


def _wait_for_answer(process: subprocess.Popen[bytes], host: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        if Path(host.removeprefix("unix://")).exists() and _answers({**client_environment(), "DOCKER_HOST": host}):
            return
        time.sleep(0.05)
    raise NoDaemon(f"dockerd did not come up: {log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
