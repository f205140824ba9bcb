"""What happens around a bad submission: it is not run again, a missing image is named, a full disk is told.

What each kind of bad submission gets stands in tests/submissions and is held by test_hostile_corpus.py.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from polyreact.evaluation.submissions import read_candidates


@pytest.fixture(autouse=True)
def _host_is_left_alone(session_settings):
    yield
    runs = session_settings.runs
    assert not runs.exists() or list(runs.iterdir()) == []
    assert str(runs) not in Path("/proc/self/mountinfo").read_text()


def test_bad_submission_is_not_run_again(run, make_candidate, quick_track):
    candidate = make_candidate("exits-1")
    run([candidate], [quick_track])

    (again,) = run([candidate], [quick_track])

    assert again.what == "failed before"
    assert again.record.run.outcome.code == "E313"


@pytest.mark.parametrize(
    ("reference", "code", "state"),
    [
        (f"localhost/test/none@sha256:{'0' * 64}", "E304", "refused"),  # its author has to act
        (f"127.0.0.1:9/test/none@sha256:{'0' * 64}", "E404", "put off"),  # a registry may answer later
    ],
    ids=["not-on-this-machine", "registry-down"],
)
def test_image_that_is_missing_is_told_by_name(run, tmp_path, quick_track, reference, code, state):
    manifest = tmp_path / "test-none.yaml"
    manifest.write_text(
        f"name: test-none\nimage: {reference}\nauthors: [A]\ncontact: a@b.example\nlicense: MIT\n"
        "description: None.\ntraining_data: {}\n"
    )

    (result,) = run(list(read_candidates([manifest])), [quick_track])

    assert result.what == "refused"
    assert result.error.code == code
    assert "test/none" in result.error.render()
    (queue,) = (tmp_path / "results").rglob("*.json")  # no record: it waits for its image
    (job,) = json.loads(queue.read_bytes())["jobs"]
    assert (queue.name, job["state"], job["code"]) == ("queue.json", state, code)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system to fill")
def test_full_disk_is_told_and_leaves_nothing_half_written(run, make_candidate, quick_track, small_disk):
    from polyreact.results.store import ResultsStore

    (result,) = run([make_candidate("looks-around")], [quick_track], store=ResultsStore(small_disk / "results"))

    assert result.error.code == "E202"
    left = [path.name for path in small_disk.rglob("*") if path.is_file() and path.name != "filler"]
    assert left in ([], ["queue.json"])  # which is told where there is room for it
