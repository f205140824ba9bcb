"""What preparing Harvey costs: `python benchmarks/prepare.py`, with the network or POLYREACT_MIRROR.

Measured are the set harvey-validation-test end to end (read, checked, numbered, tables built, compared with the
catalogue, written), and beside it, in turn, the numbering library called row by row on the same sequences: as it is
called for sequences of any kind, and for heavy chains only, as the preparation calls it. Then the preparation alone
on growing numbers of rows. The largest are generated: real nanobodies with residues of their CDRs changed at random
(seeded), as many as the three published files hold.

Every figure is from a process of its own. Time is the median, without starting Python and importing; memory is
the highest that any of the processes reached. The limits are 60 s for the set, 2 GiB for each process, and for the
cost of a row in the largest table 1.5 times that in the smallest; exit 1 above them.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from immunum import Annotator

from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.prepare.harvey import SPLITS, prepare_harvey
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.tables import build_tables
from polyreact.files import write_atomically
from polyreact.settings import Settings, read_settings

SET = "harvey-validation-test"
REAL_ROWS = (10_000, 20_000, 39_620)
GENERATED_ROWS = {"train": 101_854, "validation": 14_613, "test": 25_007}
MUTATIONS = 3
SEED = 2022
LIMIT_S, LIMIT_MIB, LIMIT_GROWTH = 60, 2048, 1.5
Row = list[str]


@dataclass(frozen=True, slots=True)
class Cost:
    """The median time in seconds and the highest memory in MiB of doing something for `rows` nanobodies."""

    what: str
    rows: int
    wall_s: float
    peak_mib: float

    @property
    def microseconds_per_row(self) -> float:
        """What one row costs."""
        return self.wall_s / self.rows * 1e6


def main() -> None:
    """Measure and print; exit 1 above a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of each measurement [default: 3]")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON for a script")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _measure_here(options.one[0], Path(options.one[1]))
        return
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        costs, ratios = _measure_all(Path(name), options.rounds)
    growth = costs[-1].microseconds_per_row / costs[3].microseconds_per_row
    whole = costs[0]
    is_within = (
        whole.wall_s < LIMIT_S and max(cost.peak_mib for cost in costs) < LIMIT_MIB and growth < LIMIT_GROWTH
    )
    if options.as_json:
        value = {"costs": [asdict(cost) for cost in costs], "ratios": ratios, "growth": growth, "within": is_within}
        print(json.dumps(value, indent=2))
    else:
        _print(costs, ratios, growth, options.rounds)
    sys.exit(not is_within)


def _print(costs: Sequence[Cost], ratios: Mapping[str, float], growth: float, rounds: int) -> None:
    print(f"{'':<46}{'rows':>9}{'wall s':>9}{'rows/s':>9}{'us/row':>9}{'peak MiB':>10}")
    for cost in costs:
        numbers = f"{cost.rows:>9,}{cost.wall_s:>9.2f}{cost.rows / cost.wall_s:>9,.0f}"
        print(f"{cost.what:<46}{numbers}{cost.microseconds_per_row:>9.1f}{cost.peak_mib:>10.0f}")
    for library, ratio in ratios.items():
        print(f"{SET}, end to end, takes {ratio:.2f} times as long as the {library} (median ratio of the pairs)")
    print(f"a row of the largest table costs {growth:.2f} times a row of the smallest (limit {LIMIT_GROWTH})")
    print(f"limits: {LIMIT_S} s, {LIMIT_MIB} MiB; {os.cpu_count()} cores, {rounds} rounds")


# --- measuring ------------------------------------------------------------------------------------------


def _measure_all(folder: Path, rounds: int) -> tuple[list[Cost], dict[str, float]]:
    """The set and the two ways to call the library in turn, then the preparation of growing tables."""
    real = _read_real(read_settings(os.environ, Path.home))
    every = folder / "real"
    _write(every, {"test": real})
    pairs = {what: list[tuple[float, float]]() for what in ("set", "library", "library-heavy")}
    for _ in range(rounds):
        for what, measured in pairs.items():
            measured.append(_measure(what, every))
    names = {"set": f"{SET}, end to end", "library": "library, row by row", "library-heavy": "library, heavy only"}
    costs = [_cost(names[what], len(real), pairs[what]) for what in pairs]
    ratios = {
        names[what]: statistics.median(
            ours[0] / theirs[0] for ours, theirs in zip(pairs["set"], pairs[what], strict=True)
        )
        for what in ("library", "library-heavy")
    }
    for rows in REAL_ROWS:
        _write(folder / str(rows), {"test": real[:rows]})
        measured = [_measure("files", folder / str(rows)) for _ in range(rounds)]
        costs.append(_cost("prepared, real nanobodies", rows, measured))
    generated = _generate(real, sum(GENERATED_ROWS.values()))
    splits = {split: [generated.pop() for _ in range(rows)] for split, rows in GENERATED_ROWS.items()}
    _write(folder / "generated", splits)
    measured = [_measure("files", folder / "generated") for _ in range(rounds)]
    costs.append(_cost("prepared, generated nanobodies in three files", sum(GENERATED_ROWS.values()), measured))
    return costs, ratios


