"""Trackers keep what a run found, send nothing anywhere, and say what is missing before anything is trained."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytest.importorskip("hydra")
pytest.importorskip("torch")

from polyreact.baselines.trackers.catalog import TRACKERS
from unit.baselines.test_train import contents, make_table, polyreact, write_table

#: MLflow's own use of SQLAlchemy.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
BLOCK, HEADER = 32_768, 7
COMMAND = ("embedder=charge", "folds=3")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def train(tmp_path):
    """A function: train on a table of one's own; the exit status."""
    table = write_table(tmp_path / "mine.csv", make_table())
    return lambda *arguments: polyreact("train", "--data", str(table), *COMMAND, *arguments)


def find_run(runs):
    (run,) = (path for path in runs.iterdir() if path.name not in TRACKERS)
    return run


def read_pooled(run, metric):
    kept = json.loads((run / "metrics.json").read_text())["validation"]["grouped"]
    return kept["pooled"]["metrics"][metric], kept["over_folds"][metric]


def read_transactions(path):
    """The records of a run that wandb keeps until it is sent: a log in blocks, a record in one piece or several."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, place, piece, records = path.read_bytes(), HEADER, b"", []
    while place + HEADER <= len(content):
        if BLOCK - place % BLOCK < HEADER:
            place += BLOCK - place % BLOCK
            continue
        length, kind = int.from_bytes(content[place + 4 : place + 6], "little"), content[place + 6]
        piece += content[place + HEADER : place + HEADER + length]
        place += HEADER + length
        if kind in {1, 4}:  # whole, or the last piece
            records.append(Record.FromString(piece))
            piece = b""
    return records


def test_mlflow_keeps_settings_figures_and_files_of_each_run(tmp_path, train, capsys):
    from mlflow import MlflowClient

    assert train("runs=plain") == 0
    assert train("runs=my runs", "tracker=mlflow") == 0
    assert train("runs=my runs", "tracker=mlflow", "tracker.project=other") == 0
    assert train("runs=my runs", "tracker=mlflow") == 0
    shown = capsys.readouterr()
    run = find_run(tmp_path / "my runs")
    assert contents(run) == contents(find_run(tmp_path / "plain"))
    address = f"sqlite:///{tmp_path}/my runs/mlflow/mlflow.db"
    assert shown.err.count(address) == 3
    assert "INFO" not in shown.err
    client = MlflowClient(tracking_uri=address)
    kept = {one.name: client.search_runs([one.experiment_id]) for one in client.search_experiments()}
    assert (len(kept["polyreact"]), len(kept["other"])) == (2, 1)
    one = kept["polyreact"][0]
    assert (one.info.run_name, one.info.status) == (run.name, "FINISHED")
    config = json.loads((run / "config.json").read_text())
    assert one.data.params["embedder.name"] == "charge"
    assert one.data.params["classifier.settings.C"] == "1.0"
    assert one.data.params["data.sha256.table"] == config["data"]["sha256"]["table"]
    auroc, over_folds = read_pooled(run, "roc_auc")
    assert one.data.metrics["grouped/roc_auc"] == auroc["value"]
    assert one.data.metrics["grouped/roc_auc_low"] == auroc["low"]
    assert one.data.metrics["grouped_over_folds/roc_auc_mean"] == over_folds["mean"]
    assert one.data.metrics["clones"] == 60
    assert contents(Path(one.info.artifact_uri.removeprefix("file://").replace("%20", " "))) == contents(run)


def test_wandb_keeps_settings_figures_and_files_of_each_run(tmp_path, train, capsys):
    assert train("runs=plain") == 0
    for _ in range(2):
        assert train("tracker=wandb", "tracker.project=antibodies", "tracker.folder='kept [here]'") == 0
    shown = capsys.readouterr()
    assert set(tmp_path.iterdir()) <= {
        tmp_path / n for n in ("plain", "runs", "kept [here]", "mine.csv", "cache", "home")
    }
    run = find_run(tmp_path / "runs")
    assert contents(run) == contents(find_run(tmp_path / "plain"))
    folders = sorted((tmp_path / "kept [here]" / "wandb").glob("offline-run-*"))
    assert len(folders) == 2
    assert all(f"wandb sync {folder}\n" in shown.err.replace("\n ", " ") for folder in folders)
    for folder in folders:
        assert contents(folder / "files") == contents(run)
        (log,) = folder.glob("*.wandb")
        records = read_transactions(log)
        (told,) = (record.run for record in records if record.HasField("run"))
        assert (told.project, told.display_name) == ("antibodies", run.name)
        settings = {item.key: json.loads(item.value_json) for item in told.config.update}
        assert settings["embedder.name"] == "charge"
        assert settings["classifier.settings.C"] == 1.0
        (history,) = (record.history for record in records if record.HasField("history"))
        figures = {(item.key or "/".join(item.nested_key)): json.loads(item.value_json) for item in history.item}
        auroc, over_folds = read_pooled(run, "roc_auc")
        assert figures["grouped/roc_auc"] == auroc["value"]
        assert figures["grouped_over_folds/roc_auc_mean"] == over_folds["mean"]


class Refusing(socketserver.ThreadingTCPServer):
    """A proxy on loopback that remembers what it was asked for, and answers nobody."""

    daemon_threads = True

    def __init__(self):
        self.asked = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                server.asked.append(self.rfile.readline())

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def proxy():
    with Refusing() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("tracker", sorted(set(TRACKERS) - {"none"}))
def test_nothing_is_sent_whatever_the_environment_asks_for(tmp_path, proxy, tracker):
    """In a process of its own, since libraries look for CI and pytest before they tell their makers of it."""
    table = write_table(tmp_path / "mine.csv", make_table())
    address = f"http://127.0.0.1:{proxy.server_address[1]}"
    asked = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), address)
    asked |= {"WANDB_MODE": "online", "WANDB_API_KEY": "0" * 40, "MLFLOW_TRACKING_URI": "http://tracking.example"}
    hidden = {"CI", "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "no_proxy", "NO_PROXY"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | asked
    command = [sys.executable, "-m", "polyreact", "train", "--data", table, *COMMAND, f"tracker={tracker}"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sent nowhere" in done.stderr
    assert proxy.asked == []
    subprocess.run(
        [sys.executable, "-c", "import requests; requests.post('http://a.example', timeout=5)"],
        env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert proxy.asked  # so it would have been seen


@pytest.mark.parametrize("tracker", sorted(set(TRACKERS) - {"none"}))
def test_a_missing_extra_is_named_before_anything_is_trained(tmp_path, train, capsys, monkeypatch, tracker):
    monkeypatch.setitem(sys.modules, tracker, None)
    assert train(f"tracker={tracker}") == 2
    shown = capsys.readouterr().err
    assert shown.startswith("E104")
    assert f'pip install "polyreact[tracker-{tracker}]"' in shown
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("tracker=comet",), "comet"),
        (("tracker.name=comet",), "there is no tracker called `comet`"),
        (("tracker=mlflow", "tracker.project=''"), "tracker.project is ''"),
        (("tracker=wandb", "tracker.project=a/b"), "tracker.project is 'a/b'"),
        (("tracker=mlflow", "tracker.folder='50%'"), "none of ?#%"),
    ],
)
def test_a_wrong_tracker_is_told_before_anything_is_trained(tmp_path, train, capsys, arguments, told):
    assert train(*arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(("E101", "E103"))
    assert told in shown
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("tracker", "in_the_way"),
    [
        ("mlflow", "kept/mlflow/mlflow.db"),
        ("mlflow", "kept"),
        ("wandb", "kept/wandb"),
        ("wandb", "kept"),
    ],
)
def test_a_run_that_cannot_be_kept_is_told_and_is_whole(tmp_path, train, capsys, tracker, in_the_way):
    assert train("runs=plain") == 0
    path = tmp_path / in_the_way
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no store")
    capsys.readouterr()
    assert train(f"tracker={tracker}", "tracker.folder=kept") == 6
    shown = capsys.readouterr().err
    assert "\nE607" in shown
    assert path.read_text() == "no store"
    assert contents(find_run(tmp_path / "runs")) == contents(find_run(tmp_path / "plain"))
