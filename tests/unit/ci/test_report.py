"""A check told on its pull request: what of an artefact is believed, and what is merged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.github_server import BOT, READ_TOKEN, GithubServer
from polyreact.ci.comment import MARKER, Verdict
from polyreact.ci.context import Context
from polyreact.ci.dry_run import DryRun
from polyreact.ci.github import GitHub, open_github
from polyreact.ci.owners import Owners
from polyreact.ci.report import Told, report_check
from polyreact.ci.report_document import CheckRecord, Outcome, Report, Step, complete, passed, write_report
from polyreact.errors import BadEvent, ForgeFailed
from unit.ci.samples import commit, manifest, open_entry, path, refused, report

Tell = Callable[..., tuple[Told, ...]]
_OWNERS = Owners({"polyreact": frozenset({"organiser"})})


def _event(head_sha: str, /, **changes: object) -> dict[str, object]:
    run = {
        "id": 7,
        "path": ".github/workflows/submission.yml",
        "event": "pull_request",
        "head_sha": head_sha,
        "conclusion": "success",
        "repository": {"full_name": "lab/benchmark"},
    }
    return {"workflow_run": run | changes, "repository": {"default_branch": "main"}}


@pytest.fixture
def tell(server: GithubServer, github: GitHub, tmp_path: Path) -> Tell:
    def tell(head_sha: str, made: Report | None = None, log: str = "", /, **changes: object) -> tuple[Told, ...]:
        folder = tmp_path / "report"
        if made is not None:
            write_report(folder, made, log)
        context = Context(repository="lab/benchmark", event=_event(head_sha, **changes))
        return report_check(context, github, folder, _OWNERS, str(server.bare), lambda _line: None)

    return tell


def _head(server: GithubServer, number: int) -> str:
    return server.head(server.pulls[number])


def _only_comment(server: GithubServer, number: int) -> str:
    (body,) = server.comments_of(number)
    return body


def test_submission_that_passed_is_told_labelled_and_merged(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    head = _head(server, number)
    assert tell(head, report(head), "predicted\n") == (Told(number, Verdict.READY),)
    assert "This submission is accepted" in _only_comment(server, number)
    assert "predicted" in _only_comment(server, number)
    assert server.pulls[number].labels == {"submission", "ready"}
    assert server.pulls[number].auto_merge_at == head
    server.pass_required(head)
    assert server.git("show", f"main:{path()}") == manifest().strip()


def test_refused_run_is_told_and_what_was_allowed_is_taken_back(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    head = _head(server, number)
    tell(head, report(head))
    checks = complete([*(passed(step) for step in list(Step)[:4]), refused(Step.RUN, "E313", "it ended with 1")])
    assert tell(head, report(head, checks=checks), conclusion="failure") == (Told(number, Verdict.NEEDS_WORK),)
    assert "E313" in _only_comment(server, number)
    assert server.pulls[number].labels == {"submission", "needs-work"}
    assert server.pulls[number].auto_merge_at is None


@pytest.mark.parametrize(
    ("files", "author", "code"),
    [
        ({path(): manifest(), path("lab-two"): manifest("lab-two")}, "lab", "E702"),
        ({path(): manifest(), ".github/workflows/submission.yml": "on: push\n"}, "lab", "E702"),
        ({path(): manifest()}, "mallory", "E703"),
        ({path("polyreact-x"): manifest("polyreact-x")}, "polyreact", "E703"),
        ({path(): "name: [\n"}, "lab", "E301"),
        ({path(): manifest(image="ghcr.io/lab/net:1.0")}, "lab", "E302"),
    ],
)
def test_artefact_that_lies_about_a_bad_pull_request_is_not_believed(
    server: GithubServer, tell: Tell, files: dict[str, str | None], author: str, code: str
) -> None:
    """A pull request that edits the workflow writes its own report: what is judged here decides."""
    number = server.open_pull(author, commit(server, files)).number
    head = _head(server, number)
    assert tell(head, report(head)) == (Told(number, Verdict.NEEDS_WORK),)
    body = _only_comment(server, number)
    assert f"**refused** | {code} |" in body
    assert "The run on track" not in body
    assert server.pulls[number].auto_merge_at is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"head_sha": "c" * 40}, "is another commit's"),
        ({"manifest_sha256": "c" * 64}, "is another manifest's"),
        ({"manifest_sha256": None}, "is another manifest's"),
        ({"checks": (passed(Step.RUN),) * 5}, "say something else than how the run ended"),
        ({"checks": ()}, "say something else than how the run ended"),
    ],
)
def test_report_of_something_else_merges_nothing(
    server: GithubServer, tell: Tell, changes: dict[str, object], said: str
) -> None:
    number = open_entry(server)
    head = _head(server, number)
    assert tell(head, report(head, **changes)) == (Told(number, Verdict.NEEDS_A_PERSON),)
    assert said in _only_comment(server, number)
    assert server.pulls[number].auto_merge_at is None


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "neutral", None])
def test_report_that_passed_of_a_run_that_did_not_is_not_believed(
    server: GithubServer, tell: Tell, conclusion: str | None
) -> None:
    number = open_entry(server)
    head = _head(server, number)
    assert tell(head, report(head), conclusion=conclusion) == (Told(number, Verdict.NEEDS_A_PERSON),)


def test_check_that_left_nothing_is_for_a_person(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    assert tell(_head(server, number)) == (Told(number, Verdict.NEEDS_A_PERSON),)
    assert "E706" in _only_comment(server, number)
    assert server.pulls[number].labels == {"submission", "needs-a-person"}


def test_report_that_calls_a_submission_none_merges_nothing(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    head = _head(server, number)
    assert tell(head, report(head, is_submission=False, checks=())) == (Told(number, Verdict.NEEDS_A_PERSON),)
    assert server.pulls[number].auto_merge_at is None


def test_check_of_a_commit_that_is_no_longer_the_newest_tells_nothing(server: GithubServer, tell: Tell) -> None:
    """A good commit that is checked, then a bad one pushed: the first check says nothing of the second commit."""
    number = open_entry(server)
    head = _head(server, number)
    server.git("update-ref", f"refs/pull/{number}/head", commit(server, {"src/x.py": "import os\n"}))
    assert tell(head, report(head)) == ()
    assert server.comments_of(number) == []


def test_commit_that_changes_while_it_is_judged_is_not_merged(
    server: GithubServer, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = open_entry(server)
    head = _head(server, number)
    bad = commit(server, {"src/x.py": "import os\n"})
    write = GitHub.upsert_comment

    def push_first(self: GitHub, *arguments: object) -> None:
        server.git("update-ref", f"refs/pull/{number}/head", bad)
        write(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(GitHub, "upsert_comment", push_first)
    with pytest.raises(ForgeFailed):
        tell(head, report(head))
    server.pass_required(bad)
    assert server.pulls[number].state == "open"


def test_same_commit_in_a_strangers_pull_request_is_judged_by_its_own_author(
    server: GithubServer, tell: Tell
) -> None:
    number = open_entry(server)
    head = _head(server, number)
    stolen = server.open_pull("mallory", head).number
    assert tell(head, report(head)) == (Told(number, Verdict.READY), Told(stolen, Verdict.NEEDS_WORK))


def test_pull_request_for_another_branch_is_left_alone(server: GithubServer, tell: Tell) -> None:
    server.git("branch", "old", "main")
    head = commit(server, {path(): manifest()})
    server.open_pull("lab", head, base="old")
    assert tell(head, report(head)) == ()


def test_pull_request_without_a_submission_is_left_to_people(server: GithubServer, tell: Tell) -> None:
    """Where an organiser lets a change of the code merge by itself, that stays his decision."""
    head = commit(server, {"README.md": "better\n"})
    number = server.open_pull("dev", head).number
    server.pulls[number].auto_merge_at = head
    assert tell(head, report(head, is_submission=False, checks=())) == (Told(number, None),)
    assert server.comments_of(number) == []
    assert server.pulls[number].labels == set()
    assert server.pulls[number].auto_merge_at == head


def test_draft_is_told_and_not_merged(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    server.pulls[number].is_draft = True
    head = _head(server, number)
    tell(head, report(head))
    assert "It is a draft" in _only_comment(server, number)
    assert server.pulls[number].auto_merge_at is None


def test_comment_stays_one_however_often_it_is_told(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    server.comment(number, "lab", f"{MARKER}\nmine")
    for _ in range(3):
        tell(_head(server, number))
    assert len(server.comments_of(number, BOT)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"path": ".github/workflows/evil.yml"},
        {"event": "push"},
        {"repository": {"full_name": "mallory/benchmark"}},
        {"head_sha": "main"},
    ],
)
def test_run_of_something_else_is_refused(server: GithubServer, tell: Tell, changes: dict[str, object]) -> None:
    """A pull request may bring a workflow of the same name, whose runs start this one as well."""
    number = open_entry(server)
    head = _head(server, number)
    with pytest.raises(BadEvent, match="E701"):
        tell(head, report(head), **changes)
    assert server.comments_of(number) == []


def test_without_a_token_everything_is_printed_and_nothing_changed(server: GithubServer, tmp_path: Path) -> None:
    number = open_entry(server)
    head = _head(server, number)
    write_report(tmp_path / "report", report(head), "")
    context, said = Context(repository="lab/benchmark", event=_event(head)), list[str]()
    forge = DryRun(open_github(server.address, server.repository, READ_TOKEN), said.append)
    report_check(context, forge, tmp_path / "report", _OWNERS, str(server.bare), said.append)
    assert any("would merge" in line for line in said)
    assert any("This submission is accepted" in line for line in said)
    assert all(line.startswith("GET") for line in server.asked)


def test_log_of_a_stranger_cannot_leave_its_block(server: GithubServer, tell: Tell) -> None:
    number = open_entry(server)
    head = _head(server, number)
    checks = complete(
        [
            *(passed(step) for step in list(Step)[:4]),
            CheckRecord(step=Step.RUN, outcome=Outcome.REFUSED, code="E313"),
        ]
    )
    tell(head, report(head, checks=checks), "```\n@lab **merged**\n", conclusion="failure")
    assert "````text\n```\n@lab" in _only_comment(server, number)
