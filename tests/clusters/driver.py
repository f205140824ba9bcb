"""A driver to be killed: `driver.py PROFILE FOLDER JOBS SECONDS` runs one_result.py for every number not done yet.

It writes what it does to its stdout, a line each, and ends with status 0 once every number has its result.
"""

from __future__ import annotations

import sys
from concurrent.futures import as_completed
from pathlib import Path

from clusters import one_result
from polyreact.execution.command import PYTHON, run_command
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import parse_profile
from polyreact.execution.resources import Resources

_NEED = Resources(cpus=1, memory_bytes=256 << 20, time_s=60)
_LIMIT_S = 60.0


def main(profile: Path, folder: Path, jobs: int, seconds: str) -> int:
    """Run what is not done; the exit status."""
    for name in ("results", "locks", "twins"):
        (folder / name).mkdir(exist_ok=True)
    left = [number for number in range(jobs) if not (folder / "results" / one_result.name_of(number)).exists()]
    print(f"left {len(left)}", flush=True)  # noqa: T201
    with open_pool(parse_profile(profile.read_bytes(), str(profile))) as pool:
        futures = {
            pool.submit(
                run_command,
                (PYTHON, one_result.__file__, str(folder), str(number), seconds),
                {},
                _LIMIT_S,
                resources=_NEED,
                key=f"number-{number}",
            ): number
            for number in left
        }
        for future in as_completed(futures):
            done = future.result()
            print(f"done {futures[future]} {done.exit_code} {done.stderr_end}", flush=True)  # noqa: T201
            if done.exit_code:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
