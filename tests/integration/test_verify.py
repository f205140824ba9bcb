"""Every set built anew from the published files, every source row accounted for, and the how-to page as it runs."""

import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from openpyxl import load_workbook

from polyreact.cli.main import main
from polyreact.datasets.catalog import Dataset, load_revisions, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.prepare.boughter import SUBSETS
from polyreact.datasets.prepared import build_prepared
from polyreact.settings import Settings

pytestmark = pytest.mark.real_data

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-data.md"
FOOTNOTE = "footnote, not an antibody"
PREPARED = [dataset for dataset in load_revisions() if dataset.is_prepared and dataset.files]


@pytest.fixture
def run(capsys, monkeypatch, real_settings, tmp_path):
    """The program with the published files, in an empty folder: exit status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLYREACT_CACHE", str(real_settings.cache))
    monkeypatch.setenv("POLYREACT_MIRROR", str(real_settings.mirror))

    def run(*arguments):
        status = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_verify_all_finds_every_set_as_catalogued_and_lists_what_is_absent(run):
    status, out, _ = run("dataset", "verify", "--all", "--json")
    found = json.loads(out)
    assert status == 0
    assert [(one["dataset"], one["revision"]) for one in found] == [(d.id, d.revision) for d in load_revisions()]
    verdicts = {f"{one['dataset']}@{one['revision']}": one["verdict"] for one in found}
    whole = {d.reference for d in load_revisions() if d.is_prepared}
    assert {name for name, verdict in verdicts.items() if verdict == "identical"} >= whole
    assert {"boughter@1", "boughter@2", "jain@1", "jain-116@1", "jain-parity@1", "shehata@1"} <= whole
    absent = {file["name"]: file for one in found for file in one["absent"]}
    if absent:  # the mirror holds all files but this one
        assert verdicts["harvey@1"] == "cannot be rebuilt here: train.csv absent"
        assert list(absent) == ["train.csv"]
        assert absent["train.csv"]["digest"] == "git blob d53e502b6f25fa1de1fc0a5851178fadc2a11b51"
        assert absent["train.csv"]["place"].endswith("sources/harvey/train.csv")


def count_rows(path: Path, key: str) -> int:
    """The rows of a workbook's first sheet that have something in the column `key` and in another."""
    with path.open("rb") as file:
        heading, *rows = (
            load_workbook(file, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True)
        )
    place = heading.index(key)
    return sum(row[place] is not None and sum(cell is not None for cell in row) > 1 for row in rows)


def count_source_rows(dataset: Dataset, settings: Settings) -> int:
    """How many antibodies the raw files of a set tell of, counted without its preparation."""
    source = load_source(dataset.source)
    paths = {f.name: fetch_file(source, f, settings) for f in source.files if f.name in dataset.files}
    match dataset.source:
        case "boughter":
            return sum(paths[subset.heavy].read_text().count(">") for subset in SUBSETS)
        case "jain":
            return count_rows(paths["pnas.1616408114.sd02.xlsx"], "Name")
        case "shehata":
            return count_rows(paths["mmc2.xlsx"], "Clone name")
        case _:
            lists = [path.read_text().splitlines() for path in paths.values()]
            return sum(len(list(csv.reader(lines))) - 1 for lines in lists)


@pytest.mark.parametrize("dataset", PREPARED, ids=lambda dataset: dataset.reference)
def test_every_source_row_is_prepared_or_counted_with_its_reason(real_settings, dataset):
    preparation, _ = build_prepared(dataset, real_settings)
    rows = count_source_rows(dataset, real_settings)
    known = {"boughter": 1171, "jain": 137, "shehata": 400}
    assert rows == known.get(dataset.source, rows)
    dropped = {reason: number for reason, number in preparation.dropped.items() if reason != FOOTNOTE}
    assert len(preparation.rows) + sum(dropped.values()) == rows
    assert all(number > 0 and reason for reason, number in preparation.dropped.items())


def test_shehata_accounts_for_all_402_rows_of_its_sheet(real_settings):
    (dataset,) = [dataset for dataset in PREPARED if dataset.id == "shehata"]
    preparation, _ = build_prepared(dataset, real_settings)
    assert len(preparation.rows) + preparation.dropped.total() == 402


def test_export_with_labels_prints_the_terms_of_the_files_they_come_from(run):
    status, out, err = run("dataset", "export", "jain", "--labels")
    assert status == 0
    assert sum(row["label"] == "1" for row in csv.DictReader(out.splitlines())) == 29
    assert "per-antigen ELISA, shared by Adimab for research; fetch, do not redistribute" in err
    assert "terms" not in run("dataset", "export", "jain")[2]


def test_export_of_an_older_revision_says_that_it_was_corrected(run):
    status, out, err = run("dataset", "export", "boughter@1")
    assert (status, len(out.splitlines())) == (0, 915)
    assert "boughter@1 was corrected by boughter@2: In revision 1 an answer of yes counted" in err
    assert "corrected" not in run("dataset", "export", "boughter")[2]


def test_how_to_page_runs_as_it_is_written(run, tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    commands = [line for line in "".join(blocks).splitlines() if line.startswith("polyreact ")]
    assert len(commands) >= 6
    for line in commands:
        words, _, target = line.partition(" > ")
        status, out, err = run(*shlex.split(words, comments=True)[1:])
        assert status == 0, f"{line}\n{err}"
        if target:
            Path(target.split("#")[0].strip()).write_text(out)
    assert {path.name for path in tmp_path.iterdir()} == set(
        re.findall(r"[\w-]+\.(?:csv|fasta|parquet)\b", "".join(blocks))
    )
