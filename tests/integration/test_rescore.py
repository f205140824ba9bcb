"""The records of this repository, scored again from the published files."""

import json
import shutil
from pathlib import Path

import pytest

from polyreact.evaluation.comparisons import COMPARISONS
from polyreact.evaluation.curves import CURVES
from polyreact.evaluation.rescore import Ending, Scorer, rescore_records, worst_status
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.evaluation.verification.history import verify_history
from polyreact.evaluation.verification.records import verify_records
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore

pytestmark = pytest.mark.real_data

COMMITTED = ResultsStore(Path(__file__).parent.parent.parent / "results")


def test_committed_records_are_moved_to_this_version_noted_and_verified(real_settings, tmp_path):
    shutil.copytree(COMMITTED.folder, tmp_path / "results")
    store = ResultsStore(tmp_path / "results")
    paths, scorer = store.find_paths(), Scorer(store, real_settings)
    assert len(paths) >= 15
    assert worst_status(rescore_records(paths, scorer)) == 0
    kept = {path: path.read_bytes() for path in paths}
    for path in paths:
        document = json.loads(path.read_bytes())
        assert document["score"]["scoring_version"] == SCORING_VERSION
        document["score"]["scoring_version"] = 1
        path.write_text(json.dumps(document))

    told = rescore_records(paths, scorer)

    made = [one for one in told if one.submission in {CURVES, COMPARISONS}]
    assert {(one.submission, one.ending) for one in made} == {
        (CURVES, Ending.UP_TO_DATE),
        (COMPARISONS, Ending.UP_TO_DATE),
    }
    found = [one for one in told if one not in made]
    assert {one.ending for one in found} == {Ending.SCORED}
    assert [one.change.changed for one in found] == [()] * len(paths)
    assert sum(one.change.unchanged for one in found) > 900  # folds, their means and without neighbours among them
    assert {path: path.read_bytes() for path in paths} == kept
    newest = ScoringHistory.of(store).read_all()[-1]
    assert newest.scoring_version == SCORING_VERSION
    assert {one.change for one in found} <= set(newest.rescored)
    verifier = Verifier(store, real_settings)
    verified = [*verify_records(paths, verifier), *verify_history(verifier)]
    assert {one.verdict for one in verified} == {Verdict.VERIFIED}
