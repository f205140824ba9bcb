"""The doctor: every line is ok in a deployment as the guide makes it, and one is not where one thing differs."""

from __future__ import annotations

import copy
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.engine import FakeEngine
from fakes.github_server import WRITE_TOKEN, make_bare, serve_github, write_commit
from polyreact.ci.canary import CANARIES
from polyreact.ci.doctor.clone import diagnose_clone, find_repository
from polyreact.ci.doctor.host import diagnose_data, diagnose_engine, diagnose_private
from polyreact.ci.doctor.interface import Repository, State
from polyreact.ci.doctor.repository import APPROVAL, diagnose_repository
from polyreact.ci.doctor.workflow_rules import WORKFLOWS
from polyreact.ci.github import open_github
from polyreact.cli import admin
from polyreact.cli.main import main
from polyreact.datasets import prepared
from polyreact.errors import ForgeFailed, NoEngine
from polyreact.settings import Settings
from polyreact.tracks import catalog

CLONE = Path(__file__).parents[3]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RULE = {"ruleset_source_type": "Repository", "ruleset_id": 7}
#: What GitHub answers of a repository that was set up as docs/how-to/run-your-own-benchmark.md says.
WELL = {
    "": {"default_branch": "main", "allow_auto_merge": True, "allow_squash_merge": True, "private": False},
    "/actions/permissions": {"enabled": True, "allowed_actions": "all", "sha_pinning_required": False},
    "/actions/permissions/workflow": {"default_workflow_permissions": "read"},
    "/actions/permissions/fork-pr-contributor-approval": {"approval_policy": APPROVAL},
    "/rules/branches/main": [
        {"type": "deletion", **RULE},
        {"type": "non_fast_forward", **RULE},
        {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "check", "integration_id": 15368}]},
            **RULE,
        },
    ],
    "/rulesets/7": {"name": "main", "bypass_actors": [{"actor_type": "DeployKey", "bypass_mode": "always"}]},
    "/environments/results": {"name": "results", "deployment_branch_policy": {"custom_branch_policies": True}},
    "/environments/results/secrets": {"secrets": [{"name": "RESULTS_DEPLOY_KEY"}]},
    "/keys": [{"title": "results", "read_only": False}],
    "/pages": {"build_type": "workflow", "html_url": "https://lab.github.io/benchmark/", "https_enforced": True},
    "/actions/variables?per_page=100": {"variables": []},
    "/environments/space": {"deployment_branch_policy": {"custom_branch_policies": True}},
    "/environments/space/secrets": {"secrets": [{"name": "HF_TOKEN"}]},
    "/actions/runners?per_page=100": {"runners": []},
    "/actions/workflows?per_page=100": {
        "workflows": [{"path": f".github/workflows/{name}", "state": "active"} for name in WORKFLOWS]
    },
    "/actions/workflows/evaluate.yml/runs?per_page=1": {
        "workflow_runs": [
            {
                "created_at": "2026-11-23T03:17:00Z",
                "status": "completed",
                "conclusion": "success",
                "html_url": "page",
            }
        ]
    },
}
LAB = {"name": "POLYREACT_RUNNER", "value": '["self-hosted", "lab"]'}
RUNNER = {"name": "bench", "status": "online", "labels": [{"name": "self-hosted"}, {"name": "lab"}]}
#: What differs -> the line that is not ok, where, and what GitHub answers there.
WRONG = {
    "other branch": ("merging", "", {"default_branch": "trunk"}),
    "no auto-merge": ("merging", "", {"allow_auto_merge": False}),
    "no squash": ("merging", "", {"allow_squash_merge": False}),
    "actions off": ("actions", "/actions/permissions", {"enabled": False}),
    "own actions only": ("actions", "/actions/permissions", {"allowed_actions": "local_only"}),
    "token writes": ("token", "/actions/permissions/workflow", {"default_workflow_permissions": "write"}),
    "strangers wait": (
        "strangers",
        "/actions/permissions/fork-pr-contributor-approval",
        {"approval_policy": "first_time_contributors"},
    ),
    "no check": ("branch", "/rules/branches/main", [{"type": "deletion"}, {"type": "non_fast_forward"}]),
    "force pushes": ("branch", "/rules/branches/main", WELL["/rules/branches/main"][::2]),
    "any branch": ("environment", "/environments/results", {"deployment_branch_policy": None}),
    "no secret": ("deploy-key", "/environments/results/secrets", {"secrets": []}),
    "key reads": ("deploy-key", "/keys", [{"read_only": True}]),
    "no key": ("deploy-key", "/keys", []),
    "no bypass": ("bypass", "/rulesets/7", {"bypass_actors": [{"actor_type": "RepositoryRole"}]}),
    "pages by branch": ("pages", "/pages", {"build_type": "legacy"}),
    "http": ("pages", "/pages", {"https_enforced": False}),
    "runner no json": (
        "runner",
        "/actions/variables?per_page=100",
        {"variables": [LAB | {"value": "self-hosted"}]},
    ),
    "runner no label": ("runner", "/actions/variables?per_page=100", {"variables": [LAB | {"value": "[1]"}]}),
    "switched off": (
        "schedule",
        "/actions/workflows?per_page=100",
        {"workflows": [{"path": ".github/workflows/evaluate.yml", "state": "disabled_inactivity"}]},
    ),
    "never ran": ("evaluation", "/actions/workflows/evaluate.yml/runs?per_page=1", {"workflow_runs": []}),
}


