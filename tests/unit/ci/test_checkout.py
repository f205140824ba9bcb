"""The commit of results: one, of the results alone, on top of what came meanwhile; and when manifests came."""

import subprocess
import threading
from datetime import UTC, datetime

import pytest

from polyreact.ci.checkout import BOT_EMAIL, BOT_NAME, Checkout
from polyreact.errors import CannotPush, GitFailed
from weekly import ENVIRONMENT, git


def write(benchmark, name, content="x"):
    path = benchmark.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture
def elsewhere(benchmark, tmp_path):
    """Another clone, from which others push."""
    git(tmp_path, "clone", "--quiet", "origin", "elsewhere")
    git(tmp_path / "elsewhere", "checkout", "--quiet", "main")

    def push(name, content="x"):
        folder = tmp_path / "elsewhere"
        git(folder, "pull", "--quiet", "--rebase", "origin", "main")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"Change {name}")
        git(folder, "push", "--quiet", "origin", "main")

    return push


def log_of(benchmark):
    return git(benchmark.top / "origin", "log", "--format=%s", "main").splitlines()


def test_commit_is_of_the_results_alone_and_by_the_bot(benchmark):
    write(benchmark, "results/lab-model/demo.json")
    write(benchmark, "LEADERBOARD.md")
    write(benchmark, "README.md", "somebody was here")
    made = benchmark.checkout.commit(["results", "LEADERBOARD.md"], "Evaluation: 1 scored\n\nlab-model: scored\n")
    assert git(benchmark.folder, "show", "--format=%H %an %ae %s", "--name-only", made).split("\n", 1) == [
        f"{made} {BOT_NAME} {BOT_EMAIL} Evaluation: 1 scored",
        "\nLEADERBOARD.md\nresults/lab-model/demo.json\n",
    ]
    assert git(benchmark.folder, "status", "--short") == " M README.md\n"


def test_nothing_new_is_no_commit(benchmark):
    write(benchmark, "results/a")
    assert benchmark.checkout.commit(["results", "LEADERBOARD.md"], "One")
    assert benchmark.checkout.commit(["results", "LEADERBOARD.md"], "Two") is None


def test_removed_records_are_part_of_the_commit(benchmark):
    write(benchmark, "results/a")
    benchmark.checkout.commit(["results"], "One")
    (benchmark.folder / "results" / "a").unlink()
    (benchmark.folder / "results").rmdir()
    assert benchmark.checkout.commit(["results"], "Two")
    assert git(benchmark.folder, "ls-files", "results") == ""


def test_push_puts_the_commit_on_top_of_what_came_meanwhile(benchmark, elsewhere):
    write(benchmark, "results/a")
    benchmark.checkout.commit(["results"], "Evaluation")
    elsewhere("submissions/lab-new.yaml")
    pushed = benchmark.checkout.push()
    assert log_of(benchmark) == ["Evaluation", "Change submissions/lab-new.yaml", "Begin"]
    assert git(benchmark.top / "origin", "rev-parse", "main").strip() == pushed


def test_change_of_the_same_file_is_left_to_a_person(benchmark, elsewhere):
    write(benchmark, "results/a", "ours")
    made = benchmark.checkout.commit(["results"], "Evaluation")
    elsewhere("results/a", "theirs")
    with pytest.raises(CannotPush, match="changed the same files"):
        benchmark.checkout.push()
    assert log_of(benchmark) == ["Change results/a", "Begin"]
    assert git(benchmark.folder, "rev-parse", "HEAD").strip() == made
    assert git(benchmark.folder, "status", "--short") == ""


