"""What the driver of a plan costs grows with the plan and no faster, and stays within its memory."""

import pytest

from benchmarks.dispatch import measure_apart


@pytest.mark.slow
def test_plan_of_ten_times_the_jobs_costs_ten_times_as_much():
    """In processor time, since a test machine does other things besides."""
    small, large = measure_apart(200), measure_apart(2_000)
    assert large["cpu_s"] / small["cpu_s"] < 15
    assert large["peak_mib"] < 500
