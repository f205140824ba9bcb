"""A plain process on this host, for developing a model without a container engine.

THERE IS NO ISOLATION HERE. The program runs as the user who started it, with that user's files and network.
Only the wall time, the size of files and the kept log are limited. What runs here is never ranked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from polyreact.engines.command_line import CommandLine, kill_group
from polyreact.engines.interface import DATA_MOUNT, OUTPUT_MOUNT, EngineFacts, Image, RunExit, RunSpec
from polyreact.errors import EngineFailed, EngineRefused, ImageMissing
from polyreact.images import ImageReference

PROGRAM = "predict.py"
_SAMPLE_S = 0.02
_SIGNAL_BASE = 128
_PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")


class ProcessEngine:
    """Runs `<python> predict.py` of a folder, where an `Image` is that folder. No sandbox."""

    name = "process"
    is_sandbox = False
    first_user_id = 0

    def __init__(self, python: Path, environment: Mapping[str, str]) -> None:
        self._python = python
        self._environment = {key: environment[key] for key in _PASSED_ON if key in environment}

    def probe(self) -> EngineFacts:
        """It is always there."""
        return EngineFacts(self.name, platform.python_version(), "none")

    def build(
        self,
        folder: Path,
        tag: str,
        build_arguments: Mapping[str, str],
        *,
        offline: bool = False,
        architecture: str | None = None,
    ) -> Image:
        """The folder itself; its Dockerfile is not looked at."""
        del tag, build_arguments, offline, architecture
        image = self.find_image(str(folder))
        if image is None:
            raise ImageMissing(f"there is no {PROGRAM} in {folder}", cure=f"The process engine runs `{PROGRAM}`.")
        return image

    def import_root(self, archive: Path, tag: str, environment: Mapping[str, str]) -> Image:
        """Not possible without containers."""
        del archive, tag, environment
        raise EngineRefused("the process engine has no images", cure="Use `--engine podman` or `--engine docker`.")

    def find_image(self, reference: str) -> Image | None:
        """A folder that holds predict.py."""
        program = Path(reference) / PROGRAM
        if not program.is_file():
            return None
        content = program.read_bytes()
        return Image(
            reference=str(program.parent.absolute()),
            image_id=f"sha256:{hashlib.sha256(content).hexdigest()}",
            digest=None,
            size_bytes=len(content),
            architecture=platform.machine(),
            entrypoint=(str(self._python), PROGRAM),
            command=(),
        )

    def fetch_image(self, reference: ImageReference) -> Image:
        """Not possible without containers."""
        raise EngineRefused(
            f"the process engine cannot run the image {reference}",
            cure="Use `--engine podman` or `--engine docker`, or name a folder.",
        )

    def push(self, image: Image, reference: ImageReference) -> None:
        """Not possible without containers."""
        del image, reference
        raise EngineRefused("the process engine has no images", cure="Use `--engine podman` or `--engine docker`.")

    def list_packages(self, image: Image) -> None:
        """There is no image."""
        del image

    def run(self, spec: RunSpec, on_tick: Callable[[float], None] | None = None) -> RunExit:
        """Run predict.py until its end or the time limit, without any isolation."""
        command = CommandLine((str(self._python), PROGRAM), self._environment_of(spec))
        log_file = spec.output.parent / f".{spec.run_id}.log"
        started_at, zero = datetime.now(UTC), time.monotonic()
        try:
            with log_file.open("w+b") as log:
                with command.started(merged=True, sink=log, folder=Path(spec.image.reference)) as process:
                    _limit_files(process, spec)
                    timed_out = _wait(process, spec, zero, on_tick)
                wall_s = time.monotonic() - zero
                return RunExit(
                    exit_code=_shell_code(process.returncode),
                    started_at=started_at,
                    wall_s=wall_s,
                    timed_out=timed_out,
                    log=_end_of(log.fileno(), spec.policy.limits.log_bytes),
                )
        except EngineFailed:
            return RunExit(127, started_at, 0.0, start_error=f"`python {PROGRAM}` cannot be started")
        finally:
            log_file.unlink(missing_ok=True)

    def missing_limits(self) -> tuple[str, ...]:
        """All: nothing but the time and the size of files is limited."""
        return ("the network", "the file system", "memory", "processor time", "processes", "system calls")

    def list_gpus(self) -> tuple[str, ...]:
        """None that it could give: the program sees whatever this host's own programs see."""
        return ()

    def reap(self) -> tuple[str, ...]:
        """Nothing is left behind that could be found again."""
        return ()

    def _environment_of(self, spec: RunSpec) -> dict[str, str]:
        """What the contract promises, with its folders named as they are on this host."""
        places = ((DATA_MOUNT, spec.data), (OUTPUT_MOUNT, spec.output))
        environment = dict(self._environment)
        for key, value in spec.environment.items():
            mounted = [
                folder / value[len(mount) + 1 :] for mount, folder in places if value.startswith(f"{mount}/")
            ]
            environment[key] = str(mounted[0]) if mounted else value
        return environment


def _wait(
    process: subprocess.Popen[bytes], spec: RunSpec, zero: float, on_tick: Callable[[float], None] | None
) -> bool:
    """Wait for the end; TERM at the time limit, then KILL. Whether the limit was reached."""
    limit_s = spec.policy.limits.wall_time_s
    next_tick = 1.0
    timed_out = False
    while process.poll() is None:
        elapsed_s = time.monotonic() - zero
        if not timed_out and elapsed_s >= limit_s:
            timed_out = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        if elapsed_s >= limit_s + spec.policy.terminate_grace_s:
            kill_group(process)
        if on_tick and elapsed_s >= next_tick:
            next_tick = elapsed_s + 1.0
            on_tick(elapsed_s)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SAMPLE_S)
    return timed_out


def _limit_files(process: subprocess.Popen[bytes], spec: RunSpec) -> None:
    """Cap every file the process writes, its log among them. Where the host cannot, there is no cap."""
    most = max(spec.policy.limits.output_bytes, spec.policy.limits.log_bytes)
    with contextlib.suppress(OSError, AttributeError):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))


def _shell_code(returncode: int) -> int:
    return returncode if returncode >= 0 else _SIGNAL_BASE - returncode


def _end_of(handle: int, most: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, most, max(0, size - most))
