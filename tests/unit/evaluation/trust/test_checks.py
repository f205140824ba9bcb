"""Trust checks with an engine in memory: what each kind of submission is found to be, and what is kept of it."""

import csv
import io
import itertools
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.errors import CannotWrite, EngineFailed, ResultsLocked, WrongCommandLine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.trust.checks import TrustChecks, check_trust
from polyreact.results.trust_records import Check, TrustVerdict
from polyreact.results.trust_store import TrustStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate, charge, ids_in

DEMO, DEMO_FIT = load_track("demo"), load_track("demo-fit")
HOLDS, BROKEN, REPORTED, NOT_RUN = TrustVerdict


def rows_in(data):
    return list(csv.DictReader(io.StringIO((data / "sequences.csv").read_text())))


def write_answers(output, scored, cut=0.0):
    lines = [f"{name},{int(score >= cut)},{score!r}" for name, score in scored]
    (output / "predictions.csv").write_text("\n".join(["sequence_id,prediction,score", *lines]) + "\n")
    return exited()


def by_id(data, output):
    return write_answers(output, [(name, float(name[1:]) % 7 - 3) for name in ids_in(data)])


def by_place(data, output):
    return write_answers(output, [(name, place - 100.5) for place, name in enumerate(ids_in(data))])


def by_rank(data, output):
    """Each answer is the place of its charge among the charges of the file."""
    rows = rows_in(data)
    charges = sorted((charge(row["sequence"]), row["sequence"]) for row in rows)
    ranks = {sequence: place / len(charges) for place, (_, sequence) in enumerate(charges)}
    return write_answers(output, [(row["sequence_id"], ranks[row["sequence"]]) for row in rows], cut=0.5)


def by_chance():
    draws = itertools.count()

    def script(data, output):
        run = next(draws)
        rows = rows_in(data)
        return write_answers(output, [(row["sequence_id"], charge(row["sequence"]) + 3 * run) for row in rows])

    return script


def with_rounding(data, output):
    """As a network whose sums depend on the size of a batch."""
    rows = rows_in(data)
    noise = 1 + 1e-8 * len(rows)
    return write_answers(output, [(row["sequence_id"], (charge(row["sequence"]) + 0.25) * noise) for row in rows])


def look_up(known):
    def script(data, output):
        rows = rows_in(data)
        return write_answers(
            output, [(row["sequence_id"], known.get(row["sequence"], 0.4)) for row in rows], cut=0.5
        )

    return script


def learns(data, output):
    """Fit-predict: the mean charge of the polyreactive is what it learns."""
    train = list(csv.DictReader(io.StringIO((data / "train.csv").read_text())))
    charges = [charge(row["sequence"]) for row in train if row["label"] == "1"]
    middle = sum(charges) / len(charges)
    return write_answers(output, [(row["sequence_id"], charge(row["sequence"]) - middle) for row in rows_in(data)])


def failing_at(number, script=answers, end=None):
    """The given run ends otherwise; runs count from 1."""
    runs = itertools.count(1)

    def run(data, output):
        return end() if next(runs) == number else script(data, output)

    return run


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """With a cache that lasts for this module, in which the demo set is made once."""
    made = Settings(cache=tmp_path_factory.mktemp("cache"), mirror=None, engine=None)
    ensure_prepared(load_dataset("demo"), made)
    return made


@pytest.fixture
def check(store, settings):
    """Check a script on a track; the one result."""

    def run(script, track=DEMO, chosen=None, **changes):
        engine = script if isinstance(script, FakeEngine) else FakeEngine(script)
        checks = TrustChecks(engine, store, settings)
        (result,) = check_trust(replace(checks, **changes), chosen or candidate(), [track])
        return result

    return run


@pytest.fixture
def demo_labels(settings):
    """The VH of the demo set with a score for each, as a memoriser has them."""
    return {row.sequence: float(place % 2) for place, row in enumerate(read_inputs(load_dataset("demo"), settings))}


def verdicts(result):
    return {finding.check: finding.verdict for finding in result.record.findings}


def finding(result, check):
    return next(found for found in result.record.findings if found.check is check)


ALL_HOLD = {check: REPORTED if check is Check.VARIANTS else HOLDS for check in Check}


