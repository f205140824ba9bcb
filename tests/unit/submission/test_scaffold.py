"""`submission new`: a submission that is valid and works as it stands."""

import csv
import os
import subprocess
import sys
from importlib.resources import files

import pytest
from sklearn.metrics import roc_auc_score

from polyreact.datasets.catalog import dataset_ids
from polyreact.errors import CannotWrite, InvalidManifest, ScaffoldExists
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import MAX_NAME_LENGTH, read_manifest
from polyreact.submission.predictions import parse_predictions
from polyreact.submission.scaffold import SCAFFOLD_FILES, write_scaffold


def test_scaffold_holds_a_valid_manifest(tmp_path):
    written = write_scaffold(tmp_path / "entry", "lab-first-model")
    assert {path.name for path in written} == set(SCAFFOLD_FILES.values())
    manifest, _ = read_manifest(tmp_path / "entry" / "submission.yaml", datasets=dataset_ids())
    assert manifest.name == "lab-first-model"
    assert manifest.image.endswith("/lab/first-model")


def test_scaffold_predicts_the_demo_inputs_as_the_contract_asks(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model")
    inputs = (files("polyreact.datasets") / "demo" / "inputs.csv").read_bytes()
    (tmp_path / "sequences.csv").write_bytes(inputs)
    output = tmp_path / "predictions.csv"
    subprocess.run(
        [sys.executable, "-I", str(tmp_path / "entry" / "predict.py")],
        env={"PATH": os.environ["PATH"], "INPUT": str(tmp_path / "sequences.csv"), "OUTPUT": str(output)},
        check=True,
        timeout=60,
    )
    ids = [line.split(",")[0] for line in inputs.decode().splitlines()[1:]]
    assert isinstance(parse_predictions(output.read_bytes(), ids), tuple)


def test_scaffold_that_learns_predicts_better_than_chance_from_the_training_table_alone(tmp_path):
    write_scaffold(tmp_path / "entry", "lab-model", Mode.FIT_PREDICT)
    assert read_manifest(tmp_path / "entry" / "submission.yaml")[0].mode is Mode.FIT_PREDICT
    demo = files("polyreact.datasets") / "demo"
    header, *inputs = (demo / "inputs.csv").read_text().splitlines()
    labels = [line.split(",")[1] for line in (demo / "labels.csv").read_text().splitlines()[1:]]
    shown = [f"{row},{label}" for row, label in zip(inputs[:200], labels, strict=False)]
    (tmp_path / "train.csv").write_text("\n".join([f"{header},label", *shown]) + "\n")
    (tmp_path / "sequences.csv").write_text("\n".join([header, *inputs[200:]]) + "\n")
    paths = {"TRAIN": "train.csv", "INPUT": "sequences.csv", "OUTPUT": "predictions.csv"}
    subprocess.run(
        [sys.executable, "-I", str(tmp_path / "entry" / "predict.py")],
        env={"PATH": os.environ["PATH"], **{key: str(tmp_path / name) for key, name in paths.items()}},
        check=True,
        timeout=60,
    )
    ids = [line.split(",")[0] for line in inputs[200:]]
    table = parse_predictions((tmp_path / "predictions.csv").read_bytes(), ids)
    score_of = {row.sequence_id: row.score for row in table}
    assert roc_auc_score([int(label) for label in labels[200:]], [score_of[name] for name in ids]) > 0.6


def run_its_test(folder):
    """The scaffold's own test, as its author runs it, where nothing is installed."""
    return subprocess.run(
        [sys.executable, "-S", "-E", "test_predict.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("mode", list(Mode))
def test_scaffolds_own_test_passes_in_plain_python(tmp_path, mode):
    write_scaffold(tmp_path / "entry", "lab-model", mode)
    before = {path.name: path.read_bytes() for path in (tmp_path / "entry").iterdir()}
    ended = run_its_test(tmp_path / "entry")
    assert ended.returncode == 0, ended.stderr
    assert "OK" in ended.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "entry").iterdir()} == before


@pytest.mark.parametrize(
    ("old", "new", "test"),
    [
        ("THRESHOLD), score]", "THRESHOLD), float('nan')]", "test_predictions_are_0_or_1_and_scores_are_finite"),
        ("int(score >= THRESHOLD)", "2", "test_predictions_are_0_or_1_and_scores_are_finite"),
        ('"prediction", "score"]', '"score", "prediction"]', "test_columns"),
        (
            "            writer.writerow([row",
            "            break\n            writer.writerow([row",
            "every_id_is_answered",
        ),
        ("THRESHOLD), score]", "THRESHOLD), score + __import__('random').random()]", "test_run_again"),
        ("THRESHOLD), score]", "THRESHOLD), score + target.tell()]", "test_other_order"),
        ("THRESHOLD), score]", "THRESHOLD), score + len(row['sequence_id'])]", "test_other_ids"),
        (
            "THRESHOLD), score]",
            "THRESHOLD), score + len(list(open(os.environ['INPUT'])))]",
            "test_asked_alone",
        ),
        ("THRESHOLD), score]", "THRESHOLD), -score]", "test_higher_score_is_no_lower_prediction"),
    ],
)
def test_scaffolds_own_test_finds_a_program_that_breaks_the_contract(tmp_path, old, new, test):
    write_scaffold(tmp_path / "entry", "lab-model")
    program = tmp_path / "entry" / "predict.py"
    assert old in program.read_text()
    program.write_text(program.read_text().replace(old, new))
    ended = run_its_test(tmp_path / "entry")
    assert ended.returncode == 1
    assert test in ended.stderr


def test_examples_of_the_scaffold_are_made_up(tmp_path):
    """They are antibodies of the synthetic set, with its labels: nothing of a test set is given away."""
    write_scaffold(tmp_path / "entry", "lab-model", Mode.FIT_PREDICT)
    demo = files("polyreact.datasets") / "demo"
    made_up = {
        row["sequence"] + "/" + row["light_sequence"]
        for row in csv.DictReader((demo / "inputs.csv").read_text().splitlines())
    }
    for name in ("example.csv", "example-train.csv"):
        rows = list(csv.DictReader((tmp_path / "entry" / name).read_text().splitlines()))
        assert {row["sequence"] + "/" + row["light_sequence"] for row in rows} <= made_up
        assert {bool(row["light_sequence"]) for row in rows} == {True, False}


def test_page_of_the_scaffold_names_every_file(tmp_path):
    for mode in Mode:
        folder = tmp_path / mode.value
        names = {path.name for path in write_scaffold(folder, "lab-model", mode)}
        page = (folder / "README.md").read_text()
        assert [name for name in names - {"README.md"} if f"`{name}`" not in page] == []
        assert "{" not in page


@pytest.mark.parametrize(
    "name", ["model", "../../etc/x", "a/b", "Lab-model", "lab-model\n", "-a-b", "a--b", "", "a-" + "x" * 79]
)
def test_scaffold_with_a_bad_name_writes_nothing(tmp_path, name):
    with pytest.raises(InvalidManifest) as caught:
        write_scaffold(tmp_path / "entry", name)
    assert "polyreact submission new" in caught.value.cure
    assert not (tmp_path / "entry").exists()


def test_scaffold_never_overwrites(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(ScaffoldExists):
        write_scaffold(tmp_path, "lab-model")
    with pytest.raises(ScaffoldExists):
        write_scaffold(tmp_path / "precious.txt", "lab-model")
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_scaffold_into_an_empty_folder_is_written(tmp_path):
    assert write_scaffold(tmp_path, "lab-model")


def test_scaffold_with_the_longest_name_is_valid(tmp_path):
    """Symptom: `submission new` took a name of 102 characters that the manifest then refused.

    Cause: the limit stood in one of the two places. It mattered since the first check of a new entry failed.
    """
    name = "a-" + "x" * (MAX_NAME_LENGTH - 2)
    write_scaffold(tmp_path / "entry", name)
    assert read_manifest(tmp_path / "entry" / "submission.yaml")[0].name == name


def test_scaffold_into_a_folder_that_no_disk_can_hold_is_refused(tmp_path):
    """Symptom: E700. Cause: asking whether a folder exists raises where its name is too long."""
    with pytest.raises(CannotWrite, match="File name too long"):
        write_scaffold(tmp_path / ("x" * 300), "lab-model")
