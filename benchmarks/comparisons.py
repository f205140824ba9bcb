"""What one submission more costs where N were compared already, beside comparing all of them anew.

    python -m benchmarks.comparisons [--before 20 100] [--anew]

Sets of the size of jain (86) and of harvey-test (25,007 rows in groups). Every table is read from bytes, as the
store gives it. Printed are the processor's seconds to read the N + 1 tables, and to compare: reading is in the
second figure as well. With --anew all pairs are made again too, and the ratio of both is printed. That the results
are the same bit for bit is tested, not measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from polyreact.evaluation.compare import compare_submissions
from polyreact.evaluation.measure import Truth
from polyreact.results.comparison_records import PAIR_COLUMNS, ComparedRecord, ComparisonsRecord
from polyreact.sequences import SequenceId
from polyreact.submission.predictions import Prediction, parse_predictions

#: Rows, groups (0: none), and the share of polyreactive.
SETS = {"jain": (86, 0, 0.34), "harvey-test": (25_007, 23_686, 0.54)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--anew", action="store_true")
    options = parser.parse_args()
    for name, (rows, groups, share) in SETS.items():
        random = np.random.default_rng(1)
        ids = [SequenceId(f"{name}-{row:05d}") for row in range(rows)]
        labels = (random.random(rows) < share).astype(int)
        group_of = dict(zip(ids, map(str, random.integers(0, groups, rows)), strict=True)) if groups else None
        truth = Truth(dict(zip(ids, labels.tolist(), strict=True)), None, group_of)
        for before in options.before:
            tables = {f"lab-{number:04d}": draw_table(random, ids, labels) for number in range(before + 1)}
            measure(name, tables, truth, anew=options.anew)


def measure(name: str, tables: dict[str, bytes], truth: Truth, *, anew: bool) -> None:
    """One set with so many tables, of which the last is new."""

    def read(submission: str) -> tuple[Prediction, ...] | list[Prediction]:
        parsed = parse_predictions(tables[submission], tuple(truth.labels))
        assert isinstance(parsed, list | tuple)
        return parsed

    names = sorted(tables)
    reading, _ = take(lambda: [len(read(submission)) for submission in names])
    kept = keep(names[:-1], truth)
    seconds, _ = take(lambda: compare_submissions(names, read, truth, None, kept))
    told = f"{name}, {len(names) - 1} and one more: {seconds:.2f} s, of which reading {reading:.2f} s"
    if anew:
        again, _ = take(lambda: compare_submissions(names, read, truth))
        told += f"; all anew {again:.2f} s, {again / seconds:.1f} times as long"
    print(told)


def keep(names: list[str], truth: Truth) -> ComparisonsRecord:
    """Comparisons that stand for those made before: of what is kept, no figure enters what is new."""
    figures = [ComparedRecord(submission=name, predictions_sha256="00" * 32, auroc=0.5, right=0) for name in names]
    pairs = np.zeros(len(names) * (len(names) - 1) // 2, PAIR_COLUMNS)
    return ComparisonsRecord("set", "set", 1, 1, "00" * 32, 0.95, "", len(truth.labels), tuple(figures), pairs)


def draw_table(random: np.random.Generator, ids: list[SequenceId], labels: np.ndarray) -> bytes:
    """The predictions of a submission of AUROC about .75, as a store keeps them."""
    scores = random.normal(size=labels.size) + random.uniform(0.6, 1.4) * labels
    rows = [f"{name},{int(score > 0.5)},{score!r}" for name, score in zip(ids, scores.tolist(), strict=True)]
    return ("sequence_id,prediction,score\n" + "\n".join(rows) + "\n").encode()


def take(work: Callable[[], object]) -> tuple[float, object]:
    """The processor's seconds, and what was made."""
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


if __name__ == "__main__":
    main()
