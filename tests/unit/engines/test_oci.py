from __future__ import annotations

import json
from dataclasses import Field, fields, replace
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.interface import RunSpec
from polyreact.engines.oci import DOCKER, PODMAN, Dialect, check_volumes, create_arguments
from polyreact.engines.policy import MIB, Limits, SandboxPolicy, strict_policy
from polyreact.engines.seccomp import SECCOMP_FILE
from polyreact.errors import EngineRefused, ImageRefused

LIMITS = Limits(
    wall_time_s=60, memory_bytes=512 * MIB, cpus=1.5, pids=64, tmp_bytes=64 * MIB, output_bytes=MIB, log_bytes=65536
)
IMAGE = make_image("localhost/model:1")
SPEC = RunSpec(
    "run-1",
    IMAGE,
    strict_policy(LIMITS),
    Path("/cache/runs/1/data"),
    Path("/cache/runs/1/output"),
    {"INPUT": "/data/x"},
)
HARDENED = [
    "create",
    "--name=polyreact-run-1",
    "--label=polyreact.run=run-1",
    "--pull=never",
    "--network=none",
    "--ipc=none",
    "--read-only",
    "--cap-drop=ALL",
    "--user=61001:61001",
    "--security-opt=no-new-privileges",
    f"--security-opt=seccomp={SECCOMP_FILE}",
    "--hostname=sandbox",
    "--no-healthcheck",
    "--memory=536870912b",
    "--memory-swap=536870912b",
    "--cpus=1.5",
    "--pids-limit=64",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=4096:4096",
    "--ulimit=core=0:0",
    "--ulimit=fsize=67108864",
]
BINDS = [
    "--mount=type=bind,source=/cache/runs/1/data,destination=/data,readonly",
    "--mount=type=bind,source=/cache/runs/1/output,destination=/output",
]


def test_create_arguments_docker_are_the_whole_profile() -> None:
    assert create_arguments(SPEC, DOCKER, {"polyreact.run": "run-1"}) == [
        *HARDENED,
        *BINDS,
        "--tmpfs=/dev/shm:rw,size=67108864,mode=1777,nosuid,nodev,noexec",
        "--tmpfs=/tmp:rw,size=67108864,mode=1777,nosuid,nodev,noexec",
        "--log-driver=json-file",
        "--log-opt=max-size=1048576",
        "--log-opt=max-file=1",
        "--env=INPUT=/data/x",
        IMAGE.image_id,
    ]


def test_create_arguments_podman_are_the_whole_profile() -> None:
    assert create_arguments(SPEC, PODMAN, {"polyreact.run": "run-1"}) == [
        *HARDENED,
        "--timeout=125",
        *BINDS,
        "--tmpfs=/dev/shm:rw,size=67108864,mode=1777,nosuid,nodev,noexec,notmpcopyup",
        "--tmpfs=/tmp:rw,size=67108864,mode=1777,nosuid,nodev,noexec,notmpcopyup",
        "--log-driver=k8s-file",
        "--log-opt=max-size=1048576",
        "--read-only-tmpfs=false",
        "--image-volume=ignore",
        "--http-proxy=false",
        "--no-hosts",
        "--env=INPUT=/data/x",
        IMAGE.image_id,
    ]


def test_create_arguments_with_a_user_namespace_map_all_ids() -> None:
    plain, mapped = create_arguments(SPEC, PODMAN), create_arguments(SPEC, PODMAN, first_user_id=100_000)
    assert [argument for argument in mapped if argument not in plain] == [
        "--uidmap=0:100000:65536",
        "--gidmap=0:100000:65536",
    ]


WITH_GPU = replace(SPEC, policy=strict_policy(LIMITS, gpus=1))


