"""Every flag of the strict policy, what it is weakened to, and the behaviour that then no longer holds.

Most flags are taken away. Where the engine's default happens to be the same, taking it away shows nothing: then the
flag only pins what an operator's settings could change, and it is turned into what it guards against (`instead`).
Where two flags cover for each other, both are weakened (`also`), and `why` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCKER, PODMAN = "docker", "podman"


@dataclass(frozen=True)
class Flag:
    """An argument that begins with `starts`, on these engines.

    `cut` is what is taken out of it, `instead` what stands in its place; without both it is left out. `caught_by`
    is a behaviour of the conformance list, or the name of a test in test_flags.py of its own.
    """

    starts: str
    caught_by: str
    engines: tuple[str, ...] = (DOCKER, PODMAN)
    instead: str = ""
    cut: str = ""
    also: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    why: str = ""

    def __str__(self) -> str:
        return f"{self.starts}{f'~{self.cut}' if self.cut else ''}"

    def fits(self, argument: str) -> bool:
        """Whether an argument is this flag; `--read-only` is not `--read-only-tmpfs`."""
        return argument.startswith(self.starts) if self.starts[-1] in "=:/," else argument == self.starts

    def weaken(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """The arguments of `create` with this flag weakened."""
        weakened: list[str] = []
        for argument in arguments:
            if any(argument.startswith(other) for other in self.also):
                continue
            if not self.fits(argument):
                weakened.append(argument)
            elif self.cut:
                weakened.append(argument.replace(self.cut, self.instead))
            elif self.instead:
                weakened.append(self.instead)
        return tuple(weakened)


_SAME = "the engine's default is the same here; the flag pins it against an operator's settings"
_PROXY = {"http_proxy": "http://proxy.example:3128"}
_BIND, _TMP, _SHM, _SCRATCH = "--mount=type=bind,", "--tmpfs=/tmp:", "--tmpfs=/dev/shm:", "--tmpfs=/scratch:"
_ON_DISK = "test_log_on_disk_stays_small"
_BY_LABELS = "test_killed_driver_leaves_a_container_that_is_found_by_its_labels"

FLAGS = (
    Flag("--network=", "no-network", instead="--network=host", why=f"{_SAME} (a daemon without a bridge)"),
    Flag("--ipc=", "namespaces-apart", instead="--ipc=host", why=_SAME),
    Flag("--read-only", "root-read-only"),
    Flag(
        "--cap-drop=", "no-capabilities", why="the user id leaves none in effect; the bounding set is what is seen"
    ),
    Flag("--user=", "not-root"),
    Flag("--security-opt=no-new-privileges", "set-user-id-powerless"),
    Flag("--security-opt=seccomp=", "pipes-with-names-refused"),
    Flag("--hostname=", "host-name-not-told"),
    Flag(
        "--no-healthcheck", "health-check-off", (DOCKER,), why="podman leaves its health checks to systemd timers"
    ),
    Flag(
        "--memory=", "memory-bounded", also=("--memory-swap=",), why="engines refuse the second without the first"
    ),
    Flag("--memory-swap=", "swap-off"),
    Flag("--cpus=", "processors-bounded"),
    Flag("--pids-limit=", "processes-bounded", instead="--pids-limit=1000", why="podman's default is 2048"),
    Flag("--ulimit=nofile=", "open-files-bounded", instead="--ulimit=nofile=4096:4096", why=f"{_SAME} (podman)"),
    Flag(
        "--ulimit=nproc=", "processes-of-user-bounded", instead="--ulimit=nproc=8192:8192", why=f"{_SAME} (podman)"
    ),
    Flag("--ulimit=core=", "core-dumps-off"),
    Flag("--ulimit=fsize=", "file-size-bounded"),
    Flag(_BIND, "data-read-only", cut=",readonly"),
    Flag(_BIND, "output-writable", cut="destination=/output", instead="destination=/elsewhere"),
    Flag(_SHM, "python-works"),
    Flag(_SHM, "shared-memory-sized", cut="size=16777216", instead="size=99999999"),
    Flag(_SHM, "shared-memory-noexec", cut="noexec", instead="exec"),
    Flag(_TMP, "tmp-writable"),
    Flag(_TMP, "tmp-sized", cut="size=8388608", instead="size=99999999"),
    Flag(_TMP, "tmp-noexec", cut="noexec", instead="exec"),
    Flag(_TMP, "places-without-devices", cut="nosuid", instead="suid"),
    Flag(_TMP, "places-without-devices", cut="nodev", instead="dev"),
    Flag(_TMP, "places-empty", (PODMAN,), cut=",notmpcopyup", instead=",tmpcopyup"),
    Flag(_SCRATCH, "volume-covered", (DOCKER,)),
    Flag(
        _SCRATCH, "volume-covered", (PODMAN,), also=("--image-volume=",), why="either is enough: two for one hole"
    ),
    Flag(
        "--image-volume=", "volume-covered", (PODMAN,), also=(_SCRATCH,), why="either is enough: two for one hole"
    ),
    Flag("--read-only-tmpfs=", "written-places-known", (PODMAN,)),
    Flag("--http-proxy=", "environment-clean", (PODMAN,), environment=_PROXY),
    Flag("--no-hosts", "host-name-not-told", (PODMAN,)),
    Flag("--env=", "environment-told"),
    Flag("--cgroup-parent=", "test_run_is_in_the_group_that_it_is_counted_in"),
    Flag("--pull=", "test_absent_image_is_never_pulled"),
    Flag("--name=", "test_run_without_its_name_cannot_be_found"),
    Flag("--label=", _BY_LABELS),
    Flag(
        "--log-driver=", "log-bounded", instead="--log-driver=none", also=("--log-opt=",), why=f"{_SAME} (docker)"
    ),
    Flag("--log-opt=max-size=", _ON_DISK),
    Flag("--log-opt=max-file=", _ON_DISK, (DOCKER,), instead="--log-opt=max-file=9", why=_SAME),
    Flag("--timeout=", "test_container_of_a_killed_driver_ends_by_itself", (PODMAN,)),
    Flag("--cgroups=", "test_helper_of_podman_stays_out_of_the_group", (PODMAN,)),
)