def test_submission_that_answers_for_each_antibody_holds_in_every_check(check, store):
    result = check(answers)
    assert (result.what, result.error) == ("checked", None)
    assert verdicts(result) == ALL_HOLD
    assert all(found.is_exact for found in result.record.findings[:-1])
    assert [found.runs for found in result.record.findings] == [1, 1, 2, 1, 1]
    assert {found.comparison.rows for found in result.record.findings} == {300}
    assert TrustStore.of(store).find("lab-model", "demo") == result.record


def test_variants_of_an_honest_model_are_reported_with_a_high_correlation(check):
    found = finding(check(answers), Check.VARIANTS)
    assert found.spearman.value == 1.0  # no exchange changes the charge
    assert found.looks_like_lookup is False


def test_submission_that_answers_by_id_does_not_hold_under_other_ids(check):
    result = check(by_id)
    assert verdicts(result) == ALL_HOLD | {Check.IDS: BROKEN}
    assert finding(result, Check.IDS).comparison.share_of_scores > 0.5


def test_submission_that_answers_by_place_does_not_hold_in_another_order_or_in_halves(check):
    assert verdicts(check(by_place)) == ALL_HOLD | {Check.ORDER: BROKEN, Check.HALVES: BROKEN}


def test_submission_that_ranks_within_the_file_does_not_hold_in_halves_only(check):
    result = check(by_rank)
    assert verdicts(result) == ALL_HOLD | {Check.HALVES: BROKEN}
    assert finding(result, Check.HALVES).comparison.changed_scores > 200


def test_submission_that_answers_by_chance_does_not_hold_when_it_is_repeated(check):
    assert verdicts(check(by_chance()))[Check.REPEAT] is BROKEN


def test_scores_that_differ_by_rounding_hold_and_say_so(check):
    result = check(with_rounding)
    assert verdicts(result) == ALL_HOLD
    halves = finding(result, Check.HALVES)
    assert not halves.is_exact
    assert halves.comparison.changed_scores == 300
    assert 0 < halves.comparison.largest_difference < 1e-4
    assert finding(result, Check.REPEAT).is_exact


def test_lookup_table_collapses_on_variants_and_holds_otherwise(check, demo_labels):
    result = check(look_up(demo_labels))
    assert verdicts(result) == ALL_HOLD
    found = finding(result, Check.VARIANTS)
    assert found.looks_like_lookup
    assert found.comparison.share_of_predictions == 0.5
    assert found.spearman.reason == "all variants have the same score"


def test_runs_are_seven_and_each_is_told_what_the_contract_says(check):
    engine = FakeEngine(answers)
    result = check(engine)
    assert len(engine.specs) == 7
    assert {spec.policy.digest() for spec in engine.specs} == {result.record.policy_sha256}
    assert len({spec.run_id for spec in engine.specs}) == 7
    assert result.record.wall_s == 7 * 0.25


def test_first_two_runs_are_given_the_same_bytes_and_all_others_other_ones(check):
    given = []

    def look(data, output):
        given.append((data / "sequences.csv").read_bytes())
        return answers(data, output)

    check(look)
    assert given[0] == given[1]
    assert len(set(given)) == 6


def test_ids_and_order_are_fresh_for_every_check_and_variants_are_not(check):
    one, other = check(answers).record, check(answers, force=True).record
    assert one.shuffle_seed != other.shuffle_seed
    assert (one.inputs_sha256, one.variants_sha256) == (other.inputs_sha256, other.variants_sha256)
    assert one.findings == other.findings


def test_record_names_the_run_as_the_record_of_the_score_does(check, store, settings):
    engine = FakeEngine(answers)
    (scored,) = evaluate(Evaluation(engine, store, settings), [candidate()], [DEMO])
    kept = check(engine).record
    assert kept.job == scored.record.run.job
    # What the image holds is read where it is scored, and stands there.
    assert kept.image == scored.record.run.image.model_copy(update={"packages": None})
    assert kept.dataset.inputs_sha256 == scored.record.run.inputs_sha256
    assert kept.policy_sha256 == scored.record.run.policy_sha256
    assert TrustStore.of(store).read_current([scored.record]) == (kept,)


def test_checks_change_no_score(check, store, settings):
    evaluate(Evaluation(FakeEngine(answers), store, settings), [candidate()], [DEMO])
    before = {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}
    check(by_id)
    after = {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}
    assert before.items() <= after.items()
    assert {path.parent.parent.name for path in after.keys() - before.keys()} == {"trust"}


def test_second_check_of_the_same_image_is_done_before(check):
    engine = FakeEngine(answers)
    first, second = check(engine), check(engine)
    assert (second.what, second.record) == ("done before", first.record)
    assert len(engine.specs) == 7


