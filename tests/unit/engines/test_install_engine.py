"""The installer, with every program it might start replaced by one that only notes that it was asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "install-engine.sh"
NEEDED = ("sh", "cat", "printf", "sort", "tr", "sed", "rm", "chmod")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def write_program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def run_script(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The real script also looks into the folders of daemons; here it may not find the host's own.
    script = programs.parent / "script.sh"
    script.write_text(SCRIPT.read_text().replace('PATH="$PATH:/usr/sbin:/sbin"', ""))
    return subprocess.run(
        ["/bin/sh", str(script), *arguments],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_install_with_an_engine_that_answers_does_nothing(programs: Path) -> None:
    write_program(programs, "podman", "exit 0")
    done = run_script(programs)
    assert (done.returncode, done.stderr) == (0, "podman answers; nothing to install.\n")


def test_install_without_root_tells_the_one_command(programs: Path) -> None:
    write_program(programs, "apt-get", "exit 9")
    write_program(programs, "id", "echo 1000")
    done = run_script(programs)
    assert done.returncode == 4
    assert "sudo make engine\n" in done.stderr
    assert "podman" in done.stderr


def test_install_as_root_updates_once_and_installs_what_is_missing(programs: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    write_program(programs, "id", "echo 0")
    write_program(programs, "runc", "exit 0")
    podman = f"{programs}/podman"
    write_program(
        programs,
        "apt-get",
        f'echo "$@" >> {asked}\n'
        f'if [ "$1" = install ]; then printf "#!/bin/sh\\n" > {podman}; chmod 755 {podman}; fi',
    )
    done = run_script(programs)
    assert done.returncode == 0, done.stderr
    assert asked.read_text().splitlines() == [
        "update -qq",
        "install -qq -y --no-install-recommends busybox-static podman",
    ]
    assert done.stderr.endswith("podman answers.\n")


def test_install_on_another_system_says_what_is_missing(programs: Path) -> None:
    done = run_script(programs)
    assert done.returncode == 4
    assert "busybox-static podman runc" in done.stderr


def test_install_with_an_unknown_option_is_a_usage_error(programs: Path) -> None:
    assert run_script(programs, "--all").returncode == 2


@pytest.mark.parametrize(("arguments", "command"), [((), "sudo make demo"), (("--with-tests",), "sudo make test")])
def test_install_with_a_podman_that_answers_only_to_root_says_so(
    programs: Path, arguments: tuple[str, ...], command: str
) -> None:
    """Symptom: an ordinary user was sent to `sudo make engine`, which as root found nothing to install. Cause:

    podman answered to root only. It mattered since there was no way out of that circle.
    """
    write_program(programs, "podman", "echo 'cannot clone: Operation not permitted' >&2; exit 125")
    write_program(programs, "apt-get", "exit 9")
    write_program(programs, "id", "echo 1000")
    done = run_script(programs, *arguments)
    assert done.returncode == 4
    assert "cannot clone: Operation not permitted" in done.stderr
    assert f"  {command}\n" in done.stderr
    assert "make engine" not in done.stderr
