"""A folder of results as large as the board may grow: synthetic submissions on the benchmark's own tracks.

    python -m benchmarks.large_board --submissions 1000 --out DIR
    polyreact leaderboard build --results DIR --markdown build/LEADERBOARD.md --site build/site

Every reader takes what it writes: records with intervals, folds, reliability and audits, comparisons of every two,
curves of every score, failures, runs to be repeated, places not run yet, and declared training data that takes
entries from tracks. Titles and authors are those of strangers: long, in other scripts, the same for two, and with
markup. The predictions beside the records are stand-ins of one row: their digests hold, and scoring or verifying
them is refused. The same arguments give the same bytes, and submission number n is the same on a board of any size.

DIR must be empty or not be there. 1,000 submissions on 5 tracks are about 220 MB.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.large_curves import draw_curves
from benchmarks.large_scores import compare, draw_audit, draw_metrics, draw_score
from polyreact.datasets.catalog import load_dataset
from polyreact.evaluation.plan import find_exclusion
from polyreact.files import sha256_bytes
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.curve_store import CurveStore, render_curves
from polyreact.results.describe import describe_limits
from polyreact.results.records import (
    AuditRecord,
    EngineRecord,
    HostRecord,
    ImageRecord,
    OutcomeKind,
    OutcomeRecord,
    Record,
    RunRecord,
    SubmissionRecord,
)
from polyreact.results.store import ResultsStore, render_record
from polyreact.submission.contract import CONTRACT_VERSION, Mode
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

#: In the order in which a board of fewer tracks has them.
TRACKS = (
    "jain",
    "harvey-test",
    "shehata",
    "jain-116",
    "demo",
    "boughter-lofo",
    "jain-parity",
    "boughter-cv10",
    "demo-fit",
)
BASELINES = 5
LABS = ("northlab", "tub", "hermes", "quiet", "pharma-x", "basel", "kyoto", "lagos", "pune", "quito")
MODELS = ("esm2", "antiberty", "charge", "graphite", "ensemble", "river", "abmpnn", "forest", "ridge", "kernel")
PEOPLE = (
    "R. Okafor",
    "L. Brandt",
    "S. Müller-Lüdenscheidt",
    "王小明",
    "أمينة خليل",
    "J. <b>B</b>",
    "A. B. | C.",
)
TITLES = ("{}", "{} v{}", "Best", "{} with an extraordinarily long title that says what it was trained on " * 2)
FAILURES = (
    ("E311", "predictions.csv does not meet the contract for track `{}`."),
    ("E314", "the submission was stopped at the wall time of track `{}`"),
    ("E315", "the submission was killed at the memory limit of track `{}`"),
)
TRAINING: tuple[tuple[dict[str, tuple[str, ...]] | str, float], ...] = (
    ({"boughter": ("labels",)}, 0.66),
    ({}, 0.15),
    ("unknown", 0.05),
    ("proprietary", 0.05),
    ({"boughter": ("labels",), "jain": ("sequences",)}, 0.05),
    ({"jain": ("labels",)}, 0.02),
    ({"harvey-validation-test": ("labels", "model-selection")}, 0.02),
)
FIT_PREDICT, NOT_RUN, FAILED, TO_REPEAT, NOT_RANKED, AUDITED = 0.04, 0.02, 0.03, 0.01, 0.01, 0.3
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Write the folder and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1_000)
    parser.add_argument("--tracks", type=int, default=5, help=f"the first of {', '.join(TRACKS)}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    start = time.perf_counter()
    records = write_large_board(options.out, options.submissions, TRACKS[: options.tracks], options.seed)
    seconds = time.perf_counter() - start
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{records} records of {options.submissions} submissions: {size / 1e6:.0f} MB in {seconds:.0f} s")


def write_large_board(folder: Path, submissions: int, tracks: Sequence[str] = TRACKS[:5], seed: int = 0) -> int:
    """The number of records written. Raises FileExistsError where the folder holds anything."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    store = ResultsStore(folder)
    chosen = [load_track(name) for name in tracks]
    scored: dict[str, list[Record]] = {track.id: [] for track in chosen}
    written = 0
    for number in range(submissions):
        random = np.random.default_rng([seed, number])
        submission = draw_submission(random, number)
        skill = float(np.clip(random.normal(0.9, 0.5), -0.3, 2.4))
        for track in chosen:
            own = np.random.default_rng([seed, number, *track.id.encode()])  # whichever other tracks there are
            record = draw_record(own, submission, skill, track)
            if record is not None:
                written += 1
                _write(store, record)
                scored[track.id].append(record)
    for track in chosen:
        _compare(store, track, scored[track.id])
    return written