def ask(answers, refused=()):
    def look_up(path):
        if path in refused:
            return 403, None
        return (200, answers[path]) if path in answers else (404, None)

    repository = Repository("lab/benchmark", "https://github.com/lab/benchmark", look_up, NOW)
    return {one.name: one for one in (check() for check in diagnose_repository(repository))}


def changed(**pages):
    answers = copy.deepcopy(WELL)
    for path, answer in pages.items():
        mends = isinstance(answer, dict) and isinstance(answers.get(path), dict)
        answers[path] = answers[path] | answer if mends else answer
    return answers


def states(found):
    return {name: one.state for name, one in found.items()}


def test_repository_as_the_guide_makes_it_is_well():
    found = ask(WELL)
    assert set(states(found).values()) == {State.OK}, found
    assert all(not one.cure for one in found.values())


@pytest.mark.parametrize("what", WRONG)
def test_one_thing_that_differs_is_found_and_nothing_else(what):
    name, path, answer = WRONG[what]
    found = ask(changed(**{path: answer}))
    assert [one.name for one in found.values() if one.state is State.NOT_OK] == [name]
    assert found[name].cure


@pytest.mark.parametrize("path", [path for path in WELL if path])
def test_page_that_the_token_may_not_see_is_never_called_ok_or_wrong(path):
    found = ask(WELL, refused={path})
    assert State.NOT_OK not in states(found).values()
    if path not in {"/environments/space", "/environments/space/secrets", "/actions/runners?per_page=100"}:
        assert State.CANNOT_TELL in states(found).values()
        assert all("GITHUB_TOKEN" in one.cure for one in found.values() if one.state is State.CANNOT_TELL)


def test_token_that_sees_nothing_of_the_settings_cannot_tell():
    found = ask({"": {"default_branch": "main"}}, refused=set(WELL) - {""})
    assert set(states(found).values()) == {State.CANNOT_TELL}


def test_environment_that_is_not_there_is_not_ok():
    answers = changed()
    del answers["/environments/results"], answers["/environments/results/secrets"], answers["/pages"]
    found = ask(answers)
    assert (found["environment"].state, found["pages"].state) == (State.NOT_OK, State.NOT_OK)


def test_runner_of_a_public_repository_belongs_to_every_stranger():
    variables = {"/actions/variables?per_page=100": {"variables": [LAB]}}
    runners = {"/actions/runners?per_page=100": {"runners": [RUNNER]}}
    found = ask(changed(**variables, **runners))["runner"]
    assert found.state is State.NOT_OK
    assert "stranger" in found.found
    assert ask(changed(**variables, **runners, **{"": {"private": True}}))["runner"].state is State.OK
    assert ask(changed(**variables))["runner"].state is State.CANNOT_TELL  # the organisation may have it


def test_runner_that_sleeps_is_not_ok():
    runners = {"runners": [RUNNER | {"status": "offline"}]}
    pages = {"/actions/variables?per_page=100": {"variables": [LAB]}, "/actions/runners?per_page=100": runners}
    found = ask(changed(**pages, **{"": {"private": True}}))["runner"]
    assert (found.state, "online" in found.found) == (State.NOT_OK, True)


@pytest.mark.parametrize(
    ("environment", "secrets", "state"),
    [
        ({"deployment_branch_policy": {}}, [{"name": "HF_TOKEN"}], State.OK),
        ({"deployment_branch_policy": None}, [{"name": "HF_TOKEN"}], State.NOT_OK),
        ({"deployment_branch_policy": {}}, [], State.NOT_OK),
    ],
)
def test_space_needs_its_secret_for_one_branch(environment, secrets, state):
    variables = {"variables": [{"name": "POLYREACT_SPACE", "value": "lab/board"}]}
    pages = {
        "/actions/variables?per_page=100": variables,
        "/environments/space": environment,
        "/environments/space/secrets": {"secrets": secrets},
    }
    assert ask(changed(**pages))["space"].state is state


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ({"conclusion": "failure"}, State.NOT_OK),
        ({"created_at": "2026-11-01T03:17:00Z"}, State.NOT_OK),
        ({"status": "in_progress", "conclusion": None}, State.OK),
    ],
)
def test_evaluation_that_failed_or_stayed_away_is_not_ok(run, state):
    path = "/actions/workflows/evaluate.yml/runs?per_page=1"
    last = WELL[path]["workflow_runs"][0] | run
    assert ask(changed(**{path: {"workflow_runs": [last]}}))["evaluation"].state is state