def test_check_of_another_image_is_done_anew(check):
    first = check(answers)
    other = candidate(image=f"registry.example/lab/model@sha256:{'ef' * 32}")
    second = check(answers, chosen=other)
    assert second.what == "checked"
    assert second.record.image.image_id != first.record.image.image_id


def test_forced_check_runs_again(check):
    engine = FakeEngine(answers)
    check(engine)
    assert check(engine, force=True).what == "checked"
    assert len(engine.specs) == 14


def test_forced_check_takes_the_place_of_a_record_that_cannot_be_read(check, store):
    check(answers)
    (path,) = store.folder.rglob("*.json")
    path.write_text("{")
    assert (check(answers).what, check(answers).error.code) == ("refused", "E601")
    assert check(answers, force=True).what == "checked"
    assert check(answers).what == "done before"


def test_kept_checks_of_other_variants_are_made_again(check, store):
    kept = check(answers).record
    TrustStore.of(store).write(kept.model_copy(update={"variants_sha256": "00" * 32}))
    assert check(answers).what == "checked"


def test_submission_that_fails_its_first_run_is_not_run_again(check, store):
    engine = FakeEngine(lambda data, output: exited(1, log=b"no weights\n"))
    result = check(engine)
    assert (result.what, result.error.code) == ("failed", "E313")
    assert len(engine.specs) == 1
    assert verdicts(result) == dict.fromkeys(Check, NOT_RUN)
    assert {found.message for found in result.record.findings} == {
        "the first run: the run ended with exit status 1"
    }
    assert result.log == "no weights\n"
    assert TrustStore.of(store).find("lab-model", "demo") == result.record


def test_submission_that_fails_on_half_of_the_rows_is_checked_otherwise(check):
    engine = FakeEngine(failing_at(5, end=lambda: exited(1)))
    result = check(engine)
    assert (result.what, result.error.code) == ("failed", "E313")
    assert verdicts(result) == ALL_HOLD | {Check.HALVES: NOT_RUN}
    assert finding(result, Check.HALVES).message == "the second half: the run ended with exit status 1"
    assert "the second half: the run ended" in result.error.render()
    assert "no score changes by it" in result.error.render()
    assert len(engine.specs) == 7


def test_second_half_is_not_run_where_the_first_failed(check):
    engine = FakeEngine(failing_at(4, end=lambda: exited(1)))
    assert finding(check(engine), Check.HALVES).runs == 1
    assert len(engine.specs) == 6


def test_submission_that_leaves_an_id_out_of_one_run_is_told_the_code(check):
    runs = itertools.count(1)

    def script(data, output):
        ended = answers(data, output)
        if next(runs) == 6:
            path = output / "predictions.csv"
            path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
        return ended

    result = check(script)
    assert finding(result, Check.IDS).code == "E311"
    assert "1 id has no row" in result.error.render()


def test_failed_checks_are_kept_and_not_repeated(check):
    first = check(failing_at(1, end=lambda: exited(1)))
    second = check(answers)
    assert (second.what, second.record, second.error) == ("failed before", first.record, None)
    assert check(answers, force=True).what == "checked"


def crash():
    raise EngineFailed("the engine went away")


@pytest.mark.parametrize("number", [1, 4, 7])
@pytest.mark.parametrize(("end", "code"), [(crash, "E403"), (lambda: exited(137), "E405")], ids=["engine", "doubt"])
def test_failure_of_the_platform_in_any_run_writes_nothing(check, store, number, end, code):
    result = check(failing_at(number, end=end))
    assert (result.what, result.error.code, result.record) == ("refused", code, None)
    assert list(store.folder.rglob("*.json")) == []


def test_failure_of_the_platform_leaves_what_was_found_before(check, store):
    kept = check(answers).record
    assert check(failing_at(2, end=crash), force=True).what == "refused"
    assert TrustStore.of(store).find("lab-model", "demo") == kept


def test_platform_that_fails_on_one_track_does_not_stop_the_others(store, settings):
    checks = TrustChecks(FakeEngine(failing_at(1, end=crash)), store, settings)
    results = check_trust(checks, candidate(), [DEMO, replace(DEMO, id="demo-fit")])
    assert [result.what for result in results] == ["refused", "checked"]


