"""`polyreact ci check`, `report` and `recheck` as the workflows call them, and on a laptop."""

from __future__ import annotations

import json
import os

import pytest

from fakes.engine import FakeEngine
from fakes.github_server import WRITE_TOKEN, make_bare, serve_github, write_commit
from polyreact.cli import ci_check
from unit.ci.samples import commit, manifest, open_entry, path, predict, report


@pytest.fixture
def server(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    with serve_github(make_bare(tmp_path / "bare.git")) as server:
        server.git("update-ref", "refs/heads/main", write_commit(server.bare, {"README.md": "a benchmark\n"}))
        monkeypatch.setenv("GITHUB_API_URL", server.address)
        (tmp_path / "OWNERS.toml").write_text("[owners]\npolyreact = []\n")
        yield server


@pytest.fixture
def engine(monkeypatch):
    engine = FakeEngine(predict, name="podman")
    monkeypatch.setattr(ci_check, "load_engine", lambda *_: engine)
    return engine


@pytest.fixture
def event(tmp_path, monkeypatch):
    def event(**content):
        (tmp_path / "event.json").write_text(json.dumps(content))
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))

    return event


def _check(polyreact, server, *more):
    return polyreact("ci", "check", "--remote", server.bare, "--owners", "OWNERS.toml", *more)


def test_check_of_an_event_passes_and_writes_report_and_summary(
    polyreact, server, engine, event, tmp_path, monkeypatch
):
    head = commit(server, {path(): manifest()})
    event(pull_request={"user": {"login": "lab"}, "head": {"sha": head}})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    ended = _check(polyreact, server)
    assert ended.status == 0, ended.err
    assert f"PASS  commit {head[:12]} would be accepted" in ended.out
    assert json.loads((tmp_path / "report/report.json").read_text())["head_sha"] == head
    assert (tmp_path / "report/log.txt").read_text() == "predicted\n"
    assert "This submission is accepted" in (tmp_path / "summary").read_text()


def test_check_on_a_laptop_takes_options(polyreact, server, engine):
    head = commit(server, {path(): manifest()})
    assert _check(polyreact, server, "--head", head, "--author", "lab").status == 0


def test_check_says_whether_a_submission_is_independent_as_it_says(polyreact, server, engine):
    head = commit(server, {path(): manifest(independent="true")})
    ended = _check(polyreact, server, "--head", head, "--author", "lab")
    assert ended.status == 0
    assert "claim      independent: holds\n" in ended.out


def test_check_that_refuses_ends_with_the_status_of_its_error_and_a_report(polyreact, server, engine, tmp_path):
    head = commit(server, {path("other-net"): manifest("other-net")})
    ended = _check(polyreact, server, "--head", head, "--author", "lab")
    assert ended.status == 3
    assert ended.err.startswith("E703")
    assert json.loads((tmp_path / "report/report.json").read_text())["checks"][1]["code"] == "E703"
    assert engine.specs == []


def test_check_on_actions_stops_commands_before_anything_of_a_stranger_is_printed(
    polyreact, server, engine, monkeypatch
):
    """The runner obeys lines such as `::add-mask::`, and the name of a file can be one."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    head = commit(server, {"submissions/::add-mask::a.yaml": manifest()})
    first, *others = _check(polyreact, server, "--head", head, "--author", "lab").err.splitlines()
    assert len(first) > len("::stop-commands::") + 30
    assert any("::add-mask::" in line for line in others)


def test_check_without_a_submission_passes(polyreact, server, engine):
    ended = _check(polyreact, server, "--head", commit(server, {"README.md": "x\n"}), "--author", "lab")
    assert ended.status == 0
    assert "no submission to check" in ended.out


def test_check_of_an_engine_that_is_no_sandbox_is_nobodys_fault(polyreact, server, engine):
    engine.is_sandbox = False
    ended = _check(polyreact, server, "--head", commit(server, {path(): manifest()}), "--author", "lab")
    assert ended.status == 4


@pytest.mark.parametrize(
    "options",
    [("--head", "main", "--author", "lab"), ("--head", "a" * 40, "--author", "a;b"), ("--author", "lab"), ()],
)
def test_check_with_options_that_are_none_is_refused(polyreact, server, engine, options):
    ended = _check(polyreact, server, *options)
    assert ended.status == 2
    assert ended.err.startswith("E")


@pytest.mark.parametrize("options", [("--author", "lab"), ("--head", "a" * 40), ()])
def test_laptop_that_says_no_pull_request_is_told_which_options_do(polyreact, server, engine, options):
    ended = _check(polyreact, server, *options)
    assert ended.err.startswith("E701  nothing says which pull request to check\n")
    assert "--head and --author" in ended.err
    assert engine.specs == []


@pytest.mark.parametrize("command", ["check", "report"])
def test_folder_that_is_no_clone_is_told_before_anything_is_asked(polyreact, server, engine, tmp_path, command):
    (tmp_path / "OWNERS.toml").unlink()
    options = ("--head", "a" * 40, "--author", "lab") if command == "check" else ()
    ended = polyreact("ci", command, "--remote", server.bare, "--owners", "OWNERS.toml", *options)
    assert (ended.status, ended.err.split()[0]) == (2, "E203")
    assert "clone of the benchmark" in ended.err
    assert not (tmp_path / "report").exists()


def test_report_tells_and_merges(polyreact, server, event, tmp_path, monkeypatch):
    number = open_entry(server)
    head = server.head(server.pulls[number])
    (tmp_path / "report").mkdir()
    (tmp_path / "report/report.json").write_text(report(head).model_dump_json())
    run = {
        "id": 7, "path": ".github/workflows/submission.yml", "event": "pull_request", "head_sha": head,
        "conclusion": "success", "repository": {"full_name": "lab/benchmark"},
    }  # fmt: skip
    event(workflow_run=run, repository={"default_branch": "main"})
    told = ("ci", "report", "--repository", "lab/benchmark", "--remote", server.bare, "--owners", "OWNERS.toml")
    ended = polyreact(*told)
    assert ended.status == 0, ended.err
    assert f"would merge pull request {number} at {head}" in ended.out
    assert server.comments_of(number) == []
    monkeypatch.setenv("GITHUB_TOKEN", WRITE_TOKEN)
    ended = polyreact(*told)
    assert ended.status == 0, ended.err
    assert "This submission is accepted" in server.comments_of(number)[0]
    assert server.pulls[number].auto_merge_at == head


def test_recheck_obeys_the_author(polyreact, server, event, monkeypatch):
    number = open_entry(server)
    run = server.add_run("submission.yml", server.head(server.pulls[number]))
    monkeypatch.setenv("GITHUB_TOKEN", WRITE_TOKEN)
    for login, body, status, reruns in (
        ("lab", "hello", 0, []),
        ("mallory", "/check", 2, []),
        ("lab", "/check", 0, [run.id]),
    ):
        event(issue={"number": number, "pull_request": {}}, comment={"body": body, "user": {"login": login}})
        assert polyreact("ci", "recheck", "--repository", "lab/benchmark").status == status
        assert server.reruns == reruns