def test_forge_that_does_not_answer_is_told_for_each_line():
    def fail(_path):
        raise ForgeFailed("GitHub did not answer", cure="Wait.")

    repository = Repository("lab/benchmark", "https://github.com/lab/benchmark", fail, NOW)
    found = [check() for check in diagnose_repository(repository)]
    assert {(one.state, one.found) for one in found} == {(State.CANNOT_TELL, "GitHub did not answer")}
    assert [one.name for one in found] == list(ask(WELL))


@pytest.fixture
def clone(tmp_path):
    """What the doctor reads of this clone."""
    folder = tmp_path / "clone"
    for part in (".github/workflows", "submissions", *CANARIES):
        shutil.copytree(CLONE / part, folder / part)
    for name in CANARIES:
        shutil.copytree(
            CLONE / "results" / f"polyreact-{Path(name).name}", folder / "results" / f"polyreact-{name[4:]}"
        )
    return folder


def diagnose(clone):
    return {one.name: one for one in (check() for check in diagnose_clone(clone))}


def test_this_clone_is_well():
    assert set(states(diagnose(CLONE)).values()) == {State.OK}


def test_copy_of_the_clone_is_well(clone):
    assert set(states(diagnose(clone)).values()) == {State.OK}


@pytest.mark.parametrize(
    ("path", "text", "name", "said"),
    [
        (".github/workflows/recheck.yml", None, "workflows", "recheck.yml is missing"),
        (".github/workflows/own.yml", "on: pull_request_target\njobs: {}\n", "workflows", "own.yml: it runs on"),
        (".github/workflows/ci.yml", "jobs: [", "workflows", "ci.yml: it is no YAML"),
        ("submissions/OWNERS.toml", "owners = 3\n", "owners", "OWNERS.toml has defects"),
        ("submissions/OWNERS.toml", None, "owners", "OWNERS.toml"),
        ("zoo/isoelectric-point/submission.yaml", None, "canary", "zoo/isoelectric-point is missing"),
    ],
)
def test_clone_in_which_something_is_wrong_is_not_well(clone, path, text, name, said):
    (clone / path).unlink(missing_ok=True)
    if text is not None:
        (clone / path).write_text(text, encoding="utf-8")
    found = diagnose(clone)
    assert [one.name for one in found.values() if one.state is State.NOT_OK] == [name]
    assert said in found[name].found
    assert found[name].cure


def test_canary_without_records_is_not_ok(clone):
    shutil.rmtree(clone / "results")
    assert diagnose(clone)["canary"].state is State.NOT_OK


def load(**changes):
    return lambda: FakeEngine(**changes)


def test_engine_that_holds_everything_is_ok():
    assert diagnose_engine(load(name="podman"), is_root=True).state is State.OK


@pytest.mark.parametrize(
    ("changes", "is_root", "said"),
    [
        ({"unlimited": ("memory",)}, True, "memory"),
        ({}, False, "the size of /output"),
        ({"is_sandbox": False}, True, "no sandbox"),
    ],
)
def test_engine_that_cannot_run_ranked_submissions_is_not_ok(changes, is_root, said):
    found = diagnose_engine(load(**changes), is_root=is_root)
    assert (found.state, said in found.found) == (State.NOT_OK, True)
    assert found.cure


def test_engine_that_does_not_answer_is_not_ok():
    def fail():
        raise NoEngine("no container engine answers", cure="Install one.")

    assert diagnose_engine(fail, is_root=True).cure == "Install one."


def test_data_is_ok_once_it_is_prepared_and_not_when_a_byte_of_it_changed(monkeypatch, settings):
    monkeypatch.setattr("polyreact.ci.doctor.host.load_public_tracks", lambda: (catalog.load_track("demo"),))
    before = diagnose_data(settings)
    assert (before.state, before.cure) == (State.NOT_OK, "polyreact dataset fetch demo")
    inputs = prepared.ensure_prepared(prepared_dataset(), settings)
    assert diagnose_data(settings).state is State.OK
    inputs.write_bytes(inputs.read_bytes() + b"\n")
    assert diagnose_data(settings).state is State.NOT_OK


def prepared_dataset():
    from polyreact.datasets.catalog import load_dataset

    return load_dataset("demo")


