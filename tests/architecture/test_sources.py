"""What no source file may do, or only one."""

import ast
import re
import subprocess

import pytest

from architecture.sources import REPOSITORY, dotted, modules, names_used

SHELLS = re.compile(r"(os\.(system|popen|spawn\w*|exec\w*)|subprocess\.(getoutput|getstatusoutput)|pty\.spawn)")
ENVIRONMENT = re.compile(r"os\.(environb?|getenvb?|putenv|unsetenv)")
READS_LABELS = {"settings.py", "datasets/layout.py", "datasets/prepared.py", "datasets/hidden.py"}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def users_of(pattern):
    return {name for name, tree in modules().items() if any(map(pattern.fullmatch, names_used(tree)))}


def test_modules_are_found():
    assert "cli/main.py" in modules()
    assert "os.environ" in set(names_used(ast.parse("from os import environ")))
    assert "os.environ" in set(names_used(ast.parse("import os\nos.environ['A']")))


def test_no_module_calls_a_shell():
    assert users_of(SHELLS) == set()
    shells = [
        (name, node.lineno)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(k.arg == "shell" for k in node.keywords)
    ]
    assert shells == []


def test_every_command_is_a_list_of_arguments_never_a_text():
    texts = [
        (name, node.lineno)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and dotted(node.func) in {"subprocess.run", "subprocess.Popen"}
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert texts == []


def test_only_the_command_line_reads_the_environment():
    """Programs of images read what the contract gives them; libraries are told by it to report nothing."""
    others = {name for name in users_of(ENVIRONMENT) if not name.startswith(("cli/", "baselines/container/"))}
    assert others == {
        "baselines/embedders/runtimes.py",
        "baselines/trackers/mlflow.py",
        "baselines/trackers/wandb.py",
    }


def test_only_preparation_and_scoring_know_where_labels_stand():
    assert users_of(re.compile(r"(.*\.)?(labels_path|settings\.hidden)")) == READS_LABELS - {"settings.py"}
    attributes = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "hidden"
    }
    assert attributes <= READS_LABELS


def test_only_the_data_layer_builds_a_set_with_its_labels_or_finds_its_files():
    """Whoever builds a set anew, or knows all of its paths, has its labels without `datasets.hidden`."""
    ways = r"build_prepared|prepare_files|prepared_paths|annotations_path|build_here|build_apart"
    assert {name.partition("/")[0] for name in users_of(re.compile(rf"(.*\.)?({ways})"))} == {"datasets"}


def test_only_preparation_fold_tracks_and_our_own_training_know_the_labels_to_learn_from():
    knowing = {"datasets/layout.py", "datasets/prepared.py", "datasets/training.py"}
    assert users_of(re.compile(r"(.*\.)?(training_path|settings\.training)")) == knowing
    assert users_of(re.compile(r"(.*\.)?read_training_labels")) == {
        "evaluation/folds.py",
        "baselines/training_data.py",
    }


def test_a_kept_score_gives_way_to_another_in_one_place():
    """Whoever makes the score of a record keeps it through `rescore`, which notes what changed, or not at all."""
    assert users_of(re.compile(r"(.*\.)?score_record")) == {
        "evaluation/rescore.py",
        "evaluation/verification/records.py",
    }
    assert users_of(re.compile(r"(.*\.)?ScoringHistory\.of")) >= {"evaluation/rescore.py"}


def tracked_files():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def test_nothing_is_left_unfinished():
    marked = []
    for path in tracked_files():
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".html", ".css", ".js", ".sh"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            marked += [f"{path}:{number}" for number, line in enumerate(lines, 1) if UNFINISHED.search(line)]
    assert marked == []
