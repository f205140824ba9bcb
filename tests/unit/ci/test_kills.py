"""A week killed at any moment, between its commands as well: the next one ends with the same records.

The engine is one in memory; a real one is killed in `e2e/test_weekly_kills.py`.
"""

import json
import os
import random
import signal
import time
import traceback

import pytest

from kills import essence, left_on_host
from polyreact.results.store import ResultsStore
from unit.ci.conftest import copy
from weekly import git

KILLS = 20
TRACKS = ("demo-0", "demo-1", "demo-2")


def week(benchmark):
    """What the workflow does, in one process."""
    benchmark.evaluate()
    benchmark.collect()
    benchmark.checkout.commit(["results"], "Evaluation")
    benchmark.checkout.push()


def run_week(benchmark, killed_after_s=None):
    """A week in a process of its own; whether it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            week(benchmark)
            status = 0
        except BaseException as error:  # noqa: BLE001
            said = f"{traceback.format_exc()}{getattr(error, 'detail', '')}"
            (benchmark.top / "said").write_text(said)
        finally:
            os._exit(status)
    end = None if killed_after_s is None else time.monotonic() + killed_after_s
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            assert status == 0, (benchmark.top / "said").read_text()
            return True
        if end is not None and time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.002)


def published(benchmark, folder):
    """The records on the branch, without what a run makes anew and when the queue was written."""
    git(benchmark.top, "clone", "--quiet", "origin", str(folder))
    found = essence(ResultsStore(folder / "results"))
    queue = json.loads(json.dumps(found.pop("queue.json")))
    assert queue["jobs"] == []
    return found


@pytest.fixture
def two_submissions(begun, tmp_path):
    made = copy(begun, tmp_path)
    made.tracks = TRACKS
    for name in ("lab-model", "other-model"):
        made.submit(name)
    return made


def test_week_killed_at_twenty_random_moments_ends_with_the_same_records(two_submissions, tmp_path_factory):
    whole = copy(two_submissions, tmp_path_factory.mktemp("whole"))
    whole.tracks = TRACKS
    before = time.monotonic()
    assert run_week(whole)
    longest_s = time.monotonic() - before
    expected = published(whole, whole.top / "published")
    assert len([name for name in expected if name.endswith(".csv")]) == 6

    moments, kills, weeks = random.Random(27), 0, 0  # noqa: S311
    while kills < KILLS:
        killed = copy(two_submissions, tmp_path_factory.mktemp("killed"))
        killed.tracks = TRACKS
        while kills < KILLS and not run_week(killed, moments.uniform(0, longest_s)):
            kills += 1
        run_week(killed)
        weeks += 1
        assert published(killed, killed.top / "published") == expected
        assert left_on_host(killed.settings.cache, []) == []
        assert list(killed.folder.rglob("*.part")) == []
    print(f"{kills} kills in {weeks} weeks of {longest_s:.1f} s")  # noqa: T201
