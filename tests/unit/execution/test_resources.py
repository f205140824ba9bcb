import pytest

from polyreact.execution.resources import Resources, sum_resources

HAS = Resources(cpus=2, memory_bytes=10, gpus=1, time_s=100)


@pytest.mark.parametrize(
    ("need", "fits"),
    [
        (Resources(2, 10, 1, 100), True),
        (Resources(0.5, 1, 0, 1), True),
        (Resources(2.1, 1, 0, 1), False),
        (Resources(1, 11, 0, 1), False),
        (Resources(1, 1, 2, 1), False),
        (Resources(1, 1, 0, 101), False),
        (Resources(1, 1), False),  # without a bound on its time it would outlive the worker
    ],
)
def test_job_fits_where_a_worker_has_all_that_it_needs(need, fits):
    assert need.fits(HAS) is fits


def test_worker_that_stays_takes_jobs_of_any_time():
    stays = Resources(1, 1)
    assert Resources(1, 1, 0, 10**6).fits(stays)
    assert Resources(1, 1).fits(stays)


def test_what_is_taken_counts():
    assert Resources(1, 5).fits_beside(Resources(1, 5), HAS)
    assert not Resources(1, 5).fits_beside(Resources(1, 6), HAS)
    assert sum_resources([Resources(1, 2, 1, 5), Resources(0.5, 3)]) == Resources(1.5, 5, 1)


def test_amount_is_told_in_words():
    assert str(Resources(2, 3 << 30)) == "2 CPU, 3 GiB"
    assert str(Resources(0.5, 1 << 29, 2, 60)) == "0.5 CPU, 0.5 GiB, 2 GPU, 60 s"
