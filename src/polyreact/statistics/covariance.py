"""AUROCs of several submissions on the same antibodies and how they vary together (DeLong, Obuchowski)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from polyreact.statistics.interval import NO_NEGATIVES, NO_POSITIVES, ONE_NEGATIVE, ONE_POSITIVE, Unavailable


@dataclass(frozen=True, slots=True)
class Covariance:
    """The estimated covariance of k AUROCs, what follows for the differences of two, and degrees of freedom.

    All arrays are of shape (k, k) but the last, which is of shape (k,) and belongs to the variances on the diagonal
    of `matrix`. Degrees are Satterthwaite's (1946, Biometrics Bull 2:110): each class brings one less than it has
    groups; infinite where both bring no variance.
    """

    matrix: npt.NDArray[np.float64]
    of_differences: npt.NDArray[np.float64]
    degrees_of_differences: npt.NDArray[np.float64]
    degrees: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Aurocs:
    """The AUROCs of k submissions on the same n antibodies, and what intervals and comparisons need.

    `positive_groups` and `negative_groups` count the groups with an antibody of the class, which are the
    antibodies themselves where there are no `groups`, numbers from 0 of shape (n,). `covariance` is None where
    either is 1. `twice_ranks`, of shape (k, n), has the middle rank of each row's score, doubled. Where `parts`
    is above 1 the values are means over so many parts of the antibodies, and ranks are those within a part.
    `is_grouped` says whether the covariance knows groups.
    """

    values: tuple[float, ...]
    positive_groups: int
    negative_groups: int
    covariance: Covariance | None
    is_positive: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64] | None
    twice_ranks: npt.NDArray[np.int64]
    parts: int = 1
    is_grouped: bool = False

    @property
    def positives(self) -> int:
        """How many antibodies are polyreactive."""
        return int(self.is_positive.sum())

    @property
    def negatives(self) -> int:
        """How many antibodies are specific."""
        return int(self.is_positive.size) - self.positives

    @property
    def smaller_class(self) -> int:
        """How many groups the class with fewer has."""
        return min(self.positive_groups, self.negative_groups)


@dataclass(frozen=True, slots=True)
class Placements:
    """Where k submissions put the same n antibodies: whole numbers, from which AUROCs and covariances follow.

    `placements`, of shape (k, n), count for each row how many of the other class it is on the right side of, and
    `twice_ranks` are its middle ranks, all doubled. `groups` are numbers from 0, None where each row is its own.
    """

    is_positive: npt.NDArray[np.bool_]
    groups: npt.NDArray[np.int64] | None
    placements: npt.NDArray[np.int64]
    twice_ranks: npt.NDArray[np.int64]


def join_placements(parts: Sequence[Placements]) -> Placements:
    """The submissions of all parts, one part after the other; all are of the same antibodies."""
    return replace(
        parts[0],
        placements=np.concatenate([part.placements for part in parts]),
        twice_ranks=np.concatenate([part.twice_ranks for part in parts]),
    )


def place_scores(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
) -> Placements | Unavailable:
    """What `count_aurocs` counts, in one sort a submission: O(k n log n). As `estimate_aurocs` for the arrays."""
    _validate(labels, scores, groups)
    is_positive = labels == 1
    if not bool(is_positive.any()):
        return Unavailable(NO_POSITIVES)
    if bool(is_positive.all()):
        return Unavailable(NO_NEGATIVES)
    placed = [_place(is_positive, row) for row in scores]
    return Placements(
        is_positive=is_positive,
        groups=None if groups is None else number_groups(groups),
        placements=np.array([row[0] for row in placed]),
        twice_ranks=np.array([row[1] for row in placed]),
    )


def count_aurocs(placed: Placements) -> Aurocs:
    """The AUROCs of k submissions and their covariance: O(k^2 n).

    No two submissions' part of it hangs on which others there are, to the last bit.
    """
    rows, group_of = placed.is_positive, placed.groups
    positives = int(rows.sum())
    negatives = int(rows.size) - positives
    wins = placed.placements[:, rows].sum(axis=1).tolist()
    above, below = (_totals(placed.placements, own, group_of) for own in (rows, ~rows))
    has_spread = min(above.groups, below.groups) > 1
    covariance = _covariance(above, below, is_grouped=group_of is not None) if has_spread else None
    return Aurocs(
        values=tuple(won / (2 * positives * negatives) for won in wins),
        positive_groups=above.groups,
        negative_groups=below.groups,
        covariance=covariance,
        is_positive=rows,
        groups=group_of,
        twice_ranks=placed.twice_ranks,
        is_grouped=group_of is not None,
    )


def estimate_aurocs(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    groups: npt.NDArray[np.integer] | None = None,
) -> Aurocs | Unavailable:
    """The AUROCs of k submissions and their covariance, in one sort each: O(k n log n + k^2 n).

    The covariance is Obuchowski's (1997, Biometrics 53:567), which is that of DeLong, DeLong and Clarke-Pearson
    (1988, Biometrics 44:837) where each row is its own group. Up to its last division it is counted in whole
    numbers, so that neither the order of the rows nor the machine changes a bit.

    `labels` are 0 or 1, of shape (n,), `scores` finite, of shape (k, n), and `groups`, of shape (n,), are equal
    where antibodies belong together. Raises ValueError where they are not. Unavailable where a class is empty.
    """
    placed = place_scores(labels, scores, groups)
    return placed if isinstance(placed, Unavailable) else count_aurocs(placed)


def average_aurocs(parts: Sequence[Aurocs]) -> Aurocs | Unavailable:
    """The mean over parts that have no antibody in common, such as folds, of each submission's AUROC.

    Parts vary independently, so the covariance of the means is the sum of theirs over the square of how many parts
    there are; degrees of freedom are Satterthwaite's over the parts. `parts` may not be empty. Unavailable where a
    part has a class of a single antibody (or group).
    """
    covariances = [part.covariance for part in parts if part.covariance is not None]
    if len(covariances) < len(parts):
        lone = next(part for part in parts if part.covariance is None)
        return Unavailable(ONE_POSITIVE if lone.positive_groups == 1 else ONE_NEGATIVE)
    of_differences = [covariance.of_differences for covariance in covariances]
    own = [np.diag(covariance.matrix) for covariance in covariances]
    return Aurocs(
        values=tuple(
            math.fsum(values) / len(parts) for values in zip(*(part.values for part in parts), strict=True)
        ),
        positive_groups=sum(part.positive_groups for part in parts),
        negative_groups=sum(part.negative_groups for part in parts),
        covariance=Covariance(
            matrix=np.sum([covariance.matrix for covariance in covariances], axis=0) / len(parts) ** 2,
            of_differences=np.sum(of_differences, axis=0) / len(parts) ** 2,
            degrees_of_differences=_pool_degrees(
                of_differences, [covariance.degrees_of_differences for covariance in covariances]
            ),
            degrees=_pool_degrees(own, [covariance.degrees for covariance in covariances]),
        ),
        is_positive=np.concatenate([part.is_positive for part in parts]),
        groups=None,
        twice_ranks=np.concatenate([part.twice_ranks for part in parts], axis=1),
        parts=len(parts),
        is_grouped=any(part.is_grouped for part in parts),
    )


def _pool_degrees(
    variances: Sequence[npt.NDArray[np.float64]], degrees: Sequence[npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    whole = np.sum(variances, axis=0)
    spread = np.sum([np.square(part) / free for part, free in zip(variances, degrees, strict=True)], axis=0)
    pooled = np.full(whole.shape, np.inf)
    np.divide(np.square(whole), spread, out=pooled, where=spread > 0)
    return pooled


def number_groups(groups: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """The number of each row's group, from 0 in the order of their names; O(n) where these are such numbers."""
    if groups.size and groups.dtype.kind in "iu" and int(groups.min()) >= 0 and int(groups.max()) < groups.size:
        numbers = np.asarray(groups, dtype=np.int64)
        if bool(np.bincount(numbers).all()):
            return numbers
    return np.asarray(np.unique(groups, return_inverse=True)[1], dtype=np.int64)


