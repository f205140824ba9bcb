"""The tutorials, walked from beginning to end: every command is run, and prints what the page says."""

import os
import sysconfig
from pathlib import Path

import pytest

from transcripts import Shell, find_difference, read_steps

REPOSITORY = Path(__file__).parent.parent.parent
TUTORIALS = REPOSITORY / "docs" / "tutorials"


def walk(page, folder):
    """The first step that does not do what the page says, with what it printed; None where all do."""
    for name in ("zoo", "results"):
        (folder / name).symlink_to(REPOSITORY / name)
    shell = Shell(folder, dict(os.environ), sysconfig.get_path("scripts"))
    for step in read_steps(page):
        printed = shell.run(step.command)
        difference = find_difference(step, printed)
        if difference is not None:
            return step.command, difference, printed
    return None


@pytest.mark.real_data
def test_reader_sees_what_the_page_shows(real_settings, tmp_path, monkeypatch):
    monkeypatch.setenv("POLYREACT_MIRROR", str(real_settings.mirror))
    monkeypatch.setenv("POLYREACT_CACHE", str(real_settings.cache))
    assert walk(TUTORIALS / "read-the-board.md", tmp_path) is None


@pytest.mark.engine("podman")
@pytest.mark.parametrize("name", ["first-submission.md", "own-benchmark.md"])
def test_tutorial_prints_what_the_page_shows(podman_engine, session_settings, name, tmp_path, monkeypatch):
    monkeypatch.setenv("POLYREACT_CACHE", str(session_settings.cache))
    monkeypatch.setenv("POLYREACT_ENGINE", podman_engine.name)
    assert walk(TUTORIALS / name, tmp_path) is None


def test_every_tutorial_is_walked():
    pages = {page.name for page in TUTORIALS.glob("*.md")} - {"README.md"}
    assert pages == {"read-the-board.md", "first-submission.md", "own-benchmark.md"}
    assert all(read_steps(TUTORIALS / page) for page in pages)
