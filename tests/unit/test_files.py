"""Files are written whole or not at all."""

import errno
import hashlib
import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from polyreact.errors import CannotWrite, UnreadableArgument
from polyreact.files import (
    canonical_json,
    digest_of,
    read_beginning,
    read_bounded,
    remove_parts,
    sha256_bytes,
    sha256_file,
    write_atomically,
)
from polyreact.owner import this_process

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "polyreact-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk; the test with a limited file size stands in for it")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def small_files():
    """No file of this process may grow beyond 64 KiB: writing fails in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(("sync", "synced"), [(True, 2), (False, 0)])
def test_file_and_its_folder_are_synced_unless_it_can_be_made_again(tmp_path, monkeypatch, sync, synced):
    calls = []
    monkeypatch.setattr("polyreact.files.os.fsync", calls.append)
    write_atomically(tmp_path / "page.html", b"new", sync=sync)
    assert (tmp_path / "page.html").read_bytes() == b"new"
    assert len(calls) == synced


def test_file_is_written_with_its_folders_and_mode(tmp_path):
    path = tmp_path / "a" / "b" / "record.json"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    write_atomically(path, b"newer", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    assert content_of(path.parent) == {"record.json": b"newer"}


def test_disk_that_is_full_leaves_the_old_file_and_nothing_else(small_disk):
    write_atomically(small_disk / "record.json", b"old")
    with pytest.raises(CannotWrite, match="No space left on device") as caught:
        write_atomically(small_disk / "record.json", b"x" * MIB)
    assert (caught.value.code, caught.value.exit_status) == ("E202", 2)
    assert content_of(small_disk) == {"record.json": b"old"}


def test_write_that_fails_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path, small_files):
    write_atomically(tmp_path / "record.json", b"old")
    with pytest.raises(CannotWrite, match="File too large"):
        write_atomically(tmp_path / "record.json", b"x" * MIB)
    assert content_of(tmp_path) == {"record.json": b"old"}


def test_sync_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_atomically(tmp_path / "record.json", b"old")

    def fail(_handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CannotWrite, match="Input/output error"):
        write_atomically(tmp_path / "record.json", b"new")
    assert content_of(tmp_path) == {"record.json": b"old"}


def test_interruption_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_atomically(tmp_path / "record.json", b"old")

    def interrupt(_handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "record.json", b"new")
    assert content_of(tmp_path) == {"record.json": b"old"}


def test_folder_that_cannot_be_made_is_a_refusal(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotWrite, match="cannot write") as caught:
        write_atomically(tmp_path / "file" / "record.json", b"new")
    assert "choose another folder" in caught.value.cure


def test_target_that_is_a_folder_is_a_refusal(tmp_path):
    (tmp_path / "record.json").mkdir()
    with pytest.raises(CannotWrite):
        write_atomically(tmp_path / "record.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_part_of_a_killed_writer_is_removed_and_no_other(tmp_path):
    """A writer is killed in the middle; its half stays until the next start finds it."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom polyreact.files import write_atomically\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(Path(sys.argv[1]), b'half')\n"
    )
    path = tmp_path / "a" / ("r" * 200 + ".json")
    path.parent.mkdir()
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    (left,) = path.parent.iterdir()
    assert left.name.endswith(".part")
    (path.parent / f".x.{this_process().in_name}.1.part").write_text("being written")
    (path.parent / ".x.part").write_text("somebody else's")
    assert remove_parts(tmp_path) == (left.name,)
    assert sorted(content_of(path.parent)) == [f".x.{this_process().in_name}.1.part", ".x.part"]
    assert remove_parts(tmp_path / "absent") == ()


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path):
    content = os.urandom(3 * MIB + 7)
    (tmp_path / "file").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    assert sha256_file(tmp_path / "file") == sha256_bytes(content) == expected


def test_canonical_json_does_not_depend_on_the_order_of_keys():
    assert canonical_json({"b": 1, "a": {"d": 0.1, "c": "é"}}) == '{"a":{"c":"é","d":0.1},"b":1}'.encode()
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})


def test_canonical_json_refuses_nan():
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": float("nan")})
    assert json.loads(canonical_json([0.1])) == [0.1]


def test_file_is_read_up_to_its_limit_and_refused_beyond(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    assert read_bounded(tmp_path / "link", 5) == b"12345"
    with pytest.raises(UnreadableArgument, match="it has more than 4 bytes"):
        read_bounded(tmp_path / "file", 4)
    assert read_beginning(tmp_path / "file", 4) == b"1234"


def test_pipe_folder_and_device_are_refused_at_once(tmp_path):
    """Symptom: `score --labels` hung on a pipe and ran out of memory (E700) on /dev/zero.

    Cause: whatever the path named was read to its end. It mattered wherever a path comes from somebody else.
    """
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(UnreadableArgument, match=f"cannot read {path}: it is not a regular file"):
            read_bounded(path, 100)


def test_file_that_is_absent_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(UnreadableArgument, match="No such file") as caught:
        read_beginning(tmp_path / "absent", 1, cure="Name another.")
    assert caught.value.cure == "Name another."


def test_what_runs_make_is_not_looked_at_where_half_written_files_are(tmp_path):
    """A submission made a tree too deep to have a name, and every other evaluation beside it ended as a bug."""
    dead = replace(this_process(), started="1")
    runs, part = tmp_path / "runs", f".x.{dead.in_name}.1.part"
    (runs / "run").mkdir(parents=True)
    (tmp_path / part).write_text("half")
    (runs / "run" / part).write_text("made by a submission")
    handles = [os.open(runs / "run", os.O_RDONLY | os.O_DIRECTORY)]
    for _ in range(100):
        os.mkdir("d" * 60, dir_fd=handles[-1])
        handles.append(os.open("d" * 60, os.O_RDONLY | os.O_DIRECTORY, dir_fd=handles[-1]))
    try:
        assert remove_parts(tmp_path, but=runs) == (part,)
        assert (runs / "run" / part).exists()
        assert remove_parts(tmp_path) == (part,)  # nor does it fail where it looks
    finally:
        for handle in handles:
            os.close(handle)
        subprocess.run(["rm", "-rf", str(runs)], check=True)
