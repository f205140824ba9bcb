"""A real registry on the loopback: Debian's docker-registry, for what is pushed and pulled in earnest."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import urllib3

_START_S = 20.0
_STOP_S = 10.0


class NoRegistry(Exception):
    """No registry could be started; the text says why."""


@contextlib.contextmanager
def serve_distribution(folder: Path, *, password_file: Path | None = None) -> Iterator[str]:
    """The registry's address, `127.0.0.1:<port>`; its content is in `folder`. Raises NoRegistry.

    With a `password_file` (htpasswd, bcrypt) it answers to nobody without credentials.
    """
    program = shutil.which("docker-registry")
    if program is None:
        raise NoRegistry("docker-registry is not installed (to install it: sudo make engines)")
    address = f"127.0.0.1:{_free_port()}"
    settings = {
        "version": 0.1,
        "log": {"level": "error"},
        "http": {"addr": address},
        "storage": {"filesystem": {"rootdirectory": str(folder / "content")}},
    }
    if password_file is not None:
        settings["auth"] = {"htpasswd": {"realm": "test", "path": str(password_file)}}
    (folder / "registry.yml").write_text(json.dumps(settings))  # JSON is YAML
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(folder / "registry.yml")], stdout=log, stderr=log)
    try:
        _wait_for_answer(process, address, folder / "log")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_answer(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    with urllib3.PoolManager(retries=False, timeout=1.0) as pool:
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                pool.request("GET", f"http://{address}/v2/")
                return
            time.sleep(0.05)
    raise NoRegistry(f"docker-registry did not come up: {log.read_text(errors='replace')[-2000:]}")
