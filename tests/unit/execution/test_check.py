"""What is said of a worker, from what its commands said; a pool that answers as it is told stands in for one."""

import json
from concurrent.futures import Future

import pytest

from polyreact.errors import ClusterUnreachable
from polyreact.execution.check import check_cluster
from polyreact.execution.command import CommandExit, run_command
from polyreact.execution.interface import PoolState, WorkerState
from polyreact.execution.resources import Resources

STATE = PoolState((WorkerState("one", Resources(1, 1 << 30), 0),), 0)
HERE = CommandExit(0, "", "polyreact, version 1.2.3\n")


class AnsweringPool:
    """Answers commands by what they ask for; a job whose answer is None never ends."""

    def __init__(self, version=HERE, engine=None):
        self._answers = {"--version": version, "engine": engine}
        self.asked = []

    def submit(self, function, /, *arguments, resources, key):
        assert function is run_command
        command, environment, limit_s = arguments
        assert (command[1:3], environment, resources.time_s) == (("-m", "polyreact"), {}, limit_s)
        self.asked.append(command[3:])
        future = Future()
        if (answer := self._answers[command[3]]) is not None:
            future.set_result(answer)
        return future

    def state(self):
        return STATE


def behaviour(name, verdict="holds", *, is_needed=True, detail=""):
    return {"name": name, "shows": "why", "verdict": verdict, "detail": detail, "is_needed": is_needed}


def engine(status, *behaviours, stderr=""):
    return CommandExit(status, stderr, json.dumps({"engine": {}, "behaviours": behaviours}))


def missing(pool):
    found = check_cluster(pool, "1.2.3", None, 0.05)
    assert found.state == STATE
    return [(finding.where, finding.message) for finding in found.missing]


def test_worker_with_everything_lacks_nothing():
    pool = AnsweringPool(
        engine=engine(0, behaviour("no-network"), behaviour("nice", "does not hold here", is_needed=False))
    )
    assert missing(pool) == []
    assert pool.asked == [("--version",), ("engine", "check", "--json")]


def test_engine_that_was_asked_for_is_the_one_that_is_checked():
    pool = AnsweringPool(engine=engine(0, behaviour("no-network")))
    check_cluster(pool, "1.2.3", "podman", 1)
    assert pool.asked[1] == ("engine", "check", "--json", "--engine", "podman")


def test_every_behaviour_that_runs_need_and_that_does_not_hold_is_told():
    told = engine(
        4,
        behaviour("no-network"),
        behaviour("swap-off", "cannot be enforced here", detail="no such file"),
        behaviour("not-root", "does not hold here"),
    )
    assert missing(AnsweringPool(engine=told)) == [
        ("swap-off", "cannot be enforced here: no such file"),
        ("not-root", "does not hold here: why"),
    ]


def test_worker_without_an_engine_tells_its_error():
    error = {
        "code": "E401",
        "summary": "no container engine answers",
        "findings": [],
        "cure": "",
        "consequence": "",
    }
    told = CommandExit(4, "", json.dumps({"error": error}))
    assert missing(AnsweringPool(engine=told)) == [("engine", "E401  no container engine answers")]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (CommandExit(0, "", "polyreact, version 1.2.2\n"), "is version 1.2.2 there, and 1.2.3 here"),
        (
            CommandExit(1, "\nNo module named polyreact\n"),
            "cannot be run by the worker's Python: No module named polyreact",
        ),
        (CommandExit(0, ""), "cannot be run by the worker's Python: it said nothing"),
    ],
)
def test_other_program_is_told_and_its_engine_not_asked(version, message):
    pool = AnsweringPool(version=version)
    assert missing(pool) == [("polyreact", message)]
    assert len(pool.asked) == 1


@pytest.mark.parametrize("said", ["", "{", "[]", "3", '{"behaviours": [3]}', '{"behaviours": []}', '{"error": 3}'])
def test_engine_check_that_says_nothing_of_use_is_told_so(said):
    told = CommandExit(70, "a\nlast line\n", said)
    assert missing(AnsweringPool(engine=told)) == [("engine", "could not be checked: status 70, last line")]


def test_engine_check_that_does_not_end_is_told():
    assert missing(AnsweringPool(engine=CommandExit(-9, "", "", timed_out=True))) == [
        ("engine", "was not checked within 900 s")
    ]


def test_cluster_without_a_worker_is_told_as_unreachable():
    with pytest.raises(ClusterUnreachable, match="no worker answered"):
        check_cluster(AnsweringPool(version=None), "1.2.3", None, 0.05)
