"""What all intervals of one submission cost, beside a 1,000-draw bootstrap of the same metrics over scikit-learn.

    python benchmarks/intervals.py

Half of the rows are polyreactive; the bootstrap is timed for a few draws and multiplied. Both run in this process,
one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from sklearn import metrics as peer

from polyreact.statistics.auroc import auroc_interval
from polyreact.statistics.bootstrap import grouped_auroc_interval
from polyreact.statistics.proportions import (
    balanced_accuracy_interval,
    f1_interval,
    mcc_interval,
    wilson_interval,
    youden_interval,
)

HARVEY, HARVEY_TEST = 141_474, 25_007
BOOTSTRAP_DRAWS, TIMED_DRAWS = 1000, 5


def main() -> None:
    """Prints the times."""
    for rows in (1_000, 10_000, 100_000, HARVEY, 1_000_000):
        labels, scores = draw(rows)
        seconds = _best(lambda labels=labels, scores=scores: all_intervals(labels, scores), 5)
        per_row = seconds / (rows * np.log2(rows)) * 1e9
        print(f"{rows:>9} rows: {1000 * seconds:8.2f} ms, {per_row:.2f} ns per row and log2(rows)")
    labels, scores = draw(HARVEY)
    ours = _best(lambda: all_intervals(labels, scores), 5)
    theirs = _best(lambda: bootstrap(labels, scores), 1) / TIMED_DRAWS * BOOTSTRAP_DRAWS
    print(
        f"scikit-learn, {BOOTSTRAP_DRAWS} draws of {HARVEY} rows: {theirs:.0f} s, {theirs / ours:.0f} times as long"
    )
    for rows in (HARVEY_TEST, HARVEY):
        labels, scores = draw(rows)
        groups = np.random.default_rng(2).integers(0, rows * 4 // 5, rows)
        seconds = _best(lambda: grouped_auroc_interval(labels, scores, groups, seed=1), 1)  # noqa: B023
        print(f"AUROC by groups, {rows} rows, 2,000 draws: {seconds:.2f} s")


def draw(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores of AUROC .76."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, rows)
    return labels, rng.normal(size=rows) + labels


def all_intervals(labels: np.ndarray, scores: np.ndarray) -> None:
    """Every interval that a board shows for one submission."""
    called = scores > 0.5
    positives = int(labels.sum())
    right, wrong = int((called & (labels == 1)).sum()), int((called & (labels == 0)).sum())
    negatives = labels.size - positives
    auroc_interval(labels, scores)
    wilson_interval(right, positives)
    wilson_interval(negatives - wrong, negatives)
    wilson_interval(right, right + wrong)
    wilson_interval(right + negatives - wrong, labels.size)
    for make in (balanced_accuracy_interval, youden_interval, f1_interval, mcc_interval):
        make(right, positives, wrong, negatives)


def bootstrap(labels: np.ndarray, scores: np.ndarray) -> None:
    """The same metrics of TIMED_DRAWS resampled tables."""
    rng = np.random.default_rng(1)
    for _ in range(TIMED_DRAWS):
        rows = rng.integers(0, labels.size, labels.size)
        truth, drawn = labels[rows], scores[rows]
        called = (drawn > 0.5).astype(int)
        peer.roc_auc_score(truth, drawn)
        for metric in (peer.recall_score, peer.precision_score, peer.accuracy_score, peer.f1_score):
            metric(truth, called)
        peer.recall_score(truth, called, pos_label=0)
        peer.balanced_accuracy_score(truth, called)
        peer.matthews_corrcoef(truth, called)


def _best(work: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
