"""What slices are called, how many there are, and how their runs become the one that is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.engine import STARTED_AT, FakeEngine, exited
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.interface import EngineFacts
from polyreact.evaluation.plan import Submission, build_job
from polyreact.evaluation.run import build_record, execute_job, execute_slice
from polyreact.evaluation.slices import (
    ROWS_OF_UNKNOWN_SPEED,
    Slice,
    count_slices,
    cut_rows,
    describe_slices,
    find_speed,
    is_within_wall_time,
    list_slices,
    merge_predictions,
    merge_runs,
)
from polyreact.evaluation.verification.records import check_run, check_slice_run
from polyreact.results.records import OutcomeKind, PredictionsRecord, SliceRunRecord
from polyreact.results.store import render_record
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate, ids_in
from unit.leaderboard.sample_boards import record, run

DEMO = load_track("demo")
FACTS = EngineFacts("fake", "1.0", "memory")
HOST = run().host


def part(number, of=3, **changes):
    values = {
        "number": number,
        "of": of,
        "rows": 100,
        "shuffle_seed": f"{number:032x}",
        "started_at": STARTED_AT,
        "wall_s": 0.1,
        "cpu_s": 0.2,
        "peak_memory_bytes": 1000 + number,
        "exit_code": 0,
        "host": HOST,
    }
    return SliceRunRecord(**values | changes)


def run_of(number, of=3, **changes):
    """The run that a worker brings back of a slice."""
    kept = part(number, of, **changes)
    return run(
        predictions=None,
        slices=(kept,),
        exit_code=kept.exit_code,
        **{key: getattr(kept, key) for key in ("shuffle_seed", "started_at", "wall_s", "cpu_s")},
    )


def failed(number, code="E313", message="the run ended with exit status 7", exit_code=7):
    fault = run().outcome.model_copy(
        update={"kind": OutcomeKind.SUBMISSION_FAULT, "code": code, "message": message}
    )
    return run_of(number, exit_code=exit_code).model_copy(update={"outcome": fault})


def of_image(rows, wall_s, digest, **changes):
    """A kept record of a run of so many rows."""
    predictions = PredictionsRecord(file="demo.0123456789ab.csv", sha256="0" * 64, rows=rows)
    image = run().image.model_copy(update={"reference": f"registry.example/lab/model@{digest}"})
    return record("lab-model", run=run(predictions=predictions, wall_s=wall_s, image=image, **changes))


@pytest.mark.parametrize(
    ("rows", "seconds_per_row", "expected"),
    [
        (25_007, 0.0534, 2),  # AntiBERTy: 1336 s
        (25_007, 0.0006, 1),
        (141_000, 0.0534, 12),
        (1_000_000, 0.0534, 40),  # as many as are allowed
        (25_007, 10.0, 40),
        (7, 1e9, 7),
        (2 * ROWS_OF_UNKNOWN_SPEED - 1, None, 1),
        (25_007, None, 2),
        (141_000, None, 14),
    ],
)
def test_count_follows_the_speed_and_of_an_unknown_one_the_rows(rows, seconds_per_row, expected):
    assert count_slices(rows, seconds_per_row, most=40) == expected


def test_speed_is_that_of_the_largest_set_that_this_image_was_run_on():
    this, other = (f"sha256:{letter * 64}" for letter in "ab")
    failed_run = record("lab-model", run=run(predictions=None))
    records = [of_image(300, 45.0, this), of_image(25_000, 1e3, this), of_image(90_000, 9.0, other), failed_run]
    assert find_speed(records, this) == pytest.approx(0.04)
    assert find_speed([failed_run, of_image(90_000, 9.0, other)], this) is None
    assert find_speed([], this) is None


def test_slices_are_described_for_a_person():
    assert describe_slices(12, 25_007) == "in 12 slices of 2,083 or 2,084 antibodies"
    assert describe_slices(3, 300) == "in 3 slices of 100 antibodies"
    assert describe_slices(1, 300) == "in one piece"
    assert str(Slice(3, 12)) == "slice 3 of 12"


def test_merged_run_has_the_sums_of_its_slices_whatever_their_order():
    later = STARTED_AT + timedelta(hours=1)
    runs = [run_of(2, started_at=STARTED_AT), run_of(3, started_at=later), run_of(1, started_at=later)]
    merged = merge_runs(runs)
    assert [one.number for one in merged.slices] == [1, 2, 3]
    assert (merged.wall_s, merged.cpu_s, merged.peak_memory_bytes) == (0.3, 0.6, 1003)
    assert (merged.started_at, merged.exit_code, merged.shuffle_seed) == (STARTED_AT, 0, f"{1:032x}")
    assert (merged.outcome.kind, merged.predictions) == (OutcomeKind.VALID, None)
    assert merge_runs(runs[::-1]) == merged


def test_figure_that_one_slice_lacks_is_not_made_up():
    merged = merge_runs([run_of(1), run_of(2, cpu_s=None, peak_memory_bytes=None), run_of(3)])
    assert (merged.cpu_s, merged.peak_memory_bytes) == (None, None)


def test_failure_is_that_of_the_first_slice_that_failed_and_needs_no_other():
    merged = merge_runs([failed(3, "E314", "too late", 143), failed(2)])
    assert (merged.outcome.kind, merged.outcome.code) == (OutcomeKind.SUBMISSION_FAULT, "E313")
    assert merged.outcome.message == "slice 2 of 3: the run ended with exit status 7"
    assert (merged.exit_code, [one.number for one in merged.slices]) == (7, [2, 3])


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "of one slice"),
        ([run(predictions=None)], "of one slice"),
        ([run_of(1), run_of(3)], "2 of 3 slices"),
        ([run_of(1), run_of(2), run_of(2)], "of each slice there is one"),
        ([run_of(1), run_of(2), run_of(3, of=4)], "of the same job"),
        ([run_of(1), run_of(2), run_of(3).model_copy(update={"job": "f" * 64})], "of the same job"),
    ],
)
def test_runs_that_are_no_whole_are_not_merged(runs, message):
    with pytest.raises(ValueError, match=message):
        merge_runs(runs)


def test_slices_that_took_longer_together_than_a_whole_run_may_are_told():
    limit = run().limits.wall_time_s
    assert is_within_wall_time(merge_runs([run_of(n, wall_s=limit / 3) for n in (1, 2, 3)]))
    assert not is_within_wall_time(merge_runs([run_of(n, wall_s=limit / 2) for n in (1, 2, 3)]))


# --- through an engine in memory -------------------------------------------------------------------------


@pytest.fixture
def asked(settings, store, engine):
    """A job on the demo track with its antibodies, and the image that is run for it."""
    dataset = load_dataset("demo")
    ensure_prepared(dataset, settings)
    chosen = candidate(independent="true")
    manifest = chosen.manifest
    job = build_job(Submission(manifest, chosen.manifest_sha256, manifest.image_reference), DEMO, store)
    return job, engine.fetch_image(manifest.image_reference), read_inputs(dataset, settings)


@pytest.fixture
def run_slices(asked, settings, engine):
    """Run every slice; the runs with what they brought."""
    job, image, antibodies = asked

    def run_all(of):
        done = [
            execute_slice(job, one, image, cut_rows(antibodies, one), engine, settings) for one in list_slices(of)
        ]
        return done, [build_record(job, image, each, FACTS, None).run for each in done]

    return run_all


@pytest.mark.parametrize("of", [1, 2, 7, 300])
def test_slices_of_an_independent_submission_give_the_predictions_of_the_whole(asked, settings, run_slices, of):
    job, image, antibodies = asked
    whole = execute_job(job, image, antibodies, FakeEngine(answers), settings)
    done, runs = run_slices(of)
    ids = [row.sequence_id for row in antibodies]
    assert merge_predictions([each.predictions for each in done], ids) == whole.predictions
    merged = merge_runs(runs)
    assert sum(one.rows for one in merged.slices) == len(antibodies)
    assert len({one.shuffle_seed for one in merged.slices}) == of


def test_slice_shows_its_own_rows_alone_in_an_order_and_with_ids_of_their_own(asked, settings):
    job, image, antibodies = asked
    seen = []

    def look(data, output):
        seen.append([line.split(",")[1] for line in (data / "sequences.csv").read_text().splitlines()[1:]])
        assert ids_in(data) == [f"s{n:04d}" for n in range(1, len(seen[-1]) + 1)]
        return answers(data, output)

    execute_slice(job, Slice(2, 3), image, cut_rows(antibodies, Slice(2, 3)), FakeEngine(look), settings)
    own = [row.sequence for row in antibodies[100:200]]
    assert sorted(seen[0]) == sorted(own)
    assert seen[0] != own


def test_slice_of_a_fold_track_is_a_bug(asked, settings, store, engine):
    job, image, antibodies = asked
    with pytest.raises(ValueError, match="fold track"):
        execute_slice(replace(job, track=load_track("demo-fit")), Slice(1, 2), image, antibodies, engine, settings)


# --- verified --------------------------------------------------------------------------------------------


def differences(job, image, execution, merged):
    kept = build_record(job, image, execution, FACTS, None).model_copy(update={"run": merged})
    read = type(kept).model_validate_json(render_record(kept))
    return {difference.what for difference in check_run(read, job.track, job.dataset)}


@pytest.fixture
def verified(asked, run_slices):
    """The merged run of three slices, and what verifying says of one that was changed."""
    job, image, _ = asked
    done, runs = run_slices(3)
    merged = merge_runs(runs)

    def verify(**changes):
        return differences(job, image, done[0], merged.model_copy(update=changes))

    verify.merged = merged
    return verify


def test_merged_run_is_verified(verified):
    assert verified() == set()


def changed(merged, place, **changes):
    return tuple(
        one.model_copy(update=changes) if number == place else one for number, one in enumerate(merged.slices)
    )


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda run: {"slices": run.slices[:2]}, "run.slices.number.3"),
        (lambda run: {"slices": run.slices[:1] * 3}, "run.slices.shuffle_seed"),
        (lambda run: {"slices": run.slices[::-1]}, "run.slices.number.1"),
        (lambda run: {"slices": changed(run, 1, rows=99)}, "run.slices.2.rows"),
        (lambda run: {"slices": changed(run, 1, of=4)}, "run.slices.2.of"),
        (lambda run: {"slices": changed(run, 0, of=301)}, "run.slices"),
        (lambda run: {"slices": changed(run, 0, of=1)}, "run.slices"),
        (lambda run: {"slices": changed(run, 2, wall_s=9.0)}, "run.wall_s"),
        (lambda _: {"peak_memory_bytes": 9}, "run.peak_memory_bytes"),
        (lambda _: {"wall_s": 0.1}, "run.wall_s"),
        (lambda _: {"cpu_s": 0.1}, "run.cpu_s"),
        (lambda _: {"started_at": datetime(2020, 1, 1, tzinfo=UTC)}, "run.started_at"),
        (lambda _: {"shuffle_seed": "0" * 32}, "run.shuffle_seed"),
        (lambda _: {"exit_code": 3}, "run.exit_code"),
        (lambda run: {"slices": changed(run, 0, wall_s=1e6), "wall_s": 1e6 + 0.5}, "run.wall_s"),
    ],
)
def test_run_whose_slices_are_not_the_set_or_not_its_own_is_told(verified, spoil, what):
    assert what in verified(**spoil(verified.merged))


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda _: {}, set()),
        (lambda run: {"slices": ()}, {"run.slices.1"}),
        (lambda run: {"slices": changed(run, 0, number=1)}, {"run.slices.1.number"}),
        (lambda run: {"slices": changed(run, 0, of=4)}, {"run.slices.1.of"}),
        (lambda run: {"slices": changed(run, 0, rows=101)}, {"run.slices.1.rows"}),
        (lambda run: {"slices": changed(run, 0, wall_s=9.0)}, {"run.wall_s"}),
        (lambda run: {"shuffle_seed": "0" * 32}, {"run.shuffle_seed"}),
        (lambda run: {"job": "0" * 64}, {"run.job"}),
        (lambda run: {"exit_code": 1}, {"run.exit_code"}),
    ],
)
def test_what_is_brought_back_of_a_slice_is_of_that_slice(asked, run_slices, spoil, what):
    job, image, _ = asked
    done, runs = run_slices(3)
    brought = runs[1].model_copy(update=spoil(runs[1]))
    kept = build_record(job, image, done[1], FACTS, None).model_copy(update={"run": brought})
    found = {difference.what for difference in check_slice_run(kept, Slice(2, 3), job.track, job.dataset)}
    assert found == what


def test_slice_is_no_whole_run(asked, run_slices):
    job, image, _ = asked
    done, runs = run_slices(3)
    assert "run.slices.number.1" in differences(job, image, done[1], runs[1])


def test_run_that_failed_needs_no_other_slices_than_those_that_were_run(asked, settings, run_slices):
    job, image, antibodies = asked
    engine = FakeEngine(lambda _data, _output: exited(7))
    done = [execute_slice(job, one, image, cut_rows(antibodies, one), engine, settings) for one in list_slices(3)]
    runs = [build_record(job, image, each, FACTS, None).run for each in done]
    merged = merge_runs(runs[1:])
    assert (merged.outcome.code, merged.exit_code, merged.peak_memory_bytes) == ("E313", 7, None)
    assert merged.outcome.message.startswith("slice 2 of 3: ")
    assert differences(job, image, done[0], merged) == set()