def sum_by_group(values: npt.NDArray[np.int64], groups: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The sums of whole numbers by group; as long as they are below 2^53, which a double holds exactly."""
    return np.bincount(groups, weights=values).astype(np.int64)


def _place(
    is_positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of each row, how many of the other class it is on the right side of, and its rank; both twice, ties half."""
    distinct, score_of = np.unique(scores, return_inverse=True)
    positives = np.bincount(score_of[is_positive], minlength=distinct.size)
    sizes = np.bincount(score_of, minlength=distinct.size)
    negatives = sizes - positives
    beaten = 2 * np.cumsum(negatives) - negatives
    beating = 2 * (int(positives.sum()) - np.cumsum(positives)) + positives
    twice_rank = 2 * np.cumsum(sizes) - sizes + 1
    return np.where(is_positive, beaten[score_of], beating[score_of]), twice_rank[score_of]


@dataclass(frozen=True, slots=True)
class _Totals:
    """One class by groups: of each submission the groups' summed placements, (k, g), and their sizes, (g,)."""

    placements: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    @property
    def groups(self) -> int:
        return int((self.sizes > 0).sum())

    @property
    def members(self) -> int:
        return int(self.sizes.sum())


def _totals(
    placements: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64] | None
) -> _Totals:
    if groups is None:
        return _Totals(placements[:, rows], np.ones(int(rows.sum()), dtype=np.int64))
    by_group = [sum_by_group(row, groups) for row in np.where(rows, placements, 0)]
    return _Totals(np.array(by_group), sum_by_group(rows.astype(np.int64), groups))


