"""An evaluation killed before each single thing that it asks of the disk; the next one makes it whole."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from kills import essence, left_on_host
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate

DEMO = load_track("demo")
ASKED_OF_THE_DISK = ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir")


def evaluate_until(number: int, evaluation: Evaluation) -> bool:
    """Evaluate in a process of its own, which kills itself before the `number`th; whether it came to its end."""
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            _kill_before(number, patch)
            evaluate(evaluation, [candidate()], [DEMO])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}
    return status == 0


def _kill_before(number: int, patch: pytest.MonkeyPatch) -> None:
    asked = iter(range(number))

    def counted(function):
        def do(*arguments, **options):
            if next(asked, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return do

    for name in ASKED_OF_THE_DISK:
        patch.setattr(os, name, counted(getattr(os, name)))


def test_kill_before_anything_asked_of_the_disk_loses_doubles_and_leaves_nothing(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    whole = replace(evaluation, store=ResultsStore(tmp_path / "whole"))
    evaluate(whole, [candidate()], [DEMO])  # prepares the set as well
    expected, number, ended = essence(whole.store), 0, False
    while not ended:
        store = ResultsStore(tmp_path / f"killed-{number}")
        ended = evaluate_until(number, replace(evaluation, store=store))
        evaluate(replace(evaluation, store=store), [candidate()], [DEMO])
        assert essence(store) == expected, number
        assert left_on_host(evaluation.settings.cache, []) == [], number
        number += 1
    assert number > 30
