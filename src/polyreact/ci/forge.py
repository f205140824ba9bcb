"""What is asked of the place where pull requests stand, whoever runs it; `github.py` is the one implementation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge tells it now. `head_repository` is None where the fork is gone.

    The branches, the author and all that is not a digest were chosen by a stranger.
    """

    number: int
    author: str
    base_branch: str
    base_sha: str
    head_sha: str
    head_repository: str | None
    is_open: bool
    is_merged: bool
    is_draft: bool
    node_id: str
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """One run of a workflow; `conclusion` is None until it has ended."""

    id: int
    head_sha: str
    event: str
    status: str
    conclusion: str | None


class Forge(Protocol):
    """Every method raises ForgeFailed when the forge does not answer or refuses."""

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""

    def open_pull_requests_at(self, head_sha: str) -> tuple[PullRequest, ...]:
        """Every open pull request whose newest commit this is, by number; forks included."""

    def merged_pull_request_of(self, path: str) -> PullRequest | None:
        """The pull request that brought a file of the default branch as it is now; None where none did."""

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        """Write our comment of this marker, which is a line of its body, or change it where it differs.

        Only comments of our own account are looked at: anybody may write the marker.
        """

    def set_labels(self, number: int, *, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and remove labels; others stay."""

    def enable_auto_merge(self, number: int, head_sha: str) -> None:
        """Merge as soon as all that the branch requires has passed, or now where it has; this commit only."""

    def disable_auto_merge(self, number: int) -> None:
        """Take it back; nothing where it was not enabled."""

    def latest_run(self, workflow_file: str, head_sha: str) -> WorkflowRun | None:
        """The newest run of a workflow on a commit."""

    def rerun(self, run_id: int) -> None:
        """Start a run again that has ended."""

    def may_write(self, login: str) -> bool:
        """Whether somebody may push to this repository."""
