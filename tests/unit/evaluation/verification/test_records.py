"""What is published, made again: whatever was changed by hand is told by its name."""

import json
from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.datasets.catalog import load_dataset
from polyreact.errors import UnknownName, UnreadableArgument
from polyreact.evaluation import score as scoring
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.verification.comparisons import verify_comparisons
from polyreact.evaluation.verification.findings import Verdict, Verifier, find_differences, worst_status
from polyreact.evaluation.verification.records import choose_records, verify_records
from polyreact.files import sha256_bytes
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.signing import make_key
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Standing
from unit.evaluation.conftest import answers, candidate
from unit.leaderboard.sample_boards import track
from unit.toy_sets import VH, antibodies, change, toy_dataset


@pytest.fixture
def publish(evaluation):
    """Evaluate a candidate on a track, and keep it."""

    def run(on="demo", **changes):
        (result,) = evaluate(evaluation, [candidate(**changes)], [load_track(on) if isinstance(on, str) else on])
        return result

    return run


@pytest.fixture
def verify(store, settings, tmp_path):
    """Verify the only record, with nothing to be fetched."""
    (tmp_path / "no-files").mkdir()

    def run(**changes):
        verifier = Verifier(store, replace(settings, mirror=tmp_path / "no-files"), **changes)
        (found,) = verify_records(choose_records(store, ()), verifier)
        return found

    return run


@pytest.fixture
def edit(store):
    """Change the document of the record of lab-model."""

    def run(*places, on="demo"):
        path = store.folder / "lab-model" / f"{on}.json"
        document = json.loads(path.read_bytes())
        for place, value in places:
            *way, last = place.split(".")
            part = document
            for step in way:
                part = part[int(step)] if isinstance(part, list) else part[step]
            part[last] = value(part[last]) if callable(value) else value
        path.write_text(json.dumps(document))

    return run


@pytest.fixture
def forge(store, edit):
    """Change the predictions and every digest of them, so that the files agree with each other."""

    def run(spoil, on="demo"):
        (path,) = (store.folder / "lab-model").glob(f"{on}.*.csv")
        content = spoil(path.read_bytes())
        path.unlink()
        digest = sha256_bytes(content)
        name = f"{on}.{digest[:12]}.csv"
        (store.folder / "lab-model" / name).write_bytes(content)
        edit(
            ("run.predictions.sha256", digest),
            ("run.predictions.file", name),
            ("score.predictions_sha256", digest),
            on=on,
        )

    return run


def swap_first(content):
    """The first row with the other call."""
    lines = content.decode().splitlines()
    name, call, value = lines[1].split(",")
    lines[1] = f"{name},{1 - int(call)},{value}"
    return ("\n".join(lines) + "\n").encode()


def drop_first(content):
    lines = content.splitlines(keepends=True)
    return b"".join([lines[0], *lines[2:]])


def whats(found):
    return [difference.what for difference in found.differences]


def test_what_was_published_is_verified_and_nothing_is_written(publish, verify, store):
    publish()
    before = {path: path.read_bytes() for path in store.folder.rglob("*.*")}
    found = verify()
    assert (found.verdict, found.differences, found.absent, found.signed_by) == (Verdict.VERIFIED, (), "", "")
    assert (found.find_failure(), worst_status([found])) == (None, 0)
    assert {path: path.read_bytes() for path in store.folder.rglob("*.*")} == before


def test_fold_track_is_verified_with_its_folds_and_their_means(publish, verify, edit):
    result = publish("demo-fit", mode="fit-predict")
    assert len(result.record.score.folds) == 3
    assert verify().verdict is Verdict.VERIFIED
    edit(
        ("score.folds.2.metrics.roc_auc.value", 0.9),
        ("score.fold_means.mcc.value", 0.9),
        ("run.folds.0.test_rows", 1),
        on="demo-fit",
    )
    assert whats(verify()) == [
        "score.folds.2.metrics.roc_auc.value",
        "score.fold_means.mcc.value",
        "run.folds.1.test_rows",
    ]


