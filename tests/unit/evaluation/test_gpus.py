"""A submission that declares a GPU: refused where there is none, given one where there is, and recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine
from polyreact.engines.policy import MIB, strict_policy
from polyreact.evaluation.evaluate import evaluate
from polyreact.evaluation.plan import build_job
from polyreact.evaluation.remote.resources import BESIDE_THE_CONTAINER_BYTES, resources_of
from polyreact.evaluation.submissions import unresolved
from polyreact.evaluation.trust.checks import TrustChecks, check_trust
from polyreact.evaluation.verification.findings import Verifier
from polyreact.evaluation.verification.records import check_run
from polyreact.evaluation.verification.trust import verify_trust
from polyreact.leaderboard.site.views.evidence import build_resources
from polyreact.results.records import LimitsRecord
from polyreact.results.store import render_record
from polyreact.tracks.catalog import load_track
from unit.evaluation.conftest import answers, candidate

DEMO = load_track("demo")
GPUS = ("nvidia.com/gpu=0", "nvidia.com/gpu=1")


@pytest.fixture
def with_gpus(evaluation):
    return replace(evaluation, engine=FakeEngine(answers, gpus=GPUS))


@pytest.mark.parametrize("folder", [None, Path("model")], ids=["image", "folder"])
def test_where_there_is_none_it_is_refused_before_anything_is_pulled_or_built(evaluation, engine, store, folder):
    (result, *_) = evaluate(evaluation, [candidate(folder, gpu="true")], [DEMO])
    assert (result.what, result.error.code, result.record) == ("refused", "E430", None)
    assert "needs a GPU, and fake has none to give" in result.error.render()
    assert (engine.specs, engine.built, engine.images) == ([], [], {})
    assert store.find("lab-model", "demo") is None


def test_where_there_is_none_the_others_are_run_all_the_same(evaluation, engine):
    both = [candidate(gpu="true", name="a-needs"), candidate(name="b-plain")]
    results = evaluate(evaluation, both, [DEMO])
    assert [(one.submission, one.what) for one in results if one.track == "demo"][:2] == [
        ("a-needs", "refused"),
        ("b-plain", "run"),
    ]
    assert [spec.gpus for spec in engine.specs] == [()]


def test_it_is_given_one_and_the_record_says_so(with_gpus, store):
    (result, *_) = evaluate(with_gpus, [candidate(gpu="true")], [DEMO])
    assert result.what == "run"
    (spec,) = with_gpus.engine.specs
    assert spec.gpus == GPUS[:1]
    assert spec.policy == strict_policy(DEMO.limits, gpus=1)
    kept = store.find("lab-model", "demo")
    assert kept.run.limits.gpus == 1
    assert kept.run.policy_sha256 == spec.policy.digest()
    assert b'"gpus": 1' in render_record(kept)
    assert "GPU" in [fact.term for fact in build_resources(kept.run)]
    job = build_job(unresolved(candidate(gpu="true")), DEMO, store)
    assert list(check_run(kept, DEMO, job.dataset)) == []


def test_a_record_that_hides_its_gpu_or_makes_one_up_is_found_out(with_gpus, store):
    evaluate(with_gpus, [candidate(gpu="true"), candidate(name="b-plain")], [DEMO])
    dataset = build_job(unresolved(candidate()), DEMO, store).dataset
    for name, gpus in (("lab-model", 0), ("b-plain", 1)):
        kept = store.find(name, "demo")
        limits = kept.run.limits.model_copy(update={"gpus": gpus})
        lying = kept.model_copy(update={"run": kept.run.model_copy(update={"limits": limits})})
        wrong = {difference.what for difference in check_run(lying, DEMO, dataset)}
        assert wrong == {"run.policy_sha256", "run.job"}


def test_a_run_without_a_gpu_is_recorded_as_before_there_were_any(with_gpus, store):
    evaluate(with_gpus, [candidate()], [DEMO])
    assert with_gpus.engine.specs[0].gpus == ()
    assert "GPU" not in [fact.term for fact in build_resources(store.find("lab-model", "demo").run)]
    assert b"gpu" not in render_record(store.find("lab-model", "demo"))


def test_records_of_limits_are_written_as_they_were_read():
    old = Path("results/polyreact-random/demo.json").read_text(encoding="utf-8")
    for path in sorted(Path("results").glob("polyreact-*/*.json")):
        text = path.read_text(encoding="utf-8")
        begin = text.index('"limits": ') + len('"limits": ')
        limits = text[begin : text.index("}", begin) + 1]
        written = LimitsRecord.model_validate_json(limits).model_dump_json(indent=2)
        assert written.split() == limits.split()
    assert "gpus" not in old


@pytest.mark.parametrize("gpus", [-1, 2, "many"])
def test_a_record_of_more_gpus_than_are_given_is_none(gpus):
    values = {name: 1 for name in LimitsRecord.model_fields if name != "gpus"}
    with pytest.raises(ValueError, match="gpus"):
        LimitsRecord.model_validate({**values, "gpus": gpus})


def test_trust_checks_run_with_a_gpu_or_not_at_all(evaluation, with_gpus, store, settings):
    def check(engine):
        checks = TrustChecks(engine, store, settings)
        return check_trust(checks, candidate(gpu="true"), [DEMO])

    (refused,) = check(evaluation.engine)
    assert refused.error.code == "E430"
    evaluate(with_gpus, [candidate(gpu="true")], [DEMO])
    (checked,) = check(with_gpus.engine)
    assert {spec.gpus for spec in with_gpus.engine.specs} == {GPUS[:1]}
    verifier = Verifier(store, settings)
    (verified,) = verify_trust(verifier)
    assert checked.record is not None
    assert (verified.differences, verified.note, verified.absent) == ((), "", "")


@pytest.mark.parametrize(("declared", "gpus"), [("false", 0), ("true", 1)])
def test_resources_of_a_job_are_those_of_its_track_with_what_stands_beside_the_container(store, declared, gpus):
    needed = resources_of(build_job(unresolved(candidate(gpu=declared)), DEMO, store))
    assert (needed.cpus, needed.gpus) == (DEMO.limits.cpus, gpus)
    assert needed.memory_bytes == DEMO.limits.memory_bytes + BESIDE_THE_CONTAINER_BYTES
    assert BESIDE_THE_CONTAINER_BYTES >= 256 * MIB
    assert needed.time_s > DEMO.limits.wall_time_s
