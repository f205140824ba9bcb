"""An image's files as a stream: through a container that is made, never started, and removed."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping

from polyreact.engines.command_line import CommandLine, kill_group
from polyreact.engines.container_run import Verbs, remove_container
from polyreact.engines.interface import Image
from polyreact.engines.oci import Dialect, check_volumes, container_name
from polyreact.engines.packages import Packages, read_packages
from polyreact.engines.reaping import owner_labels
from polyreact.errors import EngineFailed, ImageRefused

MOST_SECONDS = 900.0
_MOST_PADDING_BYTES = 1 << 20
_END_S = 30.0
#: PR_SET_PDEATHSIG is 1 and SIGKILL 9; a parent that died before that was said is noticed by its number.
_END_WITH_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "os.getppid() == int(sys.argv[1]) and os.execvp(sys.argv[2], sys.argv[2:])"
)


def list_packages(command: CommandLine, verbs: Verbs, image: Image) -> Packages:
    """The packages that an image says it holds; nothing of it is run. Raises EngineFailed and ImageRefused."""
    if findings := check_volumes(image.volumes):
        raise ImageRefused("the image declares volumes that cannot be covered", findings=findings)
    run_id = f"files-{secrets.token_hex(8)}"
    name = container_name(run_id)
    try:
        created = command.run(*_create_arguments(image, name, owner_labels(run_id, MOST_SECONDS), verbs.dialect))
        if created.exit_code:
            raise EngineFailed("the engine could not look into an image", detail=created.error_text)
        return _read_export(command, name)
    finally:
        remove_container(command, verbs, name)


def _read_export(command: CommandLine, name: str) -> Packages:
    with _ended_with_us(command).started("export", name) as process:
        timer = threading.Timer(MOST_SECONDS, kill_group, [process])
        timer.start()
        try:
            if process.stdout is None:
                raise EngineFailed("the engine gave no stream of an image's files")
            found = read_packages(process.stdout)
            if not found.is_complete:
                return found
            process.stdout.read(_MOST_PADDING_BYTES)
            _validate_end(process)
        finally:
            timer.cancel()
    return found


def _ended_with_us(command: CommandLine) -> CommandLine:
    """The same command line, ended by the kernel when this process is killed.

    Podman's export never ends when nobody reads what it writes, and holds a lock that all of podman waits for.
    """
    if sys.platform != "linux":
        return command
    program = (sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()))
    return CommandLine((*program, *command.program), command.environment)


def _validate_end(process: subprocess.Popen[bytes]) -> None:
    """An engine that fails between two files leaves a stream that looks whole."""
    try:
        exit_code = process.wait(_END_S)
    except subprocess.TimeoutExpired as error:
        raise EngineFailed("the engine did not come to the end of an image's files") from error
    if exit_code:
        raise EngineFailed("the engine did not give an image's files to their end")


def _create_arguments(image: Image, name: str, labels: Mapping[str, str], dialect: Dialect) -> list[str]:
    """What the image declares is overridden: it is made for its files, and could not even be started."""
    return [
        "create",
        f"--name={name}",
        *(f"--label={key}={value}" for key, value in labels.items()),
        "--pull=never",
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--user=61001:61001",
        "--entrypoint=/never-started",
        "--no-healthcheck",
        *(f"--tmpfs={path}:ro,size=4096" for path in image.volumes),  # else a folder on this host's disk
        *dialect.extra,
        image.image_id,
    ]
