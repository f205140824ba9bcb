"""What must hold of the workflows, whoever edits them: pure, from their text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

#: The workflows of the benchmark, and the commands without which one does not do what it is for.
WORKFLOWS: Mapping[str, tuple[str, ...]] = {
    "ci.yml": ("make check", "make coverage", "make wheel"),
    "submission.yml": ("polyreact ci check",),
    "submission-report.yml": ("polyreact ci report",),
    "recheck.yml": ("polyreact ci recheck",),
    "evaluate.yml": (
        "polyreact ci canary",
        "polyreact ci plan",
        "polyreact ci evaluate",
        "polyreact ci evaluate --private",
        "polyreact ci collect",
        "polyreact ci tell",
    ),
    "publish.yml": ("polyreact leaderboard build", "polyreact leaderboard publish --to pages --dry-run"),
    "release.yml": ("make wheel", "make push-image"),
    "data-check.yml": ("polyreact dataset verify --all",),
}
#: Which workflow may be given which secret. GitHub gives a pull request of a fork none; here none is even named.
SECRETS: Mapping[str, frozenset[str]] = {
    "evaluate.yml": frozenset({"RESULTS_DEPLOY_KEY"}),
    "publish.yml": frozenset({"HF_TOKEN"}),
}
#: Which job may write what.
WRITERS: Mapping[tuple[str, str], frozenset[str]] = {
    ("submission-report.yml", "report"): frozenset({"contents", "issues", "pull-requests"}),
    ("recheck.yml", "recheck"): frozenset({"actions", "pull-requests"}),
    ("evaluate.yml", "collect"): frozenset({"contents"}),
    ("evaluate.yml", "tell"): frozenset({"pull-requests"}),
    ("evaluate.yml", "tell-private"): frozenset({"pull-requests"}),
    ("evaluate.yml", "publish"): frozenset({"attestations", "id-token", "pages"}),
    ("publish.yml", "attest"): frozenset({"attestations", "id-token"}),
    ("publish.yml", "pages"): frozenset({"id-token", "pages"}),
    ("release.yml", "package-index"): frozenset({"id-token"}),
    ("release.yml", "image"): frozenset({"attestations", "id-token", "packages"}),
}
#: What a workflow reads of an event: numbers, digests, and what GitHub itself says. A comment's text and a branch's
#: name are a stranger's; the first word of a comment is compared, in a condition.
EVENT_FIELDS = frozenset(
    {
        "github.event.pull_request.number",
        "github.event.pull_request.base.sha",
        "github.event.workflow_run.id",
        "github.event.workflow_run.event",
        "github.event.workflow_run.head_sha",
        "github.event.issue.number",
        "github.event.issue.pull_request",
        "startsWith(github.event.comment.body, '/check')",
    }
)
#: Jobs that may run on a machine of the organiser's own: none that a stranger's pull request starts.
OWN_MACHINES = frozenset({("evaluate.yml", title) for title in ("canary", "evaluate", "private")})
#: A trigger whose run has secrets or may write, though a stranger starts it: what it checks out must be main's.
_TRUSTED_CODE = frozenset({"workflow_run", "issue_comment"})
_PINNED = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+@[0-9a-f]{40}")
_USES = re.compile(r"^\s*(?:- )?uses:\s*(\S+)\s*(#\s*v\d+\.\d+\.\d+)?", re.MULTILINE)
_OWN = re.compile(r"\./\.github/workflows/[a-z-]+\.yml")
_RUN = re.compile(r"(?:sudo --preserve-env )?(?:polyreact|make)(?: [A-Za-z0-9./-]+)+")
_HOSTED = re.compile(r"ubuntu-\d\d\.04")
_SECRET = re.compile(r"\bsecrets\.([A-Za-z_]+)")
_EVENT = re.compile(
    r"startsWith\(github\.event\.comment\.body, '/check'\)|github\.event\.[A-Za-z_.]+|github\.head_ref"
)
#: GitHub ends a job of a runner of its own then.
_LONGEST_MINUTES = 360

Job = Mapping[str, Any]


def find_broken_rules(name: str, text: str) -> tuple[str, ...]:
    """What is wrong with one workflow, a sentence each; `name` is its file's. Never raises."""
    try:
        workflow = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # strings, lists and mappings, nothing else
    except (yaml.YAMLError, RecursionError) as error:
        return (f"it is no YAML: {str(error).splitlines()[0]}",)
    jobs = workflow.get("jobs") if isinstance(workflow, dict) else None
    if not isinstance(jobs, dict) or not all(isinstance(job, dict) for job in jobs.values()):
        return ("it has no jobs",)
    return (
        *_about_workflow(name, workflow, text),
        *(f"job {title}: {broken}" for title, job in jobs.items() for broken in _about_job(name, title, job)),
        *_about_commands(name, jobs),
    )


