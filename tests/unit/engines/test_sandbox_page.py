from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flags import FLAGS, Flag
from polyreact.engines.behaviours import BEHAVIOURS
from polyreact.engines.oci import DOCKER, PODMAN, Dialect, create_arguments
from unit.engines.test_oci import IMAGE, SPEC

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "sandbox.md"
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
NAMES = {behaviour.name for behaviour in BEHAVIOURS}


def test_sandbox_page_names_every_behaviour_and_no_other() -> None:
    """Symptom: oci.py sent its reader to a page that was not there. It mattered since nobody could tell which

    setting may go when an engine refuses it.
    """
    named = {name for row in ROWS for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[3])}
    assert named == NAMES


def test_behaviours_have_names_of_their_own() -> None:
    assert len(NAMES) == len(BEHAVIOURS) >= 60


@pytest.mark.parametrize("dialect", [DOCKER, PODMAN], ids=["docker", "podman"])
def test_every_argument_of_the_policy_is_a_flag_that_is_weakened_in_a_test(dialect: Dialect) -> None:
    engine = "docker" if dialect is DOCKER else "podman"
    spec = replace(SPEC, image=replace(IMAGE, volumes=("/scratch",)))
    arguments = create_arguments(spec, dialect, {"polyreact.run": "run-1"}, "polyreact-1-2-x")
    flags = [flag for flag in FLAGS if engine in flag.engines]
    unknown = [a for a in arguments[1:-1] if not any(flag.fits(a) for flag in flags)]
    assert unknown == ([] if engine == "docker" else ["--no-healthcheck"])  # needs systemd; see its row


@pytest.mark.parametrize(
    "flag", [flag for flag in FLAGS if flag.caught_by in NAMES], ids=lambda f: f"{f}-{f.caught_by}"
)
def test_sandbox_page_shows_each_flag_by_the_behaviour_that_catches_it(flag: Flag) -> None:
    starts = flag.starts.rstrip("=:,").replace("--tmpfs=/scratch", "--tmpfs=...")
    assert any(starts in row.split("|")[1] and f"`{flag.caught_by}`" in row.split("|")[3] for row in ROWS)