def test_last_bit_of_a_figure_is_told_with_both_values(publish, verify, edit):
    import math

    value = publish().record.score.metrics["roc_auc"].value
    edit(("score.metrics.roc_auc.value", math.nextafter(value, 1)))
    found = verify()
    assert [str(difference) for difference in found.differences] == [
        f"score.metrics.roc_auc.value: expected {value!r}, found {math.nextafter(value, 1)!r}"
    ]
    failure = found.find_failure()
    assert (failure.code, failure.exit_status, worst_status([found])) == ("E321", 3, 3)
    assert "lab-model on demo" in failure.summary


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("score.confusion.true_positives", lambda count: count + 1),
        ("score.metrics.accuracy.reason", "made up"),
        ("score.labels_sha256", "00" * 32),
        ("score.predictions_sha256", "00" * 32),
        ("score.score_is_probability", True),
        ("run.inputs_sha256", "00" * 32),
        ("run.policy_sha256", "00" * 32),
        ("run.job", "00" * 32),
        ("run.contract", 2),
        ("run.limits.wall_time_s", 10**6),
        ("run.image.digest", "sha256:abc"),
        ("run.image.image_id", "abc"),
        ("run.image.reference", "registry.example/lab/model:1.0"),
        ("run.predictions.rows", 299),
        ("dataset", "jain"),
        ("ranked", True),
        ("earlier_scored_runs", 3),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_field_that_was_changed_is_told_by_its_name(publish, verify, edit, place, value):
    publish()
    edit((place, value))
    found = verify()
    assert place in whats(found)
    assert found.verdict is Verdict.DIFFERS


def test_swapped_prediction_is_told_by_the_digest_of_its_file(publish, verify, store):
    named = publish().record.run.predictions
    path = store.folder / "lab-model" / named.file
    path.write_bytes(swap_first(path.read_bytes()))
    (difference,) = verify().differences
    assert difference.what == f"predictions {named.file} sha256"
    assert (difference.expected, difference.found) == (named.sha256, sha256_bytes(path.read_bytes()))


def test_swapped_prediction_with_its_digests_is_told_by_the_figures(publish, verify, forge):
    publish()
    forge(swap_first)
    found = verify()
    assert "score.confusion" in found.differences[0].what
    assert "score.metrics.accuracy.value" in whats(found)
    assert "score.metrics.roc_auc.value" not in whats(found)  # the order of the scores is as it was


@pytest.mark.parametrize("with_digests", [False, True])
def test_missing_row_is_told_by_its_id(publish, verify, forge, store, with_digests):
    path = store.folder / "lab-model" / publish().record.run.predictions.file
    first = path.read_text().splitlines()[1].split(",")[0]
    if with_digests:
        forge(drop_first)
    else:
        path.write_bytes(drop_first(path.read_bytes()))
    found = verify()
    assert f"1 id has no row: {first}" in found.differences[-1].found
    assert len(found.differences) == (1 if with_digests else 2)


def test_predictions_that_are_gone_are_told(publish, verify, store):
    (store.folder / "lab-model" / publish().record.run.predictions.file).unlink()
    assert verify().differences[0].found == "No such file or directory"


@pytest.mark.parametrize("part", ["score", "run.predictions"])
def test_valid_run_without_a_part_is_told(publish, verify, edit, part):
    publish()
    edit((part, None))
    assert whats(verify())[0] == part


def test_failed_run_is_verified_and_has_no_score(evaluation, verify, edit):
    failing = replace(evaluation, engine=FakeEngine(lambda data, output: exited(1)))
    (result,) = evaluate(failing, [candidate()], [load_track("demo")])
    assert result.what == "failed"
    assert verify().verdict is Verdict.VERIFIED


def test_record_that_cannot_be_read_is_a_difference_and_the_next_is_verified(publish, store, settings):
    publish()
    (store.folder / "lab-a").mkdir()
    (store.folder / "lab-a" / "demo.json").write_text('{"schema_version": 2}')
    found = list(verify_records(choose_records(store, ()), Verifier(store, settings)))
    assert [(one.submission, one.verdict) for one in found] == [
        ("lab-a", Verdict.DIFFERS),
        ("lab-model", Verdict.VERIFIED),
    ]
    assert whats(found[0]) == ["record"]


def test_record_of_a_newer_schema_cannot_be_verified(publish, verify, edit):
    publish()
    edit(("schema_version", 99))
    found = verify()
    assert (found.verdict, worst_status([found])) == (Verdict.CANNOT, 5)
    assert "99" in found.absent


def test_record_of_another_scoring_version_is_not_made_again(publish, verify, monkeypatch):
    publish()
    monkeypatch.setattr("polyreact.evaluation.verification.records.SCORING_VERSION", scoring.SCORING_VERSION + 1)
    found = verify()
    assert found.verdict is Verdict.CANNOT
    assert f"scored by version {scoring.SCORING_VERSION}" in found.absent


def test_record_of_a_private_name_among_public_ones_is_told(publish, verify, store):
    publish()
    (store.folder / "lab-model" / "demo.json").rename(store.folder / "lab-model" / "private-x.json")
    assert whats(verify()) == ["track"]


