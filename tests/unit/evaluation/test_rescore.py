"""Kept predictions scored again: what changed is noted, what is wrong is told, and a kill loses nothing."""

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.datasets.catalog import load_dataset
from polyreact.errors import BadRecord, FetchFailed, ResultsLocked
from polyreact.evaluation import score as scoring
from polyreact.evaluation.comparisons import COMPARISONS
from polyreact.evaluation.curves import CURVES
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.rescore import Ending, Scorer, rescore_records, worst_status
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.curve_store import CurveStore
from polyreact.results.records import MetricRecord
from polyreact.results.scoring_history import FOLD_MEAN, OVERALL
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.signing import make_key
from polyreact.results.store import ResultsStore
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Standing
from unit.evaluation.conftest import answers, candidate
from unit.leaderboard.sample_boards import track
from unit.toy_sets import VH, antibodies, change, toy_dataset

OLD = 1


@pytest.fixture
def publish(evaluation):
    """Evaluate a candidate on a track, and keep it."""

    def run(on="demo", engine=None, **changes):
        asked = load_track(on) if isinstance(on, str) else on
        chosen = replace(evaluation, engine=engine) if engine else evaluation
        result, *_ = evaluate(chosen, [candidate(**changes)], [asked])
        return result.record

    return run


@pytest.fixture
def age(store):
    """Make a kept score one of an older version, which had these figures; one of None it did not have."""

    def run(record, version=OLD, **figures):
        metrics = {key: metric for key, metric in (record.score.metrics | figures).items() if metric is not None}
        changes = {"scoring_version": version, "metrics": metrics}
        older = record.model_copy(update={"score": record.score.model_copy(update=changes)})
        store.write(older, None)
        return older

    return run


@pytest.fixture
def rescore(store, settings):
    """Score every record of a store again; what became of the records, or with `all_told` of curves and
    comparisons as well.
    """

    def run(chosen=None, paths=None, *, all_told=False, **changes):
        chosen = chosen or store
        found = rescore_records(paths or chosen.find_paths(), Scorer(chosen, settings, **changes))
        return found if all_told else tuple(one for one in found if one.submission not in {CURVES, COMPARISONS})

    return run


def files_in(store):
    return {
        str(path.relative_to(store.folder)): path.read_bytes() for path in store.folder.rglob("*") if path.is_file()
    }


def value(number):
    return MetricRecord(value=number)


def test_older_score_is_made_anew_and_both_figures_are_noted(publish, age, rescore, store):
    record = publish()
    age(record, mcc=value(0.25), youden=None)
    (found,) = rescore()
    assert (found.ending, found.reason, found.error) == (Ending.SCORED, "it was of version 1", None)
    assert store.find("lab-model", "demo") == record
    (document,) = ScoringHistory.of(store).read_all()
    assert (document.scoring_version, document.rescored) == (SCORING_VERSION, (found.change,))
    (figure,) = found.change.changed
    assert (figure.part, figure.metric, figure.old.value) == (OVERALL, "mcc", 0.25)
    assert figure.new == record.score.metrics["mcc"]
    assert found.change.new_metrics == ("youden",)
    assert found.change.unchanged == len(record.score.metrics) - 2
    assert worst_status([found]) == 0


def test_second_time_changes_nothing(publish, age, rescore, store):
    age(publish(), mcc=value(0.25))
    rescore()
    before = files_in(store)
    (found,) = rescore()
    assert (found.ending, found.change) == (Ending.UP_TO_DATE, None)
    assert files_in(store) == before


def test_another_release_with_the_same_rules_changes_no_byte(publish, rescore, store, monkeypatch):
    """A score tells which release made it; that alone is no reason to write it, and its signature, again."""
    publish()
    before = files_in(store)
    monkeypatch.setattr(scoring, "__version__", "99.0")
    (found,) = rescore()
    assert found.ending is Ending.UP_TO_DATE
    assert files_in(store) == before


