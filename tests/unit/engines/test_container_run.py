"""Runs against a command line that only answers what it is told, for ends that real engines seldom show."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.command_line import CommandLine
from polyreact.engines.container_run import Verbs, run_container
from polyreact.engines.interface import RunExit, RunSpec
from polyreact.engines.oci import DOCKER
from polyreact.engines.policy import MIB, Limits, strict_policy
from polyreact.engines.run_group import RunGroup
from polyreact.errors import EngineFailed, ImageMissing

LIMITS = Limits(wall_time_s=9, memory_bytes=MIB, cpus=1, pids=9, tmp_bytes=MIB, output_bytes=MIB, log_bytes=999)
VERBS = Verbs(DOCKER, wait=("wait",), remove=("rm",))
STATE = (
    '{"Pid": 0, "Running": %s, "ExitCode": 137, "OOMKilled": false, "Error": "",'
    ' "StartedAt": "2026-01-02T03:04:05.5Z", "FinishedAt": "2026-01-02T03:04:07Z"}'
)


def run(folder: Path, group: RunGroup | None = None, **answers: str) -> RunExit:
    """`answers` are shell commands by the engine's verb; every verb that was used is written down."""
    cases = {
        "create": "true",
        "start": "true",
        "wait": "true",
        "inspect": f"echo 'c0ffee {STATE % 'false'}'",
        "logs": "echo log",
        "rm": "true",
        **answers,
    }
    script = folder / "engine"
    branches = "\n".join(f"{verb}) {command} ;;" for verb, command in cases.items())
    script.write_text(f'echo "$1" >> {folder}/verbs\ncase "$1" in\n{branches}\nesac\n')
    spec = RunSpec("r1", make_image("localhost/x:1"), strict_policy(LIMITS), folder / "d", folder / "o", {})
    command = CommandLine(("/bin/sh", str(script)), {"PATH": "/usr/bin:/bin"})
    return run_container(command, VERBS, spec, None, group)


def verbs_of(folder: Path) -> list[str]:
    return (folder / "verbs").read_text().split()


def test_run_ordinary_end_is_told_and_removed(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert (ended.exit_code, ended.wall_s, ended.log) == (137, 1.5, b"log\n")
    assert sorted(verbs_of(tmp_path)) == ["create", "inspect", "logs", "rm", "start", "wait"]
    assert verbs_of(tmp_path)[-1] == "rm"


def test_run_too_short_to_be_looked_at_is_told_from_its_own_group(tmp_path: Path) -> None:
    (tmp_path / "memory.max_usage_in_bytes").write_text("4096\n")
    (tmp_path / "cpuacct.usage").write_text("250000000\n")
    ended = run(tmp_path, RunGroup("polyreact-1-2-r1", {"memory": tmp_path, "cpuacct": tmp_path}))
    assert (ended.cpu_s, ended.peak_memory_bytes) == (0.25, 4096)


def test_run_too_short_to_be_looked_at_without_its_own_group_tells_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert (ended.cpu_s, ended.peak_memory_bytes) == (None, None)


def test_run_what_podmans_helper_leaves_behind_stays_in_the_runs_folder(tmp_path: Path) -> None:
    """An empty file `oom` stood in the user's current folder after a run that had taken too much memory."""
    run(tmp_path, start="touch oom")
    assert (tmp_path / "oom").exists()


def set_clock_once(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    """From the second look at it on this host's clock is another; the engine's own times tell 1.5 seconds."""
    looks = itertools.count()
    told = time.time
    monkeypatch.setattr(time, "time", lambda: told() + (by_s if next(looks) > 1 else 0))


@pytest.mark.parametrize("by_s", [3600.0, -3600.0])
def test_run_whose_clock_was_set_is_timed_by_the_one_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_s: float
) -> None:
    set_clock_once(monkeypatch, by_s)
    ended = run(tmp_path, wait="sleep 0.2")
    assert ended.clock_was_set
    assert ended.wall_s != 1.5
    assert not ended.timed_out


def test_run_whose_clock_is_off_by_little_is_timed_by_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock_once(monkeypatch, 0.1)
    ended = run(tmp_path)
    assert (ended.clock_was_set, ended.wall_s) == (False, 1.5)


def test_run_that_started_long_ago_by_the_engines_clock_is_not_stopped_before_its_time(tmp_path: Path) -> None:
    """Symptom: with an engine whose clock is behind a run lost up to a minute of its time. Cause: by that clock it

    had started before it was asked to. It mattered since a run was stopped that had time left.
    """
    run(tmp_path, wait="sleep 0.3")
    assert "kill" not in verbs_of(tmp_path)


def test_run_daemon_restarted_under_it_is_not_the_submissions_end(tmp_path: Path) -> None:
    """A restarted daemon kills its containers with status 137, as the memory limit does."""
    with pytest.raises(EngineFailed, match="lost sight"):
        run(tmp_path, wait="exit 1")
    assert verbs_of(tmp_path)[-1] == "rm"


def test_run_daemon_gone_under_it_tells_the_first_failure(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="lost sight"):
        run(tmp_path, inspect="exit 1", rm="exit 1")


def test_run_that_cannot_be_removed_is_the_engines_failure(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="could not be removed"):
        run(tmp_path, rm="exit 1")
    assert verbs_of(tmp_path).count("rm") == 3


@pytest.mark.parametrize(
    "complaint",
    [
        "crun: setrlimit RLIMIT_NOFILE: Operation not permitted",
        "fork/exec /usr/bin/conmon: no such file or directory",
        "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
    ],
)
def test_run_start_that_fails_for_the_engines_own_reasons_is_its_failure(tmp_path: Path, complaint: str) -> None:
    with pytest.raises(EngineFailed, match="could not start"):
        run(tmp_path, start=f"echo '{complaint}' >&2; exit 126")


@pytest.mark.parametrize(
    "complaint",
    [
        'OCI runtime create failed: exec: "/nope": stat /nope: no such file or directory: unknown',
        'runc create failed: unable to start container process: exec: "x": executable file not found in $PATH',
        "crun: executable file `/nope` not found in $PATH: No such file or directory",
        'exec: "/data": permission denied: unknown',
        'error mounting "/d" to rootfs at "/data": not a directory: unknown',
    ],
)
def test_run_entrypoint_that_cannot_start_is_told(tmp_path: Path, complaint: str) -> None:
    (tmp_path / "complaint").write_text(complaint)
    ended = run(tmp_path, start=f"cat {tmp_path}/complaint >&2; exit 1")
    assert ended.start_error is not None
    assert ended.exit_code == 127
    assert str(tmp_path) not in ended.start_error


def test_run_image_removed_meanwhile_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageMissing):
        run(tmp_path, create="echo 'Error: No such image: sha256:1' >&2; exit 1")


