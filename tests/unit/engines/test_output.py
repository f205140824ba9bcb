from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from polyreact.engines.mounts import find_mounts_below, is_root, mount_memory
from polyreact.engines.output import BoundedOutput, CollectionDefect, bounded_output, collect
from polyreact.engines.policy import MIB, Limits, strict_policy
from polyreact.engines.run_folder import open_run_folder, release_leftovers, remove_tree
from polyreact.errors import CannotWrite
from polyreact.owner import this_process

POLICY = strict_policy(
    Limits(wall_time_s=9, memory_bytes=MIB, cpus=1, pids=9, tmp_bytes=MIB, output_bytes=MIB, log_bytes=999)
)
needs_root = pytest.mark.skipif(not is_root(), reason="mounting takes root on Linux")


def kind_of(folder: Path, name: str = "file", limit_bytes: int = 10) -> str:
    collected = collect(folder, name, limit_bytes)
    assert isinstance(collected, CollectionDefect)
    assert str(folder) not in collected.message
    return collected.kind


def test_collect_plain_file_gives_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    assert collect(tmp_path, "file", 10) == b"0123456789"


def test_collect_file_over_the_limit_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789a")
    assert kind_of(tmp_path) == "too-large"


def test_collect_sparse_file_is_too_large_unread(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(1 << 40)
    assert kind_of(tmp_path) == "too-large"


def test_collect_absent_file_is_missing(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "missing"


def test_collect_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "file").symlink_to(tmp_path / "secret")
    assert kind_of(tmp_path) == "symlink"


def test_collect_from_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "folder").symlink_to(tmp_path / "real")
    assert isinstance(collect(tmp_path / "folder", "file", 10), CollectionDefect)


def test_collect_fifo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file")
    assert kind_of(tmp_path) == "not-a-file"


def test_collect_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    assert kind_of(tmp_path) == "not-a-file"


def test_collect_socket_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("file")
    assert kind_of(tmp_path) == "not-a-file"


_READ = os.read


@pytest.fixture
def meddle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Does something to the file after its first piece was read, on a kernel that gives no leases."""
    monkeypatch.setattr("polyreact.engines.output._has_writer", lambda _: False)

    def prepare(change: Callable[[], object]) -> None:
        left = [change]

        def read(handle: int, size: int) -> bytes:
            content = _READ(handle, size)
            while left:
                left.pop()()
            return content

        monkeypatch.setattr("polyreact.engines.output.os.read", read)

    return prepare


def _write(path: Path, mode: int, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | mode)
    os.write(handle, content)
    os.close(handle)


@pytest.mark.parametrize("change", ["grows", "shrinks", "is-written-over", "gets-a-second-name"])
def test_collect_file_that_changes_while_it_is_read_is_no_table(
    tmp_path: Path, meddle: Callable[[Callable[[], object]], None], change: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    os.utime(path, (0, 0))
    changes: dict[str, Callable[[], object]] = {
        "grows": lambda: _write(path, os.O_APPEND, b"a"),
        "shrinks": lambda: os.truncate(path, 5),
        "is-written-over": lambda: _write(path, 0, b"a"),
        "gets-a-second-name": lambda: (tmp_path / "other").hardlink_to(path),
    }
    meddle(changes[change])
    assert kind_of(tmp_path, limit_bytes=100) == "changed"


def test_collect_file_that_grows_over_the_limit_while_it_is_read_is_too_large(
    tmp_path: Path, meddle: Callable[[Callable[[], object]], None]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    meddle(lambda: path.write_bytes(bytes(1000)))
    assert kind_of(tmp_path, limit_bytes=100) == "too-large"


def test_collect_file_that_is_replaced_by_a_link_while_it_is_read_is_not_the_links(
    tmp_path: Path, meddle: Callable[[Callable[[], object]], None]
) -> None:
    (tmp_path / "secret").write_text("secret")
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")

    def swap() -> None:
        path.unlink()
        path.symlink_to(tmp_path / "secret")

    meddle(swap)
    assert kind_of(tmp_path, limit_bytes=100) == "changed"


@needs_root
def test_collect_while_somebody_has_the_file_open_for_writing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    os.chown(tmp_path / "file", 61001, 61001)
    with (tmp_path / "file").open("r+b"):
        assert kind_of(tmp_path) == "changed"
    assert collect(tmp_path, "file", 10) == b"0123456789"
    (tmp_path / "file").write_bytes(b"the lease is gone")


@needs_root
def test_collect_from_a_process_that_writes_all_the_time_is_refused(tmp_path: Path) -> None:
    """Symptom: half of one table and half of another. Cause: a file's times do not tell of a write that goes on."""
    code = (
        "import itertools, sys\n"
        "with open(sys.argv[1], 'r+b', buffering=0) as file:\n"
        "    print('started', flush=True)\n"
        "    for letter in itertools.cycle((b'a', b'b')):\n"
        "        file.seek(0)\n"
        "        file.write(letter * 3_000_000)\n"
    )
    (tmp_path / "file").write_bytes(b"a" * 3_000_000)
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        writer.stdout.readline()
        kinds = {kind_of(tmp_path, limit_bytes=4_000_000) for _ in range(30)}
        writer.kill()
    assert kinds == {"changed"}


