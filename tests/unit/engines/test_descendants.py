from __future__ import annotations

from pathlib import Path

from polyreact.engines.descendants import find_descendants_elsewhere


def write_process(proc: Path, number: int, parent: int, session: int) -> None:
    (proc / str(number)).mkdir(parents=True)
    (proc / str(number) / "stat").write_text(f"{number} (a ) b) S {parent} {session} {session} 0 -1\n")


def test_descendants_are_found_at_any_depth_outside_the_session_only(tmp_path: Path) -> None:
    for number, parent, session in ((10, 1, 10), (11, 10, 10), (12, 11, 12), (13, 12, 12), (20, 1, 20)):
        write_process(tmp_path, number, parent, session)
    assert find_descendants_elsewhere(10, tmp_path) == (12, 13)


def test_descendants_without_proc_are_none(tmp_path: Path) -> None:
    assert find_descendants_elsewhere(10, tmp_path / "none") == ()
