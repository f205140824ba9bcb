"""The curves of this repository: drawn again, near the figures of the records, and what they give away."""

import functools
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks.disclosure import describe, read_tables
from polyreact.evaluation.verification.curves import verify_curves
from polyreact.evaluation.verification.findings import Verifier
from polyreact.metrics.ordering import average_precision, roc_auc
from polyreact.results.curve_store import CurveStore
from polyreact.results.store import ResultsStore
from polyreact.statistics.curves import form_blocks

pytestmark = pytest.mark.real_data

COMMITTED = ResultsStore(Path(__file__).parent.parent.parent / "results")
DECISION = COMMITTED.folder.parent / "docs" / "explanation" / "decisions" / "0018-curves.md"


def test_every_committed_score_has_its_curves(real_settings):
    found = list(verify_curves(Verifier(COMMITTED, real_settings)))
    assert {(one.submission, one.track): one.differences or one.absent for one in found} == {
        (f"curves of {path.parent.name}", path.stem): "" for path in COMMITTED.find_paths()
    }
    assert len(found) == len(COMMITTED.find_paths())


def test_digit_of_a_curve_that_was_changed_is_told(real_settings, tmp_path):
    shutil.copytree(COMMITTED.folder, tmp_path / "results")
    store = ResultsStore(tmp_path / "results")
    path = CurveStore.of(store).find_path("polyreact-isoelectric-point", "harvey-test")
    text = path.read_text()
    path.write_text(text.replace("[0.1, 0.3", "[0.1, 0.2", 1))
    found = [one for one in verify_curves(Verifier(store, real_settings)) if one.differences]
    assert [(one.submission, one.track) for one in found] == [
        ("curves of polyreact-isoelectric-point", "harvey-test")
    ]
    assert [each.what for each in found[0].differences] == ["curves.roc.points.at 0.1.true_positive_rate"]


@pytest.fixture(scope="module")
def read(real_settings):
    """Labels and predictions of a track, each track read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.disclosure.load_settings", lambda: real_settings)
        yield functools.cache(lambda track: read_tables(COMMITTED, track))


@pytest.mark.parametrize("record", COMMITTED.read_all(), ids=lambda one: f"{one.submission.id} {one.track}")
def test_curves_agree_with_the_figures_of_the_score(record, read):
    """With those of blocks, where labels and scores tell these: on 86 antibodies blocks of ten give other figures
    than single antibodies do, and by more than any mistake that this test is to find.
    """
    curves = CurveStore.of(COMMITTED).find(record.submission.id, record.track)
    metrics = record.score.fold_means or record.score.metrics
    points = np.array(curves.roc.points)
    area = np.trapezoid(points[:, 1], points[:, 0])
    precise = np.mean([point.precision for point in curves.precision_recall.points])
    if record.score.folds:
        assert area == pytest.approx(metrics["roc_auc"].value, abs=0.015)
        assert precise == pytest.approx(metrics["average_precision"].value, abs=0.06)
    else:
        labels, tables = read(record.track)
        blocks = -form_blocks(labels, tables[record.submission.id].scores).block_of.astype(float)
        assert area == pytest.approx(roc_auc(labels, blocks).value, abs=0.001)
        assert precise == pytest.approx(average_precision(labels, blocks).value, abs=0.025)
    holds_diagonal = bool(np.all((points[:, 2] <= points[:, 0]) & (points[:, 0] <= points[:, 3])))
    interval = metrics["roc_auc"].interval
    if record.submission.id == "polyreact-random":
        assert holds_diagonal
    if holds_diagonal:  # then the area is not told from that of guessing either
        assert interval.low <= 0.5 <= interval.high
    if not record.score.folds:
        counts = record.score.confusion
        positives = counts.true_positives + counts.false_negatives
        antibodies = positives + counts.true_negatives + counts.false_positives
        assert sum(each.antibodies for each in curves.distribution.bins) == antibodies
        assert sum(each.polyreactive for each in curves.distribution.bins) == pytest.approx(
            positives, abs=0.05 * len(curves.distribution.bins) + 1e-9
        )


def test_labels_of_jain_that_follow_for_certain_are_as_many_as_the_decision_says(real_settings, monkeypatch):
    """Of one submission few and none polyreactive; of exact staircases all, so blocks are what keeps them; of the
    whole board together all."""
    monkeypatch.setattr("benchmarks.disclosure.load_settings", lambda: real_settings)
    labels, tables = read_tables(COMMITTED, "jain")
    page = DECISION.read_text(encoding="utf-8")
    for name, table in tables.items():
        row = describe(name, labels, [table])
        assert (row["of these polyreactive"], row["exact staircase"]) == (0, 86)
        assert f"| {name} | {row['confusion matrix']} | {row['and curves']} (none polyreactive) | 86 |" in page
        assert row["and curves"] <= 12
    row = describe("all", labels, list(tables.values()))
    counted = f"{row['confusion matrix']} | {row['and curves']} ({row['of these polyreactive']} polyreactive)"
    assert f"| all {len(tables)} | {counted} | 86 |" in page