def test_branch_that_takes_nothing_is_told_with_the_words_of_git_for_the_operator(benchmark):
    write(benchmark, "results/a")
    benchmark.checkout.commit(["results"], "Evaluation")
    hook = benchmark.top / "origin" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected: ask \x1b[31mthe owner' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(CannotPush, match="the branch main takes no commit") as refused:
        benchmark.checkout.push()
    assert "protected: ask" in refused.value.detail
    assert "\x1b" not in refused.value.detail
    assert "protected" not in refused.value.render()


def test_checkout_on_no_branch_pushes_only_where_one_is_named(benchmark):
    write(benchmark, "results/a")
    git(benchmark.folder, "checkout", "--quiet", "--detach")
    benchmark.checkout.commit(["results"], "Evaluation")
    with pytest.raises(CannotPush, match="on no branch"):
        benchmark.checkout.push()
    with pytest.raises(CannotPush, match="no name of a branch"):
        benchmark.checkout.push("--delete")
    benchmark.checkout.push("main")
    assert log_of(benchmark)[0] == "Evaluation"


def test_hooks_of_the_checkout_are_not_run(benchmark):
    hook = benchmark.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
    hook.chmod(0o755)
    write(benchmark, "results/a")
    assert benchmark.checkout.commit(["results"], "Evaluation")
    assert not (benchmark.folder / "hook-ran").exists()


def test_token_stands_in_no_command_line_and_in_no_configuration(benchmark, monkeypatch):
    called = []
    run = subprocess.run

    def watched(command, **options):
        called.append((command, options["env"]))
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    checkout = Checkout(benchmark.folder, ENVIRONMENT, "https://forge.example", "hunter2")
    assert "hunter2" not in repr(checkout)
    write(benchmark, "results/a")
    checkout.commit(["results"], "Evaluation")
    checkout.push()
    secret = "eC1hY2Nlc3MtdG9rZW46aHVudGVyMg=="  # noqa: S105  x-access-token:hunter2
    for command, environment in called:
        assert not any("hunter2" in word or secret in word for word in command)
        assert environment["GIT_CONFIG_KEY_0"] == "http.https://forge.example/.extraheader"
        assert environment["GIT_CONFIG_VALUE_0"] == f"AUTHORIZATION: basic {secret}"
    assert secret not in (benchmark.folder / ".git" / "config").read_text()


def test_waiting_begins_when_the_manifest_came_onto_the_branch(benchmark, tmp_path):
    """A pull request may stand open for weeks: its commits are older than its merge."""
    early, late = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"

    def at(moment, *arguments):
        environment = {**ENVIRONMENT, "GIT_COMMITTER_DATE": moment, "GIT_AUTHOR_DATE": moment}
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        subprocess.run(command, cwd=benchmark.folder, env=environment, check=True, capture_output=True)

    at(early, "checkout", "-b", "topic")
    write(benchmark, "submissions/lab-model.yaml")
    write(benchmark, "submissions/OWNERS.toml")
    write(benchmark, "submissions/deeper/lab-none.yaml")
    at(early, "add", "--all")
    at(early, "commit", "--message", "Add")
    at(late, "checkout", "main")
    at(late, "merge", "--no-ff", "topic")
    assert benchmark.checkout.find_handed_in("submissions") == {"lab-model": datetime(2026, 2, 1, tzinfo=UTC)}


def test_folder_that_is_no_checkout_is_told(tmp_path):
    with pytest.raises(GitFailed, match="git log failed"):
        Checkout(tmp_path, ENVIRONMENT).find_handed_in("submissions")


def test_git_of_a_run_that_was_killed_is_waited_for(benchmark):
    """Symptom: a week after a kill failed. Cause: git goes on when who called it was killed, and holds its lock.

    It mattered since the next evaluation has to go through without anybody's help.
    """
    write(benchmark, "results/a")
    lock = benchmark.folder / ".git" / "index.lock"
    lock.touch()
    waiting = threading.Timer(1, lock.unlink)
    waiting.start()
    assert benchmark.checkout.commit(["results"], "Evaluation")
    waiting.join()


def test_commit_that_the_git_of_a_killed_run_made_meanwhile_is_no_failure(benchmark, monkeypatch):
    write(benchmark, "results/a")
    run, late = subprocess.run, []

    def watched(command, **options):
        if "commit" in command and not late:
            late.append(run(command, **options))  # that of the killed run
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    assert benchmark.checkout.commit(["results"], "Evaluation") is None
    assert late[0].returncode == 0


def test_branch_that_another_push_holds_is_asked_again(benchmark):
    write(benchmark, "results/a")
    benchmark.checkout.commit(["results"], "Evaluation")
    lock = benchmark.top / "origin" / "refs" / "heads" / "main.lock"
    lock.touch()
    waiting = threading.Timer(1, lock.unlink)
    waiting.start()
    benchmark.checkout.push()
    waiting.join()
    assert log_of(benchmark)[0] == "Evaluation"
