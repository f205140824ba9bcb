from __future__ import annotations

from pathlib import Path

from polyreact.engines.process_table import find_descendants_elsewhere, find_in_command_lines


def write_process(proc: Path, number: int, parent: int, session: int) -> None:
    (proc / str(number)).mkdir(parents=True)
    (proc / str(number) / "stat").write_text(f"{number} (a ) b) S {parent} {session} {session} 0 -1\n")


def test_descendants_are_found_at_any_depth_outside_the_session_only(tmp_path: Path) -> None:
    for number, parent, session in ((10, 1, 10), (11, 10, 10), (12, 11, 12), (13, 12, 12), (20, 1, 20)):
        write_process(tmp_path, number, parent, session)
    assert find_descendants_elsewhere(10, tmp_path) == (12, 13)


def test_descendants_without_proc_are_none(tmp_path: Path) -> None:
    assert find_descendants_elsewhere(10, tmp_path / "none") == ()


def test_words_are_found_in_the_command_lines_of_the_living(tmp_path: Path) -> None:
    for number, line in ((10, b"podman\0create\0--name=one\0"), (11, b""), (12, b"sleep\0two\0")):
        write_process(tmp_path, number, 1, number)
        (tmp_path / str(number) / "cmdline").write_bytes(line)
    write_process(tmp_path, 13, 1, 13)  # it ends meanwhile
    assert find_in_command_lines(["one", "two", "three"], tmp_path) == {"one", "two"}
