"""What pools cost: a job that does nothing, how busy two workers are kept, and how dispatch grows.

    python -m benchmarks.pools

`BOUNDS` is what was promised; tests/simulation/test_pool_costs.py holds it on smaller sizes.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

from benchmarks.memory import read_peak_mib
from polyreact.execution.interface import Pool
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import DaskLocalProfile, LocalProfile
from polyreact.execution.resources import Resources

WORKERS = 2
ONE = Resources(cpus=1, memory_bytes=1, time_s=600)
PROFILES = {
    "threads": LocalProfile(Resources(WORKERS, 1 << 30)),
    "Dask on this machine": DaskLocalProfile(WORKERS, Resources(1, 1 << 30)),
}
SIZES = (100, 1_000, 10_000)
SLEEPING_JOBS, SLEEP_S = 1_000, 1.0
_STARTS = 4


@dataclass(frozen=True)
class Bounds:
    """Of a job that does nothing, of two workers' time while jobs wait, and of the driver's memory."""

    no_op_ms: float = 50.0
    busy_share: float = 0.95
    driver_mib: float = 500.0


BOUNDS = Bounds()


def nothing() -> None:
    """A job that does nothing."""


def sleep(seconds: float) -> float:
    """A job that takes its time; how long it took, in seconds."""
    begun = time.perf_counter()
    time.sleep(seconds)
    return time.perf_counter() - begun


def measure_no_ops(pool: Pool, count: int) -> float:
    """Seconds for each of so many jobs that do nothing, submitted at once, until the last has ended."""
    begun = time.perf_counter()
    _wait([pool.submit(nothing, resources=ONE, key="nothing") for _ in range(count)])
    return (time.perf_counter() - begun) / count


def measure_executor(count: int) -> float:
    """The same of Python's own pool of processes, which knows no resources and bears no killed worker."""
    with ProcessPoolExecutor(WORKERS) as executor:
        _wait([executor.submit(nothing) for _ in range(_STARTS)])
        begun = time.perf_counter()
        _wait([executor.submit(nothing) for _ in range(count)])
        return (time.perf_counter() - begun) / count


def measure_busy_share(pool: Pool, count: int, seconds: float) -> float:
    """The share of both workers' time in which they slept as asked, from the first submission to the last end."""
    begun = time.perf_counter()
    futures = [pool.submit(sleep, seconds, resources=ONE, key="sleep") for _ in range(count)]
    slept = sum(future.result() for future in futures)
    return slept / (WORKERS * (time.perf_counter() - begun))


def warm_up(pool: Pool) -> None:
    """Have each worker import what it needs."""
    _wait([pool.submit(nothing, resources=ONE, key="nothing") for _ in range(_STARTS)])


def _wait(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()


def main() -> None:
    """Measure both kinds on this machine."""
    executor_s = measure_executor(SIZES[1])
    print(f"ProcessPoolExecutor: {executor_s * 1000:.3f} ms for each of {SIZES[1]} jobs that do nothing")
    for name, profile in PROFILES.items():
        begun = time.perf_counter()
        with open_pool(profile) as pool:
            warm_up(pool)
            print(f"\n{name}: {time.perf_counter() - begun:.1f} s until its workers have run something")
            for size in SIZES:
                each_s = measure_no_ops(pool, size)
                print(f"  {size:>6} jobs that do nothing: {each_s * 1000:.3f} ms each, ", end="")
                print(f"{each_s / executor_s:.1f} times those of ProcessPoolExecutor")
            busy = measure_busy_share(pool, SLEEPING_JOBS, SLEEP_S)
            print(f"  {SLEEPING_JOBS} jobs of {SLEEP_S:g} s keep {WORKERS} workers busy for {busy:.1%} of the time")
    print(f"\nThe driver's peak memory: {read_peak_mib():.0f} MiB")


if __name__ == "__main__":
    main()
