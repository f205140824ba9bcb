"""What is kept of changed figures, beside the scores of now: whatever was changed by hand is told by its name."""

import json
from dataclasses import replace

import pytest

from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.rescore import Scorer, rescore_records
from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.evaluation.verification.history import verify_history
from polyreact.results.records import MetricRecord
from polyreact.results.scoring_store import ScoringHistory
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate

_NO_MORE = "what it says of these is of scores that are kept no more: lab-model demo"


@pytest.fixture
def document(evaluation, store, settings):
    """Where the history of one record stands, of which one figure changed and one metric is new."""
    (result,) = evaluate(evaluation, [candidate()], [load_track("demo")])
    metrics = dict(result.record.score.metrics, mcc=MetricRecord(value=0.25))
    del metrics["youden"]
    changes = {"scoring_version": 1, "metrics": metrics}
    older = result.record.model_copy(update={"score": result.record.score.model_copy(update=changes)})
    store.write(older, None)
    rescore_records(store.find_paths(), Scorer(store, settings))
    (path,) = ScoringHistory.of(store).find_paths()
    return path


@pytest.fixture
def verify(store, settings):
    def run(*submissions):
        (found,) = verify_history(Verifier(store, settings), submissions)
        return found

    return run


def edit(path, change):
    told = json.loads(path.read_bytes())
    change(told["rescored"][0])
    path.write_text(json.dumps(told))


def test_history_as_it_was_written_is_verified(document, verify):
    found = verify()
    assert (found.verdict, found.submission, found.note) == (Verdict.VERIFIED, "scoring history, version 2", "")


def new_value(section):
    section["changed"][0]["new"]["value"] += 1e-12


def new_limit(section):
    section["changed"][0]["new"]["interval"]["low"] -= 0.001


def no_change(section):
    section["changed"][0]["old"] = section["changed"][0]["new"]


def another_count(section):
    section["unchanged"] += 1


def too_many(section):
    section["unchanged"] *= 2


def unknown_metric(section):
    section["new_metrics"].append("luck")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (new_value, "overall.mcc.new.value"),
        (new_limit, "overall.mcc.new.interval.low"),
        (no_change, "overall.mcc"),
        (another_count, "unchanged"),
        (too_many, "unchanged"),
        (unknown_metric, "new_metrics"),
    ],
)
def test_what_was_changed_is_told_by_its_name(document, verify, change, what):
    edit(document, change)
    found = verify()
    assert f"scoring history.lab-model demo.{what}" in [difference.what for difference in found.differences]
    assert "Take the files from git again." in found.find_failure().render()
    assert verify("lab-other").verdict is Verdict.VERIFIED


def test_document_that_cannot_be_read_is_told(document, verify):
    document.write_text("{")
    (difference,) = verify().differences
    assert "cannot be read as a record" in difference.found


def test_document_of_a_newer_program_cannot_be_verified(document, verify):
    told = json.loads(document.read_bytes())
    document.write_text(json.dumps(told | {"schema_version": 99}))
    assert verify().verdict is Verdict.CANNOT


def test_section_of_predictions_that_gave_way_to_others_is_noted(document, verify):
    edit(document, lambda section: section.update(predictions_sha256="00" * 32))
    found = verify()
    assert (found.verdict, found.note) == (Verdict.VERIFIED, _NO_MORE)


def test_of_a_private_history_no_figure_is_told(document, store, settings):
    (found,) = verify_history(Verifier(replace(store, is_private=True), settings))
    assert [(one.expected, one.found) for one in found.differences] == [("", "")]
