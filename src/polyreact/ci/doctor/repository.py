"""The repository's settings at GitHub, read with whatever the token may see; nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from polyreact.ci.doctor.interface import LOOK_AGAIN, MAY_NOT_LOOK, Diagnosis, Repository, cannot_tell, not_ok, ok
from polyreact.ci.doctor.services import (
    diagnose_evaluation,
    diagnose_pages,
    diagnose_runner,
    diagnose_schedule,
    diagnose_space,
)
from polyreact.errors import ForgeFailed

BRANCH, REQUIRED_CHECK = "main", "check"
RESULTS, DEPLOY_KEY = "results", "RESULTS_DEPLOY_KEY"
#: Whoever is new to GitHub waits for a person; everybody else's pull request is checked at once.
APPROVAL = "first_time_contributors_new_to_github"
#: Rules that a commit which is pushed straight to the branch would break.
_STOPPING = frozenset({"required_status_checks", "pull_request", "update"})
_OK, _ABSENT = 200, 404


def diagnose_repository(repository: Repository) -> Iterator[Callable[[], Diagnosis]]:
    """One line for each setting, in the order in which an organiser makes them."""
    for diagnose in (
        _diagnose_merging,
        _diagnose_actions,
        _diagnose_token,
        _diagnose_strangers,
        _diagnose_branch,
        _diagnose_environment,
        _diagnose_deploy_key,
        _diagnose_bypass,
        diagnose_pages,
        diagnose_space,
        diagnose_runner,
        diagnose_schedule,
        diagnose_evaluation,
    ):
        yield partial(_answered, diagnose, repository)


def _answered(diagnose: Callable[[Repository], Diagnosis], repository: Repository) -> Diagnosis:
    name = diagnose.__name__.lstrip("_").removeprefix("diagnose_").replace("_", "-")
    try:
        return diagnose(repository)
    except ForgeFailed as error:
        return cannot_tell(name, error.summary, error.cure)
    except (AttributeError, KeyError, TypeError, ValueError):
        return cannot_tell(name, "GitHub answers in another form than it did", "Look at the page yourself.")


def _diagnose_merging(repository: Repository) -> Diagnosis:
    status, found = repository.look_up("")
    if status != _OK:
        return not_ok(
            "merging", f"GitHub shows no {repository.name}: {status}", "Name the repository: --repository"
        )
    if found.get("default_branch") != BRANCH:
        cure = f"Rename the branch: {repository.settings('branches')}"
        return not_ok("merging", f"the default branch is not {BRANCH}", cure)
    if "allow_auto_merge" not in found:
        return cannot_tell("merging", MAY_NOT_LOOK, LOOK_AGAIN)
    wrong = [words for key, words in _MERGING.items() if not found.get(key)]
    if wrong:
        return not_ok("merging", f"not allowed: {', '.join(wrong)}", f"Tick both: {repository.settings('')}")
    return ok("merging", "squash merging and auto-merge are allowed")


_MERGING = {"allow_squash_merge": "squash merging", "allow_auto_merge": "auto-merge"}


def _diagnose_actions(repository: Repository) -> Diagnosis:
    status, found = repository.look_up("/actions/permissions")
    if status != _OK:
        return cannot_tell("actions", MAY_NOT_LOOK, LOOK_AGAIN)
    page = repository.settings("actions")
    if not found.get("enabled"):
        return not_ok("actions", "Actions are off", f"Allow them: {page}")
    if found.get("allowed_actions") == "local_only":
        return not_ok(
            "actions",
            "only actions of this account are allowed",
            f"Allow those that GitHub made, and pypa/gh-action-pypi-publish@*: {page}",
        )
    pinned = "" if found.get("sha_pinning_required") else "; GitHub itself does not require pins, our tests do"
    return ok("actions", f"on, for {found.get('allowed_actions', 'all')} actions{pinned}")


def _diagnose_token(repository: Repository) -> Diagnosis:
    status, found = repository.look_up("/actions/permissions/workflow")
    if status != _OK:
        return cannot_tell("token", MAY_NOT_LOOK, LOOK_AGAIN)
    if found.get("default_workflow_permissions") != "read":
        return not_ok(
            "token",
            "a workflow that does not say its permissions may write",
            f"Choose read repository contents: {repository.settings('actions')}",
        )
    return ok("token", "a workflow that does not say its permissions may only read")


def _diagnose_strangers(repository: Repository) -> Diagnosis:
    status, found = repository.look_up("/actions/permissions/fork-pr-contributor-approval")
    if status != _OK:
        return cannot_tell("strangers", MAY_NOT_LOOK, LOOK_AGAIN)
    policy = found.get("approval_policy")
    if policy != APPROVAL:
        return not_ok(
            "strangers",
            f"a first pull request waits for a person before it is checked ({policy})",
            f"Require approval only of those who are new to GitHub: {repository.settings('actions')}",
        )
    return ok("strangers", "a first pull request is checked at once, unless its author is new to GitHub")


def _diagnose_branch(repository: Repository) -> Diagnosis:
    status, rules = repository.look_up(f"/rules/branches/{BRANCH}")
    if status != _OK:
        return cannot_tell("branch", MAY_NOT_LOOK, LOOK_AGAIN)
    page, kinds = repository.settings("rules"), {rule.get("type") for rule in rules}
    if REQUIRED_CHECK not in _required_checks(rules):
        return not_ok(
            "branch",
            f"{BRANCH} does not require the check `{REQUIRED_CHECK}`, so a submission is merged without one",
            f"Make a ruleset for {BRANCH} that requires the status check `{REQUIRED_CHECK}`: {page}",
        )
    wanted = {"non_fast_forward": "blocks force pushes", "deletion": "restricts deletions"}
    absent = [words for kind, words in wanted.items() if kind not in kinds]
    if absent:
        return not_ok("branch", f"no rule for {BRANCH} {' or '.join(absent)}", f"Tick it in the ruleset: {page}")
    return ok("branch", f"{BRANCH} requires the check `{REQUIRED_CHECK}`, and its history cannot be rewritten")


def _required_checks(rules: list[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(
        str(check.get("context"))
        for rule in rules
        if rule.get("type") == "required_status_checks"
        for check in rule.get("parameters", {}).get("required_status_checks", [])
    )


def _diagnose_environment(repository: Repository) -> Diagnosis:
    """The secret of the bot's commits is given to jobs of one branch alone."""
    status, found = repository.look_up(f"/environments/{RESULTS}")
    page = repository.settings("environments")
    if status == _ABSENT:
        return not_ok("environment", f"there is no environment `{RESULTS}`", f"Make it, for {BRANCH} only: {page}")
    if status != _OK:
        return cannot_tell("environment", MAY_NOT_LOOK, LOOK_AGAIN)
    if found.get("deployment_branch_policy") is None:
        return not_ok(
            "environment",
            f"any branch may use the environment `{RESULTS}`, and so its secret",
            f"Let it deploy from {BRANCH} only: {page}",
        )
    return ok("environment", f"`{RESULTS}` is there, for chosen branches alone")


