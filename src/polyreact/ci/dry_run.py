"""A forge that is asked and never changed: what would be written is told instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from polyreact.ci.forge import Forge, PullRequest, WorkflowRun


@dataclass(frozen=True, slots=True)
class DryRun:
    """Asks `forge`, and gives to `say` what it would have been told. Implements `Forge`."""

    forge: Forge
    say: Callable[[str], None]

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        return self.forge.pull_request(number)

    def open_pull_requests_at(self, head_sha: str) -> tuple[PullRequest, ...]:
        """Every open pull request whose newest commit this is."""
        return self.forge.open_pull_requests_at(head_sha)

    def merged_pull_request_of(self, path: str) -> PullRequest | None:
        """The pull request that brought a file."""
        return self.forge.merged_pull_request_of(path)

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        """Told, not written."""
        del marker
        self.say(f"would comment on pull request {number}:\n{body}")

    def set_labels(self, number: int, *, add: frozenset[str], remove: frozenset[str]) -> None:
        """Told, not changed."""
        changes = [*(f"+{name}" for name in sorted(add)), *(f"-{name}" for name in sorted(remove))]
        self.say(f"would label pull request {number}: {' '.join(changes)}")

    def enable_auto_merge(self, number: int, head_sha: str) -> None:
        """Told, not merged."""
        self.say(f"would merge pull request {number} at {head_sha}")

    def disable_auto_merge(self, number: int) -> None:
        """Told, not changed."""
        self.say(f"would not let pull request {number} merge by itself")

    def latest_run(self, workflow_file: str, head_sha: str) -> WorkflowRun | None:
        """The newest run of a workflow on a commit."""
        return self.forge.latest_run(workflow_file, head_sha)

    def rerun(self, run_id: int) -> None:
        """Told, not started."""
        self.say(f"would start run {run_id} again")

    def may_write(self, login: str) -> bool:
        """Whether somebody may push to this repository."""
        return self.forge.may_write(login)