def test_run_name_in_use_removes_nothing(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed):
        run(tmp_path, create="echo 'Conflict. The container name is already in use' >&2; exit 125")
    assert verbs_of(tmp_path) == ["create"]


@pytest.mark.parametrize(
    "complaint",
    [
        'unable to start container "c0ffee": workdir "/w" exists on container c0ffee, but is not a directory',
        "runc create failed: unable to start container process: error during container init: mkdir /w: file exists",
        "creating container c0ffee workdir: mkdir /var/lib/containers/storage/overlay/x/merged/w: not a directory",
        "Error response from daemon: Cannot mkdir: /w is not a directory",
        "Error response from daemon: evalSymlinksInScope: too many links in /var/lib/docker/overlay2/x/merged/w",
        "Error response from daemon: lstat /var/lib/docker/overlay2/x/merged/w/x: not a directory",
    ],
)
def test_run_workdir_that_is_no_folder_is_the_images_fault(tmp_path: Path, complaint: str) -> None:
    """Symptom: E403, the platform's failure, for an image whose WORKDIR is a file. Cause: these texts were

    not known. It mattered since such a run is never recorded and is repeated for ever.
    """
    (tmp_path / "complaint").write_text(complaint)
    reason = run(tmp_path, start=f"cat {tmp_path}/complaint >&2; exit 1").start_error
    assert reason is not None
    assert "/var/lib" not in reason


HOSTILE = "/no/such\x1b[31mRED\x1b]0;t\x07\u202eevil\nE999 forged"


@pytest.mark.parametrize(
    "program",
    [HOSTILE, "/" + "x" * 20_000, "/" + "a" * 20_000, "/merged" * 3000, "mount to: " * 3000, "/\n" * 9000],
)
def test_run_start_error_of_a_hostile_entrypoint_is_fit_to_be_published(tmp_path: Path, program: str) -> None:
    """Symptom: escape sequences, container ids, host paths and 64 KiB of text in published records. Cause: the

    engine's complaint was kept as it was, and it repeats the image's ENTRYPOINT. It mattered since an image could
    write into the operator's terminal and onto the board.
    """
    identity = "0123456789abcdef" * 4
    (tmp_path / "complaint").write_text(
        f'Error: unable to start container "{identity}": runc create failed: exec: "/x": stat {program}: '
        f"{identity}: {tmp_path}/o: /var/lib/docker/overlay2/{identity}/merged/x: no such file or directory"
    )
    reason = run(tmp_path, start=f"cat {tmp_path}/complaint >&2; exit 1").start_error
    assert reason is not None
    assert reason.isprintable()
    assert len(reason) <= 300
    assert "01234567" not in reason
    assert "/var/lib" not in reason
    assert str(tmp_path) not in reason
    assert reason.endswith("no such file or directory")