def test_evaluation_notes_the_same_as_scoring_all(publish, age, rescore, store):
    age(publish(), mcc=value(0.25))
    copied = ResultsStore(store.folder.parent / "copied")
    shutil.copytree(store.folder, copied.folder)
    publish()
    rescore(copied)
    assert f"scoring/{SCORING_VERSION}.json" in files_in(store)
    assert files_in(store) == files_in(copied)


def test_first_score_of_a_run_changes_no_figure(publish, rescore, store):
    record = publish()
    store.write(record.model_copy(update={"score": None}), None)
    (found,) = rescore()
    assert (found.ending, found.reason, found.change) == (Ending.SCORED, "it had no score", None)
    assert store.find("lab-model", "demo") == record
    assert ScoringHistory.of(store).read_all() == ()


def test_folds_and_their_means_are_noted(publish, age, rescore, store):
    record = publish("demo-fit", mode="fit-predict")
    folds = {
        name: fold.model_copy(update={"metrics": fold.metrics | {"mcc": value(0.5)}})
        for name, fold in record.score.folds.items()
    }
    means = record.score.fold_means | {"mcc": value(0.5)}
    spoilt = record.score.model_copy(update={"folds": folds, "fold_means": means})
    age(record.model_copy(update={"score": spoilt}))
    (found,) = rescore()
    parts = [FOLD_MEAN, *(f"fold {name}" for name in folds)]
    assert [(figure.part, figure.metric) for figure in found.change.changed] == [(part, "mcc") for part in parts]
    assert store.find("lab-model", "demo-fit") == record


@pytest.fixture
def toy(settings, monkeypatch):
    """A track of three antibodies that is compared with the demo set."""
    rows = antibodies("toy", VH, change(VH, 1, 100), change(VH, *range(0, 90, 2)))
    dataset, asked = toy_dataset(settings, "toy", rows, [0, 1, 0]), track("toy", Standing.SHOWN)

    def load(name, revision=None):
        return dataset if name == "toy" else load_dataset(name, revision)

    monkeypatch.setattr("polyreact.evaluation.plan.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.rescore.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.rescore.load_track", lambda name: asked)
    return asked


def test_figures_without_neighbours_are_noted_and_the_audit_is_made_as_an_evaluation_makes_it(
    toy, publish, age, rescore, store
):
    record = publish(toy, training_data="{demo: [sequences]}")
    (audited,) = record.score.audit.sets
    first, *others = audited.without_neighbours
    spoilt = first.model_copy(update={"metrics": first.metrics | {"accuracy": value(0.125)}})
    sets = (audited.model_copy(update={"without_neighbours": (spoilt, *others)}),)
    audit = record.score.audit.model_copy(update={"sets": sets})
    age(record.model_copy(update={"score": record.score.model_copy(update={"audit": audit})}))
    (found,) = rescore()
    (figure,) = found.change.changed
    assert figure.part == "without neighbours in demo-r1, VH at 0.95"
    assert figure.old.value == 0.125
    assert store.find("lab-model", "toy") == record


def test_audit_that_was_not_made_yet_is_made_by_the_same_version(publish, rescore, store):
    record = publish()
    store.write(record.model_copy(update={"score": record.score.model_copy(update={"audit": None})}), None)
    (found,) = rescore()
    assert (found.ending, found.change) == (Ending.SCORED, None)
    assert store.find("lab-model", "demo") == record
    assert ScoringHistory.of(store).read_all() == ()


# --- what is left, and what is refused ----------------------------------------------------------------------


def test_score_of_a_newer_version_is_refused_by_both_commands(publish, age, rescore, store, evaluation):
    newer = age(publish(), SCORING_VERSION + 1)
    (found,) = rescore()
    assert (found.ending, found.error.code, worst_status([found])) == (Ending.CANNOT, "E602", 6)
    assert f"by version {SCORING_VERSION + 1}; this program scores by version" in found.error.summary
    (result,) = evaluate(evaluation, [candidate()], [load_track("demo")])
    assert (result.what, result.error.code) == ("refused", "E602")
    assert store.find("lab-model", "demo") == newer
    assert ScoringHistory.of(store).read_all() == ()


