"""`/check` in a comment: the check of the pull request's newest commit runs again."""

from __future__ import annotations

from polyreact.ci.context import Context, pull_request_number, read_login, read_text
from polyreact.ci.forge import Forge
from polyreact.ci.report import WORKFLOW
from polyreact.errors import ForgeFailed, NotAllowed

COMMAND = "/check"
_ENDED = "completed"


def is_asked_for(context: Context) -> bool:
    """Whether the comment is this one word, on a pull request."""
    issue = context.event.get("issue")
    is_pull_request = isinstance(issue, dict) and isinstance(issue.get("pull_request"), dict)
    return is_pull_request and (read_text(context, "comment", "body") or "").strip() == COMMAND


def run_check_again(context: Context, forge: Forge) -> str:
    """Start it, and say what was done. Raises BadEvent, NotAllowed and ForgeFailed."""
    number, login = pull_request_number(context), read_login(context, "comment", "user", "login")
    pull = forge.pull_request(number)
    if login.lower() != pull.author.lower() and not forge.may_write(login):
        raise NotAllowed(
            f"{login} neither opened pull request {number} nor may write to this repository",
            consequence="Nothing was started.",
            cure="The author of the pull request, or an organiser, may ask for it.",
        )
    if not pull.is_open:
        return f"pull request {number} is closed: nothing is started"
    run = forge.latest_run(WORKFLOW, pull.head_sha)
    if run is None:
        raise ForgeFailed(
            f"there is no check of commit {pull.head_sha[:12]} that could run again",
            consequence="Nothing was started.",
            cure="Push a commit, which starts one; for a first pull request an organiser has to allow it once.",
        )
    if run.status != _ENDED:
        return f"the check of pull request {number} is running already"
    forge.rerun(run.id)
    return f"the check of pull request {number} runs again"