@pytest.mark.parametrize(
    ("dialect", "gpu", "argument"),
    [
        (DOCKER, "GPU-1f0e-22", '--gpus=device=GPU-1f0e-22,"capabilities=compute,utility"'),
        (DOCKER, "nvidia.com/gpu=0", "--device=nvidia.com/gpu=0"),
        (PODMAN, "nvidia.com/gpu=0", "--device=nvidia.com/gpu=0"),
        (PODMAN, "nvidia.com/gpu=0:1", "--device=nvidia.com/gpu=0:1"),
    ],
)
def test_create_arguments_with_a_gpu_have_one_argument_more_and_are_else_the_whole_profile(
    dialect: Dialect, gpu: str, argument: str
) -> None:
    without, given = create_arguments(SPEC, dialect), create_arguments(replace(WITH_GPU, gpus=(gpu,)), dialect)
    assert [one for one in given if one != argument] == without
    assert given.count(argument) == 1


@pytest.mark.parametrize(
    "gpu",
    [
        "",
        "all,capabilities=all",
        "-1",
        "nvidia.com/gpu=",
        "vendor.com/net=0",
        "nvidia.com/gpu=a,b",
        "a b",
        "/dev/x",
    ],
)
@pytest.mark.parametrize("dialect", [DOCKER, PODMAN])
def test_create_arguments_of_what_is_no_gpu_are_a_bug(dialect: Dialect, gpu: str) -> None:
    with pytest.raises(ValueError, match="no GPU"):
        create_arguments(replace(WITH_GPU, gpus=(gpu,)), dialect)


def test_create_arguments_podman_has_no_option_for_the_drivers_own_names() -> None:
    with pytest.raises(ValueError, match="no GPU"):
        create_arguments(replace(WITH_GPU, gpus=("GPU-1f0e-22",)), PODMAN)


@pytest.mark.parametrize("spec", [replace(SPEC, gpus=("nvidia.com/gpu=0",)), WITH_GPU], ids=["unasked", "missing"])
def test_create_arguments_give_as_many_gpus_as_the_policy_says(spec: RunSpec) -> None:
    with pytest.raises(ValueError, match="GPUs"):
        create_arguments(spec, DOCKER)


def test_policy_without_a_gpu_has_the_digest_that_it_had_before_there_were_any() -> None:
    """The records of the reference models name it: it is read from one of them."""
    record = json.loads(Path("results/polyreact-random/demo.json").read_bytes())
    limits = Limits(**record["run"]["limits"])
    assert strict_policy(limits).digest() == record["run"]["policy_sha256"]
    assert strict_policy(limits, gpus=0) == strict_policy(limits)
    assert strict_policy(limits, gpus=1).digest() != strict_policy(limits).digest()
    assert strict_policy(limits, gpus=1).is_strict
    assert not strict_policy(limits, gpus=2).is_strict


def test_create_arguments_in_a_group_keep_podmans_helper_out_of_it() -> None:
    plain, grouped = create_arguments(SPEC, PODMAN), create_arguments(SPEC, PODMAN, group="polyreact-1-2-x")
    assert [argument for argument in grouped if argument not in plain] == [
        "--cgroup-parent=/polyreact-1-2-x",
        "--cgroups=no-conmon",
    ]
    grouped = create_arguments(SPEC, DOCKER, group="polyreact-1-2-x")
    assert [argument for argument in grouped if "cgroup" in argument] == ["--cgroup-parent=/polyreact-1-2-x"]


@pytest.mark.parametrize("dialect", [DOCKER, PODMAN])
def test_create_arguments_volume_of_the_image_is_covered(dialect: Dialect) -> None:
    spec = replace(SPEC, image=replace(IMAGE, volumes=("/scratch", "/tmp", "/var/lib/model")))
    covers = [argument for argument in create_arguments(spec, dialect) if argument.startswith("--tmpfs=")]
    paths = [cover.removeprefix("--tmpfs=").partition(":")[0] for cover in covers]
    assert paths == ["/dev/shm", "/tmp", "/scratch", "/var/lib/model"]
    assert covers[2].startswith("--tmpfs=/scratch:ro,size=4096,nosuid,nodev,noexec")


@pytest.mark.parametrize(
    "path",
    [
        "/", "//", "", "relative", "/data", "/data/", "/output/x", "/proc", "/proc/sys", "/dev", "/dev/x", "/sys",
        "/etc", "/a/../data", "/a/./b", "/..", "/a,rw", "/a:rw,exec", "/a\n", "/a\x00", '/a"', "/a\\", "/\u202e",
        "/run", "/a//../b",
    ],
)  # fmt: skip
def test_create_arguments_hostile_volume_is_refused(path: str) -> None:
    assert check_volumes([path])
    with pytest.raises(ImageRefused):
        create_arguments(replace(SPEC, image=replace(IMAGE, volumes=("/fine", path))), DOCKER)


