"""What it costs to plan a weekly evaluation in which nothing is new: many submissions, all of them recorded.

    python -m benchmarks.weekly_plan --submissions 100 200 400

Makes a repository for each number of submissions, with a manifest and a record on each of eight tracks for every
one, and calls `polyreact ci plan` in it as the workflow does, in a process of its own: the median of several calls,
on the clock and of the processor, which a busy machine changes less. With 0 submissions it is what starting takes.
A record is as large as those of real tracks.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from polyreact.evaluation.plan import build_job
from polyreact.evaluation.submissions import read_candidates, unresolved
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore, render_record
from polyreact.tracks.catalog import load_track

TRACKS = ("demo", "harvey-test", "jain", "jain-116", "jain-parity", "shehata", "boughter-cv10", "boughter-lofo")
PATTERN = Path("results/polyreact-isoelectric-point/jain.json")
MANIFEST = """\
name: lab-model-{number:04d}
image: registry.example/lab/model:{number}@sha256:{number:064x}
authors: [Ada Lovelace]
contact: ada@example.org
license: MIT
description: One of many.
training_data: {{}}
mode: predict
"""
_GIT = ("git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


def make_repository(folder: Path, submissions: int) -> None:
    """Manifests and records of so many submissions, committed in one commit."""
    pattern = Record.model_validate_json(PATTERN.read_bytes())
    (folder / "submissions").mkdir(parents=True)
    store = ResultsStore(folder / "results")
    for number in range(submissions):
        path = folder / "submissions" / f"lab-model-{number:04d}.yaml"
        path.write_text(MANIFEST.format(number=number))
        (candidate,) = read_candidates([path])
        submission = unresolved(candidate)
        (store.folder / submission.id).mkdir(parents=True)
        for name in TRACKS:
            job = build_job(submission, load_track(name), store)
            run = pattern.run.model_copy(update={"job": job.digest})
            described = pattern.submission.model_copy(update={"id": submission.id})
            record = pattern.model_copy(update={"track": name, "submission": described, "run": run})
            (store.folder / submission.id / f"{name}.json").write_bytes(render_record(record))
    (folder / "README.md").touch()
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Begin"]):
        subprocess.run([*_GIT, *command], cwd=folder, check=True)


def time_plan(folder: Path, repetitions: int) -> tuple[float, float, str]:
    """The medians of the seconds that `ci plan` takes, on the clock and of the processor; and what it says."""
    seconds, of_processor = [], []
    for _ in range(repetitions):
        before, used_before = time.perf_counter(), _used_s()
        ended = subprocess.run(
            [sys.executable, "-m", "polyreact", "ci", "plan"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        )
        seconds.append(time.perf_counter() - before)
        of_processor.append(_used_s() - used_before)
    return statistics.median(seconds), statistics.median(of_processor), ended.stderr.splitlines()[-1]


def _used_s() -> float:
    """Of the processor, by the processes that were called here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, nargs="+", default=[0, 100, 200, 400])
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    for submissions in options.submissions:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "repository"
            make_repository(folder, submissions)
            taken, used, said = time_plan(folder, options.repetitions)
            asked = f"{submissions:5d} submissions on {len(TRACKS)} tracks"
            print(f"{asked}: {taken:.2f} s, processor {used:.2f} s; {said}")


if __name__ == "__main__":
    main()
