"""Slices through real engines: an honest submission gives what it gives whole, a dishonest claim is caught."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.interface import Image
from polyreact.evaluation.audit import recall_audit
from polyreact.evaluation.plan import Job, build_job
from polyreact.evaluation.run import build_record, execute_job, execute_slice
from polyreact.evaluation.score import score_record
from polyreact.evaluation.slices import Slice, cut_rows, list_slices, merge_predictions, merge_runs
from polyreact.evaluation.submissions import read_candidates, resolve_submission
from polyreact.evaluation.trust.checks import TrustChecks
from polyreact.evaluation.trust.independence import ensure_independent
from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.evaluation.verification.records import choose_records, verify_records
from polyreact.metrics.ordering import roc_auc
from polyreact.results.describe import describe_submission
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.records import Record, RunRecord
from polyreact.results.store import ResultsStore
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.predictions import Prediction, render_predictions
from polyreact.tracks.catalog import load_track

ZOO = Path(__file__).parent.parent.parent / "zoo"

podman_only = pytest.mark.parametrize(
    "engine", [pytest.param("podman", marks=pytest.mark.engine("podman"))], indirect=True
)


@pytest.fixture
def honest(tmp_path):
    """The isoelectric point, which is of one antibody, and says so; its training set, not at stake, is left out."""
    folder = tmp_path / "isoelectric-point"
    shutil.copytree(ZOO / "isoelectric-point", folder)
    manifest = folder / "submission.yaml"
    text = manifest.read_text().replace("training_data:\n  boughter: [labels]\n", "training_data: {}\n")
    manifest.write_text(f"{text}independent: true\n")
    (candidate,) = read_candidates([folder])
    return candidate


@pytest.fixture
def look(engine, session_settings, tmp_path):
    """Look at the claim of a candidate."""

    def run(candidate):
        checks = TrustChecks(engine, ResultsStore(tmp_path / "claims"), session_settings, base="local")
        submission, image = resolve(candidate, engine, session_settings)
        with checks.store.lock():
            return ensure_independent(checks, submission, image, engine.probe())

    return run


def resolve(candidate, engine, settings):
    return resolve_submission(candidate, engine, settings, base="local", on_progress=lambda _line: None)


def test_submission_that_ranks_within_the_file_and_claims_to_be_independent_is_caught(look, make_candidate):
    found = look(make_candidate("ranks-within-the-file", independent=True))

    assert not found.holds
    assert found.error.code == "E340"
    assert [finding.where for finding in found.error.findings] == ["halves"]


@podman_only
def test_submission_that_is_independent_may_be_cut(look, honest):
    found = look(honest)

    assert (found.holds, found.error) == (True, None)


class Driver:
    """Runs a job whole or in slices, and keeps and scores it as an evaluation does."""

    def __init__(self, job: Job, image: Image, engine, settings, folder: Path) -> None:
        self.job, self.image, self.engine, self.settings = job, image, engine, settings
        self.store = ResultsStore(folder)
        self.antibodies = read_inputs(job.dataset, settings)

    def run_whole(self) -> Record:
        done = execute_job(self.job, self.image, self.antibodies, self.engine, self.settings)
        assert done.predictions is not None
        return self.keep(done.predictions, self.describe(done).run)

    def run_slice(self, part: Slice) -> tuple[tuple[Prediction, ...], RunRecord]:
        done = execute_slice(
            self.job, part, self.image, cut_rows(self.antibodies, part), self.engine, self.settings
        )
        assert done.predictions is not None
        return done.predictions, self.describe(done).run

    def run_slices(self, of: int) -> Record:
        done = [self.run_slice(part) for part in reversed(list_slices(of))]
        table = merge_predictions([table for table, _ in done], [row.sequence_id for row in self.antibodies])
        assert isinstance(table, tuple)
        return self.keep(table, merge_runs([run for _, run in done]))

    def describe(self, done) -> Record:
        return build_record(self.job, self.image, done, self.engine.probe(), None)

    def keep(self, table: Sequence[Prediction], run: RunRecord) -> Record:
        content = render_predictions(table)
        named = self.store.name_predictions(self.job.track.id, content, len(table))
        record = Record(
            track=self.job.track.id,
            dataset=self.job.dataset.id,
            revision=self.job.dataset.revision,
            ranked=self.job.track.is_ranked,
            submission=describe_submission(self.job.submission.manifest, self.job.submission.manifest_sha256),
            run=run.model_copy(update={"predictions": named}),
            score=None,
        )
        self.store.write(record, content)
        audit = recall_audit({}, self.job.track, self.job.dataset, OverlapStore.of(self.store), ())
        scored = score_record(record, self.job.dataset, self.store, self.settings, audit)
        self.store.write(scored, None)
        return scored


@podman_only
def test_harvey_in_slices_has_the_predictions_and_the_score_of_the_whole(
    engine, honest, real_session_settings, tmp_path
):
    settings = real_session_settings
    submission, image = resolve(honest, engine, settings)
    job = build_job(submission, load_track("harvey-test"), ResultsStore(tmp_path / "none"))
    ensure_prepared(job.dataset, settings)

    whole = Driver(job, image, engine, settings, tmp_path / "whole").run_whole()
    driver = Driver(job, image, engine, settings, tmp_path / "slices")
    sliced = driver.run_slices(7)

    assert [part.rows for part in sliced.run.slices] == [3572, 3572, 3573, 3572, 3573, 3572, 3573]
    assert len(driver.antibodies) == sum(part.rows for part in sliced.run.slices) == 25_007
    assert sliced.run.predictions == whole.run.predictions
    assert sliced.score == whole.score
    (verified,) = verify_records(choose_records(driver.store, ()), Verifier(driver.store, settings))
    assert (verified.verdict, verified.differences) == (Verdict.VERIFIED, ())


def generate_antibodies(count):
    """As many different domains as the largest published set has, from a seed."""
    stream = random.Random(141_474)  # noqa: S311
    return tuple(
        Antibody(SequenceId(f"made-{number:06d}"), "".join(stream.choices("ACDEFGHIKLMNPQRSTVWY", k=118)), "")
        for number in range(1, count + 1)
    )


@pytest.mark.slow
@podman_only
def test_generated_track_of_141_474_over_two_workers_of_which_one_is_lost(
    engine, honest, real_session_settings, tmp_path
):
    """The slices that the lost one had not given back are run again, and no others; the score stays."""
    submission, image = resolve(honest, engine, real_session_settings)
    job = build_job(submission, load_track("harvey-test"), ResultsStore(tmp_path / "none"))
    ensure_prepared(job.dataset, real_session_settings)
    driver = Driver(job, image, engine, real_session_settings, tmp_path / "results")
    driver.antibodies = generate_antibodies(141_474)
    whole = execute_job(job, image, driver.antibodies, engine, real_session_settings)

    parts, done, runs = list_slices(12), {}, []

    def work(mine, lost_after):
        for part in mine[:lost_after]:
            done[part.number] = driver.run_slice(part)
            runs.append(part.number)

    with ThreadPoolExecutor(2) as two:
        list(two.map(work, (parts[::2], parts[1::2]), (6, 3)))
    assert len(done) == 9
    work([part for part in parts if part.number not in done], None)

    assert sorted(runs) == list(range(1, 13))
    merged = merge_predictions(
        [table for table, _ in done.values()], [row.sequence_id for row in driver.antibodies]
    )
    assert render_predictions(merged) == render_predictions(whole.predictions)
    assert [part.number for part in merge_runs([run for _, run in done.values()]).slices] == list(range(1, 13))
    labels = np.array([row.sequence.count("R") > row.sequence.count("D") for row in driver.antibodies], dtype=int)
    scores = [np.array([row.score for row in table]) for table in (merged, whole.predictions)]
    assert roc_auc(labels, scores[0]) == roc_auc(labels, scores[1])
    assert roc_auc(labels, scores[0]).value > 0.7