def test_private_folder_must_be_closed_and_hold_a_track(tmp_path, settings):
    def state(folder):
        return diagnose_private(Settings(cache=settings.cache, mirror=None, engine=None, private=folder))

    assert state(None).state is State.OK
    assert "cannot be read" in state(tmp_path / "absent").found
    folder = tmp_path / "private"
    folder.mkdir(mode=0o755)
    assert "open to other users" in state(folder).found
    folder.chmod(0o700)
    assert "holds no track" in state(folder).found


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/lab/benchmark", "lab/benchmark"),
        ("https://github.com/lab/bench.mark.git", "lab/bench.mark"),
        ("git@github.com:lab/benchmark.git", "lab/benchmark"),
        ("ssh://git@github.com/lab/benchmark", "lab/benchmark"),
        ("../elsewhere", None),
    ],
)
def test_repository_is_read_from_the_address_of_the_clone(monkeypatch, tmp_path, address, name):
    monkeypatch.setattr("polyreact.ci.doctor.clone.find_remote", lambda _clone: address)
    assert find_repository(tmp_path) == name


def call(monkeypatch, capsys, clone, *arguments, engine=None, **environment):
    for variable in ("GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(clone)
    monkeypatch.setattr(admin, "load_engine", lambda _name, _settings: engine or FakeEngine(name="podman"))
    monkeypatch.setattr(admin, "is_root", lambda: True)
    monkeypatch.setattr("polyreact.ci.doctor.host.load_public_tracks", tuple)
    with pytest.raises(SystemExit) as ended:
        main(["admin", "doctor", *arguments])
    return ended.value.code, capsys.readouterr().out


def test_command_asks_the_real_client_and_ends_well(monkeypatch, capsys, clone, tmp_path):
    with serve_github(make_bare(tmp_path / "bare.git")) as server:
        server.git("update-ref", "refs/heads/main", write_commit(server.bare, {"README.md": "a benchmark\n"}))
        server.documents = {path.partition("?")[0]: answer for path, answer in WELL.items()}
        path = "/actions/workflows/evaluate.yml/runs"
        server.documents[path]["workflow_runs"][0]["created_at"] = datetime.now(UTC).isoformat()
        github = {
            "GITHUB_TOKEN": WRITE_TOKEN,
            "GITHUB_API_URL": server.address,
            "GITHUB_REPOSITORY": "lab/benchmark",
        }
        status, out = call(monkeypatch, capsys, clone, "--json", **github)
        found = json.loads(out)
        assert {one["name"]: one["state"] for one in found["checks"] if one["state"] != "ok"} == {}
        assert (status, found["is_well"], found["repository"]) == (0, True, "lab/benchmark")
        assert all(line.startswith("GET ") for line in server.asked)

        server.documents["/pages"] = {"build_type": "legacy"}
        status, out = call(monkeypatch, capsys, clone, **github)
        assert status == 2
        assert "pages: the site is taken from a branch" in out

        server.status = 403
        assert open_github(server.address, "lab/benchmark", WRITE_TOKEN).look_up("/pages") == (403, None)


def test_command_without_a_token_says_who_can_tell(monkeypatch, capsys, clone):
    status, out = call(monkeypatch, capsys, clone, GITHUB_REPOSITORY="lab/benchmark")
    assert status == 0
    assert "cannot tell: github" in out
    assert "GITHUB_TOKEN=..." in out


def test_command_shows_the_cure_of_what_is_not_ok(monkeypatch, capsys, clone):
    status, out = call(monkeypatch, capsys, clone, engine=FakeEngine(unlimited=("memory",)))
    assert status == 2
    assert "engine: fake 1.0 cannot hold here, for this user: memory\n  Ranked runs need root" in out


def test_what_github_says_cannot_act_on_a_terminal(monkeypatch, capsys, clone, tmp_path):
    with serve_github(make_bare(tmp_path / "bare.git")) as server:
        server.documents = {"/pages": {"build_type": "workflow", "html_url": "https://x/\x1b[2J"}}
        github = {
            "GITHUB_TOKEN": WRITE_TOKEN,
            "GITHUB_API_URL": server.address,
            "GITHUB_REPOSITORY": "lab/benchmark",
        }
        _status, out = call(monkeypatch, capsys, clone, **github)
    assert "\x1b" not in out
    assert "https://x/" in out


def test_answers_of_another_form_are_told_and_do_not_stop_the_others():
    found = ask(
        changed(**{"/actions/runners?per_page=100": {}, "/actions/workflows?per_page=100": {"workflows": [{}]}})
    )
    assert found["schedule"].state is State.CANNOT_TELL
    assert found["evaluation"].state is State.OK
