"""What is to do: every state a submission can have on a track."""

from dataclasses import fields, replace

import pytest

from polyreact.engines.policy import GIB, Limits, SandboxPolicy, strict_policy
from polyreact.errors import InvalidManifest
from polyreact.evaluation.plan import TRIAL_TRACKS, JobState, Submission, build_plan, find_exclusion
from polyreact.images import ImageReference
from polyreact.results.records import OutcomeKind
from polyreact.submission.contract import Mode
from polyreact.submission.manifest import Manifest
from polyreact.tracks.catalog import load_track, load_tracks
from unit.evaluation.conftest import candidate
from unit.leaderboard.sample_boards import record, run

TRACK = load_track("jain")
DIGEST = "sha256:" + "cd" * 32


def submission(image_digest=DIGEST, **changes):
    chosen = candidate(**changes)
    image = ImageReference("registry.example", "lab/model", digest=image_digest)
    return Submission(chosen.manifest, chosen.manifest_sha256, image)


def job(store, track=TRACK, *, force=False, image_digest=DIGEST, **changes):
    (planned,) = build_plan([submission(image_digest, **changes)], [track], store, force=force)
    return planned


def keep(store, digest, kind=OutcomeKind.VALID):
    code = None if kind is OutcomeKind.VALID else "E313"
    store.write(record("lab-model", run=run(kind, code, job=digest, predictions=None)), None)


def test_job_without_a_record_is_to_run(store):
    assert job(store).state is JobState.TO_RUN


@pytest.mark.parametrize(
    ("kind", "state"),
    [(OutcomeKind.VALID, JobState.DONE), (OutcomeKind.SUBMISSION_FAULT, JobState.FAILED_BEFORE)],
)
def test_job_with_a_record_of_the_same_run_is_not_run_again(store, kind, state):
    keep(store, job(store).digest, kind)
    assert job(store).state is state


@pytest.mark.parametrize("kind", [OutcomeKind.VALID, OutcomeKind.SUBMISSION_FAULT])
def test_job_that_is_forced_is_to_run(store, kind):
    keep(store, job(store).digest, kind)
    assert job(store, force=True).state is JobState.TO_RUN


@pytest.mark.parametrize(
    "changed",
    [
        {"image_digest": "sha256:" + "ef" * 32},
        {"track": replace(TRACK, limits=replace(TRACK.limits, memory_bytes=GIB))},
    ],
    ids=["image", "limits"],
)
def test_job_of_another_run_is_to_run(store, changed):
    keep(store, job(store).digest)
    assert job(store, **changed).state is JobState.TO_RUN


def test_job_of_another_revision_is_to_run(store):
    first = replace(TRACK, dataset="boughter", revision=1)
    keep(store, job(store, track=first).digest)
    assert job(store, track=first).state is JobState.DONE
    assert job(store, track=first).dataset.reference == "boughter@1"
    assert job(store, track=replace(first, revision=2)).state is JobState.TO_RUN


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another title"},
        {"threshold": "0.75"},
        {"score_is_probability": "false"},
        {"track": replace(TRACK, note="Other words.", primary_metric="mcc")},
    ],
    ids=["title", "threshold", "probability", "prose of the track"],
)
def test_job_is_not_run_again_for_what_changes_no_prediction(store, changed):
    keep(store, job(store).digest)
    assert job(store, **changed).state is JobState.DONE


@pytest.mark.parametrize(
    ("training_data", "state"),
    [
        ("{jain: [labels]}", JobState.TRAINED_ON),
        ("{jain-parity: [labels]}", JobState.TRAINED_ON),  # the same antibodies under another rule
        ("{jain-116: [model-selection]}", JobState.TRAINED_ON),
        ("{jain: [sequences, labels]}", JobState.TRAINED_ON),
        ("{jain: [sequences]}", JobState.TO_RUN),
        ("{boughter: [labels]}", JobState.TO_RUN),
        ("unknown", JobState.TO_RUN),
        ("proprietary", JobState.TO_RUN),
    ],
)
def test_submission_that_saw_these_labels_has_no_place(store, training_data, state):
    assert job(store, training_data=training_data).state is state


