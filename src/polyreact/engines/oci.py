"""The hardened profile, as arguments of `docker create` and `podman create`: pure, one builder for both.

Nothing here runs anything. What differs between the two command lines is a `Dialect` value. Why each setting
is there is told in docs/explanation/sandbox.md; what it must achieve is held by `conformance`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from polyreact.engines.gpus import CDI_KIND
from polyreact.engines.interface import DATA_MOUNT, OUTPUT_MOUNT, RunSpec
from polyreact.engines.policy import USER_NAMESPACE_SIZE, SandboxPolicy
from polyreact.engines.seccomp import SECCOMP_FILE, profile_sha256
from polyreact.errors import EngineRefused, Finding, ImageRefused

NAME_PREFIX = "polyreact-"
MAX_VOLUMES = 32
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GPU = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_.+@ -]+)+")
#: Covering these would break the container or uncover what the engine masks.
_RESERVED = ("/proc", "/sys", "/dev", "/run", "/etc", DATA_MOUNT, OUTPUT_MOUNT)
_COVERED_ANYHOW = ("/tmp", "/dev/shm")  # noqa: S108 - paths inside the container


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one engine's `create` calls differently from the other's."""

    log_driver: str
    log_options: tuple[str, ...] = ()
    tmpfs_options: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    beside_group: tuple[str, ...] = ()
    has_own_timeout: bool = False
    has_gpus_option: bool = False


DOCKER = Dialect(log_driver="json-file", log_options=("max-file=1",), has_gpus_option=True)

#: Podman fills /run and /var/tmp with unsized memory unless told not to, copies an image's files into every
#: tmpfs, hands over the host's proxy settings and host names, puts a helper of its own beside the container
#: into a control group that it is told to use, and can end a container by itself.
PODMAN = Dialect(
    log_driver="k8s-file",
    tmpfs_options=("notmpcopyup",),
    extra=("--read-only-tmpfs=false", "--image-volume=ignore", "--http-proxy=false", "--no-hosts"),
    beside_group=("--cgroups=no-conmon",),
    has_own_timeout=True,
)


def container_name(run_id: str) -> str:
    """The one name a run's container may have."""
    return f"{NAME_PREFIX}{run_id}"


def create_arguments(
    spec: RunSpec,
    dialect: Dialect,
    labels: Mapping[str, str] | None = None,
    group: str | None = None,
    first_user_id: int = 0,
) -> list[str]:
    """Everything after `docker` or `podman` that makes the container of one run, without starting it.

    `group` names the top-level control group to put the container in, instead of the engine's own choice. With a
    `first_user_id` the container gets a user namespace of its own, whose ids are the host's from that one on.
    Raises ImageRefused for volumes that cannot be covered, EngineRefused for folders that cannot be named.
    """
    if not _RUN_ID.fullmatch(spec.run_id):
        raise ValueError(f"run id {spec.run_id!r} cannot be part of a container's name")
    if spec.policy.seccomp_sha256 != profile_sha256():
        raise ValueError("the policy names another system call profile than the one shipped; use strict_policy")
    return [
        "create",
        f"--name={container_name(spec.run_id)}",
        *_flags("--label", (labels or {}).items()),
        *_isolation(spec.policy),
        *_user_namespace(first_user_id),
        *_limits(spec.policy, dialect),
        *((f"--cgroup-parent=/{group}", *dialect.beside_group) if group else ()),
        *_mounts(spec, dialect),
        *_gpus(spec, dialect),
        *_log(spec.policy, dialect),
        *dialect.extra,
        *_environment(spec.environment),
        spec.image.image_id,
    ]


def check_volumes(volumes: Iterable[str]) -> list[Finding]:
    """What is wrong with an image's VOLUMEs: each becomes an argument, and the image may be hostile."""
    wanted = tuple(volumes)
    findings = [Finding("VOLUME", problem) for path in wanted if (problem := _volume_problem(path))]
    if len(wanted) > MAX_VOLUMES:
        findings.append(Finding("VOLUME", f"{len(wanted)} are declared; at most {MAX_VOLUMES} are allowed"))
    return findings


def _isolation(policy: SandboxPolicy) -> list[str]:
    user = policy.user_id
    return [
        f"--pull={policy.pull}",
        f"--network={policy.network}",
        f"--ipc={policy.ipc}",
        *(["--read-only"] if policy.read_only_root else []),
        *(f"--cap-drop={name}" for name in policy.dropped_capabilities),
        f"--user={user}:{user}",
        *([] if policy.new_privileges else ["--security-opt=no-new-privileges"]),
        f"--security-opt=seccomp={SECCOMP_FILE}",
        f"--hostname={policy.hostname}",
        *([] if policy.health_check else ["--no-healthcheck"]),
        *(["--init"] if policy.init else []),
    ]


