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
    """Everything that stands between a submission and the host. Nothing in a manifest can change it."""

    limits: Limits
    user_id: int = SANDBOX_UID
    shared_memory_bytes: int = 64 * MIB
    output_files: int = 1000
    open_files: int = 1024
    terminate_grace_s: int = 5
    seccomp_sha256: str = ""

    def digest(self) -> Sha256:
        """Names this policy in records: two runs with the same digest ran under the same rules."""
        return digest_of(asdict(self))


def strict_policy(limits: Limits) -> SandboxPolicy:
    """The one policy under which submissions are run: these limits, and our own list of system calls."""
    return SandboxPolicy(limits, seccomp_sha256=profile_sha256())
