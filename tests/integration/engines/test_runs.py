from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.dockerd import client_environment, private_dockerd
from polyreact.engines.base_image import ensure_base
from polyreact.engines.cgroups import find_mounts
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.interface import Image, RunSpec
from polyreact.engines.oci import container_name
from polyreact.engines.output import bounded_output, collect, open_run_folder, release_leftovers
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.policy import KIB, MIB, Limits, strict_policy
from polyreact.errors import BuildFailed, EngineFailed, EngineRefused, ImageMissing, ImageRefused
from polyreact.images import ImageReference

NewSpec = Callable[..., RunSpec]

ONE_SECOND = Limits(
    wall_time_s=1, memory_bytes=128 * MIB, cpus=1, pids=48, tmp_bytes=8 * MIB, output_bytes=MIB, log_bytes=1000
)

LIMITS = Limits(
    wall_time_s=60, memory_bytes=128 * MIB, cpus=1, pids=48, tmp_bytes=MIB, output_bytes=MIB, log_bytes=64 * KIB
)

#: Takes 60 MiB and a tenth of a second of processor time.
BRIEF = """exec python3 -I -S -c '
import time
kept = b"x" * (60 << 20)
while time.process_time() < 0.1: pass
'
"""


def _empty_archive(folder: Path) -> Path:
    archive = folder / "root.tar"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    return archive


