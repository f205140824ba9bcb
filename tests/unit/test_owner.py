"""Whose something is, also when its owner has died."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from polyreact.owner import Owner, boot_id, find_owner_in_name, parse_owner, this_process


def test_owner_written_is_read_again() -> None:
    assert parse_owner(str(this_process())) == this_process()
    assert find_owner_in_name(f".record.json.{this_process().in_name}.x1.part") == this_process()


def test_owner_is_alive_until_it_has_ended_and_no_later_process_is_taken_for_it() -> None:
    assert this_process().is_alive
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not Owner(boot_id(), child.pid, "1").is_alive
    assert not Owner(boot_id(), os.getpid(), "1").is_alive
    assert not Owner("another", os.getpid(), this_process().started).is_alive


def test_owner_is_certain_only_where_the_host_tells_boot_and_start() -> None:
    assert this_process().is_certain
    assert not Owner("unknown", 1, "1").is_certain
    assert not Owner(boot_id(), 1, "unknown").is_certain


@pytest.mark.parametrize("text", ["", "a/b/c", "a/-1/1", "a/1", "a/1/2/3"])
def test_owner_text_of_another_form_is_nobody(text: str) -> None:
    assert parse_owner(text) is None


@pytest.mark.parametrize("name", ["demo.json", ".demo.json.part", ".x.1-2-3.part", ".x.a-1-unknown.part"])
def test_owner_name_without_one_is_nobody(name: str) -> None:
    assert find_owner_in_name(name) is None
