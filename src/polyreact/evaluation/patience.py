"""Repeating what the platform failed at: a bounded number of times, after a delay, and never in silence."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from polyreact.engines.interface import Engine
from polyreact.errors import HostError, PolyreactError
from polyreact.evaluation.outcome import Verdict, delays_before_repeating, judge_host

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Patience:
    """Whether anything is repeated, and how: `wait` takes seconds, `on_repeat` a line for a person.

    `on_attempt` takes what the operator alone may know of every attempt at a run (`describe_for_operator`).
    """

    is_patient: bool = True
    wait: Callable[[float], None] = time.sleep
    on_repeat: Callable[[str], None] = lambda _line: None
    on_attempt: Callable[[dict[str, object]], None] = lambda _told: None


#: For who repeats nothing, or does so himself: nothing is ever repeated without anybody being told.
NO_PATIENCE = Patience(is_patient=False)


def run_patiently(
    attempt: Callable[[], Done],
    find_error: Callable[[Done], PolyreactError | None],
    engine: Engine,
    patience: Patience,
) -> tuple[Done, tuple[Verdict, ...]]:
    """What `attempt` gives, repeated while the platform fails it; and the verdicts on the attempts before.

    `find_error` tells what went wrong in one that came to an end. How often a failure is repeated is decided by
    its kind, and counted over all of them. What failed attempts have left behind is removed first. Raises the
    HostError of the last attempt.
    """
    earlier: list[Verdict] = []
    while True:
        try:
            done = attempt()
        except HostError as error:
            failure = error
        else:
            found = find_error(done)
            if not isinstance(found, HostError) or not _is_repeated(found, len(earlier), patience):
                return done, tuple(earlier)
            failure = found
        if not _is_repeated(failure, len(earlier), patience):
            raise failure
        delays = delays_before_repeating(failure)
        delay_s = delays[len(earlier)]
        patience.on_repeat(
            f"{failure.code}  {failure.summary}\nThat is not held against the submission. Repeating it in "
            f"{delay_s:g} s ({len(earlier) + 1} of at most {len(delays)} times)"
        )
        earlier.append(judge_host(failure))
        patience.wait(delay_s)
        with contextlib.suppress(HostError):  # an engine that does not answer yet has the next attempt to come back
            engine.reap()


def _is_repeated(error: HostError, attempts_before: int, patience: Patience) -> bool:
    return patience.is_patient and attempts_before < len(delays_before_repeating(error))
