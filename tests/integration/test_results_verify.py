"""The records of this repository, made again from the published files."""

import shutil
from pathlib import Path

import pytest

from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.evaluation.verification.records import choose_records, verify_records
from polyreact.results.store import ResultsStore

pytestmark = pytest.mark.real_data

COMMITTED = ResultsStore(Path(__file__).parent.parent.parent / "results")


def test_every_committed_record_is_verified(real_settings):
    found = list(verify_records(choose_records(COMMITTED, ()), Verifier(COMMITTED, real_settings)))
    assert {(one.submission, one.track): one.differences or one.absent for one in found} == {
        (path.parent.name, path.stem): "" for path in COMMITTED.find_paths()
    }
    assert len(found) >= 15


def test_figure_without_neighbours_that_was_changed_is_told(real_settings, tmp_path):
    shutil.copytree(COMMITTED.folder, tmp_path / "results")
    store = ResultsStore(tmp_path / "results")
    path = tmp_path / "results" / "polyreact-isoelectric-point" / "jain.json"
    record = store.find("polyreact-isoelectric-point", "jain")
    part = record.score.audit.sets[0].without_neighbours[1]
    value = repr(part.metrics["roc_auc"].value)
    path.write_text(path.read_text().replace(value, "0.999"))
    (found,) = verify_records([path], Verifier(store, real_settings))
    assert found.verdict is Verdict.DIFFERS
    assert found.differences[0].what.startswith("score.audit.sets.boughter-r2.without_neighbours.VH ")
    assert (found.differences[0].expected, found.differences[0].found) == (value, "0.999")
