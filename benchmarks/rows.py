"""What one row of a track costs: bytes of inputs and predictions, seconds to read, score, draw and compare them.

    python -m benchmarks.rows [--rows 25000 100000 1000000] [--pairs 2]

Synthetic sets of an AUROC of about .75, without groups but where it is said: then every second antibody is of a
group with another one. Seconds are the processor's, of one process; memory is the
peak of that process after the largest set. Compressed is what git stores at best: zlib, each file on its own, since
no two submissions' scores are alike. Inputs are drawn as long as those of harvey-test, a VHH of 120 amino acids.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from benchmarks.comparisons import draw_table, keep
from benchmarks.memory import read_peak_mib
from polyreact.evaluation.compare import compare_submissions
from polyreact.evaluation.draw import draw_predictions
from polyreact.evaluation.measure import Truth, measure_predictions
from polyreact.files import sha256_bytes
from polyreact.sequences import SequenceId
from polyreact.submission.contract import INPUT_HEADER
from polyreact.submission.predictions import Prediction, parse_predictions

Made = TypeVar("Made")
AMINO_ACIDS = np.frombuffer(b"ACDEFGHIKLMNPQRSTVWY", dtype=np.uint8)
LENGTH = 120


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 100_000, 1_000_000])
    parser.add_argument("--pairs", type=int, default=2, help="submissions that one more is compared with")
    options = parser.parse_args()
    for rows in options.rows:
        measure(rows, options.pairs)


def measure(rows: int, pairs: int) -> None:
    """One set of so many rows."""
    random = np.random.default_rng(1)
    ids = [SequenceId(f"made-track-{row:07d}") for row in range(rows)]
    labels = (random.random(rows) < 0.5).astype(int)
    truth = Truth(dict(zip(ids, labels.tolist(), strict=True)))
    inputs = draw_inputs(random, ids)
    tables = {f"lab-{number}": draw_table(random, ids, labels) for number in range(pairs + 1)}
    names = sorted(tables)
    content = tables[names[0]]

    def read(name: str) -> tuple[Prediction, ...]:
        parsed = parse_predictions(tables[name], ids)
        assert isinstance(parsed, tuple)
        return parsed

    print(f"{rows:,} rows")
    print(f"  inputs       {len(inputs) / rows:.1f} bytes a row, compressed {compress(inputs) / rows:.1f}")
    print(f"  predictions  {len(content) / rows:.1f} bytes a row, compressed {compress(content) / rows:.1f}")
    tell("digest", take(lambda: sha256_bytes(content))[0], rows)
    reading, parsed = take(lambda: read(names[0]))
    tell("read", reading, rows)
    scoring, _ = take(lambda: measure_predictions(parsed, truth, score_is_probability=False))
    tell("score", scoring, rows)
    group_of = {name: str(number // 2 if number % 4 < 2 else -number) for number, name in enumerate(ids)}
    grouped = Truth(truth.labels, None, group_of)
    tell(
        "score, in groups", take(lambda: measure_predictions(parsed, grouped, score_is_probability=False))[0], rows
    )
    drawing, _ = take(lambda: draw_predictions(parsed, truth, score_is_probability=False))
    tell("draw", drawing, rows)
    comparing, _ = take(lambda: compare_submissions(names, read, truth, None, keep(names[:-1], truth)))
    tell(f"compare with {pairs}, reading in it", comparing, rows)
    tell("compare, each pair more than reading", (comparing - (pairs + 1) * reading) / pairs, rows)
    print(f"  peak memory  {read_peak_mib():,.0f} MiB")


def draw_inputs(random: np.random.Generator, ids: list[SequenceId]) -> bytes:
    """The inputs of a track as a submission is given them, with sequences of nothing but chance."""
    letters = AMINO_ACIDS[random.integers(0, AMINO_ACIDS.size, (len(ids), LENGTH))]
    lines = [f"{name},{row.tobytes().decode()}," for name, row in zip(ids, letters, strict=True)]
    return (",".join(INPUT_HEADER) + "\n" + "\n".join(lines) + "\n").encode()


def compress(content: bytes) -> int:
    """Bytes as git keeps a file that is like no other."""
    return len(zlib.compress(content))


def tell(what: str, seconds: float, rows: int) -> None:
    """Print one step."""
    print(f"  {what:<40} {seconds:7.2f} s, {1e6 * seconds / rows:.2f} microseconds a row")


def take(work: Callable[[], Made]) -> tuple[float, Made]:
    """The processor's seconds, and what was made."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


if __name__ == "__main__":
    main()
