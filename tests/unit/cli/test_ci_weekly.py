"""The weekly evaluation as the workflow calls it: in a clone, with what Actions gives."""

import json
import subprocess
import time

import pytest

from lab import CANARY, as_csv, lab_rows
from polyreact.cli import ci_canary, ci_evaluate
from polyreact.evaluation.quota import Quota
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.settings import Settings
from unit.ci.conftest import answers_now, engine_that_answers
from weekly import ENVIRONMENT, Benchmark, git

MANIFEST = {"training_data": "{}", "score_is_probability": "false"}


@pytest.fixture
def actions(tmp_path, monkeypatch):
    """What GitHub Actions says, without a token; returns the files that it reads afterwards."""
    for name, value in {**ENVIRONMENT, "GITHUB_REPOSITORY": "lab/benchmark", "GITHUB_RUN_ID": "7"}.items():
        monkeypatch.setenv(name, value)
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("GITHUB_TOKEN", "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "GITHUB_OUTPUT", tmp_path / "GITHUB_STEP_SUMMARY"


@pytest.fixture
def engine(monkeypatch):
    engine = engine_that_answers()
    for module in (ci_evaluate, ci_canary):
        monkeypatch.setattr(module, "load_engine", lambda *_: engine)
    return engine


@pytest.fixture
def clone(tmp_path, polyreact, actions, engine, monkeypatch):
    """A clone of a benchmark with two submissions, in which the program is called."""
    benchmark = Benchmark(tmp_path, Settings(tmp_path / "cache", None, None), engine).begin()
    for name in ("lab-model", "other-model"):
        benchmark.submit(name)
    monkeypatch.chdir(benchmark.folder)
    # Only what needs no data from elsewhere.
    from polyreact.tracks.catalog import load_track

    for module in ("polyreact.cli.ci_weekly", "polyreact.cli.leaderboard"):
        monkeypatch.setattr(f"{module}.load_public_tracks", lambda: (load_track("demo"),))
    return benchmark


def read_outputs(path):
    """As Actions reads them."""
    found, lines = {}, iter(path.read_text().splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        for text in lines:
            if text == delimiter:
                break
            value.append(text)
        found[name] = "\n".join(value)
    return found


def log_of(clone):
    return git(clone.top / "origin", "log", "--format=%s", "main").splitlines()


def test_week_from_the_manifest_to_the_commit(clone, polyreact, actions, monkeypatch):
    planned = polyreact("ci", "plan")
    assert planned.status == 0, planned.err
    outputs = read_outputs(actions[0])
    jobs = json.loads(outputs["matrix"])["include"]
    assert outputs["has_jobs"] == "true"
    assert [job["shard"] for job in jobs] == ["shard-lab-model-1", "shard-other-model-1"]
    assert "| 1 | lab-model | demo | due |" in actions[1].read_text()

    for job in jobs:  # each on a machine of its own
        for name, value in {
            "SHARD": job["shard"],
            "SUBMISSION": job["submission"],
            "TRACKS": job["tracks"],
        }.items():
            monkeypatch.setenv(f"POLYREACT_{name}", value)
        evaluated = polyreact("ci", "evaluate")
        assert evaluated.status == 0, evaluated.err
        assert f"{job['submission']} on demo: run" in evaluated.err

    monkeypatch.setenv("POLYREACT_MATRIX", outputs["matrix"])
    collected = polyreact("ci", "collect", "--push")
    assert collected.status == 0, collected.err
    assert log_of(clone)[0] == "Evaluation: 2 scored"
    changed = git(clone.top / "origin", "show", "--format=", "--name-only", "main").splitlines()
    assert {"LEADERBOARD.md", "results/queue.json", "results/lab-model/demo.json"} <= set(changed)
    assert all(name == "LEADERBOARD.md" or name.startswith("results/") for name in changed)
    assert "lab-model" in (clone.folder / "LEADERBOARD.md").read_text()

    told = polyreact("ci", "tell")
    assert told.status == 0, told.err
    assert told.out.count("was evaluated.") == 2
    assert "| demo | scored |" in told.out


def test_week_without_anything_new_commits_that_it_lived(clone, polyreact, actions):
    polyreact("ci", "evaluate")
    polyreact("ci", "collect", "--push")
    planned = polyreact("ci", "plan", "--json")
    assert (planned.data["jobs"], planned.data["shards"]) == ([], [])
    assert read_outputs(actions[0])["has_jobs"] == "false"
    time.sleep(1.1)  # the queue knows seconds
    collected = polyreact("ci", "collect", "--push")
    assert collected.status == 0, collected.err
    assert log_of(clone)[0] == "Evaluation: nothing was due"
    changed = git(clone.top / "origin", "show", "--format=", "--name-only", "main").split()
    assert changed == ["results/queue.json"]


def test_laptop_commits_and_does_not_push(clone, polyreact):
    polyreact("ci", "evaluate")
    before = log_of(clone)
    collected = polyreact("ci", "collect")
    assert "It is not pushed without GITHUB_TOKEN" in collected.err
    assert log_of(clone) == before


def test_refused_artefact_is_told_by_the_exit_status_and_the_others_are_kept(clone, polyreact):
    polyreact("ci", "evaluate")
    (clone.out / "shard-lab-model-1" / "results" / "lab-model" / "evil.json").write_text("{}")
    collected = polyreact("ci", "collect", "--push")
    assert collected.status == 4
    assert "E721" in collected.err
    assert log_of(clone)[0] == "Evaluation: 1 put off, 1 scored"
    assert ResultsStore(clone.folder / "results").find("other-model", "demo") is not None


def test_manifest_that_is_not_valid_keeps_nobody_else_waiting(clone, polyreact):
    (clone.folder / "submissions" / "lab-broken.yaml").write_text("name: lab-broken\n")
    planned = polyreact("ci", "plan", "--json")
    assert planned.status == 0
    assert "left out: E301" in planned.err
    assert {job["submission"] for job in planned.data["jobs"]} == {"lab-model", "other-model"}


def test_field_of_the_workflow_runs_one_submission_and_no_other(clone, polyreact, actions, tmp_path, monkeypatch):
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"inputs": {"submission": "other-model"}}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    polyreact("ci", "plan")
    (job,) = json.loads(read_outputs(actions[0])["matrix"])["include"]
    assert job["submission"] == "other-model"
    event.write_text(json.dumps({"inputs": {"submission": "$(touch x)"}}))
    assert polyreact("ci", "plan").status == 2
    event.write_text(json.dumps({"inputs": {"submission": "lab-unknown"}}))
    ended = polyreact("ci", "plan")
    assert (ended.status, "no valid manifest of lab-unknown" in ended.err) == (2, True)


def test_job_that_is_not_due_is_not_run(clone, polyreact, engine):
    ended = polyreact(
        "ci", "evaluate", "--shard", "shard-lab-model-1", "--submission", "lab-model", "--tracks", "jain"
    )
    assert (ended.status, "E724" in ended.err) == (2, True)
    assert engine.specs == []


@pytest.mark.parametrize("command", ["plan", "evaluate", "collect"])
def test_folder_that_is_no_clone_is_refused_and_stays_empty(polyreact, actions, engine, tmp_path, command):
    ended = polyreact("ci", command)
    assert (ended.status, ended.err.split()[0]) == (2, "E203")
    assert "clone of the benchmark" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_run_and_nobody_to_tell_is_said(clone, polyreact):
    for path in (clone.folder / "submissions").iterdir():
        path.unlink()
    (clone.folder / "submissions" / "OWNERS.toml").touch()
    assert "nothing is due" in polyreact("ci", "evaluate").err
    polyreact("ci", "collect")
    assert "there is nobody to tell" in polyreact("ci", "tell").err


@pytest.mark.parametrize("matrix", ["", "[]", '{"include": 1}', '{"include": [{}]}', "[" * 100_000])
def test_matrix_that_is_none_is_refused(clone, polyreact, matrix):
    ended = polyreact("ci", "collect", "--matrix", matrix)
    assert (ended.status, "E701" in ended.err) == (2, True)


def test_plan_writes_what_waits_since_when_for_a_site(clone, polyreact):
    polyreact("ci", "plan", "--write")
    queue = QueueStore.of(ResultsStore(clone.folder / "results")).find()
    assert [(job.submission, job.state.value) for job in queue.jobs] == [
        ("lab-model", "waiting"),
        ("other-model", "waiting"),
    ]
    committed = git(clone.folder, "log", "-1", "--format=%ct", "--", "submissions/lab-model.yaml")
    assert queue.jobs[0].since.timestamp() == int(committed)


def test_nothing_a_container_printed_or_wrote_is_shown(clone, polyreact, engine):
    def prints(data, output):
        (output / "predictions.csv").write_text("sequence_id,prediction,score\nQVQLSECRET,0,SECRET\n")
        from dataclasses import replace

        return replace(answers_now(data, output), log=b"SECRET of the log", exit_code=0)

    def spoils(data, output):
        ended = prints(data, output)
        (output / "predictions.csv").write_text("sequence_id,prediction,score\nQVQLSECRET,0,SECRET\n")
        return ended

    engine.script = spoils
    said = [polyreact("ci", "evaluate"), polyreact("ci", "collect"), polyreact("ci", "tell")]
    assert "failed (E311" in said[0].err
    assert "| demo | failed |" in said[2].out
    written = [path for path in clone.folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    for text in (
        *(ended.out + ended.err for ended in said),
        *(path.read_text(errors="replace") for path in written),
    ):
        assert "SECRET" not in text


# --- private tracks -------------------------------------------------------------------------------------


@pytest.fixture
def private(clone, polyreact, tmp_path, monkeypatch):
    folder = tmp_path / "private"
    monkeypatch.setenv("POLYREACT_PRIVATE", str(folder))
    (tmp_path / "lab.csv").write_bytes(as_csv(lab_rows()))
    options = ["--name", "ours", "--store", tmp_path / "store", "--id", "clone"]
    made = polyreact("track", "new-private", tmp_path / "lab.csv", *options)
    assert made.status == 0, made.err
    return folder


def test_private_tracks_are_scored_where_they_are_and_counted(private, clone, polyreact):
    clone.submit("lab-second")
    ended = polyreact("ci", "evaluate", "--private", "--quota", "1")
    assert ended.status == 0, ended.err
    store = open_private_store(private)
    assert {record.submission.id for record in store.read_all()} == {"lab-model", "other-model"}
    planned = polyreact("ci", "plan", "--private", "--quota", "1", "--json")
    (job,) = planned.data["jobs"]
    assert (job["submission"], job["what"], job["code"]) == ("lab-second", "over quota", "E723")
    told = polyreact("ci", "tell")
    assert "| private-ours | put off | [E723]" in told.out
    assert "| private-ours | scored |" in told.out


def test_quota_is_asked_again_right_before_the_run(private, clone, polyreact, engine, monkeypatch):
    """The organiser may have had the author's last run scored since the plan was made."""
    answered = {}

    def find_left(_quota, author, track):
        answered[author] = answered.get(author, 0) + 1
        return 1 if answered[author] == 1 else 0  # the first time is the plan

    monkeypatch.setattr(Quota, "find_left", find_left)
    ended = polyreact("ci", "evaluate", "--private")
    assert (ended.status, answered) == (0, {"lab": 2, "other": 2}), ended.err
    assert engine.specs == []
    assert open_private_store(private).find_paths() == ()
    kept = QueueStore.of(open_private_store(private)).find()
    assert [(job.state.value, job.code, job.attempts, job.not_before.day) for job in kept.jobs] == [
        ("put off", "E723", 0, 1),
        ("put off", "E723", 0, 1),
    ]


def test_nothing_of_a_private_track_is_in_the_checkout_or_said(private, clone, polyreact):
    said = [polyreact("ci", "plan", "--private"), polyreact("ci", "evaluate", "--private"), polyreact("ci", "tell")]
    said += [polyreact("ci", "evaluate"), polyreact("ci", "collect")]
    written = [path for path in clone.folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    secrets = [CANARY, *(row["sequence"] for row in lab_rows())]
    for text in (
        *(ended.out + ended.err for ended in said),
        *(path.read_text(errors="replace") for path in written),
    ):
        assert not any(secret in text for secret in secrets)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=clone.folder, check=True, capture_output=True, text=True
    ).stdout
    assert "private" not in tracked
    assert not (clone.folder / "results" / "queue.json").read_text().count("private")