def _cost(what: str, rows: int, measured: Sequence[tuple[float, float]]) -> Cost:
    return Cost(what, rows, statistics.median(wall for wall, _ in measured), max(peak for _, peak in measured))


def _measure(what: str, folder: Path) -> tuple[float, float]:
    """Wall time and peak memory of one thing, done in a process of its own."""
    command = [sys.executable, __file__, "--one", what, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, peak = map(float, done.stdout.split())
    print(f"{what} ({folder.name}): {wall:.2f} s, {peak:.0f} MiB", file=sys.stderr)
    return wall, peak


def _measure_here(what: str, folder: Path) -> None:
    actions: dict[str, Callable[[], object]] = {
        "set": _prepare_set,
        "files": lambda: _prepare_files(folder),
        "library": lambda: _call_library(folder, ["H", "K", "L"]),
        "library-heavy": lambda: _call_library(folder, ["H"]),
    }
    start = time.perf_counter()
    actions[what]()
    wall = time.perf_counter() - start
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(wall, int(peak[1]) / 1024 if peak else float("nan"))


# --- what is measured -----------------------------------------------------------------------------------


def _prepare_set() -> None:
    """The raw files are in the cache; inputs, labels and annotations are written to another, fresh one."""
    settings = read_settings(os.environ, Path.home)
    with tempfile.TemporaryDirectory(prefix="polyreact-bench-") as name:
        fresh = Settings(cache=Path(name), mirror=settings.sources, engine=None)
        ensure_prepared(load_dataset(SET), fresh)


def _prepare_files(folder: Path) -> None:
    files = {name: folder / name for name in SPLITS.values() if (folder / name).exists()}
    tables = build_tables(SET, prepare_harvey(files).rows)
    for name in ("inputs", "labels", "annotations"):
        write_atomically(folder / "out" / name, getattr(tables, name))


def _call_library(folder: Path, chains: list[str]) -> None:
    annotator = Annotator(chains, "IMGT")
    with (folder / "test.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            annotator.number(row["seq"])


# --- nanobodies -----------------------------------------------------------------------------------------


def _read_real(settings: Settings) -> list[Row]:
    source = load_source("harvey")
    rows: list[Row] = []
    for file in source.files:
        if file.name in load_dataset(SET).files:
            with fetch_file(source, file, settings).open(newline="") as text:
                rows += list(csv.reader(text))[1:]
    return rows


def _generate(real: Sequence[Row], rows: int) -> list[Row]:
    """Unique nanobodies, each a real one with some residues of its CDRs changed."""
    chance = random.Random(SEED)  # noqa: S311 no secret
    patterns = [(row, _find_cdrs(row)) for row in real]
    bases = [(row, matched) for row, matched in patterns if matched is not None]
    known = {row[0] for row in real}
    generated: list[Row] = []
    while len(generated) < rows:
        row, matched = chance.choice(bases)
        residues = list(row[0])
        places = [place for cdr in (1, 2, 3) for place in range(*matched.span(cdr))]
        for place in chance.sample(places, MUTATIONS):
            residues[place] = chance.choice("ACDEFGHIKLMNPQRSTVWY")
        sequence = "".join(residues)
        if sequence not in known:
            known.add(sequence)
            generated.append([sequence, *(sequence[slice(*matched.span(cdr))] for cdr in (1, 2, 3)), row[4]])
    return generated


def _find_cdrs(row: Row) -> re.Match[str] | None:
    """Where the three CDRs stand; None where one is empty or lacks residues of the sequence."""
    return re.fullmatch(".*({}).*({}).*({}).*".format(*row[1:4]), row[0]) if all(row[1:4]) else None


def _write(folder: Path, splits: Mapping[str, Sequence[Row]]) -> None:
    folder.mkdir()
    for split, rows in splits.items():
        with (folder / SPLITS[split]).open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([["seq", "CDR1_nogaps", "CDR2_nogaps", "CDR3_nogaps", "label"], *rows])


if __name__ == "__main__":
    main()