def _diagnose_deploy_key(repository: Repository) -> Diagnosis:
    """The bot may commit results: a key that writes, and its secret."""
    status, secrets = repository.look_up(f"/environments/{RESULTS}/secrets")
    keys_status, keys = repository.look_up("/keys")
    if status != _OK or keys_status != _OK:
        return cannot_tell("deploy-key", MAY_NOT_LOOK, LOOK_AGAIN)
    if DEPLOY_KEY not in {secret.get("name") for secret in secrets.get("secrets", [])}:
        cure = f"Put the private half of a deploy key there: {repository.settings('environments')}"
        return not_ok("deploy-key", f"the environment `{RESULTS}` has no secret {DEPLOY_KEY}", cure)
    if all(key.get("read_only", True) for key in keys):
        cure = f"Add the public half, with write access: {repository.settings('keys')}"
        return not_ok("deploy-key", "no deploy key may write", cure)
    return ok("deploy-key", f"{DEPLOY_KEY} is there, and a deploy key may write")


def _diagnose_bypass(repository: Repository) -> Diagnosis:
    """The rules of the branch let the bot's commit pass, which no check has seen."""
    status, rules = repository.look_up(f"/rules/branches/{BRANCH}")
    if status != _OK:
        return cannot_tell("bypass", MAY_NOT_LOOK, LOOK_AGAIN)
    for number in sorted({rule["ruleset_id"] for rule in rules if rule.get("type") in _STOPPING}):
        status, ruleset = repository.look_up(f"/rulesets/{number}")
        if status != _OK or "bypass_actors" not in ruleset:
            return cannot_tell("bypass", f"who passes ruleset {number}: {MAY_NOT_LOOK}", LOOK_AGAIN)
        if "DeployKey" not in {actor.get("actor_type") for actor in ruleset["bypass_actors"]}:
            return not_ok(
                "bypass",
                f"the ruleset `{ruleset.get('name')}` stops the commit of results",
                f"Add deploy keys to its bypass list: {repository.settings(f'rules/{number}')}",
            )
    return ok("bypass", "no rule stops the commit of results")