def test_data_that_is_absent_is_named_and_looked_for_once(publish, verify, settings, tmp_path, store):
    publish()
    (tmp_path / "mirror").mkdir()
    path = store.folder / "lab-model" / "demo.json"
    document = json.loads(path.read_bytes()) | {"track": "shehata", "dataset": "shehata"}
    path.unlink()
    (store.folder / "lab-model" / "shehata.json").write_text(json.dumps(document))
    verifier = Verifier(store, replace(settings, mirror=tmp_path / "mirror"))
    found, again = verify_records([*choose_records(store, ()), *choose_records(store, ())], verifier)
    assert "shehata@1 (E501" in found.absent
    assert found == again
    assert not any(what.startswith("score.metrics") for what in whats(found))


def test_submission_that_is_excluded_now_is_verified_by_what_it_declared_then(publish, verify, engine):
    first = publish()
    later = publish(training_data="{demo: [labels]}")
    assert (first.what, later.what) == ("run", "trained-on")
    assert verify().verdict is Verdict.VERIFIED
    publish(mode="fit-predict", score_is_probability="true")
    assert verify().verdict is Verdict.VERIFIED
    assert len(engine.specs) == 1


def test_names_that_have_no_record_are_refused(publish, store, tmp_path):
    publish()
    assert [path.name for path in choose_records(store, ["lab-model"])] == ["demo.json"]
    with pytest.raises(UnknownName, match="lab-mode"):
        choose_records(store, ["lab-mode"])
    with pytest.raises(UnreadableArgument, match="no record"):
        choose_records(replace(store, folder=tmp_path / "nowhere"), [])


def leaves(value, way=()):
    """Every value of a document that holds no others, with the way to it."""
    if isinstance(value, dict | list) and value:
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*way, key))
    else:
        yield way, value


def spoiled(document, way, value):
    copy = json.loads(json.dumps(document))
    *before, last = way
    part = copy
    for step in before:
        part = part[step]
    part[last] = value
    return json.dumps(copy)


def test_no_number_of_a_score_can_be_changed_and_whatever_is_changed_is_a_result(publish, verify, store):
    """The whole record, leaf by leaf: what is spoiled is told or harmless, and never another exception."""
    publish("demo-fit", mode="fit-predict")
    path = store.folder / "lab-model" / "demo-fit.json"
    document = json.loads(path.read_bytes())
    ways = list(leaves(document))
    unnoticed = set()
    for way, value in ways:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        path.write_text(spoiled(document, way, value + 1 if is_number else "x"))
        if verify().verdict is Verdict.VERIFIED:
            unnoticed.add(way)
    numbers = {way for way, value in ways if way[0] == "score" and isinstance(value, int | float)}
    assert len(numbers) > 40
    assert {way for way in unnoticed if way[0] == "score"} == {("score", "polyreact")}
    assert {way[0] for way in unnoticed} == {"score", "submission", "run"}
    told = {
        "name",
        "authors",
        "description",
        "license",
        "paper",
        "code",
        "manifest_sha256",
        "threshold",
        "parameters",
    }
    assert {way[1] for way in unnoticed if way[0] == "submission"} <= told
    ran = {
        "polyreact",
        "image",
        "engine",
        "host",
        "shuffle_seed",
        "wall_s",
        "cpu_s",
        "peak_memory_bytes",
        "exit_code",
    }
    assert {way[1] for way in unnoticed if way[0] == "run"} <= ran | {"started_at", "outcome", "folds"}


# --- the audit ----------------------------------------------------------------------------------------------


@pytest.fixture
def audited(publish, settings, monkeypatch):
    """A record on a toy track whose submission declares the demo set."""
    rows = antibodies("toy", VH, change(VH, 1, 100), change(VH, *range(0, 90, 2)))
    dataset = toy_dataset(settings, "toy", rows, [0, 1, 0])
    asked = track("toy", Standing.SHOWN)

    def load(name, revision=None):
        return dataset if name == "toy" else load_dataset(name, revision)

    monkeypatch.setattr("polyreact.evaluation.plan.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.verification.records.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.comparisons.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.curves.load_dataset", load)
    monkeypatch.setattr("polyreact.evaluation.verification.records.load_track", lambda name: asked)
    result = publish(asked, training_data="{demo: [labels]}")
    assert [audited.reference for audited in result.record.score.audit.sets] == ["demo-r1"]
    return result.record


