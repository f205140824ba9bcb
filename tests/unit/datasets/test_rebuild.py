import os
import subprocess
import sys

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.rebuild import BuildEnded, build_apart, build_here

DEMO = load_dataset("demo")
#: Run by Python as it starts: tells the order of a set there, which hangs on the hash seed.
TELL_ORDER = """
import pathlib
with pathlib.Path({path!r}).open("a") as file:
    print(list({{f"antibody-{{number}}" for number in range(20)}}), file=file)
"""


def test_build_apart_is_the_build_here():
    here, apart = build_here(DEMO, {}), build_apart(DEMO, {}, os.environ)
    assert here == apart
    assert (here.negatives, here.positives) == (165, 135)
    assert set(here.files) == {"inputs", "labels", "annotations", "training", "provenance"}
    assert here.files["labels"].startswith("sequence_id,label,name\ndemo-0001,")


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_build_apart_runs_with_another_hash_seed_than_its_surroundings(tmp_path, monkeypatch, seed):
    told = tmp_path / "told.txt"
    (tmp_path / "sitecustomize.py").write_text(TELL_ORDER.format(path=str(told)))
    monkeypatch.syspath_prepend(str(tmp_path))
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", ""], env={**environment, "PYTHONPATH": str(tmp_path)}, check=True)
    build_apart(DEMO, {}, environment)
    ours, theirs = told.read_text().splitlines()
    assert ours != theirs


def test_build_apart_that_fails_says_how(tmp_path):
    with pytest.raises(BuildEnded, match=r"ended with status 1: .*mmc2\.xlsx"):
        build_apart(load_dataset("shehata"), {"mmc2.xlsx": tmp_path / "mmc2.xlsx"}, os.environ)
