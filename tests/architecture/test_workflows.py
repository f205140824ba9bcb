"""The workflows: what GitHub, two linters and our own rules say of them, and that each of these can say no."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
import yaml

from architecture.sources import REPOSITORY
from conftest import missing
from polyreact.ci.doctor.clone import diagnose_clone
from polyreact.ci.doctor.interface import Repository
from polyreact.ci.doctor.repository import REQUIRED_CHECK, diagnose_repository
from polyreact.ci.doctor.workflow_rules import WORKFLOWS, find_broken_rules, list_commands
from polyreact.cli.main import polyreact

FOLDER = REPOSITORY / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
PROGRAMS = Path(sys.prefix) / "bin"
SERVICE = Path(sys.prefix) / "lib" / "github-languageservice"
DIAGNOSE = REPOSITORY / "tests" / "workflows" / "diagnose.mjs"
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

_SETUP_PYTHON = "@5fda3b95a4ea91299a34e894583c3862153e4b97"
#: What is wrong -> the workflow, what is replaced in it, by what, and what the rules must say.
BROKEN = {
    "permissions": ("ci.yml", "permissions: {}", "permissions: write-all", "does not stand at its top"),
    "target": ("submission.yml", "  pull_request:", "  pull_request_target:", "pull_request_target"),
    "tag": ("ci.yml", _SETUP_PYTHON, "@v7", "is not pinned"),
    "short": ("ci.yml", _SETUP_PYTHON, "@5fda3b9", "is not pinned"),
    "version": ("recheck.yml", " # v7.0.1", "", "names its version"),
    "secret": ("submission.yml", "${{ github.token }}", "${{ secrets.HF_TOKEN }}", "names the secret HF_TOKEN"),
    "title": ("recheck.yml", "run: make runner", 'run: make "${{ github.event.issue.title }}"', "stranger's text"),
    "branch": ("submission.yml", "base.sha", "head.ref", "reads github.event.pull_request.head.ref"),
    "head_ref": ("submission.yml", "github.event.pull_request.number", "github.head_ref", "github.head_ref"),
    "expression": ("ci.yml", "run: make site", "run: make ${{ github.actor }}", "one call of polyreact or make"),
    "two commands": ("ci.yml", "run: make site", "run: make site && curl example.org", "one call of polyreact"),
    "shell": ("ci.yml", "- run: make site", "- shell: sh\n        run: make site", "shell of its own"),
    "stranger's code": ("submission-report.yml", "ref: main", "ref: other", "does not check out main"),
    "credentials": ("submission.yml", "credentials: false", "credentials: true", "persist-credentials: true"),
    "writes": ("submission.yml", "contents: read", "contents: write", "it may write contents"),
    "no permissions": ("data-check.yml", "    permissions:\n      contents: read\n", "", "does not say its"),
    "own machine": (
        "submission.yml",
        "runs-on: ubuntu-24.04",
        "runs-on: [self-hosted, lab]",
        "none of GitHub's own",
    ),
    "no limit": ("data-check.yml", "    timeout-minutes: 60\n", "", "no time limit"),
    "endless": ("data-check.yml", "timeout-minutes: 60", "timeout-minutes: 4000", "no time limit"),
    "no group": ("data-check.yml", "concurrency:", "x-concurrency:", "no concurrency group"),
    "no command": ("evaluate.yml", "polyreact ci canary", "polyreact ci plan", "no step runs `polyreact ci canary"),
    "no yaml": ("recheck.yml", "jobs:", "jobs: [", "no YAML"),
    "no jobs": ("recheck.yml", "jobs:", "works:", "no jobs"),
}


def read(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def run(*command, cwd=REPOSITORY):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def audit(folder):
    """zizmor without a network, at its second strictest; the strictest flags what only the network could tell."""
    return run(PROGRAMS / "zizmor", "--offline", "--persona", "pedantic", "--no-progress", folder)


def diagnose(*files):
    """What GitHub's own language service finds, a line each."""
    if not SERVICE.exists():
        command = "sh scripts/install-validator.sh .venv tests/workflows github-languageservice"
        missing("github-languageservice", f"it is not installed ({command})")
    done = run(PROGRAMS / "node", DIAGNOSE, SERVICE, *files)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_workflows_are_those_that_the_doctor_knows():
    assert {path.name for path in FILES} == set(WORKFLOWS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_workflow_keeps_every_rule(path):
    assert find_broken_rules(path.name, path.read_text(encoding="utf-8")) == ()


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_workflow_is_found(broken):
    name, old, new, expected = BROKEN[broken]
    text = read(name)
    assert old in text
    found = find_broken_rules(name, text.replace(old, new))
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_workflow_calls_only_commands_that_there_are(path):
    for command in list_commands(path.read_text(encoding="utf-8")):
        program, *arguments = command.split()
        if program == "make":
            assert set(arguments) <= TARGETS, command
        else:
            parse(arguments)


def parse(arguments):
    """Read a command line as polyreact would, without doing anything. Raises click's errors."""
    command, context = polyreact, click.Context(polyreact, info_name="polyreact")
    while isinstance(command, click.Group):
        name, command, arguments = command.resolve_command(context, arguments)
        context = click.Context(command, parent=context, info_name=name)
    _options, rest, _order = command.make_parser(context).parse_args(list(arguments))
    if len(rest) > sum(isinstance(parameter, click.Argument) for parameter in command.params):
        raise click.UsageError(f"too much: {rest}")


def test_command_that_there_is_not_is_refused():
    with pytest.raises(click.UsageError):
        parse(["ci", "invent"])
    with pytest.raises(click.UsageError):
        parse(["dataset", "verify", "--everything"])


def test_zizmor_finds_nothing():
    done = audit(".")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr


def test_zizmor_is_silenced_only_with_a_reason_and_only_where_it_was_weighed():
    ignored = {
        (path.name, audit, bool(reason.strip()))
        for path in FILES
        for audit, reason in re.findall(r"# zizmor: ignore\[([a-z-]+)\](.*)", path.read_text(encoding="utf-8"))
    }
    assert ignored == {
        ("submission-report.yml", "dangerous-triggers", True),
        ("recheck.yml", "dangerous-triggers", True),
        ("evaluate.yml", "self-repository", True),
    }


def test_zizmor_finds_an_expression_of_a_stranger(tmp_path):
    place = tmp_path / ".github" / "workflows"
    place.mkdir(parents=True)
    bad = read("submission.yml").replace("polyreact ci check", "echo ${{ github.event.pull_request.title }}")
    (place / "submission.yml").write_text(bad, encoding="utf-8")
    done = audit(tmp_path)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


def test_github_reads_every_workflow():
    assert diagnose(*FILES) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("runs-on:", "run-on:", "Unexpected value 'run-on'"),
        ("steps.plan.outputs.has_jobs", "step.plan.outputs.has_jobs", "Unrecognized named-value: 'step'"),
        ("needs: plan\n", "needs: plann\n", "plann"),
    ],
)
def test_github_finds_what_is_wrong(tmp_path, old, new, expected):
    bad = tmp_path / "evaluate.yml"
    bad.write_text(read("evaluate.yml").replace(old, new), encoding="utf-8")
    assert any(expected in line for line in diagnose(bad)), diagnose(bad)


