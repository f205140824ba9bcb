"""Docker asked what it is, with programs in the place of its command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polyreact.engines.docker import DockerEngine
from polyreact.errors import NoEngine


def test_probe_of_an_old_client_without_a_daemon_is_no_engine(tmp_path: Path) -> None:
    """Symptom: KeyError 'ServerVersion' on a fresh machine. Cause: clients up to 20.10 answer `docker info`

    with exit status 0 and the error inside the JSON. It mattered since podman was there and was never tried.
    """
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "*context*) echo unix:///run/docker.sock ;;\n"
        '*) echo \'{"ID": "", "ServerErrors": ["Cannot connect to the Docker daemon"]}\' ;;\n'
        "esac\n"
    )
    program.chmod(0o755)

    with pytest.raises(NoEngine) as caught:
        DockerEngine({"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}).probe()

    assert "Cannot connect" in caught.value.render() + caught.value.detail