def lose(path):
    path.unlink()


def damage(path):
    path.write_bytes(path.read_bytes().replace(b",1,", b",0,", 1))


@pytest.mark.parametrize("spoil", [lose, damage])
def test_lost_and_damaged_predictions_are_told_and_the_others_go_on(publish, age, rescore, store, spoil):
    kept = age(publish(), mcc=value(0.25))
    age(publish(name="lab-other"), mcc=value(0.25))
    spoil(store.folder / "lab-model" / kept.run.predictions.file)
    first, second = rescore()
    assert (first.ending, first.error.code) == (Ending.CANNOT, "E603")
    assert store.find("lab-model", "demo") == kept
    assert second.ending is Ending.SCORED
    assert worst_status([first, second]) == 6
    (document,) = ScoringHistory.of(store).read_all()
    assert [section.submission for section in document.rescored] == ["lab-other"]


def test_damaged_record_is_told_and_the_others_go_on(publish, age, rescore, store):
    age(publish(name="lab-other"))
    (store.folder / "lab-model").mkdir()
    (store.folder / "lab-model" / "demo.json").write_text("x")
    first, second = rescore()
    assert (first.ending, first.error.code, second.ending) == (Ending.CANNOT, "E601", Ending.SCORED)


def test_score_of_now_that_was_changed_by_hand_is_refused(publish, age, rescore, store):
    forged = age(publish(), SCORING_VERSION, roc_auc=value(0.999))
    (found,) = rescore()
    assert (found.ending, found.error.code) == (Ending.CANNOT, "E601")
    assert "roc_auc is 0.999" in found.error.summary
    assert store.find("lab-model", "demo") == forged


def test_data_that_cannot_be_had_is_asked_for_once_and_told(publish, age, rescore, monkeypatch):
    for name in ("lab-model", "lab-other"):
        age(publish(name=name))
    asked = []

    def refuse(dataset, *_):
        asked.append(dataset.id)
        raise FetchFailed("no network")

    monkeypatch.setattr("polyreact.datasets.prepared.ensure_prepared", refuse)
    found = rescore()
    assert [one.error.code for one in found] == ["E501", "E501"]
    assert (asked, worst_status(found)) == (["demo"], 5)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"training_data": {"demo": ("labels",)}}, "trained-on"),
        ({"mode": "fit-predict"}, "not-applicable"),
    ],
)
def test_submission_without_a_place_keeps_its_old_score(publish, age, rescore, store, changes, reason):
    older = age(publish(), mcc=value(0.25))
    described = older.model_copy(update={"submission": older.submission.model_copy(update=changes)})
    store.write(described, None)
    (found,) = rescore()
    assert (found.ending, found.reason, worst_status([found])) == (Ending.LEFT, reason, 0)
    assert store.find("lab-model", "demo") == described


def test_failed_run_is_left(publish, rescore, store):
    record = publish(engine=FakeEngine(lambda data, output: exited(1)))
    (found,) = rescore()
    assert (found.ending, found.reason) == (Ending.LEFT, "its run failed (E313)")
    assert store.find("lab-model", "demo") == record


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"revision": 2}, "its run is of demo, revision 2, and is to be repeated"),
        ({"track": "demo-of-old"}, "there is no such track any more"),
    ],
)
def test_record_that_no_board_shows_is_left(publish, age, rescore, store, changes, reason):
    older = age(publish())
    shutil.rmtree(store.folder / "lab-model")
    store.write(older.model_copy(update=changes), None)
    (found,) = rescore()
    assert found.ending is Ending.LEFT
    assert found.reason.startswith(reason)


