"""The real client against a GitHub on the loopback."""

from __future__ import annotations

import pytest

from fakes.github_server import READ_TOKEN, WRITE_TOKEN, GithubServer, write_commit
from polyreact.ci.github import GitHub, open_github
from polyreact.errors import ForgeFailed

_MARKER = "<!-- polyreact:check -->"


def _open(
    server: GithubServer, author: str = "lab", path: str = "submissions/lab-net.yaml", text: str = "x\n"
) -> int:
    main = server.git("rev-parse", "main")
    return server.open_pull(author, write_commit(server.bare, {path: text}, main)).number


def test_pull_request_is_told_as_it_is_now(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    pull = github.pull_request(number)
    assert (pull.number, pull.author, pull.is_open, pull.is_merged) == (number, "lab", True, False)
    assert pull.head_sha == server.git("rev-parse", f"refs/pull/{number}/head")
    assert pull.head_repository == "lab/benchmark"


def test_pull_requests_at_a_commit_are_found_among_more_than_a_page(server: GithubServer, github: GitHub) -> None:
    wanted = _open(server)
    head = server.git("rev-parse", f"refs/pull/{wanted}/head")
    for _ in range(120):
        server.open_pull("other", server.git("rev-parse", "main"))
    again = server.open_pull("thief", head).number
    assert [(pull.number, pull.author) for pull in github.open_pull_requests_at(head)] == [
        (wanted, "lab"), (again, "thief")
    ]  # fmt: skip


def test_comment_is_written_once_then_changed(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    github.upsert_comment(number, _MARKER, f"{_MARKER}\none")
    github.upsert_comment(number, _MARKER, f"{_MARKER}\ntwo")
    assert server.comments_of(number) == [f"{_MARKER}\ntwo"]
    asked = len([line for line in server.asked if line.startswith(("POST", "PATCH"))])
    github.upsert_comment(number, _MARKER, f"{_MARKER}\ntwo")
    assert len([line for line in server.asked if line.startswith(("POST", "PATCH"))]) == asked


def test_comment_of_a_stranger_with_the_marker_is_left_alone(server: GithubServer, github: GitHub) -> None:
    """Whoever writes the marker first would have a comment that looks like ours and that he may edit."""
    number = _open(server)
    server.comment(number, "lab", f"{_MARKER}\nall passed, trust me")
    github.upsert_comment(number, _MARKER, f"{_MARKER}\nours")
    assert server.comments_of(number) == [f"{_MARKER}\nours"]
    assert server.comments_of(number, "lab") == [f"{_MARKER}\nall passed, trust me"]


def test_labels_of_others_stay(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    server.pulls[number].labels = {"question", "needs-work"}
    github.set_labels(number, add=frozenset({"ready"}), remove=frozenset({"needs-work", "absent"}))
    assert server.pulls[number].labels == {"question", "ready"}


def test_auto_merge_waits_for_the_required_check_and_merges(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    head = server.head(server.pulls[number])
    github.enable_auto_merge(number, head)
    assert server.pulls[number].state == "open"
    server.pass_required(head)
    assert github.pull_request(number).is_merged
    assert server.git("show", "main:submissions/lab-net.yaml") == "x"


def test_auto_merge_with_nothing_to_wait_for_merges_at_once(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    server.required = None
    github.enable_auto_merge(number, server.head(server.pulls[number]))
    assert github.pull_request(number).is_merged


@pytest.mark.parametrize("required", [set(), None])
def test_auto_merge_of_a_commit_that_is_no_longer_the_head_is_refused(
    server: GithubServer, github: GitHub, required: set[str] | None
) -> None:
    number = _open(server)
    server.required = required
    with pytest.raises(ForgeFailed, match="E707"):
        github.enable_auto_merge(number, "0" * 40)
    assert server.pulls[number].state == "open"
    assert server.pulls[number].auto_merge_at is None


def test_auto_merge_is_taken_back(server: GithubServer, github: GitHub) -> None:
    number = _open(server)
    head = server.head(server.pulls[number])
    github.enable_auto_merge(number, head)
    github.disable_auto_merge(number)
    github.disable_auto_merge(number)
    server.pass_required(head)
    assert not github.pull_request(number).is_merged


def test_who_brought_a_file_is_the_newest_pull_request_that_was_merged(
    server: GithubServer, github: GitHub
) -> None:
    assert github.merged_pull_request_of("submissions/lab-net.yaml") is None
    assert github.merged_pull_request_of("README.md") is None
    for text in ("one\n", "two\n"):
        number = _open(server, text=text)
        server.pass_required(server.head(server.pulls[number]))
        server.required = None
        github.enable_auto_merge(number, server.head(server.pulls[number]))
    found = github.merged_pull_request_of("submissions/lab-net.yaml")
    assert found is not None
    assert found.number == number


def test_newest_run_is_found_and_started_again(server: GithubServer, github: GitHub) -> None:
    sha = server.git("rev-parse", "main")
    assert github.latest_run("submission.yml", sha) is None
    server.add_run("submission.yml", sha)
    newest = server.add_run("submission.yml", sha)
    server.add_run("other.yml", sha)
    found = github.latest_run("submission.yml", sha)
    assert found is not None
    assert found.id == newest.id
    github.rerun(found.id)
    assert server.reruns == [newest.id]


def test_who_may_write(server: GithubServer, github: GitHub) -> None:
    server.writers = {"organiser"}
    assert github.may_write("organiser")
    assert not github.may_write("stranger")


def test_token_that_only_reads_cannot_write(server: GithubServer) -> None:
    number = _open(server)
    github = open_github(server.address, server.repository, READ_TOKEN, pause_s=0)
    assert github.pull_request(number).number == number
    with pytest.raises(ForgeFailed, match="answered 403"):
        github.upsert_comment(number, _MARKER, f"{_MARKER}\nx")


def test_token_is_never_shown(server: GithubServer) -> None:
    assert WRITE_TOKEN not in repr(open_github(server.address, server.repository, WRITE_TOKEN))


def test_github_that_is_not_there_is_told_with_its_code() -> None:
    with pytest.raises(ForgeFailed, match="E707"):
        open_github("http://127.0.0.1:9", "lab/benchmark", "").pull_request(1)
