"""All pairs of a board's submissions, as the statistics of ranks take them."""

from polyreact.statistics.comparison import compare_pairs


def compare_all(aurocs):
    """The p-values of every two of the submissions, in their order."""
    return [found.p_value for _, _, found in compare_pairs(aurocs)]
