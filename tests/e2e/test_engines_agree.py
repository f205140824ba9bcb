"""Docker and podman are interchangeable; a host without either says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from polyreact.engines.process import ProcessEngine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.submissions import read_candidates
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track

ZOO = Path(__file__).parent.parent.parent / "zoo"


@pytest.mark.real_data
@pytest.mark.engine("docker")
@pytest.mark.engine("podman")
def test_same_evaluation_through_docker_and_podman_gives_the_same_bytes(
    docker_engine, podman_engine, real_session_settings, tmp_path
):
    written = {}
    scores = {}
    for engine in (docker_engine, podman_engine):
        store = ResultsStore(tmp_path / engine.name)
        evaluation = Evaluation(engine=engine, store=store, settings=real_session_settings, base="local")
        tracks = [load_track(name) for name in ("demo", "jain", "shehata")]
        results = evaluate(evaluation, read_candidates([ZOO / "isoelectric-point", ZOO / "random"]), tracks)
        assert [result.what for result in results] == ["run"] * 6
        written[engine.name] = {p.relative_to(store.folder): p.read_bytes() for p in store.folder.rglob("*.csv")}
        scores[engine.name] = [result.record.score.model_dump_json() for result in results]

    overlaps = [path for path in written["docker"] if path.parts[0] == "overlap"]
    assert len(overlaps) == 4  # jain and shehata, each with two revisions of boughter, which one baseline declares
    assert len(written["docker"]) == 6 + len(overlaps)
    assert written["docker"] == written["podman"]
    assert scores["docker"] == scores["podman"]


@pytest.mark.engine("podman")
def test_image_for_another_architecture_is_refused(podman_engine, session_settings, tmp_path):
    archive = tmp_path / "root.tar"
    subprocess.run(["tar", "-C", str(tmp_path), "-cf", str(archive), "--files-from", "/dev/null"], check=True)
    other = "arm64" if os.uname().machine == "x86_64" else "amd64"
    command = ["podman", "import", "--quiet", "--arch", other, "--change", 'ENTRYPOINT ["/x"]', str(archive)]
    finished = subprocess.run([*command, "test/foreign:1"], check=True, capture_output=True, text=True)
    image_id = finished.stdout.strip().splitlines()[-1].removeprefix("sha256:")
    manifest = tmp_path / "test-foreign.yaml"
    manifest.write_text(
        f"name: test-foreign\nimage: localhost/test/foreign@sha256:{image_id}\nauthors: [A]\ncontact: a@b.example\n"
        "license: MIT\ndescription: Built elsewhere.\ntraining_data: {}\n"
    )
    evaluation = Evaluation(podman_engine, ResultsStore(tmp_path / "results"), session_settings)

    (result,) = evaluate(evaluation, read_candidates([manifest]), [load_track("demo")])

    assert result.error.code == "E305"
    assert other in result.error.render()


def test_process_engine_runs_the_demo_track_and_is_refused_where_labels_are_hidden(session_settings, tmp_path):
    engine = ProcessEngine(Path(sys.executable), dict(os.environ))
    evaluation = Evaluation(engine, ResultsStore(tmp_path / "results"), session_settings)
    tracks = [load_track("demo"), load_track("jain"), load_track("shehata")]

    results = evaluate(evaluation, read_candidates([ZOO / "random"]), tracks)

    assert [result.what for result in results] == ["run", "refused", "refused"]
    assert {result.error.code for result in results[1:]} == {"E402"}


def test_host_without_an_engine_is_told_the_one_command(tmp_path):
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "POLYREACT_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "polyreact", "submission", "check", str(ZOO / "random")]

    finished = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)

    assert finished.returncode == 4
    assert "E401" in finished.stderr
    assert "make engine" in finished.stderr
    assert "Traceback" not in finished.stderr
