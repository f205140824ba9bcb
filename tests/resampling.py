"""Bootstraps that draw group by group and copy the rows: slow second opinions on what `statistics` works out."""

import math

import numpy as np


def draw_groups(seed=1, groups=150, *, ties=False):
    """Labels, scores and groups: 1 to 9 rows share half of the variance of their scores and mostly a label."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 10, groups)
    group_of = np.repeat(np.arange(groups), sizes)
    labels = ((rng.random(groups) < 0.5)[group_of] ^ (rng.random(group_of.size) < 0.1)).astype(np.int64)
    scores = labels + (rng.normal(size=groups)[group_of] + rng.normal(size=group_of.size)) / math.sqrt(2)
    return labels, np.round(scores, 1) if ties else scores, group_of


def resample_groups(measure, columns, groups, draws, seed=5):
    """`measure` of the rows of as many groups as there are, drawn with replacement, `draws` times."""
    rng = np.random.default_rng(seed)
    rows_of = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    found = []
    for _ in range(draws):
        rows = np.concatenate([rows_of[group] for group in rng.integers(len(rows_of), size=len(rows_of))])
        found.append(measure(*(column[rows] for column in columns)))
    return np.array(found)
