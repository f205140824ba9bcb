"""Private stores: local files, fsspec's memory, and one that says what nobody should read."""

import stat

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from polyreact.datasets.download import Oversized
from polyreact.datasets.storage import Unreachable, copy_from_store, read_store, validate_store, write_store
from polyreact.errors import CannotWrite, MissingExtra

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 the one of Amazon's manuals
CONTENT = b"sequence_id,label\n" * 100_000


class Loud(MemoryFileSystem):
    """A store whose errors quote a credential."""

    protocol = "loud"
    error: Exception = OSError()

    def open(self, path, *args, **kwargs):
        raise self.error

    def pipe_file(self, path, value, *args, **kwargs):
        raise self.error


@pytest.fixture
def loud(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    fsspec.register_implementation("loud", Loud, clobber=True)
    return Loud


@pytest.fixture(params=["file", "memory"])
def address(request, tmp_path):
    MemoryFileSystem.store.clear()
    return f"file://{tmp_path}/deep/a b.csv" if request.param == "file" else "memory://deep/a.csv"


def test_store_gives_back_what_was_put_there(address, tmp_path):
    assert read_store(address, 10) is None
    write_store(address, CONTENT)
    assert read_store(address, len(CONTENT)) == CONTENT
    copy_from_store(address, tmp_path / "part", len(CONTENT))
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_longer_file_than_expected_is_not_taken(address, tmp_path):
    write_store(address, CONTENT)
    with pytest.raises(Oversized, match="no more than 1000 bytes"):
        copy_from_store(address, tmp_path / "part", 1000)
    assert not (tmp_path / "part").exists()
    assert len(read_store(address, 1000)) == 1001


def test_absent_file_is_told_and_leaves_nothing(address, tmp_path):
    with pytest.raises(Unreachable, match=r"there is no such file \(FileNotFoundError\)"):
        copy_from_store(address, tmp_path / "part", 1000)
    assert not (tmp_path / "part").exists()


def test_local_file_is_for_this_user_only(tmp_path):
    write_store(f"file://{tmp_path}/ours/labels.csv", b"x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ours/labels.csv").stat().st_mode) == 0o600


def test_local_pipe_and_folder_are_refused(tmp_path):
    with pytest.raises(Unreachable, match="no plain file"):
        read_store(f"file://{tmp_path}", 10)


def test_part_that_cannot_be_written_is_told(address, tmp_path):
    write_store(address, b"x")
    with pytest.raises(CannotWrite):
        copy_from_store(address, tmp_path / "no/part", 10)


class StatusError(Exception):
    status = 403


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(f"key {SECRET} is not allowed"), "access was denied"),
        (RuntimeError(f"signed with {SECRET}"), "(RuntimeError)"),
        (OSError(5, f"failed with {SECRET}"), "Input/output error (OSError)"),
        (StatusError(SECRET), "status 403 (StatusError)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_words_of_a_store_are_not_passed_on(loud, monkeypatch, tmp_path, error, said):
    monkeypatch.setattr(loud, "error", error)
    for action in (
        lambda: copy_from_store("loud://a.csv", tmp_path / "part", 10),
        lambda: read_store("loud://a.csv", 10),
        lambda: write_store("loud://a.csv", b"x"),
    ):
        with pytest.raises(Unreachable) as caught:
            action()
        assert said in str(caught.value)
        assert SECRET not in str(caught.value)


def test_scheme_that_nobody_knows_is_told():
    with pytest.raises(Unreachable, match="nosuchthing://"):
        validate_store("nosuchthing://bucket/a")


def test_missing_fsspec_is_told_with_the_extra(monkeypatch):
    import importlib

    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    validate_store("file:///a")
    with pytest.raises(MissingExtra) as caught:
        validate_store("s3://bucket/a")
    assert "pip install 'polyreact[private]'" in caught.value.render()