def test_actionlint_finds_nothing():
    """Its package fetches the program from GitHub, so it is there only where somebody installed it."""
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("actionlint is not installed; `make actionlint` fetches it from GitHub")
    done = run(program, "-no-color", *FILES)
    assert done.returncode == 0, done.stdout


def test_updates_are_watched_of_everything_that_is_pinned():
    updates = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "docker", "npm"}


def test_guide_requires_the_check_that_there_is_and_lets_the_bot_pass():
    ruleset = json.loads((REPOSITORY / "docs" / "how-to" / "ruleset.json").read_text(encoding="utf-8"))
    required = [
        check["context"]
        for rule in ruleset["rules"]
        if rule["type"] == "required_status_checks"
        for check in rule["parameters"]["required_status_checks"]
    ]
    jobs = yaml.safe_load(read("submission.yml"))["jobs"]
    assert required == [job["name"] for job in jobs.values()] == [REQUIRED_CHECK]
    assert "DeployKey" in {actor["actor_type"] for actor in ruleset["bypass_actors"]}


def test_guide_names_every_line_of_the_doctor():
    guide = (REPOSITORY / "docs" / "how-to" / "run-your-own-benchmark.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", guide, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    at_github = Repository("lab/benchmark", "", lambda _path: (403, None), datetime.now(UTC))
    checks = [*diagnose_clone(REPOSITORY), *diagnose_repository(at_github)]
    assert named == {check().name for check in checks} | {"engine", "data", "private"}


def test_one_action_has_one_commit_everywhere():
    pins = {}
    for path in FILES:
        for action, commit in re.findall(r"uses: ([\w./-]+)@(\w+ # v[\d.]+)", path.read_text(encoding="utf-8")):
            pins.setdefault(action, set()).add(commit)
    assert pins
    assert {action: commits for action, commits in pins.items() if len(commits) > 1} == {}
