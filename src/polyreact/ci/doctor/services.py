"""What a deployment stands on at GitHub: Pages, a Space, a runner, and the schedule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from polyreact.ci.doctor.interface import LOOK_AGAIN, MAY_NOT_LOOK, Diagnosis, Repository, cannot_tell, not_ok, ok
from polyreact.ci.doctor.workflow_rules import WORKFLOWS

#: A weekly run, and a day for a runner that was busy.
LONGEST_SILENCE = timedelta(days=8)
EVALUATE = "evaluate.yml@refs/heads/main"
_OK, _ABSENT = 200, 404


def diagnose_pages(repository: Repository) -> Diagnosis:
    """The site is deployed by the workflow, over https alone."""
    status, found = repository.look_up("/pages")
    page = repository.settings("pages")
    if status == _ABSENT:
        return not_ok("pages", "there is no site, or the token may not see it", f"Choose GitHub Actions: {page}")
    if status != _OK:
        return cannot_tell("pages", MAY_NOT_LOOK, LOOK_AGAIN)
    if found.get("build_type") != "workflow":
        return not_ok("pages", "the site is taken from a branch", f"Choose GitHub Actions as its source: {page}")
    if found.get("https_enforced") is False:
        return not_ok("pages", f"{found.get('html_url')} is served without https, too", f"Enforce https: {page}")
    return ok("pages", f"deployed by the workflow to {found.get('html_url')}")


def diagnose_space(repository: Repository) -> Diagnosis:
    """Where a Space is named, the secret for it is there."""
    variables = _variables(repository)
    if variables is None:
        return cannot_tell("space", MAY_NOT_LOOK, LOOK_AGAIN)
    space = variables.get("POLYREACT_SPACE")
    if not space:
        return ok("space", "no Space: the variable POLYREACT_SPACE is not set")
    environment_status, environment = repository.look_up("/environments/space")
    if environment_status == _OK and environment.get("deployment_branch_policy") is None:
        cure = f"Let it deploy from main only: {repository.settings('environments')}"
        return not_ok("space", "any branch may use the environment `space`, and so its secret", cure)
    status, secrets = repository.look_up("/environments/space/secrets")
    if status not in {_OK, _ABSENT}:
        return cannot_tell("space", MAY_NOT_LOOK, LOOK_AGAIN)
    if "HF_TOKEN" not in {secret.get("name") for secret in (secrets or {}).get("secrets", [])}:
        cure = f"Put a token that may write to {space} there: {repository.settings('environments')}"
        return not_ok("space", "the environment `space` has no secret HF_TOKEN", cure)
    return ok("space", f"{space}, with the secret HF_TOKEN")


def diagnose_runner(repository: Repository) -> Diagnosis:
    """Where evaluations run on a machine of the organiser's own, it is online."""
    variables = _variables(repository)
    if variables is None:
        return cannot_tell("runner", MAY_NOT_LOOK, LOOK_AGAIN)
    given = variables.get("POLYREACT_RUNNER", "")
    wanted = _read_labels(given) if given else frozenset({"ubuntu-24.04"})
    if wanted is None:
        cure = f'Write ["self-hosted", "lab"], say: {repository.settings("variables/actions")}'
        return not_ok("runner", "the variable POLYREACT_RUNNER is no label or list of labels in JSON", cure)
    told = ", ".join(sorted(wanted))
    if "self-hosted" not in wanted:
        return ok("runner", f"GitHub's own machines: {told}")
    return _diagnose_own_runner(repository, wanted, told)


def _diagnose_own_runner(repository: Repository, wanted: frozenset[str], told: str) -> Diagnosis:
    """A pull request may bring a workflow of its own, and name any machine that the repository has in it."""
    status, settings = repository.look_up("")
    runners_status, found = repository.look_up("/actions/runners?per_page=100")
    if status != _OK or runners_status != _OK:
        return cannot_tell("runner", MAY_NOT_LOOK, LOOK_AGAIN)
    fitting = [one for one in found["runners"] if wanted <= {label["name"] for label in one["labels"]}]
    if not fitting:
        return cannot_tell(
            "runner",
            f"no runner of the repository has the labels {told}; one of the organisation may",
            f"Look that its group takes jobs of {EVALUATE} alone: {repository.settings('actions/runners')}",
        )
    if not settings.get("private"):
        return not_ok(
            "runner",
            f"{fitting[0]['name']} takes jobs of every workflow, and so of any stranger's pull request",
            "Move it into a runner group of the organisation that takes jobs of "
            f"{EVALUATE} alone, or evaluate without a runner: docs/how-to/run-your-own-benchmark.md",
        )
    online = [str(one["name"]) for one in fitting if one.get("status") == "online"]
    if not online:
        return not_ok("runner", f"no runner with the labels {told} is online", f"Start {fitting[0]['name']}.")
    return ok("runner", f"online: {', '.join(online)}")


def _read_labels(given: str) -> frozenset[str] | None:
    try:
        labels = json.loads(given)
    except ValueError:
        return None
    listed = [labels] if isinstance(labels, str) else labels
    if not isinstance(listed, list) or not listed or not all(isinstance(label, str) for label in listed):
        return None
    return frozenset(listed)


def diagnose_schedule(repository: Repository) -> Diagnosis:
    """GitHub switches the schedule of a quiet repository off after sixty days, without a word."""
    status, found = repository.look_up("/actions/workflows?per_page=100")
    if status != _OK:
        return cannot_tell("schedule", MAY_NOT_LOOK, LOOK_AGAIN)
    states = {str(one["path"]).rpartition("/")[2]: str(one["state"]) for one in found["workflows"]}
    off = [(name, states.get(name, "unknown to GitHub")) for name in sorted(WORKFLOWS)]
    told = ", ".join(f"{name} ({state})" for name, state in off if state != "active")
    if told:
        return not_ok("schedule", f"not active: {told}", f"Enable each on its page: {repository.address}/actions")
    return ok("schedule", "every workflow is active")


def diagnose_evaluation(repository: Repository) -> Diagnosis:
    """The weekly evaluation ran, lately, and came to a good end."""
    status, found = repository.look_up("/actions/workflows/evaluate.yml/runs?per_page=1")
    page = f"{repository.address}/actions/workflows/evaluate.yml"
    if status != _OK:
        return cannot_tell("evaluation", MAY_NOT_LOOK, LOOK_AGAIN)
    if not found["workflow_runs"]:
        return not_ok("evaluation", "evaluate.yml has never run", f"Start it by hand: {page}")
    last = found["workflow_runs"][0]
    began = datetime.fromisoformat(last["created_at"])
    told = f"the last one began {began.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if last["status"] == "completed" and last["conclusion"] != "success":
        return not_ok(
            "evaluation", f"{told} and ended as {last['conclusion']}", f"Read its log: {last['html_url']}"
        )
    if repository.now - began > LONGEST_SILENCE:
        return not_ok(
            "evaluation", f"{told}, more than {LONGEST_SILENCE.days} days ago", f"Start it by hand: {page}"
        )
    return ok("evaluation", told)


def _variables(repository: Repository) -> Mapping[str, str] | None:
    status, found = repository.look_up("/actions/variables?per_page=100")
    if status != _OK:
        return None
    return {str(one["name"]): str(one["value"]) for one in found["variables"]}
