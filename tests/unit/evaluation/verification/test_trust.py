"""What is kept of trust checks, beside the track and the image that was scored."""

import json

import pytest

from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.trust.checks import TrustChecks, check_trust
from polyreact.evaluation.verification.findings import Verdict, Verifier
from polyreact.evaluation.verification.trust import verify_trust
from polyreact.results.trust_store import TrustStore
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import candidate

REPEAT, ORDER, HALVES, _, VARIANTS = range(5)


@pytest.fixture
def document(engine, evaluation, store, settings):
    """Where the trust checks of lab-model stand, whose image was scored as well."""
    demo = load_track("demo")
    evaluate(evaluation, [candidate()], [demo])
    check_trust(TrustChecks(engine, store, settings), candidate(), [demo])
    (path,) = TrustStore.of(store).find_paths()
    return path


@pytest.fixture
def verify(store, settings):
    def run():
        (found,) = verify_trust(Verifier(store, settings))
        return found

    return run


def edit(path, *way, value):
    told = json.loads(path.read_bytes())
    part = told
    for step in way[:-1]:
        part = part[step]
    part[way[-1]] = value
    path.write_text(json.dumps(told))


def test_trust_checks_as_they_were_written_are_verified(document, verify):
    found = verify()
    assert (found.verdict, found.submission, found.track) == (Verdict.VERIFIED, "trust checks of lab-model", "demo")


@pytest.mark.parametrize(
    ("way", "value", "what"),
    [
        (("job",), "00" * 32, "trust.job"),
        (("contract",), 2, "trust.contract"),
        (("policy_sha256",), "00" * 32, "trust.policy_sha256"),
        (("rows_in_track",), 301, "trust.rows_in_track"),
        (("inputs_sha256",), "00" * 32, "trust.inputs_sha256"),
        (("variants_sha256",), "00" * 32, "trust.variants_sha256"),
        (("row_seed",), "mine", "trust.row_seed"),
        (("image", "image_id"), "sha256:" + "00" * 32, "trust.image.image_id"),
        (("findings", ORDER, "comparison", "rows"), 30, "trust.order.rows"),
        (("findings", HALVES, "runs"), 1, "trust.halves.runs"),
        (("findings", REPEAT, "comparison", "largest_difference"), 0.5, "trust.repeat.largest_difference"),
        (("findings", VARIANTS, "comparison", "changed_predictions"), 301, "trust.variants.changed_predictions"),
        (("findings", VARIANTS, "comparison", "beyond_rounding"), 301, "trust.variants.beyond_rounding"),
        (("findings", VARIANTS, "spearman", "value"), 0.1, "trust.variants.looks_like_lookup"),
        (("findings", VARIANTS, "looks_like_lookup"), True, "trust.variants.looks_like_lookup"),
    ],
)
def test_what_was_changed_is_told_by_its_name(document, verify, way, value, what):
    edit(document, *way, value=value)
    found = verify()
    assert what in [difference.what for difference in found.differences]
    assert "polyreact submission trust" in found.find_failure().render()


def test_verdict_that_its_figures_contradict_cannot_be_read(document, verify):
    edit(document, "findings", REPEAT, "verdict", value="does not hold")
    (difference,) = verify().differences
    assert "is not what its figures say" in difference.found


def test_checks_of_another_set_are_not_shown_and_that_is_noted(document, verify):
    edit(document, "dataset", "inputs_sha256", value="00" * 32)
    found = verify()
    assert found.verdict is Verdict.VERIFIED
    assert "not shown on any board" in found.note


def test_trust_checks_are_verified_for_the_submissions_that_are_asked_for(document, store, settings):
    assert list(verify_trust(Verifier(store, settings), ["lab-other"])) == []