def test_audit_is_made_again_from_the_kept_overlap(audited, verify):
    assert verify().verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        ("sets.0.without_neighbours.0.rows", 0, "sets.demo-r1.without_neighbours.VH 0.95.rows"),
        ("sets.0.nearest.1.median", 0.25, "sets.demo-r1.nearest.H-CDR3.median"),
        ("sets.0.overlap_sha256", "00" * 32, "sets.demo-r1.overlap_sha256"),
        ("sets", [], "sets.demo-r1"),
        ("declared", "unknown", "declared"),
        ("not_audited", ["nothing"], "not_audited.1"),
    ],
)
def test_part_of_an_audit_that_was_changed_is_told(audited, verify, edit, place, value, what):
    edit((f"score.audit.{place}", value), on="toy")
    assert whats(verify()) == [f"score.audit.{what}"]


def test_overlap_that_was_damaged_or_lost_is_told_and_the_rest_is_verified(audited, verify, store, edit):
    (table,) = (store.folder / "overlap").glob("*.csv")
    table.write_bytes(table.read_bytes().replace(b"0.", b"0.1", 1))
    assert whats(verify()) == ["overlap"]
    for path in (store.folder / "overlap").iterdir():
        path.unlink()
    edit(("score.metrics.accuracy.value", 0.999), on="toy")
    found = verify()
    assert whats(found) == ["overlap", "score.metrics.accuracy.value"]
    assert "no current overlap of toy-r1 with demo-r1" in found.differences[0].found
    assert not list((store.folder / "overlap").iterdir())


def test_set_that_could_not_be_had_then_is_taken_from_the_record_unless_its_overlap_is_kept(
    audited, verify, edit, store
):
    """Symptom to be avoided: who learnt from near neighbours says of them that they could not be had."""
    edit(("score.audit.sets", []), ("score.audit.not_audited", ["demo-r1 could not be had (E501)"]), on="toy")
    assert whats(verify()) == ["score.audit.sets.demo-r1", "score.audit.not_audited.1"]
    for path in (store.folder / "overlap").iterdir():
        path.unlink()
    assert verify().verdict is Verdict.VERIFIED


# --- signatures ---------------------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key.pem")


@pytest.fixture
def sign(store):
    def run(key, record):
        store.write_signature(record, key.sign(record))

    return run


def test_signed_record_is_verified_and_tells_its_key(publish, verify, sign, key):
    sign(key, publish().record)
    found = verify(public_key=key.public_key)
    assert (found.verdict, found.signed_by) == (Verdict.VERIFIED, key.public_key)


def test_field_that_nothing_else_covers_is_told_by_the_signature(publish, verify, sign, edit, key):
    sign(key, publish().record)
    edit(("run.wall_s", 0.001))
    assert whats(verify()) == ["signature"]


def test_nothing_of_a_signed_record_can_be_changed(publish, verify, sign, key, store):
    sign(key, publish().record)
    path = store.folder / "lab-model" / "demo.json"
    document = json.loads(path.read_bytes())
    for way, value in leaves(document):
        spoilt = value + 1 if isinstance(value, int | float) and not isinstance(value, bool) else f"{value} "
        path.write_text(spoiled(document, way, spoilt))
        assert verify(public_key=key.public_key).verdict is not Verdict.VERIFIED, way


def test_signature_by_another_key_is_told_with_both(publish, verify, sign, key, tmp_path):
    other = make_key(tmp_path / "other.pem")
    sign(other, publish().record)
    (difference,) = verify(public_key=key.public_key).differences
    assert str(difference) == f"signature: expected one by {key.public_key}, found one by {other.public_key}"
    assert verify().verdict is Verdict.VERIFIED


def test_signature_that_claims_another_key_is_told(publish, verify, sign, edit, key, tmp_path):
    sign(make_key(tmp_path / "other.pem"), publish().record)
    edit(("signature.public_key", key.public_key))
    assert whats(verify(public_key=key.public_key)) == ["signature"]


def test_record_without_a_signature_is_told_where_a_key_is_asked_for(publish, verify, key):
    publish()
    (difference,) = verify(public_key=key.public_key).differences
    assert (difference.what, difference.found) == ("signature", "none")


def test_signature_that_cannot_be_checked_here_is_said_and_the_rest_is_verified(
    publish, verify, sign, edit, key, monkeypatch
):
    sign(key, publish().record)
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    found = verify()
    assert (found.verdict, found.differences) == (Verdict.CANNOT, ())
    assert "cryptography" in found.absent
    edit(("score.metrics.mcc.value", 0.99))
    assert whats(verify()) == ["score.metrics.mcc.value"]


