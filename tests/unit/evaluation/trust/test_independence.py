"""The claim `independent: true`: looked at once an image, believed only where the answers are of the antibody."""

from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, exited
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import EngineFailed
from polyreact.evaluation.plan import Submission
from polyreact.evaluation.trial import try_claim
from polyreact.evaluation.trust.checks import TrustChecks
from polyreact.evaluation.trust.independence import ensure_independent, find_independence
from polyreact.results.trust_records import Check
from polyreact.results.trust_store import TrustStore
from polyreact.settings import Settings
from unit.evaluation.conftest import answers, candidate, charge
from unit.evaluation.trust.test_checks import (
    by_chance,
    by_id,
    by_place,
    by_rank,
    failing_at,
    rows_in,
    write_answers,
)

DIGEST = "sha256:" + "ef" * 32


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """With a cache that lasts for this module, in which the demo set is made once."""
    made = Settings(cache=tmp_path_factory.mktemp("cache"), mirror=None, engine=None)
    ensure_prepared(load_dataset("demo"), made)
    return made


@pytest.fixture
def look(store, settings):
    """Look at the claim of a script; what was found, and the engine that ran it."""

    def run(script, force=False, **changes):
        chosen = candidate(**{"independent": "true", **changes})
        submission = Submission(chosen.manifest, chosen.manifest_sha256, chosen.manifest.image_reference)
        engine = FakeEngine(script)
        checks = TrustChecks(engine, store, settings, force=force)
        image = engine.fetch_image(submission.image)
        return ensure_independent(checks, submission, image, engine.probe()), engine

    return run


def with_rounding(data, output):
    """As a network whose sums depend on the size of a batch."""
    rows = rows_in(data)
    noise = 1 + 1e-8 * len(rows)
    return write_answers(output, [(row["sequence_id"], (charge(row["sequence"]) + 0.25) * noise) for row in rows])


@pytest.mark.parametrize("script", [answers, with_rounding])
def test_honest_claim_holds_and_is_kept_as_a_trust_check(look, store, script):
    found, engine = look(script)
    assert (found.holds, found.error) == (True, None)
    assert len(engine.specs) == 7
    assert TrustStore.of(store).find("lab-model", "demo") == found.record


@pytest.mark.parametrize("script", [answers, by_rank], ids=["holds", "does not hold"])
def test_claim_is_looked_at_once_for_an_image_and_again_for_another_and_on_request(look, script):
    first, _ = look(script)
    again, engine = look(script)
    assert again.holds is first.holds
    assert again.record == first.record
    assert repr(again.error) == repr(first.error)
    assert engine.specs == []
    _, other = look(script, image=f"registry.example/lab/model@{DIGEST}")
    assert len(other.specs) == 7
    _, forced = look(script, force=True, image=f"registry.example/lab/model@{DIGEST}")
    assert len(forced.specs) == 7


@pytest.mark.parametrize(
    ("script", "broken"),
    [
        (by_rank, {Check.HALVES}),
        (by_place, {Check.ORDER, Check.HALVES}),
        (by_id, {Check.IDS}),
        (by_chance(), {Check.REPEAT, Check.ORDER, Check.HALVES, Check.IDS}),
    ],
    ids=["ranks within the file", "by place", "by id", "by chance"],
)
def test_claim_that_is_not_true_is_told_with_each_check_that_broke(look, script, broken):
    found, _ = look(script)
    assert not found.holds
    assert found.error.code == "E340"
    assert {finding.where for finding in found.error.findings} == broken
    assert all("of 300 antibodies" in finding.message for finding in found.error.findings)
    assert found.error.consequence == "It is run in one piece, and scored as any other."


def test_claim_of_a_submission_that_fails_is_unknown_and_says_which_run(look):
    found, _ = look(failing_at(4, end=lambda: exited(3)))
    assert (found.holds, found.error.code) == (False, "E341")
    assert "the first half: the run ended with exit status 3" in found.error.summary


def test_check_on_variants_that_fails_is_another_matter(look):
    found, engine = look(failing_at(7, end=lambda: exited(3)))
    assert found.holds
    assert len(engine.specs) == 7


def test_failure_of_the_platform_is_raised_and_nothing_is_kept(look, store):
    def broken(_data, _output):
        raise EngineFailed("the engine lost it")

    with pytest.raises(EngineFailed):
        look(broken)
    assert TrustStore.of(store).find("lab-model", "demo") is None
    assert look(answers)[0].holds


def test_submission_that_claims_nothing_may_not_be_cut_and_is_not_run(look):
    found, engine = look(answers, independent="false")
    assert (found.holds, found.error, found.record) == (False, None, None)
    assert engine.specs == []


def test_submission_that_has_seen_the_demo_is_told_that_it_cannot_be_looked_at(look):
    found, engine = look(answers, training_data="{demo: [labels]}")
    assert (found.holds, found.error.code, engine.specs) == (False, "E341", [])
    assert "trained-on" in found.error.summary


def test_claim_without_a_run_is_unknown_until_there_was_one(look, store):
    chosen = candidate(independent="true")
    submission = Submission(chosen.manifest, chosen.manifest_sha256, chosen.manifest.image_reference)
    assert find_independence(submission, store) is None
    found, _ = look(answers)
    assert find_independence(submission, store) == found
    with pytest.raises(ValueError, match="which image"):
        find_independence(replace(submission, image=None), store)


def test_claim_that_is_tried_is_not_kept_and_leaves_nothing(settings, store):
    found = try_claim(candidate(independent="true"), FakeEngine(by_rank), settings)
    assert (found.holds, found.error.code) == (False, "E340")
    assert try_claim(candidate(independent="true"), FakeEngine(answers), settings).holds
    assert list(settings.runs.iterdir()) == []
    assert not store.folder.exists()


def test_claim_that_nobody_made_is_not_tried(settings):
    engine = FakeEngine(answers)
    assert not try_claim(candidate(), engine, settings).holds
    assert engine.specs == []
