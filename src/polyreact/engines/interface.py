"""What every engine must offer, and the values that go in and out.

An engine knows images, limits and exit states, and no biology. Whatever a *submission* does is told in a
`RunExit`; exceptions are for refusals (`SubmissionError`) and for the platform's own failures (`HostError`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from polyreact.engines.packages import Packages
from polyreact.engines.policy import SandboxPolicy
from polyreact.images import ImageReference

#: Where the contract's folders stand inside a container.
DATA_MOUNT = "/data"
OUTPUT_MOUNT = "/output"

#: Who can tell that the kernel killed something at a memory limit.
MemoryWitness = Literal["engine", "control group", "kernel log"]


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine says of itself; kept in every record."""

    name: str
    version: str
    runtime: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image that stands on this machine, ready to run.

    `image_id` is the digest of its configuration (`sha256:...`), equal in docker and podman for the same
    pulled image. `digest` is the manifest digest it was pulled by, None for one that was built here.
    `reference` is what the engine is told to run; never looked up at a registry. `user` is the one that the image
    asks to be run as (it is not), empty for root; `layers` is None where the engine does not tell.
    """

    reference: str
    image_id: str
    digest: str | None
    size_bytes: int
    architecture: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    layers: int | None = None


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One container to run. `data` and `output` are folders on this host, `gpus` as many as the policy says."""

    run_id: str
    image: Image
    policy: SandboxPolicy
    data: Path
    output: Path
    environment: Mapping[str, str]
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunExit:
    """How a container ended, as observed from outside.

    `wall_s` counts from the moment the engine says that the process started, so start-up is not counted.

    `cpu_s` and `peak_memory_bytes` are the kernel's count. It includes what the engine's runtime needs to start
    the program (runc: 0.02 s, and a peak of 3 to 5 MB before the program's own) and, as memory, what the
    program put into /tmp and /output and the files it was the first to read.
    Where the run can have a control group of its own (root on the engine's own host, and the engine manages
    its groups itself and not through systemd) they are read after the end and whole. Elsewhere the container's
    group is looked at every 50 ms while it runs: then they miss what came after the last look, and are None
    when there were fewer than three looks. None also where the host does not show the group.

    `memory_kills_seen_by` names who saw that something in the container was killed at its memory limit: the
    `engine` itself, the `control group`'s count, or the `kernel log`. `stood_at_memory_limit` alone is no such
    evidence: files that were read fill memory up to the limit as well, and are given back when memory is wanted.
    `start_error` says why the process never started; it may be published: one line of at most 300 visible
    characters, without what names this host. `clock_was_set`: the host's clock was moved meanwhile, so that
    `wall_s` was counted by another. `log` is the end of stdout and stderr, at most the policy's
    `log_bytes`.
    """

    exit_code: int
    started_at: datetime
    wall_s: float
    timed_out: bool = False
    memory_kills_seen_by: tuple[MemoryWitness, ...] = ()
    stood_at_memory_limit: bool = False
    start_error: str | None = None
    engine_error: str | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    clock_was_set: bool = False
    log: bytes = b""

    @property
    def out_of_memory(self) -> bool:
        """Whether something in the container was seen to be killed at its memory limit."""
        return bool(self.memory_kills_seen_by)


class Engine(Protocol):
    """Docker, podman, or a plain process for development."""

    @property
    def name(self) -> str:
        """`docker`, `podman` or `process`."""

    @property
    def is_sandbox(self) -> bool:
        """Whether a hostile submission may be run; only then are its scores ranked."""

    @property
    def first_user_id(self) -> int:
        """The host's id of the user who is 0 inside; 0 where containers have no user namespace of their own."""

    def missing_limits(self) -> tuple[str, ...]:
        """What of the strict policy the engine itself says that it cannot hold on this host, in plain words.

        Empty for a host fit for ranked runs. Whether what it says is true is tried by `conformance`.
        """

    def list_gpus(self) -> tuple[str, ...]:
        """The GPUs of this host that the engine can pass on to a run, by the names it takes.

        Raises NoEngine, and BadSetting where POLYREACT_GPUS names another.
        """

    def probe(self) -> EngineFacts:
        """Ask the engine what it is. Raises NoEngine when it does not answer."""

    def build(
        self,
        folder: Path,
        tag: str,
        build_arguments: Mapping[str, str],
        *,
        offline: bool = False,
        architecture: str | None = None,
    ) -> Image:
        """Build the folder's Dockerfile as `localhost/<...>:<tag>`; `offline` cuts the build's network.

        `architecture` is what the image is for (`amd64`), by default what this host is.
        Raises BuildFailed with the end of the build log, RegistryFailed where a base image could not be asked
        for. When it is interrupted, nothing of the build goes on or is left behind.
        """

    def import_root(self, archive: Path, tag: str, environment: Mapping[str, str]) -> Image:
        """Make an image from a tar file of a root file system. Raises EngineFailed."""

    def find_image(self, reference: str) -> Image | None:
        """An image on this machine, by name or id; a registry is never asked."""

    def fetch_image(self, reference: ImageReference) -> Image:
        """The image on this machine, pulled by its digest if need be; local references are never pulled.

        Raises ImageMissing, ImageRefused (another architecture, nothing to run, too large, volumes that cannot be
        covered), RegistryFailed. The image's files are not looked at.
        """

    def push(self, image: Image, reference: ImageReference) -> None:
        """Send an image of this machine to its registry by name and tag, with the credentials of who runs this.

        Raises NotPushed where the registry does not take it.
        """

    def list_packages(self, image: Image) -> Packages | None:
        """The packages that an image says it holds, read from its files, of which nothing is run.

        None where there is no image to read. Raises EngineFailed.
        """

    def run(self, spec: RunSpec, on_tick: Callable[[float], None] | None = None) -> RunExit:
        """Create, start, wait, stop at the time limit (TERM, then KILL), and always remove.

        `on_tick` is called about once a second with the seconds since the start. Raises EngineFailed when the
        engine itself fails; a container that could not start is told in the RunExit. On return, and on any
        exception, the container is gone.
        """

    def reap(self) -> tuple[str, ...]:
        """Remove what killed runs left behind, found by label and name, and what a failed run of ours could not.

        The names of what was removed. Raises EngineFailed.
        """
