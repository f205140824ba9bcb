"""The sandbox settings of a run, as one frozen value; `oci` turns it into arguments."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from polyreact.engines.seccomp import profile_sha256
from polyreact.files import Sha256, digest_of

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

#: A user and group id that exist nowhere. Not 65534: ext4 may let that one use its reserved blocks.
SANDBOX_UID = 61001
#: A submission that declares a GPU gets one.
MAX_GPUS = 1
#: How many ids a user namespace has, where an organiser's host gives containers one: the sandbox's is among them.
USER_NAMESPACE_SIZE = 65536


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. A track states them, and they are the same at home and officially."""

    wall_time_s: int
    memory_bytes: int
    cpus: float
    pids: int
    tmp_bytes: int
    output_bytes: int
    log_bytes: int


@dataclass(frozen=True, slots=True)
class SandboxPolicy:
    """Everything that stands between a submission and the host. A manifest may ask for a GPU and nothing else.

    The defaults are the strict policy. docs/explanation/sandbox.md tells why each setting is there, and which
    behaviour shows it; every field is an argument of the container or a limit that is held from outside.
    """

    limits: Limits
    user_id: int = SANDBOX_UID
    shared_memory_bytes: int = 64 * MIB
    output_files: int = 1000
    open_files: int = 1024
    terminate_grace_s: int = 5
    seccomp_sha256: str = ""
    pull: str = "never"
    network: str = "none"
    ipc: str = "none"
    hostname: str = "sandbox"
    read_only_root: bool = True
    read_only_input: bool = True
    dropped_capabilities: tuple[str, ...] = ("ALL",)
    new_privileges: bool = False
    health_check: bool = False
    init: bool = False
    swap_bytes: int = 0
    user_processes: int = 4096
    core_bytes: int = 0
    place_options: tuple[str, ...] = ("nosuid", "nodev", "noexec")
    volume_bytes: int = 4096
    backstop_s: int = 60
    gpus: int = 0

    @property
    def file_bytes(self) -> int:
        """The largest file: as large as the largest place that can be written and is sized by the track."""
        return max(self.limits.output_bytes, self.limits.tmp_bytes)

    @property
    def log_file_bytes(self) -> int:
        """Where the engine empties its log. It keeps one file, so twice what is kept leaves enough of the end."""
        return max(2 * self.limits.log_bytes, MIB)

    @property
    def is_strict(self) -> bool:
        """Whether this is the policy of ranked runs."""
        return self.gpus <= MAX_GPUS and self == strict_policy(self.limits, self.gpus)

    def digest(self) -> Sha256:
        """Names this policy in records: two runs with the same digest ran under the same rules."""
        values = asdict(self)
        same = {name for name, value in _ONCE_FIXED.items() if values[name] == value}
        return digest_of({name: value for name, value in values.items() if name not in same})


#: Settings that were constants in code when the first records were made, with their values then. Such a value is
#: left out of the digest: the rules are the same as those records', which stay comparable. Any other value, also a
#: new default, is in it. A setting that is new in effect is not listed here.
_ONCE_FIXED: dict[str, object] = {
    "pull": "never",
    "network": "none",
    "ipc": "none",
    "hostname": "sandbox",
    "read_only_root": True,
    "read_only_input": True,
    "dropped_capabilities": ("ALL",),
    "new_privileges": False,
    "health_check": False,
    "init": False,
    "swap_bytes": 0,
    "user_processes": 4096,
    "core_bytes": 0,
    "place_options": ("nosuid", "nodev", "noexec"),
    "volume_bytes": 4096,
    "backstop_s": 60,
    "gpus": 0,
}


def strict_policy(limits: Limits, gpus: int = 0) -> SandboxPolicy:
    """The one policy under which submissions are run: these limits, our own list of system calls, GPUs if any."""
    return SandboxPolicy(limits, seccomp_sha256=profile_sha256(), gpus=gpus)
