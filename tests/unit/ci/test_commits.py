"""What a pull request changes is read from its objects, whatever they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.github_server import GithubServer, write_commit
from polyreact.ci.commits import Change, fetch_commits, find_remote
from polyreact.errors import GitFailed, WrongChange
from polyreact.submission.yaml_source import MAX_BYTES
from unit.ci.samples import commit


def _changes(server: GithubServer, head: str) -> dict[str, Change]:
    with fetch_commits(str(server.bare), head) as commits:
        return {change.path: change for change in commits.changes}


def test_added_file_is_told_with_its_size_and_content(server: GithubServer) -> None:
    head = commit(server, {"submissions/lab-net.yaml": "name: lab-net\n"})
    with fetch_commits(str(server.bare), head) as commits:
        (change,) = commits.changes
        assert (change.path, change.status, change.mode, change.size_bytes) == (
            "submissions/lab-net.yaml", "A", "100644", 14
        )  # fmt: skip
        assert commits.read(change) == b"name: lab-net\n"
        folder = commits.folder
    assert not folder.exists()


def test_changed_removed_and_renamed_files_are_told(server: GithubServer) -> None:
    """A rename is both: what is told of a new name only would hide that the old one is gone."""
    server.git("update-ref", "refs/heads/main", commit(server, {"a.txt": "a\n", "b.txt": "b\n" * 50}))
    changes = _changes(server, commit(server, {"a.txt": "c\n", "b.txt": None, "c.txt": "b\n" * 50}))
    assert {path: change.status for path, change in changes.items()} == {"a.txt": "M", "b.txt": "D", "c.txt": "A"}


@pytest.mark.parametrize(("mode", "content"), [("120000", "/etc/passwd"), ("100755", "x\n")])
def test_mode_of_a_link_or_program_is_told(server: GithubServer, mode: str, content: str) -> None:
    changes = _changes(server, commit(server, {"submissions/lab-net.yaml": content}, mode))
    assert changes["submissions/lab-net.yaml"].mode == mode


def test_file_above_the_limit_is_not_fetched(server: GithubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content of what cannot be a manifest costs nothing: no gigabyte comes over the network for it."""
    head = commit(
        server, {"submissions/lab-net.yaml": "x" * (MAX_BYTES + 2), "submissions/lab-a.yaml": "x" * MAX_BYTES}
    )
    with fetch_commits(str(server.bare), head) as commits:
        sizes = {change.path: change.size_bytes for change in commits.changes}
        kept = sum(file.stat().st_size for file in commits.folder.rglob("*") if file.is_file())
        assert sizes == {"submissions/lab-a.yaml": MAX_BYTES, "submissions/lab-net.yaml": None}
        large = next(change for change in commits.changes if change.size_bytes is None)
        with pytest.raises(ValueError, match="too large"):
            commits.read(large)
    monkeypatch.undo()
    assert kept < MAX_BYTES  # both would be twice as much, were it not for compression


def test_file_above_the_limit_of_a_server_that_sends_everything_is_refused_as_well(server: GithubServer) -> None:
    server.git("config", "uploadpack.allowFilter", "false")
    changes = _changes(server, commit(server, {"submissions/lab-net.yaml": "x" * (MAX_BYTES + 1)}))
    assert changes["submissions/lab-net.yaml"].size_bytes is None


def test_path_of_any_bytes_is_data(server: GithubServer) -> None:
    changes = _changes(server, commit(server, {"submissions/$(touch x);\n`id`\t-.yaml": "x\n"}))
    assert list(changes) == ["submissions/$(touch x);\n`id`\t-.yaml"]


def test_commit_from_a_branch_behind_main_changes_what_it_changes(server: GithubServer) -> None:
    head = commit(server, {"submissions/lab-net.yaml": "x\n"})
    server.git("update-ref", "refs/heads/main", commit(server, {"new.txt": "x\n"}))
    assert list(_changes(server, head)) == ["submissions/lab-net.yaml"]


def test_history_that_has_nothing_in_common_is_refused(server: GithubServer) -> None:
    with pytest.raises(WrongChange, match="no commit"):
        _changes(server, write_commit(server.bare, {"submissions/lab-net.yaml": "x\n"}))


def test_history_with_two_places_to_leave_from_is_refused(server: GithubServer) -> None:
    """What a comparison shows depends on which is taken, and may leave out what a merge brings."""

    def merge(first: str, second: str, files: dict[str, str | None]) -> str:
        tree = server.git("rev-parse", f"{write_commit(server.bare, files, first)}^{{tree}}")
        return server.git("commit-tree", tree, "-p", first, "-p", second, "-m", "merge")

    left, right = commit(server, {"left": "x\n"}), commit(server, {"right": "x\n"})
    server.git("update-ref", "refs/heads/main", merge(left, right, {"right": "x\n"}))
    with pytest.raises(WrongChange, match="more than one commit"):
        _changes(server, merge(right, left, {"left": "x\n", "submissions/lab-net.yaml": "x\n"}))


def test_commit_that_is_not_there_is_the_platforms_failure(server: GithubServer) -> None:
    with pytest.raises(GitFailed, match="E708"):
        _changes(server, "0" * 39 + "1")


def test_name_of_a_commit_that_is_an_option_never_reaches_git(server: GithubServer) -> None:
    with pytest.raises(ValueError, match="--upload-pack"):
        _changes(server, "--upload-pack=touch x")


def test_remote_is_that_of_the_checkout(server: GithubServer, tmp_path: Path) -> None:
    server.git("clone", "--quiet", str(server.bare), str(tmp_path / "checkout"))
    assert find_remote(tmp_path / "checkout") == str(server.bare)
    with pytest.raises(GitFailed, match="git remote failed"):
        find_remote(tmp_path)


def test_small_change_of_a_large_repository_is_read(server: GithubServer) -> None:
    """Git sends changes as differences to contents that it takes the other side to have: fetching commit and branch
    one after the other, the branch without contents, failed for every change of a file that was there.
    """
    text = "".join(f"line {number}\n" for number in range(3_000))
    server.git(
        "update-ref",
        "refs/heads/main",
        commit(server, {"submissions/lab-net.yaml": text, "large.csv": "x" * 10**6}),
    )
    server.git("repack", "-adfq")
    head = commit(server, {"submissions/lab-net.yaml": text + "more\n"})
    server.git("repack", "-adfq")
    with fetch_commits(str(server.bare), head) as commits:
        (change,) = commits.changes
        assert commits.read(change).decode() == text + "more\n"
