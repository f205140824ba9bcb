"""Which antibodies of a set are not independent of each other, and folds that keep those together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

from polyreact.similarity import cluster_sequences

G = TypeVar("G", bound=Hashable)

#: VH of this identity or more are taken for relatives: a third of Boughter's have one at 95 %.
CLONE_IDENTITY = 0.95


def name_clones(heavies: Sequence[str]) -> tuple[str, ...]:
    """The clone of each VH, `clone-0001` being that of the first: clusters at 95 % identity, single linkage."""
    return tuple(f"clone-{number + 1:04d}" for number in cluster_sequences(heavies, CLONE_IDENTITY))


def assign_folds(groups: Sequence[G], labels: Sequence[int], folds: int) -> tuple[int, ...]:
    """A fold from 1 to `folds` for each row, so that no group stands in two and the classes are spread evenly.

    The largest group goes first, each to the fold where the sum of squares of the class counts grows least; of
    equal groups the one that appears first, of equal folds the first. Nothing is drawn by chance.
    """
    counts: dict[G, Counter[int]] = {}
    for group, label in zip(groups, labels, strict=True):
        counts.setdefault(group, Counter())[label] += 1
    filled = [Counter[int]() for _ in range(folds)]
    fold_of: dict[G, int] = {}
    for group in sorted(counts, key=lambda group: -counts[group].total()):  # stable: first come, first served
        added = counts[group]
        growth = [sum(n * (2 * fold[label] + n) for label, n in added.items()) for fold in filled]
        chosen = growth.index(min(growth))
        filled[chosen] += added
        fold_of[group] = chosen + 1
    return tuple(fold_of[group] for group in groups)