def _covariance(above: _Totals, below: _Totals, *, is_grouped: bool) -> Covariance:
    """The sum of what positives, negatives and groups with both bring, each a whole number over a whole number.

    Placements are counted twice, so the numbers below are those of the paper with a 4 more in each divisor.
    """
    positives, negatives = above.members, below.members
    from_positives = _spread(above, above) * above.groups
    positives_unit = 4 * (above.groups - 1) * positives**4 * negatives**2
    from_negatives = _spread(below, below) * below.groups
    negatives_unit = 4 * (below.groups - 1) * positives**2 * negatives**4
    matrix = _divide(from_positives, positives_unit) + _divide(from_negatives, negatives_unit)
    own = _divide(np.diag(from_positives), positives_unit), _divide(np.diag(from_negatives), negatives_unit)
    between = (
        _divide(_of_differences(from_positives), positives_unit),
        _divide(_of_differences(from_negatives), negatives_unit),
    )
    of_differences = between[0] + between[1]
    if is_grouped:
        crossed = _spread(above, below)
        from_both = (crossed + crossed.T) * above.sizes.size
        both_unit = 4 * (above.sizes.size - 1) * positives**3 * negatives**3
        matrix = matrix + _divide(from_both, both_unit)
        of_differences = of_differences + _divide(_of_differences(from_both), both_unit)
    return Covariance(
        matrix=matrix,
        of_differences=np.maximum(of_differences, 0.0),
        degrees_of_differences=_degrees(*between, above.groups, below.groups),
        degrees=_degrees(*own, above.groups, below.groups),
    )


def _spread(first: _Totals, second: _Totals) -> npt.NDArray[np.object_]:
    """Sum over groups of (a T - t A) (b U - u B): how the groups' totals T and U stray from their share of A and B.

    A is the sum of all totals T, t the size of a group and a that of all groups; so for U. Exact whole numbers.
    """
    first_all, second_all = (totals.placements.sum(axis=1).astype(object) for totals in (first, second))
    sizes = _products(first.sizes[np.newaxis], second.sizes[np.newaxis])[0, 0]
    with_sizes = _products(first.placements, second.sizes[np.newaxis])[:, 0]
    sizes_with = _products(second.placements, first.sizes[np.newaxis])[:, 0]
    spread: npt.NDArray[np.object_] = (
        first.members * second.members * _products(first.placements, second.placements)
        - first.members * np.outer(with_sizes, second_all)
        - second.members * np.outer(first_all, sizes_with)
        + sizes * np.outer(first_all, second_all)
    )
    return spread


def _products(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """`first` times the transpose of `second` in whole numbers, wider ones where 64 bits might not hold a sum."""
    largest = max(float(np.square(rows.astype(np.float64)).sum(axis=1).max()) for rows in (first, second))
    if largest > 2.0**62:
        return np.asarray(first.astype(object) @ second.astype(object).T)
    return (first @ second.T).astype(object)


def _of_differences(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    own = np.diag(parts)
    return np.asarray(own[:, np.newaxis] + own[np.newaxis] - parts - parts.T)


def _divide(numerators: npt.NDArray[np.object_], divisor: int) -> npt.NDArray[np.float64]:
    """Rounded once, since Python divides whole numbers of any size so."""
    return np.asarray(numerators / divisor, dtype=np.float64)


def _degrees(
    above: npt.NDArray[np.float64], below: npt.NDArray[np.float64], above_groups: int, below_groups: int
) -> npt.NDArray[np.float64]:
    spread = np.square(above) / (above_groups - 1) + np.square(below) / (below_groups - 1)
    degrees = np.full(above.shape, np.inf)
    np.divide(np.square(above + below), spread, out=degrees, where=spread > 0)
    return degrees


def _validate(
    labels: npt.NDArray[np.integer], scores: npt.NDArray[np.floating], groups: npt.NDArray[np.integer] | None
) -> None:
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"labels must be of shape (n,) with n > 0, not {labels.shape}")
    if not bool(np.all((labels == 0) | (labels == 1))):
        raise ValueError("labels must be 0 or 1")
    if scores.ndim != 2 or scores.shape[1] != labels.size:  # noqa: PLR2004 - submissions and antibodies
        raise ValueError(f"scores must be of shape (k, {labels.size}), not {scores.shape}")
    if not bool(np.all(np.isfinite(scores))):
        raise ValueError("scores must be finite")
    if groups is not None and groups.shape != labels.shape:
        raise ValueError(f"there are groups of shape {groups.shape} for {labels.size} labels")
