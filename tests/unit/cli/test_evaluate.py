"""`polyreact evaluate` and `polyreact leaderboard`, with the engine for development."""

import pytest

from polyreact.tracks.catalog import track_ids


@pytest.fixture
def entry(polyreact, tmp_path):
    polyreact("submission", "new", "lab-model", "entry")
    return tmp_path / "entry"


@pytest.fixture
def run(polyreact, entry):
    """Evaluate the entry on the demo track."""
    options = ["--engine", "process", "--track", "demo", "--json"]
    return lambda *more: polyreact("evaluate", "run", entry, *options, *more)


def test_run_keeps_a_record_and_does_not_repeat_it(run, tmp_path):
    first, second, third = run(), run(), run("--force")
    assert [ended.status for ended in (first, second, third)] == [0, 0, 0]
    assert [ended.data[0]["what"] for ended in (first, second, third)] == ["run", "done before", "run"]
    assert "Nothing to do" in second.err
    assert first.data[0]["record"] == second.data[0]["record"]
    assert (tmp_path / "results" / "lab-model" / "demo.json").is_file()


def test_run_of_a_failing_program_ends_with_3_and_keeps_the_failure(run, entry):
    (entry / "predict.py").write_text("raise SystemExit(9)\n")
    ended = run()
    assert ended.status == 3
    (result,) = ended.data
    assert (result["what"], result["error"]["code"]) == ("failed", "E313")
    assert result["record"]["run"]["outcome"]["kind"] == "submission_fault"


def test_run_on_hidden_labels_without_a_sandbox_ends_with_4(polyreact, entry):
    ended = polyreact("evaluate", "run", entry, "--engine", "process", "--track", "jain", "--track", "demo")
    assert ended.status == 4
    assert "refused (E402)" in ended.out
    assert ended.out.count("lab-model") == 2


def test_run_of_nothing_ends_with_2(polyreact):
    ended = polyreact("evaluate", "run")
    assert (ended.status, ended.out) == (2, "")
    assert "no submission was named" in ended.err


def test_run_into_a_folder_that_cannot_be_made_ends_with_2(run, tmp_path):
    (tmp_path / "file").write_text("")
    ended = run("--results", tmp_path / "file" / "results")
    assert (ended.status, ended.data["error"]["code"]) == (2, "E202")


def test_second_run_says_that_nothing_is_to_do_though_another_track_has_no_place_for_it(polyreact, entry):
    command = ["evaluate", "run", entry, "--engine", "process", "--track", "demo", "--track", "demo-fit"]
    assert "Nothing to do" not in polyreact(*command).err
    assert "Nothing to do" in polyreact(*command).err


def test_plan_tells_what_would_be_run_and_runs_nothing(polyreact, entry, tmp_path):
    jobs = polyreact("evaluate", "plan", entry, "--json").data
    assert [job["track"] for job in jobs] == list(track_ids())
    fold_tracks = {"boughter-cv10", "boughter-lofo", "demo-fit"}
    assert {job["track"]: job["state"] for job in jobs} == {
        name: "not-applicable" if name in fold_tracks else "to run" for name in track_ids()
    }
    assert not (tmp_path / "results").exists()


PODMAN = """#!/bin/sh
echo '{"host": {"security": {"rootless": false}, "cgroupVersion": "v2", "ociRuntime": {"name": "runc"}},
 "version": {"Version": "4.3.1"}}'
"""