def _user_namespace(first_user_id: int) -> list[str]:
    if not first_user_id:
        return []
    ids = f"0:{first_user_id}:{USER_NAMESPACE_SIZE}"
    return [f"--uidmap={ids}", f"--gidmap={ids}"]


def _limits(policy: SandboxPolicy, dialect: Dialect) -> list[str]:
    limits = policy.limits
    arguments = [
        f"--memory={limits.memory_bytes}b",
        f"--memory-swap={limits.memory_bytes + policy.swap_bytes}b",
        f"--cpus={limits.cpus:g}",
        f"--pids-limit={limits.pids}",
        _ulimit("nofile", policy.open_files),
        _ulimit("nproc", policy.user_processes),
        _ulimit("core", policy.core_bytes),
        f"--ulimit=fsize={policy.file_bytes}",
    ]
    if dialect.has_own_timeout:
        # Ends the container even when we are dead; our own clock always comes first.
        arguments.append(f"--timeout={limits.wall_time_s + policy.terminate_grace_s + policy.backstop_s}")
    return arguments


def _ulimit(name: str, most: int) -> str:
    return f"--ulimit={name}={most}:{most}"


def _mounts(spec: RunSpec, dialect: Dialect) -> list[str]:
    if findings := check_volumes(spec.image.volumes):
        raise ImageRefused(
            "the image declares volumes that cannot be covered", findings=findings, consequence="It was not run."
        )
    policy = spec.policy
    covered = [path for path in spec.image.volumes if path.rstrip("/") not in _COVERED_ANYHOW]
    return [
        _bind(spec.data, DATA_MOUNT, read_only=policy.read_only_input),
        _bind(spec.output, OUTPUT_MOUNT, read_only=False),
        _tmpfs("/dev/shm", f"rw,size={policy.shared_memory_bytes},mode=1777", policy, dialect),  # noqa: S108
        _tmpfs("/tmp", f"rw,size={policy.limits.tmp_bytes},mode=1777", policy, dialect),  # noqa: S108
        *(_tmpfs(path, f"ro,size={policy.volume_bytes}", policy, dialect) for path in covered),
    ]


def _bind(source: Path, target: str, *, read_only: bool) -> str:
    text = str(source)
    # The value is read as one line of CSV, so these characters would end a field or begin another.
    if not source.is_absolute() or any(character in text for character in ',"\n\r'):
        raise EngineRefused(
            f"a container cannot be given the folder {text!r}",
            cure="Set POLYREACT_CACHE to an absolute path without commas, quotes and line ends.",
        )
    return f"--mount=type=bind,source={text},destination={target}" + (",readonly" if read_only else "")


def _tmpfs(path: str, options: str, policy: SandboxPolicy, dialect: Dialect) -> str:
    return f"--tmpfs={path}:" + ",".join((options, *policy.place_options, *dialect.tmpfs_options))


def _gpus(spec: RunSpec, dialect: Dialect) -> list[str]:
    """The GPUs of the run: by CDI where they are so named, else by docker's own option."""
    if len(spec.gpus) != spec.policy.gpus:
        raise ValueError(f"the policy gives {spec.policy.gpus} GPUs, and the run was given {len(spec.gpus)}")
    arguments = []
    for gpu in spec.gpus:
        kind, is_cdi, name = gpu.rpartition("=")
        if not _GPU.fullmatch(name) or (is_cdi and kind != CDI_KIND) or not (is_cdi or dialect.has_gpus_option):
            raise ValueError(f"{gpu!r} is no GPU that this engine can be given")
        # For computing and for asking what there is; not for graphics, video or a display.
        arguments.append(f"--device={gpu}" if is_cdi else f'--gpus=device={name},"capabilities=compute,utility"')
    return arguments


def _log(policy: SandboxPolicy, dialect: Dialect) -> list[str]:
    return [
        f"--log-driver={dialect.log_driver}",
        *(f"--log-opt={option}" for option in (f"max-size={policy.log_file_bytes}", *dialect.log_options)),
    ]


def _environment(environment: Mapping[str, str]) -> list[str]:
    for name, value in environment.items():
        if not _VARIABLE.fullmatch(name) or "\0" in value:
            raise ValueError(f"{name!r} cannot be an environment variable")
    return _flags("--env", sorted(environment.items()))


def _flags(flag: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{flag}={name}={value}" for name, value in pairs]


def _volume_problem(path: str) -> str | None:
    if not _PLAIN_PATH.fullmatch(path.rstrip("/")) or not path.isprintable():
        return f"{path!r:.80} is not a plain absolute path"
    parts = PurePosixPath(path).parts
    if ".." in parts or "." in path.split("/"):
        return f"`{path}` has a step that is `.` or `..`"
    if path.rstrip("/") in _COVERED_ANYHOW:
        return None
    for reserved in _RESERVED:
        inner, outer = PurePosixPath(path), PurePosixPath(reserved)
        if inner == outer or outer in inner.parents or inner in outer.parents:
            return f"`{path}` would cover or lie in `{reserved}`"
    return None