def _write_wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("greeting.py", 'WORD = "hello"\n')
        wheel.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(
            "greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("greeting-1.0.dist-info/RECORD", "")


def is_there(engine: ContainerEngine, run_id: str) -> bool:
    return engine._command.run("inspect", "--type=container", container_name(run_id)).exit_code == 0


def groups_of(run_id: str) -> list[Path]:
    """The control groups of a run's own that stand on this host, in any controller."""
    return [group for _, top in find_mounts().values() for group in top.glob(f"polyreact-*-{run_id}")]


def has_own_groups(engine: ContainerEngine) -> bool:
    with engine._run_group("none") as group:
        return group is not None


def test_run_any_end_tells_code_times_and_log(engine: ContainerEngine, new_spec: NewSpec) -> None:
    ticks: list[float] = []
    spec = new_spec('echo "$GREETING"; echo wrong >&2; echo kept > /output/x; sleep 1.3; exit 3')
    ended = engine.run(spec, ticks.append)
    assert ended.exit_code == 3
    # Docker reads the two streams side by side, so which line comes first is left open.
    assert sorted(ended.log.splitlines()) == [b"a,b:c=d e", b"wrong"]
    assert 1.2 <= ended.wall_s < 3  # the sleep is longer: the engine's two times stand a little apart from its own
    assert ended.cpu_s is not None
    assert ended.cpu_s < 1
    assert ended.peak_memory_bytes is not None
    assert ended.peak_memory_bytes > 0
    assert not ended.timed_out
    assert not ended.out_of_memory
    assert ticks
    assert collect(spec.output, "x", 100) == b"kept\n"
    assert not is_there(engine, spec.run_id)


@pytest.mark.parametrize("_turn", range(5))
def test_run_of_a_tenth_of_a_second_tells_what_it_used(
    engine: ContainerEngine, new_spec: NewSpec, _turn: int
) -> None:
    """Symptom: no figures, or a peak of 8 MB, for whatever ended at once. Cause: its group was gone before the

    second look at it. It mattered since small models are just that quick.
    """
    if not has_own_groups(engine):
        pytest.skip("a run has no control group of its own here, and is too short to be looked at")
    spec = new_spec(BRIEF)
    ended = engine.run(spec)
    assert ended.exit_code == 0, ended.log
    assert ended.wall_s < 1
    assert ended.cpu_s is not None
    assert 0.05 < ended.cpu_s < 1
    assert ended.peak_memory_bytes is not None
    assert 50 * MIB < ended.peak_memory_bytes < 120 * MIB
    assert groups_of(spec.run_id) == []


def test_run_without_a_group_of_its_own_tells_only_what_was_looked_at_often(
    engine: ContainerEngine, new_spec: NewSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_run_group", lambda _: contextlib.nullcontext())
    ended = engine.run(new_spec("true"))
    assert (ended.exit_code, ended.cpu_s, ended.peak_memory_bytes) == (0, None, None)
    ended = engine.run(new_spec(BRIEF.replace("0.1", "0.8")))
    assert ended.cpu_s is not None
    assert ended.cpu_s > 0.2
    assert ended.peak_memory_bytes is not None
    assert 50 * MIB < ended.peak_memory_bytes < 120 * MIB


def test_run_past_its_time_may_tidy_up_on_term(engine: ContainerEngine, new_spec: NewSpec) -> None:
    spec = new_spec('trap "echo tidy; exit 4" TERM; sleep 60 & wait', limits=ONE_SECOND)
    ended = engine.run(spec)
    assert ended.timed_out
    assert ended.exit_code == 4
    assert ended.log == b"tidy\n"
    assert 1 <= ended.wall_s < 4


def test_run_without_its_program_is_told_not_raised(
    engine: ContainerEngine, base: Image, new_spec: NewSpec, tmp_path: Path
) -> None:
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "Dockerfile").write_text('ARG BASE\nFROM $BASE\nENTRYPOINT ["/no/such/program"]\n')
    image = engine.build(folder, "polyreact/test-nothing:1", {"BASE": base.reference}, offline=True)
    spec = new_spec("", image=image)
    ended = engine.run(spec)
    assert ended.start_error is not None
    assert "/no/such/program" in ended.start_error
    assert str(tmp_path) not in ended.start_error
    assert not is_there(engine, spec.run_id)
    assert groups_of(spec.run_id) == []


def test_run_interrupted_leaves_no_container(engine: ContainerEngine, new_spec: NewSpec) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    spec = new_spec("sleep 60")
    with pytest.raises(KeyboardInterrupt):
        engine.run(spec, interrupt)
    assert not is_there(engine, spec.run_id)
    assert groups_of(spec.run_id) == []


def test_run_with_a_name_in_use_leaves_the_other_alone(engine: ContainerEngine, new_spec: NewSpec) -> None:
    spec = new_spec("sleep 60")
    seen: list[bool] = []

    def run_again(_: float) -> None:
        with pytest.raises(EngineFailed):
            engine.run(spec)
        seen.append(is_there(engine, spec.run_id))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.run(spec, run_again)
    assert seen == [True]


def test_reap_after_a_killed_driver_removes_its_container_only(engine: ContainerEngine, new_spec: NewSpec) -> None:
    ours = new_spec("touch /output/started; sleep 60")
    theirs = replace(ours, run_id=f"{ours.run_id}-lost")
    child = os.fork()
    if child == 0:
        engine.run(theirs)
        os._exit(0)
    deadline = time.monotonic() + 20
    while not (theirs.output / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert engine.reap() == ()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert bool(groups_of(theirs.run_id)) == has_own_groups(engine)

    def reap_beside(_: float) -> None:
        assert engine.reap() == (container_name(theirs.run_id),)
        assert groups_of(theirs.run_id) == []
        assert bool(groups_of(ours.run_id)) == has_own_groups(engine)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.run(ours, reap_beside)
    assert not is_there(engine, theirs.run_id)


def test_reap_removes_what_a_killed_podman_had_half_made(podman_engine: PodmanEngine, tmp_path: Path) -> None:
    """Symptom: after the loss of a whole machine a container stayed for ever, and no list but that of `--external`

    showed it. Cause: podman itself was killed between two of its databases, and such a container has no label.
    """
    name = container_name(f"test-{secrets.token_hex(6)}")
    storage = Path(podman_engine._command.run("info", "--format={{.Store.GraphRoot}}").text.strip())
    podman_engine.reap()  # what is of others
    _half_make(podman_engine, ensure_base(podman_engine, tmp_path), name, storage)
    with subprocess.Popen([sys.executable, "-c", "input()", name], stdin=subprocess.PIPE) as maker:
        assert podman_engine.reap() == ()  # somebody may be about to finish it
        assert maker.stdin is not None
        maker.communicate(b"\n")
    assert podman_engine.reap() == (name,)
    assert name not in _names_in(storage)


def _half_make(engine: PodmanEngine, image: Image, name: str, storage: Path) -> None:
    """Kill podman as soon as its storage knows of a container, until it was before podman itself did."""
    arguments = ["create", f"--name={name}", image.image_id, "true"]
    for _ in range(100):
        with engine._command.started(*arguments, sink=subprocess.DEVNULL) as process:
            while process.poll() is None and name not in _names_in(storage):
                pass
            process.kill()
        if engine._command.run("container", "exists", name).exit_code and name in _names_in(storage):
            return
        engine._command.run("rm", "--force", "--ignore", name)
    pytest.fail("podman was never killed at the right moment")


def _names_in(storage: Path) -> str:
    return "".join(path.read_text() for path in storage.glob("*-containers/containers.json"))


def test_run_image_with_a_volume_over_the_contract_is_refused(engine: ContainerEngine, new_spec: NewSpec) -> None:
    spec = new_spec("true")
    with pytest.raises(ImageRefused, match="volumes"):
        engine.run(replace(spec, image=replace(spec.image, volumes=("/output",))))


def test_build_broken_dockerfile_shows_the_end_of_the_log(
    engine: ContainerEngine, base: Image, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM $BASE\nRUN echo the-reason && exit 7\n")
    with pytest.raises(BuildFailed, match="the-reason"):
        engine.build(tmp_path, "polyreact/test-broken:1", {"BASE": base.reference}, offline=True)


def test_build_offline_installs_wheels_beside_it(
    engine: ContainerEngine, base: Image, new_spec: NewSpec, tmp_path: Path
) -> None:
    folder = tmp_path / "image"
    folder.mkdir()
    _write_wheel(folder)
    (folder / "Dockerfile").write_text(
        "ARG BASE\nFROM $BASE\nCOPY *.whl /wheels/\n"
        "RUN python -m pip install --quiet --root-user-action=ignore --no-index --find-links /wheels greeting\n"
        'ENTRYPOINT ["python3", "-c", "import greeting; print(greeting.WORD)"]\n'
    )
    image = engine.build(folder, "polyreact/test-pip:1", {"BASE": base.reference}, offline=True)
    ended = engine.run(new_spec("", image=image))
    assert ended.log == b"hello\n"


def test_fetch_local_image_by_its_id_is_never_pulled(engine: ContainerEngine, shell_image: Image) -> None:
    found = engine.fetch_image(ImageReference("localhost", "any/name", None, shell_image.image_id))
    assert found.image_id == shell_image.image_id
    assert found.entrypoint == ("/bin/sh", "/data/program.sh")
    assert found.digest is None
    with pytest.raises(ImageMissing):
        engine.fetch_image(ImageReference("localhost", "polyreact/test-shell", None, f"sha256:{'0' * 64}"))
    with pytest.raises(ImageMissing):
        engine.fetch_image(ImageReference("localhost", "polyreact/no-such", "1"))


def test_fetch_image_with_nothing_to_run_is_refused(engine: ContainerEngine, base: Image) -> None:
    with pytest.raises(ImageRefused) as caught:
        engine.fetch_image(ImageReference("localhost", "any/name", None, base.image_id))
    assert [finding.where for finding in caught.value.findings] == ["ENTRYPOINT"]


def test_find_image_that_is_not_there_is_none(engine: ContainerEngine) -> None:
    assert engine.find_image("localhost/polyreact/no-such:1") is None
    assert engine.find_image(f"sha256:{'0' * 64}") is None


def test_base_image_asked_for_twice_is_made_once(
    engine: ContainerEngine, base: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_again(*_: object) -> Image:
        raise AssertionError("made twice")

    monkeypatch.setattr(engine, "import_root", make_again)
    assert ensure_base(engine, tmp_path).image_id == base.image_id
    assert ensure_base(engine, tmp_path).image_id == base.image_id


@pytest.mark.engine("docker")
def test_docker_daemon_elsewhere_is_refused() -> None:
    engine = DockerEngine({**client_environment(), "DOCKER_HOST": "tcp://127.0.0.1:1"})
    with pytest.raises(EngineRefused, match="no socket on this host"):
        engine.probe()


@pytest.mark.engine("docker")
def test_docker_daemon_that_dies_is_the_engines_failure(docker_engine: DockerEngine, tmp_path: Path) -> None:
    """A killed daemon must never look like a submission that was killed."""
    with private_dockerd() as (host, process):
        engine = DockerEngine({**client_environment(), "DOCKER_HOST": host})
        image = engine.import_root(_empty_archive(tmp_path), "polyreact/test-empty:1", {})
        assert engine.find_image(image.reference) == image
        process.kill()
        process.wait()
        with pytest.raises(EngineFailed):
            engine.find_image(image.reference)
        with pytest.raises(EngineFailed):
            engine.reap()


def _build(engine: ContainerEngine, base: Image, folder: Path, *lines: str) -> Image:
    (folder / "image").mkdir()
    (folder / "image" / "Dockerfile").write_text("\n".join(["ARG BASE", "FROM $BASE", *lines, ""]))
    tag = f"polyreact/test-image:{hashlib.sha256(repr(lines).encode()).hexdigest()[:12]}"  # one for the same lines
    return engine.build(folder / "image", tag, {"BASE": base.reference}, offline=True)


@pytest.mark.parametrize(
    "program", ["/no/such\x1b[31mRED\x1b]0;t\x07\u202eevil", "/" + "x" * 20_000], ids=["escapes", "long"]
)
def test_run_with_a_hostile_entrypoint_tells_a_reason_fit_to_be_published(
    engine: ContainerEngine, base: Image, new_spec: NewSpec, tmp_path: Path, program: str
) -> None:
    """Symptom: escape sequences, container ids and 64 KiB of an image's own text in published records. Cause:

    the engine's complaint was kept as it was. It mattered since the board shows it.
    """
    image = _build(engine, base, tmp_path, f"ENTRYPOINT {json.dumps([program])}")
    reason = engine.run(new_spec("", image=image)).start_error
    assert reason is not None
    assert reason.isprintable()
    assert len(reason) <= 300
    assert not re.search(r"[0-9a-f]{12}", reason)
    assert reason.startswith('exec: "/')


@pytest.mark.parametrize(
    "instead", ["open('/w/x', 'w').close()", "os.symlink('/w/x', '/w/x')"], ids=["file", "loop"]
)
def test_run_with_a_workdir_that_is_no_folder_is_the_images_fault(
    engine: ContainerEngine, base: Image, new_spec: NewSpec, tmp_path: Path, instead: str
) -> None:
    """Symptom: E403, the platform's failure. Cause: the engines' words for it were not known. It mattered since

    a run that fails for the platform's reasons is never recorded and is repeated for ever.
    """
    program = f"import os; os.chdir('/'); os.rmdir('/w/x'); {instead}"
    run_it = f"RUN {json.dumps(['python3', '-c', program])}"
    image = _build(engine, base, tmp_path, "WORKDIR /w/x", 'ENTRYPOINT ["python3"]', run_it)
    reason = engine.run(new_spec("", image=image)).start_error
    assert reason is not None
    assert "/w" in reason
    assert "/merged" not in reason


def _processes_with(token: str) -> list[str]:
    found = []
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if token in command_line.read_text(errors="replace"):
                found.append(command_line.parent.name)
    return found


def _all_containers(engine: ContainerEngine) -> set[str]:
    external = ["--external"] if engine.name == "podman" else []
    return set(engine._command.run("ps", "--all", "--quiet", *external).text.split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_build_interrupted_goes_on_no_further_and_leaves_nothing(
    engine: ContainerEngine, base: Image, tmp_path: Path, number: int
) -> None:
    """Symptom: after Ctrl-C a Dockerfile's RUN went on, and podman's working container stayed for good. Cause:

    podman was killed, which stands outside the session of what it runs. It mattered since disks fill.
    """
    before = _all_containers(engine)
    token = f"token-{secrets.token_hex(6)}"
    child = os.fork()
    if child == 0:
        signal.signal(number, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            # The image's own words, so that the build's command line does not hold the token as well.
            _build(engine, base, tmp_path, f'RUN ["python3", "-c", "import time; time.sleep(45)", "{token}"]')
        os._exit(0)
    deadline = time.monotonic() + 20
    while not _processes_with(token) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _processes_with(token)
    os.kill(child, number)
    os.waitpid(child, 0)
    # Docker's daemon is told by the connection that ends, and cleans up on its own time.
    deadline = time.monotonic() + 20
    while (_processes_with(token) or _all_containers(engine) != before) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _processes_with(token) == []
    assert _all_containers(engine) == before


def test_release_leftovers_keeps_a_folder_that_a_container_writes_to(
    engine: ContainerEngine, shell_image: Image, tmp_path: Path
) -> None:
    """Symptom: a run under docker was killed, the next was podman's, and removed the folder of a container that

    still ran. Cause: only the owner was looked at. It mattered since what is written there then counts nowhere.
    """
    runs, run_id = tmp_path / "runs", f"test-{secrets.token_hex(6)}"
    child = os.fork()
    if child == 0:
        with (
            open_run_folder(runs, run_id) as folder,
            bounded_output(folder / "output", strict_policy(LIMITS)) as out,
        ):
            (folder / "data").mkdir()
            (folder / "data" / "program.sh").write_text("touch /output/started; sleep 60")
            engine.run(RunSpec(run_id, shell_image, strict_policy(LIMITS), folder / "data", out.folder, {}))
        os._exit(0)
    deadline = time.monotonic() + 20
    while not (runs / run_id / "output" / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert release_leftovers(runs) == ()
    assert (runs / run_id / "output" / "started").exists()
    assert engine.reap() == (container_name(run_id),)
    assert release_leftovers(runs) == (run_id,)
    assert not (runs / run_id).exists()