def test_collect_hard_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x")
    (tmp_path / "file").hardlink_to(tmp_path / "other")
    assert kind_of(tmp_path) == "hard-link"


def _touch_many(folder: Path) -> None:
    for number in range(2000):
        (folder / str(number)).touch()


@needs_root
def test_bounded_output_as_root_takes_no_more_than_its_limits(tmp_path: Path) -> None:
    with bounded_output(tmp_path / "output", POLICY) as output:
        assert output.is_bounded
        status = output.folder.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (61001, 61001, 0o700)
        with pytest.raises(OSError, match="No space"):
            (output.folder / "large").write_bytes(bytes(2 * MIB))
        (output.folder / "large").unlink()
        with pytest.raises(OSError, match="No space"):
            _touch_many(output.folder)
    assert not (tmp_path / "output").exists()
    assert not find_mounts_below(tmp_path)


def test_bounded_output_where_nothing_can_be_mounted_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyreact.engines.output.is_root", lambda: False)
    with bounded_output(tmp_path / "output", POLICY) as output:
        assert output == BoundedOutput(tmp_path / "output", is_bounded=False)
        (output.folder / "x").touch()
    assert not (tmp_path / "output").exists()


def test_open_run_folder_is_gone_afterwards_whatever_happened(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), open_run_folder(tmp_path / "runs", "r1") as folder:  # noqa: PT012
        (folder / "data").mkdir()
        raise RuntimeError
    assert list((tmp_path / "runs").iterdir()) == []


def test_open_run_folder_twice_is_refused(tmp_path: Path) -> None:
    with open_run_folder(tmp_path, "r1"), pytest.raises(CannotWrite), open_run_folder(tmp_path, "r1"):
        pass


def test_release_leftovers_of_the_living_are_left(tmp_path: Path) -> None:
    with open_run_folder(tmp_path, "r1") as folder:
        assert release_leftovers(tmp_path) == ()
        assert folder.exists()


def test_release_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    """A killed driver once left a mounted folder behind for ever; the next run must find it."""
    code = (
        "import os, sys\nfrom pathlib import Path\n"
        "from polyreact.engines.run_folder import open_run_folder\n"
        f"with open_run_folder(Path({str(tmp_path)!r}), 'r1'): os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert (tmp_path / "r1" / "owner").exists()
    if is_root():
        (tmp_path / "r1" / "output").mkdir()
        mount_memory(tmp_path / "r1" / "output", "size=65536")
    assert release_leftovers(tmp_path) == ("r1",)
    assert list(tmp_path.iterdir()) == []


def test_release_leftovers_of_another_boot_are_removed(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    here = this_process()
    (tmp_path / "r1" / "owner").write_text(f"another-boot/{here.process_id}/{here.started}")
    assert release_leftovers(tmp_path) == ("r1",)


def test_release_leftovers_unmarked_folder_is_given_an_hour(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    assert release_leftovers(tmp_path) == ()
    os.utime(tmp_path / "r1", (0, 0))
    assert release_leftovers(tmp_path) == ("r1",)


def test_release_leftovers_without_any_folder_is_nothing(tmp_path: Path) -> None:
    assert release_leftovers(tmp_path / "none") == ()


def test_remove_tree_deeper_than_any_path_is_removed(tmp_path: Path) -> None:
    """`shutil.rmtree` ends in a RecursionError on such a tree, which a submission can make at will."""
    top = tmp_path / "top"
    top.mkdir()
    handle = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=handle)
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
        inner = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    remove_tree(top)
    assert not top.exists()


def test_remove_tree_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "link").symlink_to(tmp_path / "kept")
    remove_tree(tmp_path / "top")
    assert (tmp_path / "kept" / "file").exists()
    remove_tree(tmp_path / "top")