def test_submission_that_saw_these_labels_cannot_be_forced(store):
    assert job(store, training_data="{jain: [labels]}", force=True).state is JobState.TRAINED_ON


def test_submission_that_wants_to_be_trained_cannot_answer_these_tracks(store):
    assert job(store, mode="fit-predict").state is JobState.NOT_APPLICABLE
    assert find_exclusion("unknown", Mode.FIT_PREDICT, TRACK) is JobState.NOT_APPLICABLE


@pytest.mark.parametrize("name", ["boughter-cv10", "boughter-lofo", "demo-fit"])
def test_submission_that_only_predicts_has_no_place_on_a_fold_track(store, name):
    assert job(store, track=load_track(name)).state is JobState.NOT_APPLICABLE
    assert job(store, track=load_track(name), mode="fit-predict").state is JobState.TO_RUN


@pytest.mark.parametrize(
    ("training_data", "state"),
    [
        ("{boughter: [labels]}", JobState.TRAINED_ON),
        ("{boughter: [model-selection]}", JobState.TRAINED_ON),
        ("{boughter: [sequences]}", JobState.TO_RUN),
        ("{jain: [labels]}", JobState.TO_RUN),
        ("unknown", JobState.TO_RUN),
    ],
)
def test_submission_that_saw_the_labels_of_a_fold_track_elsewhere_has_no_place(store, training_data, state):
    lofo = load_track("boughter-lofo")
    assert job(store, track=lofo, mode="fit-predict", training_data=training_data).state is state


@pytest.mark.parametrize("name", ["demo", "jain"])
def test_job_has_the_strict_policy_with_the_limits_of_its_track_whatever_its_manifest_says(store, name):
    """No key of a manifest but `gpu` has a part in a policy, and a key that looks like one is refused."""
    track = load_track(name)
    everything = {"parameters": "999999999999", "threshold": "1000000000.0", "title": "--privileged", "paper": None}
    jobs = [job(store, track), job(store, track, **everything), job(store, track, mode="fit-predict")]
    assert [made.policy for made in jobs] == [strict_policy(track.limits)] * 3
    assert all(made.policy.is_strict for made in jobs)
    settings = {field.name for kind in (SandboxPolicy, Limits) for field in fields(kind)}
    assert not settings & set(Manifest.model_fields)
    for key in (*sorted(settings), "privileged", "gpus", "volumes", "environment", "env", "command", "devices"):
        with pytest.raises(InvalidManifest, match="not a valid manifest"):
            candidate(**{key: "host"})


def test_job_of_a_submission_that_declares_a_gpu_is_another_with_the_strict_policy_and_one_gpu(store):
    plain, declared = job(store), job(store, gpu="true")
    assert job(store, gpu="false").digest == plain.digest
    assert declared.digest != plain.digest
    assert declared.policy == replace(plain.policy, gpus=1) == strict_policy(TRACK.limits, gpus=1)
    assert declared.policy.is_strict
    keep(store, plain.digest)
    assert job(store, gpu="true").state is JobState.TO_RUN


@pytest.mark.parametrize("value", ["1", "2", "'true'", "all", "null", "[true]"])
def test_a_gpu_is_declared_as_true_or_false_and_as_nothing_else(value):
    with pytest.raises(InvalidManifest) as caught:
        candidate(gpu=value)
    assert "`gpu`" in caught.value.render()


def test_plan_pairs_every_submission_with_every_track_in_order(store):
    tracks = load_tracks()
    jobs = build_plan([submission(), submission(name="z-model")], tracks, store)
    expected = [(name, track.id) for name in ("lab-model", "z-model") for track in tracks]
    assert [(job.submission.id, job.track.id) for job in jobs] == expected
    assert not store.folder.exists()


@pytest.mark.parametrize("mode", Mode)
def test_submission_is_tried_on_a_track_of_public_labels_that_has_a_place_for_it(mode):
    track = load_track(TRIAL_TRACKS[mode])
    assert find_exclusion({}, mode, track) is None
    assert track.labels_are_public
