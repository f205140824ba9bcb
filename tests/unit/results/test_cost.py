"""What recorded runs cost."""

import pytest

from polyreact.results.cost import Cost, by_submission, by_track, gpus_of, sum_all, sum_costs
from polyreact.results.records import LimitsRecord, OutcomeKind
from unit.leaderboard.sample_boards import record, run


def ran(name, on="jain", kind=OutcomeKind.VALID, **measured):
    return record(name, on, run=run(kind, **measured))


RECORDS = [
    ran("lab-a", "jain", wall_s=10.0, cpu_s=20.0, peak_memory_bytes=100),
    ran("lab-a", "shehata", wall_s=5.0, cpu_s=None, peak_memory_bytes=None),
    ran("lab-b", "jain", OutcomeKind.SUBMISSION_FAULT, wall_s=1.0, cpu_s=1.5, peak_memory_bytes=300),
]


def test_costs_by_submission_are_sums_and_the_highest_memory():
    first, second = sum_costs(reversed(RECORDS), by_submission)
    assert first == Cost("lab-a", 2, 0, 15.0, 20.0, 1, 5.0, 0.0, 100)
    assert second == Cost("lab-b", 1, 1, 1.0, 1.5, 0, 0.0, 0.0, 300)


def test_costs_by_track_and_in_all_are_of_the_same_runs():
    tracks = sum_costs(RECORDS, by_track)
    total = sum_all(RECORDS)
    assert [(one.name, one.runs) for one in tracks] == [("jain", 2), ("shehata", 1)]
    assert total == Cost("total", 3, 1, 16.0, 21.5, 1, 5.0, 0.0, 300)
    for name in ("runs", "failed", "wall_s", "cpu_s", "without_cpu", "wall_s_without_cpu"):
        assert sum(getattr(one, name) for one in tracks) == getattr(total, name)


def test_unknown_memory_is_not_zero():
    assert sum_all(RECORDS[1:2]).peak_memory_bytes is None


def test_no_records_cost_nothing():
    assert sum_costs([], by_track) == ()
    assert sum_all([]) == Cost("total")


@pytest.mark.parametrize("gpus", [0, 2])
def test_gpu_seconds_are_those_of_the_clock_for_each_gpu_that_the_limits_name(gpus):
    class Limits(LimitsRecord):
        gpus: int

    made = run(wall_s=10.0)
    limits = Limits(**made.limits.model_dump() | {"gpus": gpus})
    one = record("lab-a", run=made.model_copy(update={"limits": limits}))
    assert (gpus_of(one), sum_all([one]).gpu_s) == (gpus, gpus * 10.0)
    assert gpus_of(RECORDS[0]) == 0