def add_record(folder: Path, number: int, track_id: str, seed: int = 0) -> str:
    """One record more, of the first submission from `number` on that gets a score on the track; its id.

    As a run of it leaves the folder: the track's comparisons are those of all its records.
    """
    store, track = ResultsStore(folder), load_track(track_id)
    while True:
        random = np.random.default_rng([seed, number])
        submission = draw_submission(random, number)
        skill = float(np.clip(random.normal(0.9, 0.5), -0.3, 2.4))
        own = np.random.default_rng([seed, number, *track.id.encode()])
        record = draw_record(own, submission, skill, track)
        if record is not None and record.score is not None and record.ranked == track.is_ranked:
            break
        number += 1
    _write(store, record)
    _compare(store, track, store.read_track(track_id))
    return submission.id


def _compare(store: ResultsStore, track: Track, records: Sequence[Record]) -> None:
    records = sorted(records, key=lambda record: record.submission.id)
    if any(record.score is not None for record in records):
        dataset = load_dataset(track.dataset, track.revision)
        ComparisonStore.of(store).write(compare(track, dataset, records))


def draw_submission(random: np.random.Generator, number: int) -> SubmissionRecord:
    """A manifest; the first few are baselines."""
    is_baseline = number < BASELINES
    model = str(random.choice(MODELS))
    lab = "polyreact" if is_baseline else str(random.choice(LABS))
    title = str(random.choice(TITLES, p=(0.8, 0.15, 0.03, 0.02))).format(f"{model} {number}", number)
    training = TRAINING[int(random.choice(len(TRAINING), p=[share for _, share in TRAINING]))][0]
    people = random.choice(len(PEOPLE), size=int(random.integers(1, 5)), replace=False)
    mode = Mode.FIT_PREDICT if random.random() < FIT_PREDICT else Mode.PREDICT
    return SubmissionRecord(
        id=f"{lab}-{model}-{number:05d}",
        name=title,
        authors=tuple(PEOPLE[person] for person in people),
        description=f"{model} of the VH, number {number}. " + "It was fitted once and says nothing of VL. " * 3,
        license="Apache-2.0",
        paper=f"https://doi.org/10.1000/{number}" if random.random() < 0.6 else None,
        code=f"https://github.com/{lab}/{model}" if random.random() < 0.7 else "http://example.org/not-a-link",
        training_data=training,
        score_is_probability=bool(random.random() < 0.6),
        threshold=0.5,
        parameters=int(10 ** random.uniform(1, 9)),
        mode=mode.value,
        is_baseline=is_baseline,
        manifest_sha256=random.bytes(32).hex(),
    )


