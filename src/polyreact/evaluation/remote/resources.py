"""What a job needs of the machine that runs it; pure."""

from __future__ import annotations

from polyreact.engines.policy import MIB
from polyreact.evaluation.plan import Job
from polyreact.execution.resources import Resources

#: Beside the container: our own process, which reads and judges the table (145 MiB at 25,007 antibodies, scoring
#: included), and the engine's for this container.
BESIDE_THE_CONTAINER_BYTES = 512 * MIB
#: Beside the wall time: the end of the container, creating and removing it, and reading what it wrote.
BESIDE_THE_RUN_S = 180


def resources_of(job: Job) -> Resources:
    """What one attempt at one container run of a job takes at most.

    Memory: the container's own limit, in which what it writes to /tmp, /dev/shm and /output counts already, and
    what stands beside it. Time: without the pull of the image and without what the platform repeats. On a fold
    track there is such a run for each fold, one after the other.
    """
    limits = job.policy.limits
    return Resources(
        cpus=limits.cpus,
        memory_bytes=limits.memory_bytes + BESIDE_THE_CONTAINER_BYTES,
        gpus=job.policy.gpus,
        time_s=limits.wall_time_s + job.policy.terminate_grace_s + BESIDE_THE_RUN_S,
    )