@pytest.fixture
def needs_gpu(entry, tmp_path, monkeypatch):
    """The entry declares a GPU; the only engine is a podman that answers and is asked for nothing else."""
    manifest = entry / "submission.yaml"
    manifest.write_text(manifest.read_text() + "gpu: true\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "podman").write_text(PODMAN)
    (tmp_path / "bin" / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return entry


def test_plan_tells_that_a_gpu_is_needed_and_that_there_is_none(polyreact, needs_gpu, monkeypatch):
    monkeypatch.setenv("POLYREACT_GPUS", "none")
    asked = ["evaluate", "plan", needs_gpu, "--track", "demo", "--track", "demo-fit"]
    jobs = polyreact(*asked, "--json").data
    assert [(job["gpus"], job.get("note")) for job in jobs] == [
        (1, "needs a GPU; this machine has none: it will not be run here"),
        (1, None),
    ]
    assert "this machine has none" in polyreact(*asked).out


def test_plan_without_an_engine_tells_that_it_cannot_tell_of_gpus(polyreact, needs_gpu, tmp_path):
    (tmp_path / "bin" / "podman").unlink()
    ended = polyreact("evaluate", "plan", needs_gpu, "--track", "demo")
    assert ended.status == 0
    assert "cannot be told (E401)" in ended.out


def test_plan_without_a_need_for_a_gpu_has_no_note_and_asks_no_engine(polyreact, entry, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = polyreact("evaluate", "plan", entry, "--track", "demo")
    assert ended.status == 0
    assert "note" not in ended.out
    assert "GPU" not in ended.out


def test_plan_of_two_bad_manifests_tells_the_defects_of_both(polyreact, tmp_path):
    for name in ("a-a", "b-b"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\n")
    ended = polyreact("evaluate", "plan", "a-a.yaml", "b-b.yaml")
    assert (ended.status, ended.out) == (3, "")
    assert "2 manifests are not valid" in ended.err
    assert "a-a.yaml" in ended.err
    assert "b-b.yaml" in ended.err


def test_leaderboard_of_nothing_ends_with_2(polyreact, tmp_path):
    ended = polyreact("leaderboard", "build")
    assert (ended.status, ended.out) == (2, "")
    assert "Nothing was written." in ended.err
    assert list(tmp_path.iterdir()) == []


def test_leaderboard_of_a_record_is_written_in_its_three_forms(polyreact, run, tmp_path):
    run()
    ended = polyreact("leaderboard", "build")
    assert ended.status == 0
    assert "lab-model" in (tmp_path / "LEADERBOARD.md").read_text()
    assert "lab-model" in (tmp_path / "build" / "site" / "leaderboard.json").read_text()
    assert (tmp_path / "build" / "site" / "index.html").is_file()


def test_leaderboard_of_a_broken_record_ends_with_6(polyreact, tmp_path):
    (tmp_path / "results" / "lab-model").mkdir(parents=True)
    (tmp_path / "results" / "lab-model" / "demo.json").write_text("{")
    ended = polyreact("leaderboard", "build")
    assert (ended.status, ended.out) == (6, "")
    assert ended.err.startswith("E601")


def test_demo_outside_a_checkout_says_so(polyreact):
    ended = polyreact("demo")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("E203")


@pytest.mark.parametrize("option", [("--spool", "x"), ("--shared",)])
def test_run_with_a_spool_and_no_pool_says_what_is_missing(run, option, tmp_path):
    ended = run(*option)
    assert ended.status == 2
    assert "--on PROFILE" in ended.err
    assert not (tmp_path / "x").exists()


def test_one_of_a_task_that_is_none_tells_where_to_look_also_for_a_script(polyreact, tmp_path):
    asked = ("evaluate", "one", "--engine", "process", "--job", "nope", "--spool", tmp_path / "spool")
    told, for_script = polyreact(*asked), polyreact(*asked, "--json")
    assert told.status == for_script.status == 4
    assert "evaluate status --spool" in told.err
    assert for_script.data["error"]["code"] == "E480"


def test_tasks_of_a_folder_do_not_travel_and_are_said_to_be_run_here(polyreact, entry, tmp_path):
    ended = polyreact(
        "evaluate", "tasks", entry, "--engine", "process", "--track", "demo", "--spool", tmp_path / "s"
    )
    assert ended.status == 0
    assert ended.out == ""
    assert "does not travel" in ended.err