def test_score_that_is_made_again_loses_the_signature(publish, verify, sign, key, store, monkeypatch):
    sign(key, publish().record)
    assert publish().what == "done before"
    assert store.find("lab-model", "demo").signature is not None
    result = publish(title="Another title")
    assert result.record.signature is None
    assert store.find("lab-model", "demo").signature is None
    assert verify().verdict is Verdict.VERIFIED


# --- comparing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "found", "what"),
    [
        ({"a": 0.1 + 0.2}, {"a": 0.3}, ["x.a"]),
        ({"a": 0.0}, {"a": -0.0}, ["x.a"]),
        ({"a": 1}, {"a": 1, "b": 2}, ["x.b"]),
        ({"a": [1, 2]}, {"a": [1]}, ["x.a.2"]),
        ({"a": None}, {"a": {"b": 1}}, ["x.a"]),
        ([{"region": "VH", "cut": 0.9, "rows": 1}], [{"region": "VH", "cut": 0.9, "rows": 2}], ["x.VH 0.9.rows"]),
        ({"a": (1, 2.5, None)}, {"a": [1, 2.5, None]}, []),
    ],
)
def test_values_part_where_a_bit_does(expected, found, what):
    assert [difference.what for difference in find_differences(expected, found, "x")] == what


@pytest.fixture
def compared(publish, evaluation, store):
    """Two submissions on the demo track, and where their comparisons stand."""
    publish()
    by_length = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    evaluate(replace(evaluation, engine=by_length), [candidate(name="lab-other")], [load_track("demo")])
    return ComparisonStore.of(store).find_path("demo")


def verify_compared(store, settings, **changes):
    (found,) = verify_comparisons(Verifier(store, settings, **changes))
    return found


def test_comparisons_as_they_were_written_are_verified(compared, store, settings):
    found = verify_compared(store, settings)
    assert (found.submission, found.track, found.verdict) == ("comparisons", "demo", Verdict.VERIFIED)


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("pairs", 2), 0.001, "comparisons.pairs.lab-model lab-other.auroc.p_value"),
        (("pairs", 5), -500_000, "comparisons.pairs.lab-model lab-other.accuracy.low"),
        (("entries", 1, "predictions_sha256"), "00" * 32, "comparisons.entries.lab-other.predictions_sha256"),
        (("pairs",), [], "comparisons"),
        (("scoring_version",), 1, "comparisons.scoring_version"),
        (("group_column",), "clone", "comparisons.group_column"),
    ],
)
def test_figure_of_a_comparison_that_was_changed_is_told(compared, store, settings, path, value, what):
    document = json.loads(compared.read_bytes())
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    compared.write_text(json.dumps(document))
    found = verify_compared(store, settings)
    assert [difference.what for difference in found.differences] == [what]
    assert "polyreact score --all" in found.find_failure().render()


def test_count_that_goes_with_the_right_answers_and_is_another_is_told(compared, store, settings):
    document = json.loads(compared.read_bytes())
    one, other = (entry["right"] for entry in document["entries"])
    fewest = max(0, one - other)
    document["pairs"][-1] = fewest if document["pairs"][-1] > fewest else fewest + 1
    compared.write_text(json.dumps(document))
    told = [difference.what for difference in verify_compared(store, settings).differences]
    counts = ("both", "only_first", "only_second", "neither")
    assert told == [f"comparisons.pairs.lab-model lab-other.agreement.{name}" for name in counts]


def test_comparisons_that_went_away_are_told(compared, store, settings):
    compared.unlink()
    (difference,) = verify_compared(store, settings).differences
    assert (difference.expected, difference.found) == ("those of 2 records", "none")


def test_comparisons_that_cannot_be_read_are_told(compared, store, settings):
    compared.write_text("{")
    (difference,) = verify_compared(store, settings).differences
    assert "cannot be read as a record" in difference.found


def test_record_that_does_not_belong_here_does_not_keep_the_comparisons_from_being_verified(
    compared, store, settings
):
    """Symptom: `results verify` ended with a bug report where a private track's record stood among public ones."""
    record = store.folder / "lab-model" / "demo.json"
    (record.parent / "private-ours.json").write_bytes(record.read_bytes())
    assert verify_compared(store, settings).verdict is Verdict.VERIFIED


def test_comparisons_are_verified_for_the_submissions_that_are_asked_for(compared, store, settings):
    verifier = Verifier(store, settings)
    assert len(list(verify_comparisons(verifier, ["lab-other"]))) == 1
    assert list(verify_comparisons(verifier, ["lab-third"])) == []
