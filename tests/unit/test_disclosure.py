"""What follows for certain from counts of some antibodies."""

import numpy as np
import pytest

from benchmarks.disclosure import Table, blocked, confused, describe, draw_table, find_certain, stepped


def sets(*members, of=6):
    return [np.isin(np.arange(of), each) for each in members]


@pytest.mark.parametrize(
    ("counted", "certain"),
    [
        (sets(range(6)), []),
        (sets([0, 1]), [0, 1]),  # both polyreactive
        (sets([4, 5]), [4, 5]),  # both specific
        (sets([0, 1, 2, 3], [2, 3]), [0, 1]),  # all but one of the first two sets
        (sets([2, 3], [3, 4], [2, 4]), [2, 3, 4]),  # only together
        (sets([1, 2, 3], [2, 3, 4, 5]), [1, 4, 5]),  # as one of the third and fourth is needed in both
        (sets([1, 2], [3, 4, 5]), []),
    ],
)
def test_certain_is_what_every_assignment_with_these_counts_shares(counted, certain):
    """Of six antibodies the first two and the fourth are polyreactive."""
    labels = np.array([1, 1, 0, 1, 0, 0])
    assert np.flatnonzero(find_certain(labels, counted)).tolist() == certain
    everywhere = [np.array(list(f"{number:06b}"), dtype=int) for number in range(64)]
    agreeing = [each for each in everywhere if all(each[s].sum() == labels[s].sum() for s in counted)]
    shared = np.all(np.array(agreeing) == labels, axis=0)
    assert np.flatnonzero(shared).tolist() == certain


def test_curves_tell_less_than_steps_and_more_than_confusion_matrices():
    labels = np.repeat([1, 0], [20, 40])
    table = draw_table(np.random.RandomState(2), labels)
    row = describe("one", labels, [table])
    assert row["confusion matrix"] <= row["and curves"] < row["exact staircase"] == 60
    assert len(confused(table)) == 2
    assert len(blocked(labels, table)) == 6
    assert len(stepped(Table(table.predictions, np.zeros(60)))) == 1