def test_record_that_names_no_mode_is_refused(publish, age, rescore, store):
    older = age(publish())
    store.write(
        older.model_copy(update={"submission": older.submission.model_copy(update={"mode": "guess"})}), None
    )
    (found,) = rescore()
    assert (found.error.code, worst_status([found])) == ("E601", 6)


def test_record_of_a_private_track_among_public_ones_is_refused(publish, rescore, store):
    publish()
    path = store.folder / "lab-model" / "demo.json"
    path.rename(path.with_name("private-ours.json"))
    (found,) = rescore()
    assert (found.ending, found.error.code) == (Ending.CANNOT, "E601")
    assert "does not belong into this folder" in found.error.summary


def test_damaged_history_is_told_before_anything_is_scored(publish, age, rescore, store):
    older = age(publish())
    (store.folder / "scoring").mkdir()
    (store.folder / "scoring" / f"{SCORING_VERSION}.json").write_text("x")
    with pytest.raises(BadRecord):
        rescore()
    assert store.find("lab-model", "demo") == older


def test_second_writer_is_kept_out(publish, age, rescore, store):
    older = age(publish())
    with store.lock(), pytest.raises(ResultsLocked):
        rescore()
    assert store.find("lab-model", "demo") == older


def test_signature_is_kept_where_the_score_is_and_lost_where_it_is_not(publish, age, rescore, store, tmp_path):
    key, record = make_key(tmp_path / "key.pem"), publish()
    store.write_signature(record, key.sign(record))
    rescore()
    assert store.find("lab-model", "demo").signature is not None
    older = age(record)
    store.write_signature(older, key.sign(older))
    rescore()
    assert store.find("lab-model", "demo") == record


def test_nothing_is_run(publish, age, rescore, engine):
    age(publish())
    rescore()
    assert len(engine.specs) == 1


def test_progress_names_every_record_and_where_its_figures_are_noted(publish, age, rescore, store):
    age(publish(), mcc=value(0.25))
    lines = []
    rescore(on_progress=lines.append)
    assert lines[0] == "scoring lab-model on demo"
    assert f"scored by version {SCORING_VERSION} now, by 1 before; figures changed: 1. Noted in" in lines[1]
    assert lines[1].endswith(f"scoring/{SCORING_VERSION}.json")


# --- any order, and any interruption ------------------------------------------------------------------------


def scores_by_length(data, output):
    """Another submission, with other predictions."""
    return answers(data, output, lambda sequence: float(len(sequence) % 7 - 3))


@pytest.fixture
def three(publish, age, store):
    """Three older records of two submissions on two tracks, each with a figure that was another one."""
    age(publish(), mcc=value(0.25), youden=None)
    age(publish(name="lab-other", engine=FakeEngine(scores_by_length)), f1=value(0.125))
    age(publish("demo-fit", mode="fit-predict"), mcc=value(0.75), ece=None)
    return store


def copy_of(store, name):
    copied = ResultsStore(store.folder.parent / name)
    shutil.copytree(store.folder, copied.folder)
    return copied


def test_any_order_gives_the_same_files(three, rescore):
    outcomes = []
    for number, order in enumerate(itertools.permutations(range(3))):
        copied = copy_of(three, f"order-{number}")
        paths = copied.find_paths()
        for place in order:  # each one in a run of its own
            rescore(copied, paths=[paths[place]])
        outcomes.append(files_in(copied))
    assert len(outcomes) == 6
    assert all(outcome == outcomes[0] for outcome in outcomes)
    history = json.loads(outcomes[0][f"scoring/{SCORING_VERSION}.json"])
    assert [(each["submission"], each["track"]) for each in history["rescored"]] == [
        ("lab-model", "demo"),
        ("lab-model", "demo-fit"),
        ("lab-other", "demo"),
    ]


class KilledError(BaseException):
    """What a kill looks like from inside: nothing catches it."""


