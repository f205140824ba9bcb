"""Two machines of one network, as network namespaces of this machine that a virtual cable joins.

Neither has a way to anywhere else, this machine's own addresses included. Files and processes they share with it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

INTERFACE = "cable"
_ADDRESSES = ("10.213.77.1", "10.213.77.2")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


class NoNamespaces(Exception):
    """Network namespaces cannot be made here; the text says why."""


@dataclass(frozen=True)
class Machine:
    """A network namespace with the loopback and one interface of `address`."""

    name: str
    address: str

    def inside(self, words: Sequence[str]) -> list[str]:
        """The command that runs `words` in this network."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *words]


@contextlib.contextmanager
def join_two_machines() -> Iterator[tuple[Machine, Machine]]:
    """Two machines for the time of the block. Raises NoNamespaces."""
    if os.geteuid() != 0 or shutil.which("ip", path=_PATH) is None:
        raise NoNamespaces("ip is not installed, or we are not root (to install it: sudo make engines)")
    first, second = (Machine(f"pr-{os.getpid()}-{number}", address) for number, address in enumerate(_ADDRESSES, 1))
    with contextlib.ExitStack() as stack:
        for machine in (first, second):
            _ip("netns", "add", machine.name)
            stack.callback(_ip, "netns", "delete", machine.name)  # takes its end of the cable with it
        _ip("-n", first.name, "link", "add", INTERFACE, "type", "veth", "peer", INTERFACE, "netns", second.name)
        for machine in (first, second):
            _ip("-n", machine.name, "address", "add", f"{machine.address}/24", "dev", INTERFACE)
            _ip("-n", machine.name, "link", "set", INTERFACE, "up")
            _ip("-n", machine.name, "link", "set", "lo", "up")
        yield first, second


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], env={"PATH": _PATH}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoNamespaces(f"ip {' '.join(words)}: {done.stderr.strip()}")