def list_commands(text: str) -> tuple[str, ...]:
    """Every `run:` of a workflow without its sudo, in the order of the file. Raises yaml.YAMLError."""
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # strings, lists and mappings, nothing else
    return tuple(
        str(step["run"]).strip().removeprefix("sudo --preserve-env ")
        for job in workflow["jobs"].values()
        for step in job.get("steps", [])
        if "run" in step
    )


def _about_workflow(name: str, workflow: Mapping[str, Any], text: str) -> Iterator[str]:
    if workflow.get("permissions") != {}:
        yield "`permissions: {}` does not stand at its top"
    triggers = _triggers(workflow)
    if "pull_request_target" in triggers:
        yield "it runs on pull_request_target, which gives a stranger secrets and a token that writes"
    if not isinstance(workflow.get("concurrency"), dict):
        yield "it has no concurrency group"
    yield from _about_actions(text)
    for secret in sorted(set(_SECRET.findall(text)) - SECRETS.get(name, frozenset())):
        yield f"it names the secret {secret}"
    for field in sorted(set(_EVENT.findall(text)) - EVENT_FIELDS):
        yield f"it reads {field}, which may be a stranger's text"
    if triggers & _TRUSTED_CODE:
        yield from _about_trusted_code(workflow["jobs"])


def _about_actions(text: str) -> Iterator[str]:
    for action, version in _USES.findall(text):
        if _OWN.fullmatch(action):
            continue
        if not _PINNED.fullmatch(action):
            yield f"{action} is not pinned by the 40 digits of a commit"
        elif not version:
            yield f"{action} has no comment that names its version"


def _triggers(workflow: Mapping[str, Any]) -> frozenset[str]:
    triggers = workflow.get("on", {})
    return frozenset([triggers] if isinstance(triggers, str) else triggers)


def _about_trusted_code(jobs: Mapping[str, Job]) -> Iterator[str]:
    for title, job in jobs.items():
        for step in job.get("steps", []):
            if (
                str(step.get("uses", "")).startswith("actions/checkout@")
                and step.get("with", {}).get("ref") != "main"
            ):
                yield f"job {title}: a stranger starts it, and it does not check out main"


def _about_job(name: str, title: str, job: Job) -> Iterator[str]:
    permissions = job.get("permissions")
    if not isinstance(permissions, dict):
        yield "it does not say its permissions"
    else:
        writes = {scope for scope, access in permissions.items() if access == "write"}
        for scope in sorted(writes - WRITERS.get((name, title), frozenset())):
            yield f"it may write {scope}"
    if "uses" in job:
        return
    if (name, title) not in OWN_MACHINES and not _HOSTED.fullmatch(str(job.get("runs-on", ""))):
        yield f"it runs on {job.get('runs-on', 'no machine')}, which is none of GitHub's own"
    minutes = str(job.get("timeout-minutes", ""))
    if not minutes.isdigit() or not 0 < int(minutes) <= _LONGEST_MINUTES:
        yield f"it has no time limit of up to {_LONGEST_MINUTES} minutes"
    for step in job.get("steps", []):
        yield from _about_step(name, title, step)


def _about_step(name: str, title: str, step: Mapping[str, Any]) -> Iterator[str]:
    run = step.get("run")
    if run is not None and not _RUN.fullmatch(str(run).strip()):
        yield f"`run: {str(run).strip().splitlines()[0]}` is not one call of polyreact or make with constants"
    if "shell" in step:
        yield "it has a shell of its own"
    if str(step.get("uses", "")).startswith("actions/checkout@"):
        kept = str(step.get("with", {}).get("persist-credentials"))
        if kept != ("true" if (name, title) == ("evaluate.yml", "collect") else "false"):
            yield f"its checkout has persist-credentials: {kept}"


def _about_commands(name: str, jobs: Mapping[str, Job]) -> Iterator[str]:
    runs = [str(step.get("run", "")).strip() for job in jobs.values() for step in job.get("steps", [])]
    for command in WORKFLOWS.get(name, ()):
        if command not in {run.removeprefix("sudo --preserve-env ") for run in runs}:
            yield f"no step runs `{command}`"
