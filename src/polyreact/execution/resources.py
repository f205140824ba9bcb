"""What a job needs, and what a worker has: processors, memory, GPUs and time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Resources:
    """An amount of each. `time_s` is how long a job takes at most, or how long a worker stays; 0 is unbounded."""

    cpus: float
    memory_bytes: int
    gpus: int = 0
    time_s: int = 0

    def fits(self, within: Resources) -> bool:
        """Whether a job that needs this could run on a worker that has `within` and does nothing else."""
        is_in_time = within.time_s == 0 or 0 < self.time_s <= within.time_s
        return is_in_time and self.fits_beside(Resources(0, 0), within)

    def fits_beside(self, taken: Resources, within: Resources) -> bool:
        """Whether this and what is `taken` already are together no more than `within`, whatever time they take."""
        return (
            taken.cpus + self.cpus <= within.cpus
            and taken.memory_bytes + self.memory_bytes <= within.memory_bytes
            and taken.gpus + self.gpus <= within.gpus
        )

    def __str__(self) -> str:
        parts = [f"{self.cpus:g} CPU", f"{self.memory_bytes / _GIB:.3g} GiB"]
        if self.gpus:
            parts.append(f"{self.gpus} GPU")
        if self.time_s:
            parts.append(f"{self.time_s} s")
        return ", ".join(parts)


def sum_resources(parts: Iterable[Resources]) -> Resources:
    """All of them together, time aside."""
    listed = tuple(parts)
    return Resources(
        cpus=sum(part.cpus for part in listed),
        memory_bytes=sum(part.memory_bytes for part in listed),
        gpus=sum(part.gpus for part in listed),
    )


def cap_resources(amount: Resources, most: Resources) -> Resources:
    """As much of each as there is, and no more than `most`, time aside."""
    return Resources(
        cpus=min(amount.cpus, most.cpus),
        memory_bytes=min(amount.memory_bytes, most.memory_bytes),
        gpus=min(amount.gpus, most.gpus),
    )
