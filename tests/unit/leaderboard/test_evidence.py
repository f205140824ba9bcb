"""What a page says of the time that a run took, in one piece, in folds or in slices."""

from datetime import UTC, datetime

import pytest

from polyreact.leaderboard.site.views.evidence import build_resources
from polyreact.results.records import FoldRunRecord, SliceRunRecord
from unit.leaderboard.sample_boards import run

MEASURED = {
    "shuffle_seed": "0" * 32,
    "started_at": datetime(2026, 1, 2, tzinfo=UTC),
    "wall_s": 20.0,
    "cpu_s": None,
    "peak_memory_bytes": None,
    "exit_code": 0,
}
FOLDS = tuple(FoldRunRecord(name=name, train_rows=2, test_rows=1, **MEASURED) for name in ("a", "b"))
SLICES = tuple(SliceRunRecord(number=n, of=3, rows=9, host=run().host, **MEASURED) for n in (1, 2, 3))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, ""), ({"folds": FOLDS}, " for each of 2 folds"), ({"slices": SLICES}, ", in 3 slices together")],
)
def test_time_is_told_with_what_its_limit_is_of(changes, words):
    made = run(**changes)
    time, *_ = build_resources(made)
    assert time.aside == f"of at most {made.limits.wall_time_s:,} s{words}"
