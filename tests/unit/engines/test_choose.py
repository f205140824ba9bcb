from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.choose import choose_engine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.podman import PodmanEngine
from polyreact.errors import EngineRefused, NoEngine, UnknownName

PODMAN_INFO = (
    '{"host": {"security": {"rootless": %s}, "cgroupVersion": "%s", "ociRuntime": {"name": "runc"}},'
    ' "version": {"Version": "4.3.1"}}'
)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    return tmp_path


def write_podman(folder: Path, *, rootless: str, version: str) -> None:
    program = folder / "podman"
    program.write_text(f"#!/bin/sh\necho '{PODMAN_INFO % (rootless, version)}'\n")
    program.chmod(0o755)


def write_docker(folder: Path, host: str) -> None:
    program = folder / "docker"
    facts = '{"ServerVersion": "1", "DefaultRuntime": "runc"}'
    program.write_text(f"#!/bin/sh\ncase \"$*\" in *context*) echo {host} ;; *) echo '{facts}' ;; esac\n")
    program.chmod(0o755)


def test_choose_with_no_engine_names_the_one_command(programs: Path) -> None:
    with pytest.raises(NoEngine) as caught:
        choose_engine(None, {"PATH": str(programs)})
    message = caught.value.render()
    assert "sudo make engine" in message
    assert [finding.where for finding in caught.value.findings] == ["podman", "docker"]


def test_choose_unknown_name_lists_the_known(programs: Path) -> None:
    with pytest.raises(UnknownName, match="no engine called `kubernetes`") as caught:
        choose_engine("kubernetes", {"PATH": str(programs)})
    assert caught.value.cure == "Known: docker, podman, process."


def test_choose_without_a_name_takes_podman_first(programs: Path) -> None:
    write_podman(programs, rootless="false", version="v1")
    write_docker(programs, "unix:///x")
    assert isinstance(choose_engine(None, {"PATH": str(programs)}), PodmanEngine)
    assert isinstance(choose_engine("docker", {"PATH": str(programs)}), DockerEngine)


def test_choose_podman_that_cannot_limit_is_passed_over(programs: Path) -> None:
    write_podman(programs, rootless="true", version="v1")
    write_docker(programs, "unix:///x")
    assert isinstance(choose_engine(None, {"PATH": str(programs)}), DockerEngine)
    with pytest.raises(EngineRefused, match="cannot limit"):
        choose_engine("podman", {"PATH": str(programs)})


def test_choose_rootless_podman_with_cgroup_v2_is_taken(programs: Path) -> None:
    write_podman(programs, rootless="true", version="v2")
    assert isinstance(choose_engine(None, {"PATH": str(programs)}), PodmanEngine)


def test_choose_docker_of_another_host_is_refused(programs: Path) -> None:
    write_docker(programs, "tcp://192.0.2.1:2375")
    with pytest.raises(EngineRefused, match="no socket on this host"):
        choose_engine("docker", {"PATH": str(programs)})


def test_choose_with_user_namespaces_takes_podman_or_says_that_nobody_else_can(programs: Path) -> None:
    write_podman(programs, rootless="false", version="v1")
    write_docker(programs, "unix:///x")
    for name in (None, "podman"):
        engine = choose_engine(name, {"PATH": str(programs)}, 100_000)
        assert isinstance(engine, PodmanEngine)
        assert engine.first_user_id == 100_000
        assert "user namespace from 100000 on" in engine.probe().runtime
    for name in ("docker", "process"):
        with pytest.raises(EngineRefused, match="only podman"):
            choose_engine(name, {"PATH": str(programs)}, 100_000)


def test_choose_process_only_by_name(programs: Path) -> None:
    assert not choose_engine("process", {"PATH": str(programs)}).is_sandbox


def test_podman_as_root_with_runc_gets_our_settings_unless_the_operator_has_some(programs: Path) -> None:
    (programs / "runc").write_text("#!/bin/sh\n")
    (programs / "runc").chmod(0o755)
    environment = {"PATH": str(programs)}
    ours = PodmanEngine(environment, is_root=True)._command.environment["CONTAINERS_CONF"]
    assert ours.endswith("containers.conf")
    theirs = PodmanEngine({**environment, "CONTAINERS_CONF": "/x"}, is_root=True)._command.environment
    assert theirs["CONTAINERS_CONF"] == "/x"
    assert "CONTAINERS_CONF" not in PodmanEngine(environment, is_root=False)._command.environment


def test_choose_with_an_engine_that_does_not_answer_shows_what_it_said(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Symptom: "podman does not answer" and the advice to install it, where it was installed. Cause: what podman

    said was shown to nobody. It mattered since the installer then said "nothing to install", and round it went.
    """
    (programs / "podman").write_text(
        "#!/bin/sh\nprintf 'first\\ncannot clone: \\033[31mOperation not permitted\\n' >&2; exit 125\n"
    )
    (programs / "podman").chmod(0o755)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(NoEngine) as caught:
        choose_engine(None, {"PATH": str(programs)})
    message = caught.value.render()
    assert "podman does not answer: cannot clone: \\x1b[31mOperation not permitted" in message
    assert "ranked runs need root anyway" in message
    assert "sudo make demo" in message
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(NoEngine) as caught:
        choose_engine(None, {"PATH": str(programs)})
    assert "sudo make demo" not in caught.value.render()
