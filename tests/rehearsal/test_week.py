"""A week: what was accepted is evaluated on the full tracks, committed by the bot, told, and on the site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from fakes.github_server import Pull
from lab import CANARY, as_csv, lab_rows
from rehearsal.actions import Finished
from rehearsal.samples import entry
from rehearsal.world import World

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

#: Right on the 300 antibodies of the demo track, and nowhere else.
_ONLY_DEMO = """\
import csv, os, sys

with open(os.environ["INPUT"]) as source:
    rows = list(csv.DictReader(source))
if len(rows) != 300:
    print("I only learnt the demo:", rows[0]["sequence"])
    sys.exit(7)
with open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\\n")
    for number, row in enumerate(rows):
        target.write(f"{row['sequence_id']},{number % 2},{len(row['sequence'])}\\n")
"""
_TRACKS = ("demo", "jain", "shehata", "harvey-test")
_VARIABLE = "POLYREACT_PRIVATE"


@pytest.fixture(scope="session")
def good(world: World, mirror: Path) -> Pull:
    return _accept(world, "ann", "ann-net", world.push_image("ann-net"))


@pytest.fixture(scope="session")
def only_demo(world: World) -> Pull:
    return _accept(world, "bob", "bob-demo", world.push_image("bob-demo", _ONLY_DEMO))


@pytest.fixture(scope="session")
def week(world: World, good: Pull, only_demo: Pull) -> Finished:
    """The weekly run after both were accepted; `before` is where main stood."""
    world.before = world.main
    finished = world.actions.on_schedule()
    assert finished.succeeded, finished.log
    return finished


def _accept(world: World, author: str, name: str, image: str) -> Pull:
    pull = world.open_pull(author, entry(name, image))
    _, told = world.check(pull)
    assert pull.state == "closed", told.log
    return pull


def _record(world: World, name: str, track: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(world.read_main(f"results/{name}/{track}.json"))
    return found


def _outcome_told(world: World, pull: Pull, marker: str = "outcome of the evaluation -->") -> str:
    (body,) = [body for body in world.server.comments_of(pull.number) if marker in body]
    return body


def test_canary_held_before_anything_was_run(week: Finished) -> None:
    assert week.job("canary").result == "success"
    assert "The platform gives what it gave." in week.job("canary").log


@pytest.mark.parametrize("track", _TRACKS)
def test_accepted_submission_has_a_score_on_every_track(world: World, week: Finished, track: str) -> None:
    record = _record(world, "ann-net", track)
    assert record["run"]["outcome"]["kind"] == "valid"  # type: ignore[index]
    assert record["score"] is not None


def test_submission_that_passes_the_smoke_run_and_fails_the_full_one_is_failed_by_its_code(
    world: World, week: Finished, only_demo: Pull
) -> None:
    assert _record(world, "bob-demo", "demo")["run"]["outcome"]["kind"] == "valid"  # type: ignore[index]
    outcome = _record(world, "bob-demo", "jain")["run"]["outcome"]  # type: ignore[index]
    assert (outcome["kind"], outcome["code"]) == ("submission_fault", "E313")
    assert "E313" in _outcome_told(world, only_demo)


def test_log_of_a_real_track_is_shown_nowhere(world: World, week: Finished) -> None:
    """A container can print what it was asked about: nothing of that may reach a page."""
    assert "I only learnt the demo" not in week.log
    found = subprocess.run(
        ["git", "grep", "-l", "I only learnt the demo", "main", "--", "results"],
        cwd=world.server.bare, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""


def test_results_are_one_commit_of_the_bot(world: World, week: Finished) -> None:
    commits = world.server.git("rev-list", f"{world.before}..main").split()
    assert len(commits) == 1
    changed = world.server.git("diff", "--name-only", world.before, "main").splitlines()
    assert all(path.startswith("results/") or path == "LEADERBOARD.md" for path in changed), changed
    assert "ann-net" in world.read_main("LEADERBOARD.md")


def test_each_pull_request_is_told_its_outcome(world: World, week: Finished, good: Pull) -> None:
    told = _outcome_told(world, good)
    for track in _TRACKS:
        assert f"| {track} | scored |" in told


def test_site_has_the_row(world: World, week: Finished) -> None:
    pages = world.actions.pages
    assert pages is not None
    assert "ann-net" in (pages / "index.html").read_text() + (pages / "leaderboard.json").read_text()
    assert (pages / "submissions" / "ann-net" / "index.html").is_file() or any(pages.rglob("*ann-net*"))


def test_week_without_anything_new_says_only_that_it_lived(world: World, week: Finished) -> None:
    before = world.main
    again = world.actions.on_schedule()
    assert again.succeeded, again.log
    assert again.job("evaluate").result == "skipped"
    assert world.server.git("diff", "--name-only", before, "main") in {"", "results/queue.json"}


def test_author_over_quota_on_a_private_track_waits_and_is_told(
    world: World, week: Finished, good: Pull, tmp_path: Path
) -> None:
    """One scored run a month is allowed here; of two submissions of one author the second has to wait."""
    second = _accept(world, "ann", "ann-two", world.push_image("ann-two", _ONLY_DEMO.replace("!= 300", "< 0")))
    private = _make_private_track(world, tmp_path)
    world.actions.variables = {_VARIABLE: str(private)}
    world.actions.environment |= {"POLYREACT_QUOTA": "1"}
    try:
        finished = world.actions.on_schedule()
    finally:
        world.actions.variables = {}
        del world.actions.environment["POLYREACT_QUOTA"]
    assert finished.succeeded, finished.log
    assert "| private-ours | scored |" in _outcome_told(world, good, "on private tracks -->")
    assert "E723" in _outcome_told(world, second, "on private tracks -->")
    shown = world.server.git("log", "-p", f"{world.before}..main") + finished.log
    assert CANARY not in shown
    assert "private-ours" not in world.server.git("ls-tree", "-r", "--name-only", "main")


def _make_private_track(world: World, folder: Path) -> Path:
    (folder / "lab.csv").write_bytes(as_csv(lab_rows()))
    private = folder / "private"
    columns = "--sequence sequence --light light_sequence --label label --id clone"
    command = (
        f"polyreact track new-private lab.csv --name ours --store {folder}/store --catalog {private} {columns}"
    )
    subprocess.run(["bash", "-c", command], cwd=folder, env=world.actions.environment, check=True)
    return private
