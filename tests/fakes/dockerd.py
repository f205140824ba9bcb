"""A docker daemon for tests: the one that answers, or a private one that leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass
class Daemon:
    """A docker daemon of our own in `folder`, without any network; it can be ended and started again."""

    folder: Path
    program: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"unix://{self.folder}/s"

    def start(self) -> None:
        """Start it, and wait until it answers. Raises NoDaemon."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    f"--host={self.host}",
                    f"--data-root={self.folder}/data",
                    f"--exec-root={self.folder}/exec",
                    f"--pidfile={self.folder}/pid",
                    "--bridge=none",
                    "--iptables=false",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait_for_answer(self.process, self.host, self.folder / "log")

    def kill(self) -> None:
        """End it at once: what it was asked to look after goes on without it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            (self.folder / "s").unlink(missing_ok=True)
            # A dead process that nobody has waited for yet is alive to whoever looks for the process of this file.
            for marked in (self.folder / "pid", self.folder / "exec" / "containerd" / "containerd.pid"):
                marked.unlink(missing_ok=True)

    def end(self) -> None:
        """Ask it to end, which ends its containers as well."""
        if self.process is not None:
            _end(self.process)


@contextlib.contextmanager
def own_daemon() -> Iterator[Daemon]:
    """A daemon of our own that answers; nothing of it is left. Raises NoDaemon."""
    program = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None or os.geteuid() != 0:
        raise NoDaemon("dockerd is not installed, or we are not root (to install it: sudo make engines)")
    # A socket's path has at most 108 characters, so not pytest's own temporary folder.
    daemon = Daemon(Path(tempfile.mkdtemp(prefix="pr-dockerd-")), program)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.end()
        for process_id in _processes_naming(daemon.folder):  # what a killed daemon looked after
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        for point in find_mounts_below(daemon.folder):
            unmount(point)
        remove_tree(daemon.folder)


@contextlib.contextmanager
def private_dockerd() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process of a daemon of our own, without any network. Raises NoDaemon."""
    with own_daemon() as daemon:
        assert daemon.process is not None
        yield daemon.host, daemon.process


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


def _processes_naming(folder: Path) -> list[int]:
    found = []
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in command_line.read_bytes():
                found.append(int(command_line.parent.name))
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
