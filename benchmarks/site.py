"""What building the site of a large board costs, how that grows, and what one record more redoes.

    python -m benchmarks.site [--submissions 100 300 1000] [--tracks 5] [--more shehata jain] [--keep DIR]

For each size a large board is written (`benchmarks.large_board`), and a process of its own reads it and writes all
that `polyreact leaderboard build` writes. Printed are the seconds of each step, of the processor and on the wall,
the peak memory of the process after it, and the pages written. Then the site is built again as it stands, and for
each track of `--more` with one record more on it. Growth is that of the seconds for each entry, an entry being
a submission on a track, from the smallest board to the largest: 1 is linear.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from benchmarks.large_board import add_record
from benchmarks.memory import read_peak_mib
from polyreact.cli.leaderboard import publish_board, read_board, read_edition
from polyreact.files import write_atomically
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.site.addresses import DATA
from polyreact.leaderboard.site.build import build_site

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build: processor and wall seconds, the process's peak memory after it, and pages written."""

    name: str
    cpu_s: float
    wall_s: float
    peak_mib: float
    pages: str = ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, nargs="+", default=[100, 300, 1_000])
    parser.add_argument("--tracks", type=int, default=5)
    parser.add_argument("--more", nargs="*", default=["shehata", "jain"], help="tracks that get one record more")
    parser.add_argument("--keep", type=Path, help="write the boards here, or use those that stand here")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        steps = measure(options.measure, options.submissions[0], options.more)
        print(json.dumps([asdict(step) for step in steps]))
        return
    found: dict[int, list[Step]] = {}
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        root = options.keep or Path(name)
        for size in options.submissions:
            found[size] = _measure_apart(root / f"r{size}", size, options.tracks, options.more)
            _print(size, size * options.tracks, found[size])
    smallest, largest = min(found), max(found)
    if smallest < largest:
        small, large = found[smallest], found[largest]
        growth = [
            f"{one.name} {other.cpu_s / one.cpu_s * smallest / largest:.2f}"
            for one, other in zip(small, large, strict=True)
        ]
        print(f"\ngrowth an entry, {smallest:,} to {largest:,}:\n  " + ", ".join(growth))


def measure(results: Path, submissions: int, more: list[str]) -> list[Step]:
    """The steps of a first build, then of the same again, then with one record more on each of these tracks."""
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        folder = Path(name)
        site, markdown = folder / "site", folder / "LEADERBOARD.md"
        steps = build_first(results, site, markdown)

        def rebuild(name: str, results: Path, site: Path) -> None:
            published, step = _take(name, lambda: publish_board(results, [], markdown, site))
            steps.append(replace(step, pages=published.site.describe()))

        rebuild("the same again", results, site)
        for track in more:
            grown, own = folder / f"results-{track}", folder / f"site-{track}"
            shutil.copytree(results, grown, copy_function=os.link)  # what is written over is another file then
            add_record(grown, submissions, track)
            shutil.copytree(site, own)
            rebuild(f"one more on {track}", grown, own)
        return steps


def build_first(results: Path, site: Path, markdown: Path) -> list[Step]:
    """What the command does, step by step, and all of it."""
    board, read = _take("records to board", lambda: read_board(results, [], None))
    _, data = _take(DATA, lambda: write_atomically(site / DATA, render_json(board).encode()))
    built, pages = _take("pages and files", lambda: build_site(board, site, read_edition(results)))
    _, text = _take("Markdown", lambda: write_atomically(markdown, render_markdown(board).encode()))
    steps = [read, data, replace(pages, pages=built.describe()), text]
    cpu_s, wall_s = sum(step.cpu_s for step in steps), sum(step.wall_s for step in steps)
    largest = f"largest board page {measure_largest_page(site) / 1_000:.0f} kB compressed"
    return [*steps, Step("the build", cpu_s, wall_s, text.peak_mib, largest)]


def _take(name: str, make: Callable[[], Made]) -> tuple[Made, Step]:
    cpu, wall = time.process_time(), time.perf_counter()
    made = make()
    spent = time.process_time() - cpu, time.perf_counter() - wall
    return made, Step(name, *spent, read_peak_mib())


def measure_largest_page(site: Path) -> int:
    """Bytes of the largest page with a board once it is compressed as servers do."""
    return max(
        len(gzip.compress(path.read_bytes(), 6)) for path in (site / "index.html", *site.glob("tracks/*.html"))
    )


def _print(submissions: int, entries: int, steps: list[Step]) -> None:
    print(f"\n{submissions:,} submissions, {entries:,} entries")
    for step in steps:
        each = f"{1e3 * step.cpu_s / entries:5.2f} ms an entry"
        times = f"{step.cpu_s:6.1f} s CPU {step.wall_s:6.1f} s wall"
        print(f"  {step.name:<20} {times}  {each}  peak {step.peak_mib:5,.0f} MiB  {step.pages}", flush=True)


def _measure_apart(folder: Path, submissions: int, tracks: int, more: list[str]) -> list[Step]:
    """In a process of its own; it begins with the peak memory of this one, so boards are written elsewhere, too."""
    python = [sys.executable, "-m"]
    if not folder.exists():
        write = ["benchmarks.large_board", "--submissions", str(submissions), "--out", str(folder)]
        subprocess.run([*python, *write, "--tracks", str(tracks)], check=True, capture_output=True)
    command = [*python, "benchmarks.site", "--measure", str(folder), "--submissions", str(submissions)]
    told = subprocess.run([*command, "--more", *more], check=True, capture_output=True, text=True).stdout
    return [Step(**step) for step in json.loads(told)]


if __name__ == "__main__":
    main()
