"""Which job starts next, without any clock."""

from concurrent.futures import Future

from polyreact.execution.resources import Resources
from polyreact.execution.waiting import WaitingLine

FOUR = Resources(cpus=4, memory_bytes=100, gpus=1)


def line_with(*needs):
    line = WaitingLine(FOUR)
    for name, need in enumerate(needs):
        line.add(Future(), need, name)
    return line


def cpus(number):
    return Resources(number, 1)


def names(jobs):
    return [job.work for job in jobs]


def test_jobs_start_in_their_order_as_far_as_there_is_room():
    line = line_with(cpus(2), cpus(1), cpus(1), cpus(1))
    assert names(line.start()) == [0, 1, 2]
    assert line.waiting == 1
    line.end(line.running[1])
    assert names(line.start()) == [3]


def test_oldest_that_does_not_fit_is_not_passed_by_those_that_it_would_wait_for():
    line = line_with(cpus(2), cpus(4), cpus(1), cpus(2))
    assert names(line.start()) == [0]
    line.end(line.running[0])
    assert names(line.start()) == [1]
    line.end(line.running[0])
    assert names(line.start()) == [2, 3]


def test_job_passes_one_that_waits_for_something_else():
    gpu = Resources(1, 1, gpus=1)
    line = line_with(gpu, gpu, cpus(3), cpus(3))
    assert names(line.start()) == [0, 2], "beside three of four CPUs the second still has room for its one"
    line.end(line.running[0])
    assert names(line.start()) == [1]


def test_jobs_that_pass_leave_together_what_the_oldest_needs():
    gpu = Resources(2, 1, gpus=1)
    line = line_with(Resources(0.5, 1, gpus=1), gpu, cpus(1), cpus(1), cpus(1))
    assert names(line.start()) == [0, 2, 3], "a third would take what the second needs once the first has ended"


def test_cancelled_job_neither_runs_nor_reserves():
    line, cancelled = WaitingLine(FOUR), Future()
    line.add(Future(), cpus(2), "first")
    line.add(cancelled, cpus(4), "cancelled")
    line.add(Future(), cpus(2), "last")
    assert names(line.start()) == ["first"]
    assert cancelled.cancel()
    assert names(line.start()) == ["last"]
    assert line.waiting == 0


def test_dropping_takes_out_all_that_wait_in_their_order():
    line = line_with(cpus(4), cpus(1), cpus(2), cpus(1))
    line.start()
    assert names(line.drop()) == [1, 2, 3]
    assert line.waiting == 0
    assert names(line.running) == [0]


def test_many_waiting_jobs_cost_no_more_each_than_few():
    """A job is looked at once for each need, not once for each job that waits."""
    line = line_with(*[cpus(4)] * 10_000)
    looked_at = 0
    while jobs := line.start():
        looked_at += len(jobs)
        line.end(jobs[0])
    assert looked_at == 10_000
    assert len(line._waiting) <= 1


def test_nothing_starts_without_workers_and_what_they_have_room_for_when_they_come():
    line = line_with(cpus(2), cpus(2), cpus(2))
    line.set_workers([])
    assert names(line.start()) == []
    assert line.waiting == 3
    line.set_workers([cpus(2)])
    assert names(line.start()) == [0]
    line.set_workers([cpus(2)] * 4)
    assert names(line.start()) == [1], "never more than the first budget, however many workers there are"


def test_job_that_no_worker_there_could_run_keeps_nobody_waiting():
    line = line_with(cpus(4), cpus(2), cpus(2))
    line.set_workers([cpus(2), cpus(2)])
    assert names(line.start()) == [1, 2]
    line.set_workers([cpus(4)])
    for job in line.running:
        line.end(job)
    assert names(line.start()) == [0]


def test_job_whose_only_worker_has_gone_takes_nothing_of_the_others():
    line = line_with(cpus(3), cpus(2))
    line.set_workers([cpus(3)])
    assert names(line.start()) == [0]
    line.set_workers([cpus(2)])
    assert names(line.start()) == [1]