def test_image_that_is_not_there_is_told_on_every_track_and_looked_for_once(store, settings):
    chosen = candidate(image="registry.example/lab/model:1.0")
    engine = FakeEngine(answers, missing=frozenset({"registry.example/lab/model:1.0"}))
    told = []
    checks = TrustChecks(engine, store, settings, on_progress=told.append)
    results = check_trust(checks, chosen, [DEMO, replace(DEMO, id="demo-fit")])
    assert [(result.what, result.error.code) for result in results] == [("refused", "E304")] * 2
    assert sum("looking for" in line for line in told) == 1


def test_private_track_is_refused_before_anything_is_run(store, settings):
    engine = FakeEngine(answers)
    with pytest.raises(WrongCommandLine, match="`private-lab` is private") as caught:
        check_trust(TrustChecks(engine, store, settings), candidate(), [DEMO, replace(DEMO, id="private-lab")])
    assert (caught.value.code, caught.value.consequence) == ("E103", "Nothing was run.")
    assert engine.specs == []
    assert not store.folder.exists()


def test_submission_that_learns_is_checked_on_the_first_fold(check):
    engine = FakeEngine(learns)
    result = check(engine, DEMO_FIT, candidate(mode="fit-predict"))
    assert verdicts(result) == ALL_HOLD
    assert result.record.fold == "1"
    assert result.record.rows == result.record.rows_in_track == finding(result, Check.IDS).comparison.rows
    assert 90 < result.record.rows < 110
    assert len(engine.specs) == 7
    assert {spec.environment["POLYREACT_MODE"] for spec in engine.specs} == {"fit-predict"}


def test_submission_that_learns_by_chance_does_not_hold(check):
    draws = itertools.count()

    def script(data, output):
        return write_answers(output, [(row["sequence_id"], float(next(draws))) for row in rows_in(data)])

    result = check(script, DEMO_FIT, candidate(mode="fit-predict"))
    assert verdicts(result)[Check.REPEAT] is BROKEN


@pytest.mark.parametrize(
    ("changes", "track", "what"),
    [
        ({}, DEMO_FIT, "not-applicable"),
        ({"mode": "fit-predict"}, DEMO, "not-applicable"),
        ({"training_data": "{jain: [labels]}"}, load_track("jain"), "trained-on"),
    ],
)
def test_submission_without_a_place_on_a_track_is_not_run(check, changes, track, what):
    engine = FakeEngine(answers)
    result = check(engine, track, candidate(**changes))
    assert (result.what, result.record, result.error) == (what, None, None)
    assert engine.specs == []


def test_hidden_labels_need_a_sandbox_though_nobody_reads_them_here(check):
    result = check(FakeEngine(answers, is_sandbox=False), load_track("jain"))
    assert (result.what, result.error.code) == ("refused", "E402")


def test_log_of_every_run_is_kept_for_the_operator(check, settings):
    def script(data, output):
        return replace(answers(data, output), log=b"loaded\n")

    check(script)
    log = (settings.cache / "logs" / "lab-model.demo.trust.log").read_text()
    assert log.count("loaded") == 7
    assert log.startswith("--- the first run\nloaded\n--- the same run again\n")


def test_nothing_of_the_runs_is_left_on_the_host(check, settings):
    check(answers)
    assert list(settings.runs.iterdir()) == []


def test_progress_names_every_run_and_its_rows(store, settings):
    said, ticked = [], []
    checks = TrustChecks(
        FakeEngine(answers, left_behind=("polyreact-old",)), store, settings, on_progress=said.append
    )
    check_trust(replace(checks, on_tick=lambda *tick: ticked.append(tick)), candidate(), [DEMO])
    assert "removed what a killed run had left behind: polyreact-old" in said
    running = [line.partition(", ")[2] for line in said if "running on" in line]
    assert running[0] == "the first run: running on 300 antibodies, 600 s at most"
    assert running[3] == "the first half: running on 150 antibodies, 600 s at most"
    assert len(running) == 7
    assert ticked[0] == ("lab-model on demo, the first run", 1.0, 600)


def test_results_folder_that_another_process_writes_to_is_left_alone(store, settings):
    engine = FakeEngine(answers)
    with store.lock(), pytest.raises(ResultsLocked):
        check_trust(TrustChecks(engine, store, settings), candidate(), [DEMO])
    assert engine.specs == []


def test_record_that_cannot_be_written_is_told(check, store):
    store.folder.mkdir(parents=True)
    (store.folder / "trust").write_text("in the way")
    result = check(answers)
    assert result.what == "refused"
    assert isinstance(result.error, CannotWrite)
