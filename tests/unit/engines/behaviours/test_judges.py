"""What is concluded from what was seen of a behaviour, without an engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.engine import exited
from polyreact.engines.behaviours import BEHAVIOURS
from polyreact.engines.behaviours.behaviour import CANNOT_TELL, PRELUDE, Behaviour, Observation, Verdict
from polyreact.engines.conformance import LIMITS
from polyreact.engines.output import CollectionDefect
from polyreact.engines.policy import MIB, strict_policy

HOLDS, FAILS, CANNOT = Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.CANNOT_BE_ENFORCED
NAMED = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
LIMITED = strict_policy(replace(LIMITS, wall_time_s=1))


def seen(exit_code: int = 0, said: str = "", *, is_bounded: bool = True, **changes: Any) -> Observation:
    output = changes.pop("output", CollectionDefect("missing", "none"))
    ended = exited(exit_code, **changes)
    return Observation(exit_code, said, ended, output, is_bounded, LIMITED, "no-such-token")


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_program_of_any_behaviour_can_be_read_and_its_sentence_too(behaviour: Behaviour) -> None:
    compile(PRELUDE + behaviour.program, behaviour.name, "exec")
    assert behaviour.shows[0].islower() or behaviour.shows.startswith("/")
    assert not behaviour.shows.endswith(".")
    assert behaviour.program.strip()


@pytest.mark.parametrize(
    ("observation", "verdict", "detail"),
    [
        (seen(), HOLDS, ""),
        (seen(1, "saw: a hole"), FAILS, "saw: a hole"),
        (seen(3), FAILS, "exit status 3"),
        (seen(CANNOT_TELL, "no means"), CANNOT, "no means"),
    ],
)
def test_program_itself_says_whether_a_behaviour_holds(
    observation: Observation, verdict: Verdict, detail: str
) -> None:
    judgement = NAMED["no-network"].judge(observation)
    assert (judgement.verdict, judgement.detail) == (verdict, detail)


@pytest.mark.parametrize(
    ("name", "observation", "verdict"),
    [
        ("memory-bounded", seen(137, out_of_memory=True), HOLDS),
        ("memory-bounded", seen(137), FAILS),
        ("memory-bounded", seen(), FAILS),
        ("time-bounded", seen(137, timed_out=True, wall_s=2.0), HOLDS),
        ("time-bounded", seen(137, timed_out=True, wall_s=99.0), FAILS),
        ("time-bounded", seen(0, wall_s=1.0), FAILS),
        ("end-is-announced", seen(4, timed_out=True), HOLDS),
        ("end-is-announced", seen(137, timed_out=True), FAILS),
        ("log-bounded", seen(log=b"flood "), HOLDS),
        ("log-bounded", seen(log=b"flood " * 99_999), FAILS),
        ("log-bounded", seen(log=b"no log can be read"), FAILS),
        ("log-bounded", seen(log=b""), FAILS),
        ("usage-told", seen(cpu_s=0.3, peak_memory_bytes=60 * MIB), HOLDS),
        ("usage-told", seen(cpu_s=0.3, peak_memory_bytes=3 * MIB), FAILS),
        ("usage-told", seen(), CANNOT),
        ("output-writable", seen(output=b"kept\n"), HOLDS),
        ("output-writable", seen(output=b"other\n"), FAILS),
        ("output-writable", seen(), FAILS),
        ("output-sized", seen(), HOLDS),
        ("output-sized", seen(is_bounded=False), CANNOT),
        ("old-abi-refused", seen(-31), HOLDS),
        ("old-abi-refused", seen(159), HOLDS),
        ("old-abi-refused", seen(1, "saw: getpid answered 1"), FAILS),
        ("nothing-stays-behind", seen(), HOLDS),
        ("nothing-stays-behind", seen(1), FAILS),
    ],
)
def test_behaviour_is_judged_by_what_was_seen_from_outside(
    name: str, observation: Observation, verdict: Verdict
) -> None:
    assert NAMED[name].judge(observation).verdict is verdict


def test_only_better_evidence_is_not_needed_for_ranked_runs() -> None:
    assert {name for name, behaviour in NAMED.items() if not behaviour.is_needed} == {
        "files-count-as-memory",
        "usage-told",
    }