def draw_record(
    random: np.random.Generator, submission: SubmissionRecord, skill: float, track: Track
) -> Record | None:
    """What became of a submission on a track; None where it has no place there or was not run."""
    if find_exclusion(submission.training_data, Mode(submission.mode), track) or random.random() < NOT_RUN:
        return None
    dataset = load_dataset(track.dataset, track.revision)
    outcome, score, predictions = OutcomeRecord(kind=OutcomeKind.VALID), None, None
    ending = random.random()
    if ending < FAILED:
        code, message = FAILURES[int(random.integers(len(FAILURES)))]
        outcome = OutcomeRecord(kind=OutcomeKind.SUBMISSION_FAULT, code=code, message=message.format(track.id))
    elif ending < FAILED + TO_REPEAT:
        outcome = OutcomeRecord(kind=OutcomeKind.PLATFORM_FAULT, code="E405", message="the engine went away")
    else:
        sizes = dataset.positives, dataset.negatives
        predictions = ResultsStore(Path()).name_predictions(track.id, _stand_in(submission, track), sum(sizes))
        own = skill + random.normal(0, 0.25)
        audit = _draw_audit(random, submission, own, sizes, track)
        score = draw_score(
            random, own, track, dataset, predictions.sha256, audit, is_probability=submission.score_is_probability
        )
    return Record(
        track=track.id,
        dataset=track.dataset,
        revision=track.revision,
        ranked=track.is_ranked and random.random() >= NOT_RANKED,
        submission=submission,
        run=RunRecord(
            job=random.bytes(32).hex(),
            contract=CONTRACT_VERSION,
            polyreact="0.1.0",
            image=_draw_image(submission),
            engine=EngineRecord(name="podman", version="4.3.1", runtime="runc"),
            host=HostRecord(system="Linux 6.1", architecture="x86_64", cpus=16, memory_bytes=64 * 2**30),
            limits=describe_limits(track.limits),
            policy_sha256="12" * 32,
            inputs_sha256=dataset.inputs_sha256,
            shuffle_seed=random.bytes(16).hex(),
            started_at=STARTED + timedelta(minutes=int(random.integers(500_000))),
            wall_s=round(float(random.gamma(2, 60)), 3),
            cpu_s=round(float(random.gamma(2, 90)), 3),
            peak_memory_bytes=int(random.integers(10**8, 8 * 10**9)),
            exit_code=0,
            outcome=outcome,
            predictions=predictions,
        ),
        score=score,
    )


def _draw_audit(
    random: np.random.Generator, submission: SubmissionRecord, skill: float, sizes: tuple[int, int], track: Track
) -> AuditRecord:
    declared = submission.training_data
    if isinstance(declared, str):
        return AuditRecord(declared=declared, sets=(), not_audited=(f"training data {declared}",))
    names = tuple(sorted(declared))
    if not names or random.random() >= AUDITED:
        reason = "no training data declared" if not names else "the set cannot be compared with here"
        return AuditRecord(declared=names, sets=(), not_audited=(reason,))
    dataset = load_dataset(track.dataset, track.revision)
    is_probability = submission.score_is_probability
    _, metrics = draw_metrics(random, skill, sizes, dataset, is_probability=is_probability)
    return draw_audit(random, names, metrics)


def _draw_image(submission: SubmissionRecord) -> ImageRecord:
    digest = f"sha256:{sha256_bytes(submission.id.encode())}"
    return ImageRecord(
        reference=f"ghcr.io/{submission.id}/model@{digest}",
        image_id=digest,
        digest=digest,
        size_bytes=10**9,
        architecture="amd64",
        layers=7,
        user="61001:61001",
        entrypoint=("python", "/app/predict.py"),
    )


def _stand_in(submission: SubmissionRecord, track: Track) -> bytes:
    return f"sequence_id,prediction,score\n{track.id} of {submission.id},0,0\n".encode()


def _write(store: ResultsStore, record: Record) -> None:
    """As the store writes, without waiting for the disk after each of many thousand files."""
    folder = store.folder / record.submission.id
    folder.mkdir(parents=True, exist_ok=True)
    track = load_track(record.track)
    if record.run.predictions is not None:
        content = _stand_in(record.submission, track)
        (folder / record.run.predictions.file).write_bytes(content)
    (folder / f"{record.track}.json").write_bytes(render_record(record))
    curves = draw_curves(record, track, load_dataset(track.dataset, track.revision))
    if curves is not None:
        path = CurveStore.of(store).find_path(curves.submission, curves.track)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(render_curves(curves))


if __name__ == "__main__":
    main()
