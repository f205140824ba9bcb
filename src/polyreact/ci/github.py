"""The forge is GitHub; the one place that knows PyGithub."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import github
import requests
from github.PullRequest import PullRequest as GithubPullRequest
from github.Repository import Repository

from polyreact.ci.forge import PullRequest, WorkflowRun
from polyreact.errors import ForgeFailed
from polyreact.visible import visible

#: Whose comments are ours: the account of the token that Actions gives to a workflow.
ACTIONS_BOT = "github-actions[bot]"
_TIMEOUT_S, _RETRIES = 30, 3
#: GitHub asks for a second between two requests that write.
_PAUSE_S = 1.0
_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_WRITERS = frozenset({"admin", "write"})
#: GitHub's words for a pull request that could be merged at once, so that there is nothing to wait for.
_NOTHING_TO_WAIT_FOR = ("clean status", "unstable status")
_SHOWN_COMPLAINT = 200


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository on GitHub, asked with one token. Implements `Forge`."""

    _repository: Repository
    _account: str

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        with _asking(f"pull request {number}"):
            return _describe(self._repository.get_pull(number))

    def open_pull_requests_at(self, head_sha: str) -> tuple[PullRequest, ...]:
        """Found among all that are open: of a fork's commit GitHub tells no pull request of ours."""
        with _asking("the open pull requests"):
            pulls = self._repository.get_pulls(state="open", sort="updated", direction="desc")
            found = [_describe(pull) for pull in pulls if pull.head.sha == head_sha]
        return tuple(sorted(found, key=lambda pull: pull.number))

    def merged_pull_request_of(self, path: str) -> PullRequest | None:
        """Of the newest commit that touched the file."""
        with _asking(f"who brought {path}"):
            branch = self._repository.default_branch
            for commit in self._repository.get_commits(path=path):
                for pull in commit.get_pulls():
                    if pull.merged_at is not None and pull.base.ref == branch:
                        return _describe(pull)
        return None

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        """One comment for each marker, however often it is told."""
        if marker not in body.splitlines():
            message = "a comment holds its marker as a line of its own"
            raise ValueError(message)
        with _asking(f"the comments of pull request {number}"):
            pull = self._repository.get_pull(number)
            for comment in pull.get_issue_comments():
                if comment.user.login == self._account and marker in comment.body.splitlines():
                    if comment.body != body:
                        comment.edit(body)
                    return
            pull.create_issue_comment(body)

    def set_labels(self, number: int, *, add: frozenset[str], remove: frozenset[str]) -> None:
        """Only what differs is asked for."""
        with _asking(f"the labels of pull request {number}"):
            pull = self._repository.get_pull(number)
            present = {label.name for label in pull.labels}
            if add - present:
                pull.add_to_labels(*sorted(add - present))
            for name in sorted(remove & present):
                pull.remove_from_labels(name)

    def enable_auto_merge(self, number: int, head_sha: str) -> None:
        """GitHub refuses to wait where nothing is to wait for; then it is merged, and only this commit."""
        with _asking(f"to merge pull request {number}"):
            pull = self._repository.get_pull(number)
            try:
                pull.enable_automerge("SQUASH", expected_head_oid=head_sha)
            except github.GithubException as error:
                if not any(words in _complaint(error) for words in _NOTHING_TO_WAIT_FOR):
                    raise
                pull.merge(merge_method="squash", sha=head_sha)

    def disable_auto_merge(self, number: int) -> None:
        """Asked for only where GitHub says that it is enabled."""
        with _asking(f"not to merge pull request {number}"):
            pull = self._repository.get_pull(number)
            if pull.raw_data.get("auto_merge") is not None:
                pull.disable_automerge()

    def latest_run(self, workflow_file: str, head_sha: str) -> WorkflowRun | None:
        """GitHub lists the newest first."""
        with _asking(f"the runs of {workflow_file}"):
            for run in self._repository.get_workflow(workflow_file).get_runs(head_sha=head_sha):
                return WorkflowRun(run.id, run.head_sha, run.event, run.status, run.conclusion)
        return None

    def rerun(self, run_id: int) -> None:
        """Start a run again that has ended."""
        with _asking(f"to run {run_id} again"):
            if not self._repository.get_workflow_run(run_id).rerun():
                raise ForgeFailed(
                    f"GitHub did not start run {run_id} again",
                    cure="A run can be started again for 30 days; a new commit starts a new one.",
                )

    def look_up(self, path: str) -> tuple[int, Any]:
        """What GitHub answers below the repository's address (`/pages`): the status and the document.

        A refusal is an answer, too: the status and None.
        """
        with _asking(path.removeprefix("/") or "the repository"):
            try:
                _headers, document = self._repository.requester.requestJsonAndCheck(
                    "GET", f"{self._repository.url}{path}"
                )
            except github.GithubException as error:
                return error.status, None
            return _OK, document

    def may_write(self, login: str) -> bool:
        """Somebody unknown to the repository may not."""
        with _asking(f"what {login} may do"):
            try:
                return self._repository.get_collaborator_permission(login) in _WRITERS
            except github.UnknownObjectException:
                return False


def open_github(
    api_url: str, repository: str, token: str, *, account: str = ACTIONS_BOT, pause_s: float = _PAUSE_S
) -> GitHub:
    """The repository `owner/name`; nothing is asked yet. `account` is the one that the token acts as; `pause_s`
    stands between two requests that write.
    """
    client = github.Github(
        base_url=api_url,
        auth=github.Auth.Token(token) if token else None,
        timeout=_TIMEOUT_S,
        retry=github.GithubRetry(total=_RETRIES),
        seconds_between_writes=pause_s,
        user_agent="polyreact",
        per_page=100,
        lazy=True,
    )
    return GitHub(client.get_repo(repository), account)


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except github.GithubException as error:
        complaint = visible(_complaint(error))[:_SHOWN_COMPLAINT]
        raise ForgeFailed(
            f"GitHub was asked for {what} and answered {error.status}: {complaint}",
            consequence="What was told before this stands; the rest was not done.",
            cure=_cure(error.status),
        ) from error
    except requests.RequestException as error:
        raise ForgeFailed(
            f"GitHub was asked for {what} and did not answer",
            consequence="What was told before this stands; the rest was not done.",
            cure="Start the workflow again.",
            detail=str(error),
        ) from error


def _cure(status: int) -> str:
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        return "Does the workflow's token have the permission? `polyreact admin doctor` tells what each needs."
    return "Start the workflow again."


def _complaint(error: github.GithubException) -> str:
    return str(error.data or error.message)


def _describe(pull: GithubPullRequest) -> PullRequest:
    fork = pull.head.raw_data.get("repo")
    return PullRequest(
        number=pull.number,
        author=pull.user.login,
        base_branch=pull.base.ref,
        base_sha=pull.base.sha,
        head_sha=pull.head.sha,
        head_repository=None if fork is None else str(fork["full_name"]),
        is_open=pull.state == "open",
        is_merged=pull.merged_at is not None,
        is_draft=pull.draft,
        node_id=pull.node_id,
        labels=frozenset(label.name for label in pull.labels),
    )
