"""The packages of an image through real engines: nothing of it is run, and nothing of it is left."""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from pathlib import Path
from typing import IO

import pytest

from kills import engine_state, left_in_engine
from polyreact.engines import container_files
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image
from polyreact.engines.packages import Package, Packages

PUT = """\
import os
site = "/usr/lib/python3/site-packages/"
for name, text in {
    site + "numpy-2.3.0.dist-info/METADATA": "Name: numpy\\nVersion: 2.3.0\\n",
    site + "escapes-1.dist-info/METADATA": "Name: \\x1b[31mred\\nVersion: 1\\n",
    "/var/lib/dpkg/status": "Package: libc6\\nStatus: install ok installed\\nVersion: 2.36\\n",
    "/etc/os-release": "PRETTY_NAME=A Distribution\\n",
}.items():
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").write(text)
os.makedirs(site + "linked-1.dist-info")
os.symlink("/etc/shadow", site + "linked-1.dist-info/METADATA")
os.makedirs(site + "piped-1.dist-info")
os.mkfifo(site + "piped-1.dist-info/METADATA")
"""


@pytest.fixture
def image(engine: ContainerEngine, base: Image, tmp_path: Path) -> Image:
    """One that holds packages, declares a volume and users of its own, and could not be started."""
    (tmp_path / "Dockerfile").write_text(
        f"ARG BASE\nFROM $BASE\nRUN {json.dumps(['python3', '-c', PUT])}\n"
        'VOLUME ["/var/cache/x"]\nUSER nobody-knows\nHEALTHCHECK CMD ["/absent"]\nENTRYPOINT ["/absent"]\n'
        'LABEL polyreact.owner="forged" polyreact.run="forged"\n'
    )
    return engine.build(
        tmp_path, f"polyreact/test-packages:{secrets.token_hex(4)}", {"BASE": base.reference}, offline=True
    )


def test_list_packages_tells_what_the_image_says_and_leaves_nothing(engine: ContainerEngine, image: Image) -> None:
    before = engine_state(engine)
    found = engine.list_packages(image)
    assert {Package("numpy", "2.3.0"), Package("\\x1b[31mred", "1")} <= set(found.python)
    assert not {"linked", "piped"} & {package.name for package in found.python}
    assert (found.system_kind, found.system) == ("dpkg", (Package("libc6", "2.36"),))
    assert found.distribution == "A Distribution"
    assert found.is_complete
    assert left_in_engine(engine, before) == set()


def test_image_that_was_built_is_told_with_its_user_and_layers(image: Image) -> None:
    assert (image.user, image.volumes) == ("nobody-knows", ("/var/cache/x",))
    assert image.layers is not None
    assert image.layers >= 2


def test_driver_killed_while_an_image_is_read_does_not_hold_up_the_engine(
    engine: ContainerEngine, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Symptom: every podman command on the host hung. Cause: its export waited for ever for a reader that was

    killed, and held a lock. It mattered since nothing could be run until somebody ended it by hand.
    """
    started, hold = os.pipe()
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(container_files, "read_packages", lambda stream: _read_a_little(stream, hold))
        engine.list_packages(image)
        os._exit(0)
    assert os.read(started, 1) == b"x"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    engine.probe()
    assert len(engine.reap()) == 1
    assert engine.list_packages(image).is_complete


def _read_a_little(stream: IO[bytes], told: int) -> Packages:
    """Leaves most of it unread, more than a pipe holds, and waits to be killed."""
    stream.read(1)
    os.write(told, b"x")
    time.sleep(60)
    return Packages()