def test_check_volumes_too_many_are_refused() -> None:
    assert not check_volumes(f"/v{number}" for number in range(32))
    assert len(check_volumes(f"/v{number}" for number in range(33))) == 1


@pytest.mark.parametrize("folder", ["relative", "/a,readonly", '/a"b', "/a\nb"])
def test_create_arguments_folder_that_cannot_be_named_is_refused(folder: str) -> None:
    with pytest.raises(EngineRefused):
        create_arguments(replace(SPEC, data=Path(folder)), DOCKER)


def test_create_arguments_folder_with_colons_and_blanks_is_one_argument() -> None:
    arguments = create_arguments(replace(SPEC, output=Path("/a b:c=d")), PODMAN)
    assert "--mount=type=bind,source=/a b:c=d,destination=/output" in arguments


@pytest.mark.parametrize("run_id", ["", "-x", "A", "a b", "a/b", "a" * 64])
def test_create_arguments_run_id_unfit_for_a_name_is_a_bug(run_id: str) -> None:
    with pytest.raises(ValueError, match="name"):
        create_arguments(replace(SPEC, run_id=run_id), DOCKER)


@pytest.mark.parametrize("name", ["", "A B", "A=B", "--env"])
def test_create_arguments_odd_variable_is_a_bug(name: str) -> None:
    with pytest.raises(ValueError, match="variable"):
        create_arguments(replace(SPEC, environment={name: "x"}), DOCKER)


def test_create_arguments_policy_of_another_profile_is_a_bug() -> None:
    with pytest.raises(ValueError, match="strict_policy"):
        create_arguments(replace(SPEC, policy=SandboxPolicy(LIMITS)), DOCKER)


def test_policy_digest_any_limit_changes_it() -> None:
    assert strict_policy(LIMITS).digest() != strict_policy(replace(LIMITS, pids=65)).digest()
    assert strict_policy(LIMITS).digest() == strict_policy(replace(LIMITS)).digest()


def test_policy_digest_of_rules_that_have_not_changed_is_that_of_the_first_records() -> None:
    """A setting that becomes a field must not make every record look as if it were made under other rules."""
    first = replace(strict_policy(LIMITS), seccomp_sha256="x")
    assert first.digest() == "b2b944e47ba78b5fd7b6e1a187a09567afe06815e449626ada3220185bf27ed2"


@pytest.mark.parametrize("field", [field for field in fields(SandboxPolicy) if field.name != "limits"], ids=str)
def test_policy_any_other_setting_changes_the_digest_and_is_not_strict(field: Field[object]) -> None:
    strict = strict_policy(LIMITS)
    value = getattr(strict, field.name)
    other = {bool: not value, int: 77, str: "other", tuple: ("other",)}[type(value)]
    changed = replace(strict, **{field.name: other})
    assert strict.is_strict
    assert not changed.is_strict
    assert changed.digest() != strict.digest()


def test_create_arguments_every_setting_is_an_argument_or_held_from_outside() -> None:
    """What is not in the arguments is the time to tidy up and the number of files, which we hold ourselves."""
    strict = strict_policy(LIMITS)
    other = {bool: lambda v: not v, int: lambda v: v + 7, str: lambda v: f"{v}x", tuple: lambda v: (*v, "more")}
    spec = replace(SPEC, image=replace(IMAGE, volumes=("/scratch",)))
    without_argument = set()
    for field in fields(SandboxPolicy):
        if field.name not in {"limits", "seccomp_sha256"}:
            value = getattr(strict, field.name)
            changed = replace(spec, policy=replace(strict, **{field.name: other[type(value)](value)}))
            changed = replace(changed, gpus=("nvidia.com/gpu=0",) * changed.policy.gpus)
            if create_arguments(changed, PODMAN) == create_arguments(spec, PODMAN):
                without_argument.add(field.name)
    assert without_argument == {"output_files"}
