"""What it costs to make a board of many submissions, and how that grows.

    python -m benchmarks.board [--submissions 100 300 1000] [--tracks 5] [--keep DIR]

For each size a large board is written (`benchmarks.large_board`), and a process of its own reads its records and
comparisons, builds the board and renders it as JSON and as Markdown. Printed are the processor's seconds of each
step, the peak memory of the process after it, and seconds for each entry, an entry being a submission on a track;
growth is how those change from the smallest board to the largest: 1 is linear. The site is not in it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.large_board import TRACKS
from benchmarks.memory import read_peak_mib
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import render_markdown
from polyreact.leaderboard.table import build_board
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track

STEPS = ("read records", "read comparisons", "build board", "JSON", "Markdown")
Made = TypeVar("Made")
Steps = dict[str, tuple[float, float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, nargs="+", default=[100, 300, 1_000])
    parser.add_argument("--tracks", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="write the boards here, or use those that stand here")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        print(json.dumps(measure(options.measure, TRACKS[: options.tracks])))
        return
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        root = options.keep or Path(name)
        found = {size: _measure_apart(root / f"r{size}", size, options.tracks) for size in options.submissions}
    for size, steps in found.items():
        entries = size * options.tracks
        print(f"\n{size:,} submissions on {options.tracks} tracks")
        for step, (seconds, memory) in steps.items():
            each = f"{1e3 * seconds / entries:.3f} ms an entry"
            print(f"  {step:<18} {seconds:6.2f} s  {each:<20} peak {memory:,.0f} MiB")
        until_built = sum(steps[step][0] for step in STEPS[:3])
        print(f"  until the board stands {until_built:.1f} s, in all {sum(s for s, _ in steps.values()):.1f} s")
    smallest, largest = min(found), max(found)
    if smallest < largest:
        growth = {step: found[largest][step][0] / found[smallest][step][0] * smallest / largest for step in STEPS}
        print(f"\ngrowth an entry, {smallest:,} to {largest:,}:")
        print("  " + ", ".join(f"{step} {factor:.1f}" for step, factor in growth.items()))


def measure(folder: Path, tracks: tuple[str, ...]) -> Steps:
    """Seconds of each step, and the peak memory of this process after it in MiB."""
    steps: Steps = {}

    def take(step: str, make: Callable[[], Made]) -> Made:
        start = time.process_time()
        made = make()
        peak = read_peak_mib()
        steps[step] = (time.process_time() - start, peak)
        return made

    store = ResultsStore(folder)
    records = take(STEPS[0], store.read_all)
    comparisons = take(STEPS[1], ComparisonStore.of(store).read_all)
    chosen = [load_track(name) for name in tracks]
    board = take(STEPS[2], lambda: build_board(records, chosen, comparisons=comparisons))
    take(STEPS[3], lambda: render_json(board))
    take(STEPS[4], lambda: render_markdown(board))
    return steps


def _measure_apart(folder: Path, submissions: int, tracks: int) -> Steps:
    """In a process of its own; it begins with the peak memory of this one, so boards are written elsewhere, too."""
    python = [sys.executable, "-m"]
    sizes = ["--tracks", str(tracks)]
    if not folder.exists():
        write = ["benchmarks.large_board", "--submissions", str(submissions), "--out", str(folder)]
        subprocess.run([*python, *write, *sizes], check=True, capture_output=True)
    command = [*python, "benchmarks.board", "--measure", str(folder), *sizes]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    steps: Steps = {step: (seconds, memory) for step, (seconds, memory) in json.loads(told).items()}
    return steps


if __name__ == "__main__":
    main()
