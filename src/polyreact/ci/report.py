"""A check told on its pull request, and the merge of what passed: code of the base branch, which may write.

What the check left behind is a stranger's word. The pull request is found by the commit that GitHub names; its
author, its files and its manifest are judged again from its commits. Only what became of image and run is taken
from the report, and only of a pull request that changes its one manifest and nothing else: then the workflow that
ran was that of the base branch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.ci.comment import MARKER, Verdict, decide, render_check
from polyreact.ci.commits import PullRequestCommits, fetch_commits
from polyreact.ci.context import Context, read_sha, read_text, require_repository
from polyreact.ci.entry import is_submission, judge_entry
from polyreact.ci.forge import Forge, PullRequest
from polyreact.ci.owners import Owners
from polyreact.ci.report_document import CheckRecord, Report, Step, complete, failed, read_report
from polyreact.errors import BadEvent, BadReport, Finding

WORKFLOW = "submission.yml"
SUBMISSION_LABEL = "submission"
_TRIED = (Step.IMAGE, Step.RUN)


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that a report is said to come from, as GitHub tells it."""

    head_sha: str
    succeeded: bool
    default_branch: str
    run_address: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What was told on one pull request."""

    number: int
    verdict: Verdict | None


def read_origin(context: Context) -> Origin:
    """The run that ended, from the event `workflow_run`. Raises BadEvent where it is another workflow's."""
    path, event = read_text(context, "workflow_run", "path") or "", read_text(context, "workflow_run", "event")
    repository = read_text(context, "workflow_run", "repository", "full_name")
    if path.partition("@")[0] != f".github/workflows/{WORKFLOW}" or event != "pull_request":
        raise BadEvent(
            f"the run that ended is none of {WORKFLOW} on a pull request",
            consequence="Nothing was told and nothing is merged.",
            cure=f"`ci report` follows runs of .github/workflows/{WORKFLOW}.",
        )
    if repository != require_repository(context):
        raise BadEvent("the run that ended is another repository's", consequence="Nothing was told.")
    run = context.event["workflow_run"].get("id")
    return Origin(
        head_sha=read_sha(context, "workflow_run", "head_sha"),
        succeeded=read_text(context, "workflow_run", "conclusion") == "success",
        default_branch=read_text(context, "repository", "default_branch") or "main",
        run_address=replace(context, run_id=run).run_address if type(run) is int else None,
    )


def report_check(
    context: Context, forge: Forge, folder: Path, owners: Owners, remote: str, say: Callable[[str], None]
) -> tuple[Told, ...]:
    """Tell what was found on every open pull request at that commit, label it, and let it merge or not.

    `folder` holds what the check left behind. Raises BadEvent, ForgeFailed and GitFailed.
    """
    origin = read_origin(context)
    pulls = forge.open_pull_requests_at(origin.head_sha)
    pulls = tuple(pull for pull in pulls if pull.base_branch == origin.default_branch)
    if not pulls:
        say("no open pull request has this commit as its newest one: nothing is told")
        return ()
    found = _read(folder, origin)
    with fetch_commits(
        remote, origin.head_sha, token=context.token, server_url=context.server_url, network=context.network
    ) as commits:
        return tuple(_tell(context, forge, pull, commits, owners, found, origin, say) for pull in pulls)


def _read(folder: Path, origin: Origin) -> tuple[Report, str] | BadReport:
    try:
        report, log = read_report(folder)
    except BadReport as error:
        return error
    if report.head_sha != origin.head_sha:
        return _not_of_this("head_sha", "is another commit's")
    if origin.succeeded != (decide(report.checks) is Verdict.READY) and report.is_submission:
        return _not_of_this("checks", "say something else than how the run ended")
    return report, log


def _tell(
    context: Context,
    forge: Forge,
    pull: PullRequest,
    commits: PullRequestCommits,
    owners: Owners,
    found: tuple[Report, str] | BadReport,
    origin: Origin,
    say: Callable[[str], None],
) -> Told:
    if not is_submission(commits.changes):
        say(f"pull request {pull.number} brings no submission: it is for people to read")
        if SUBMISSION_LABEL in pull.labels:  # it brought one before
            forge.disable_auto_merge(pull.number)
            forge.set_labels(pull.number, add=frozenset(), remove=frozenset({SUBMISSION_LABEL, *Verdict}))
        return Told(pull.number, None)
    judgement = judge_entry(commits, pull.author, owners, lambda path: find_who_brought(forge, path))
    checks, report, log = complete(judgement.checks), None, ""
    if judgement.entry is not None:
        checks, report, log = _add_run(judgement.checks, found, judgement.entry.sha256)
    verdict = decide(checks)
    pages = f"{context.server_url}/{context.repository}/blob/{origin.default_branch}"
    body = render_check(
        checks,
        report,
        log,
        head_sha=origin.head_sha,
        is_draft=pull.is_draft,
        pages=pages,
        run=origin.run_address,
    )
    if verdict is not Verdict.READY:
        forge.disable_auto_merge(pull.number)  # before anything else, which might fail
    forge.upsert_comment(pull.number, MARKER, body)
    others = frozenset(set(Verdict) - {verdict})
    forge.set_labels(pull.number, add=frozenset({SUBMISSION_LABEL, verdict}), remove=frozenset(others))
    if verdict is Verdict.READY and not pull.is_draft:
        forge.enable_auto_merge(pull.number, origin.head_sha)
    say(f"pull request {pull.number}: {verdict}")
    return Told(pull.number, verdict)


def find_who_brought(forge: Forge, path: str) -> str | None:
    """The login of who handed in a file of the base branch, None where no pull request did."""
    pull = forge.merged_pull_request_of(path)
    return None if pull is None else pull.author


def _add_run(
    judged: Sequence[CheckRecord], found: tuple[Report, str] | BadReport, manifest_sha256: str
) -> tuple[tuple[CheckRecord, ...], Report | None, str]:
    """All steps of a submission whose manifest was judged here, and of the report what may be believed."""
    if not isinstance(found, BadReport) and found[0].manifest_sha256 != manifest_sha256:
        found = _not_of_this("manifest_sha256", "is another manifest's")
    if isinstance(found, BadReport):
        return complete([*judged, failed(Step.IMAGE, found)]), None, ""
    report, log = found
    tried = [check for check in report.checks if check.step in _TRIED]
    return complete([*judged, *tried]), report, log


def _not_of_this(where: str, message: str) -> BadReport:
    return BadReport(
        "what the check left behind is not a report of this commit",
        findings=[Finding(where, message)],
        consequence="The run counts as not done, and nothing is merged.",
        cure="Comment `/check` to run it again.",
    )
