"""The published sets against each other: the figures that are known, and the committed records."""

from pathlib import Path

import pytest

from fakes.engine import FakeEngine
from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.overlap import CUTS, Region, measure_overlap
from polyreact.datasets.prepare.workbook import parse_sequence, parse_text, read_sheet
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.evaluation.audit import Auditor, ensure_overlap
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.store import ResultsStore
from polyreact.sequences import Antibody, SequenceId
from polyreact.similarity import measure_identity
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

pytestmark = pytest.mark.real_data

COMMITTED = Path(__file__).parent.parent.parent / "results"
TESTS = ("jain", "jain-116", "jain-parity", "shehata")


@pytest.fixture(scope="module")
def inputs_of(real_settings):
    def read(name):
        dataset = load_dataset(name)
        ensure_prepared(dataset, real_settings)
        return read_inputs(dataset, real_settings)

    return read


@pytest.fixture(scope="module")
def clinical(real_settings):
    """All 137 antibodies of Jain 2017, those with one to three flags included."""
    source = load_source("jain")
    (file,) = [file for file in source.files if file.name == "pnas.1616408114.sd02.xlsx"]
    sheet = read_sheet(
        fetch_file(source, file, real_settings), "Sequence-information", {"Name": parse_text, "VH": parse_sequence}
    )
    return tuple(Antibody(SequenceId(row.text("Name")), row.text("VH")) for row in sheet.rows)


@pytest.fixture(scope="module")
def overlaps(clinical, inputs_of):
    references = inputs_of("boughter@1")
    return {
        "jain": measure_overlap(clinical, references),
        "shehata": measure_overlap(inputs_of("shehata"), references),
    }


@pytest.mark.parametrize(
    ("name", "rows", "median", "maximum"), [("jain", 137, 0.795, 0.919), ("shehata", 398, 0.797, 0.943)]
)
def test_overlap_with_boughter_is_the_known_one(overlaps, name, rows, median, maximum):
    summary = overlaps[name].vh
    assert (summary.compared.rows, summary.compared.reference_rows, summary.exact) == (rows, 914, 0)
    assert summary.median == pytest.approx(median, abs=0.003)
    assert summary.maximum == pytest.approx(maximum, abs=0.003)


def test_no_vh_of_a_test_set_stands_in_boughter(clinical, inputs_of):
    boughter = {antibody.sequence for antibody in inputs_of("boughter@1")}
    for tests in (clinical, *map(inputs_of, TESTS)):
        assert not boughter & {antibody.sequence for antibody in tests}


def test_every_test_antibody_has_its_h_cdr3_compared(overlaps):
    for overlap in overlaps.values():
        compared = overlap.h_cdr3.compared
        assert (compared.rows_without, compared.reference_rows_without) == (0, 0)


def test_nearest_are_those_of_aligning_every_pair(overlaps, clinical, inputs_of):
    references = inputs_of("boughter@1")
    for antibody, row in list(zip(clinical, overlaps["jain"].rows, strict=True))[::30]:
        identities = [measure_identity(antibody.sequence, reference.sequence) for reference in references]
        assert row.vh.identity == round(max(identities), 6)
        assert row.vh.sequence_id == references[identities.index(max(identities))].sequence_id


@pytest.mark.parametrize("reference", ["boughter@1", "boughter@2"])
@pytest.mark.parametrize("name", TESTS)
def test_committed_overlap_is_what_the_published_files_give(real_settings, tmp_path, name, reference):
    test, other = load_dataset(name), load_dataset(reference)
    committed = OverlapStore.of(ResultsStore(COMMITTED)).find(test, other)
    made = ensure_overlap(test, other, Auditor(OverlapStore(tmp_path), real_settings))
    assert committed == made
    assert committed.sha256 == made.sha256


def test_submission_that_declares_boughter_is_scored_without_its_neighbours(real_settings, tmp_path):
    """Scored, scored again for other declared data, and refused where a figure was changed by hand."""
    engine = FakeEngine(answers)
    store = ResultsStore(tmp_path / "results")
    evaluation = Evaluation(engine, store, real_settings)

    def run(training_data):
        (result,) = evaluate(evaluation, [candidate(training_data=training_data)], [load_track("jain")])
        return result

    first = run("{boughter: [labels]}")
    assert (first.what, first.error) == ("run", None)
    assert [audited.reference for audited in first.record.score.audit.sets] == ["boughter-r2", "boughter-r1"]
    for audited in first.record.score.audit.sets:
        for region in Region:
            parts = [part for part in audited.without_neighbours if part.region == region]
            assert [part.cut for part in parts] == list(CUTS)
            assert [part.rows for part in parts] == sorted((part.rows for part in parts), reverse=True)
    assert run("{boughter: [labels]}").what == "done before"
    assert run("{boughter: [model-selection]}").what == "done before"
    assert run("{}").what == "scored"
    again = run("{boughter: [labels]}")
    assert (again.what, again.record.score) == ("scored", first.record.score)
    assert len(engine.specs) == 1

    content = store.folder / "lab-model" / "jain.json"
    text = content.read_text()
    part = first.record.score.audit.sets[0].without_neighbours[1].metrics["roc_auc"].value
    assert repr(part) in text
    content.write_text(text.replace(repr(part), "0.999"))
    forged = run("{boughter: [labels]}")
    assert (forged.what, forged.error.code) == ("refused", "E601")
