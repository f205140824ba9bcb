"""What the intervals and the curves of a submission and the comparisons of a board cost.

    python -m benchmarks.intervals

All metrics with their intervals, at sizes from 1,000 rows to 1,000,000, with and without groups; beside a
1,000-draw bootstrap over scikit-learn of those it has at Harvey's size, which is timed for a few draws and
multiplied; and a board of Harvey's size, 20 submissions with all pairs by AUROC and accuracy, and ranks. Half of
the rows are polyreactive. All runs in this process, one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np
from sklearn import metrics as peer

from polyreact.evaluation.measure import Measurement
from polyreact.evaluation.measure import measure as measure_all
from polyreact.statistics.comparison import compare_accuracy, compare_pairs
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.curves import draw_curves, form_blocks
from polyreact.statistics.distribution import bin_scores
from polyreact.statistics.ranks import rank_entries

HARVEY, HARVEY_TEST = 141_474, 25_007
SUBMISSIONS = 20
BOOTSTRAP_DRAWS, TIMED_DRAWS = 1000, 3


def main() -> None:
    """Prints the times."""
    for rows in (1_000, 10_000, 100_000, HARVEY, 1_000_000):
        labels, scores, groups = draw(rows)
        seconds = best(partial(measure, labels, scores), 3)
        grouped = best(partial(measure, labels, scores, groups), 3)
        per_row = seconds / (rows * np.log2(rows)) * 1e9
        print(
            f"{rows:>9} rows: {seconds:7.4f} s, {per_row:5.1f} ns per row and log2(rows); by groups {grouped:.2f} s"
        )
    labels, scores, _ = draw(HARVEY)
    ours = best(partial(measure, labels, scores), 3)
    theirs = best(partial(bootstrap, labels, scores), 1) / TIMED_DRAWS * BOOTSTRAP_DRAWS
    print(
        f"scikit-learn, {BOOTSTRAP_DRAWS} draws of {HARVEY} rows: {theirs:.0f} s, {theirs / ours:.0f} times as long"
    )
    labels, scores, groups = draw(HARVEY)
    drawn = [best(partial(draw_all, labels, scores, told), 3) for told in (None, groups)]
    print(f"curves and distribution, {HARVEY} rows: {drawn[0]:.3f} s, by groups {drawn[1]:.3f} s")
    for rows in (HARVEY_TEST, HARVEY):
        labels, scores, groups = draw(rows, SUBMISSIONS)
        alone = best(partial(compare_board, labels, scores), 1)
        grouped = best(partial(compare_board, labels, scores, groups), 1)
        print(f"board of {SUBMISSIONS}, {rows} rows: {alone:.2f} s, by groups {grouped:.2f} s")


def draw(rows: int, submissions: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities of one submission of AUROC about .76 or of as many about it, and groups of about 5."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, rows)
    shape = rows if submissions is None else (submissions, rows)
    gaps = 1.0 if submissions is None else np.linspace(0.6, 1.4, submissions)[:, np.newaxis]
    scores = 1 / (1 + np.exp(0.5 - rng.normal(size=shape) - gaps * labels))
    return labels, scores, rng.integers(0, rows // 5, rows)


def measure(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray | None = None) -> Measurement:
    """Every metric of one submission and every interval, as scoring makes them."""
    called = (scores > 0.5).astype(np.int64)
    return measure_all(labels, called, scores, is_probability=True, assay=scores + labels, groups=groups)


def draw_all(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray | None = None) -> None:
    """Both curves of one submission with their bands, and the distribution of its scores."""
    draw_curves(labels, scores, groups)
    bin_scores(scores, form_blocks(labels, scores).shares, is_probability=False)


def compare_board(labels: np.ndarray, scores: np.ndarray, groups: np.ndarray | None = None) -> None:
    """The intervals of all AUROCs, every two submissions by AUROC and by accuracy, and the ranks."""
    aurocs = estimate_aurocs(labels, scores, groups)
    rank_entries(aurocs.values, [found.p_value for _, _, found in compare_pairs(aurocs)])
    called = (scores > 0.5).astype(np.int64)
    for first, second in combinations(called, 2):
        compare_accuracy(labels, first, second, groups)


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
        peer.brier_score_loss(truth, drawn)
        peer.log_loss(truth, drawn)


def best(work: Callable[[], object], times: int) -> float:
    """The fewest seconds of as many tries."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
