"""`/check` in a comment: who may ask, and what is started."""

from __future__ import annotations

import pytest

from fakes.github_server import GithubServer
from polyreact.ci.context import Context
from polyreact.ci.github import GitHub
from polyreact.ci.recheck import is_asked_for, run_check_again
from polyreact.errors import BadEvent, ForgeFailed, NotAllowed
from unit.ci.samples import open_entry


def _context(number: object, login: str = "lab", body: str = "/check", **issue: object) -> Context:
    event = {
        "issue": {"number": number, "pull_request": {}} | issue,
        "comment": {"body": body, "user": {"login": login}},
    }
    return Context(repository="lab/benchmark", event=event)


def test_author_starts_the_newest_run_again(server: GithubServer, github: GitHub) -> None:
    number = open_entry(server)
    head = server.head(server.pulls[number])
    server.add_run("submission.yml", head, conclusion="failure")
    run = server.add_run("submission.yml", head, conclusion="failure")
    assert "runs again" in run_check_again(_context(number, "LAB"), github)
    assert server.reruns == [run.id]


def test_stranger_may_not_and_who_may_write_may(server: GithubServer, github: GitHub) -> None:
    number = open_entry(server)
    server.add_run("submission.yml", server.head(server.pulls[number]))
    with pytest.raises(NotAllowed, match="E709"):
        run_check_again(_context(number, "mallory"), github)
    assert server.reruns == []
    server.writers = {"organiser"}
    run_check_again(_context(number, "organiser"), github)
    assert len(server.reruns) == 1


def test_run_that_goes_on_is_not_started_twice(server: GithubServer, github: GitHub) -> None:
    number = open_entry(server)
    run = server.add_run("submission.yml", server.head(server.pulls[number]))
    run.status = "in_progress"
    assert "running already" in run_check_again(_context(number), github)
    assert server.reruns == []


def test_pull_request_without_a_run_says_what_starts_one(server: GithubServer, github: GitHub) -> None:
    with pytest.raises(ForgeFailed, match="no check of commit"):
        run_check_again(_context(open_entry(server)), github)


def test_closed_pull_request_starts_nothing(server: GithubServer, github: GitHub) -> None:
    number = open_entry(server)
    server.pulls[number].state = "closed"
    assert "is closed" in run_check_again(_context(number), github)


@pytest.mark.parametrize("body", ["/check", " /check\r\n"])
def test_comment_of_one_word_asks(body: str) -> None:
    assert is_asked_for(_context(1, body=body))


@pytest.mark.parametrize("body", ["", "please /check", "/check $(id)", "/checks", "/check\n/check"])
def test_other_comments_do_not_ask(body: str) -> None:
    assert not is_asked_for(_context(1, body=body))


def test_comment_on_an_issue_does_not_ask() -> None:
    assert not is_asked_for(_context(1, pull_request=None))


@pytest.mark.parametrize("number", ["1; id", -1, True, None, 1.5])
def test_number_that_is_none_is_refused(number: object, github: GitHub) -> None:
    with pytest.raises(BadEvent):
        run_check_again(_context(number), github)


@pytest.mark.parametrize("login", ["a b", "", "../admin", "x" * 60])
def test_login_that_is_none_is_refused(login: str, github: GitHub) -> None:
    with pytest.raises(BadEvent):
        run_check_again(_context(1, login), github)