@pytest.fixture
def kill_at(monkeypatch):
    """End the program right before or right after the n-th file is put into its place; at 0 only count them."""
    replace_file = Path.replace

    def arrange(at, *, before):
        seen = []

        def replace_and_die(source, target):
            seen.append(target)
            if len(seen) == at and before:
                raise KilledError
            replace_file(source, target)
            if len(seen) == at:
                raise KilledError
            return target

        monkeypatch.setattr(Path, "replace", replace_and_die)
        return seen

    return arrange


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_kill_at_any_write_loses_nothing(three, rescore, kill_at, before):
    shutil.rmtree(CurveStore.of(three).folder)
    whole = copy_of(three, "whole")
    written = kill_at(0, before=before)
    rescore(whole)
    assert len(written) == 10  # a document, a record and curves, three times, and the comparisons
    for at in range(1, 11):
        killed = copy_of(three, f"killed-{at}")
        kill_at(at, before=before)
        with pytest.raises(KilledError):
            rescore(killed)
        kill_at(0, before=before)
        rescore(killed)
        assert files_in(killed) == files_in(whole), at


@pytest.fixture
def both(publish, store):
    """Two submissions on the demo track, and where their comparisons stand."""
    publish()
    publish(name="lab-other", engine=FakeEngine(lambda data, output: answers(data, output, len)))
    return ComparisonStore.of(store).find_path("demo")


def test_comparisons_are_made_anew_with_the_scores_and_stay_where_they_are_the_same(both, rescore):
    before = both.read_bytes()
    *_, compared = rescore(all_told=True)
    assert (compared.submission, compared.track, compared.ending) == (COMPARISONS, "demo", Ending.UP_TO_DATE)
    assert both.read_bytes() == before


@pytest.mark.parametrize("spoil", ["forged", "damaged", "gone"])
def test_comparisons_that_are_not_those_of_the_records_are_made_anew(both, rescore, spoil):
    before = both.read_bytes()
    if spoil == "gone":
        both.unlink()
    else:
        both.write_bytes(b"{" if spoil == "damaged" else before.replace(b'"right":', b'"right":1'))
    *_, compared = rescore(all_told=True)
    assert (compared.ending, compared.error) == (Ending.COMPARED, None)
    assert both.read_bytes() == before


def test_score_of_an_older_version_is_compared_with_nobody_before_it_is_made_anew(
    both, publish, age, rescore, store
):
    age(store.find("lab-other", "demo"))
    publish()
    assert [entry.submission for entry in ComparisonStore.of(store).find("demo").entries] == ["lab-model"]
    *_, compared = rescore(all_told=True)
    assert compared.ending is Ending.COMPARED
    assert len(ComparisonStore.of(store).find("demo").pairs) == 1


@pytest.mark.parametrize("spoil", ["forged", "damaged", "gone", "nobody's"])
def test_curves_that_are_not_those_of_the_records_are_made_anew(publish, rescore, store, spoil):
    publish()
    (path,) = CurveStore.of(store).find_paths()
    before = files_in(store)
    match spoil:
        case "gone":
            path.unlink()
        case "nobody's":
            other = path.parent.parent / "lab-other" / path.name
            other.parent.mkdir()
            other.write_bytes(path.read_bytes())
        case "damaged":
            path.write_bytes(b"{")
        case "forged":
            path.write_bytes(path.read_bytes().replace(b"[0.5, 0.", b"[0.5, 0.9", 1))
    drawn, _ = (one for one in rescore(all_told=True) if one.submission in {CURVES, COMPARISONS})
    whose = "lab-other" if spoil == "nobody's" else "lab-model"
    assert (drawn.submission, drawn.ending, drawn.reason, drawn.error) == (CURVES, Ending.DRAWN, whose, None)
    assert files_in(store) == before
    drawn, _ = (one for one in rescore(all_told=True) if one.submission in {CURVES, COMPARISONS})
    assert (drawn.ending, drawn.reason) == (Ending.UP_TO_DATE, "")
