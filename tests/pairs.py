"""All pairs of a board's submissions, as the statistics of ranks take them."""

from polyreact.statistics.comparison import compare_pairs
from polyreact.statistics.ranks import Pair


def compare_all(aurocs):
    """Every two of the submissions."""
    return tuple(Pair(first, second, found.p_value) for first, second, found in compare_pairs(aurocs))
