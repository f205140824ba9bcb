"""Records, tracks and boards made up for tests; the scores come from the real metrics."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import numpy as np

from polyreact.datasets.overlap import AUDIT_VERSION, CUTS, IDENTITY, Region
from polyreact.engines.policy import GIB, MIB, Limits
from polyreact.evaluation.draw import draw_predictions
from polyreact.evaluation.measure import Truth, measure
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.site.build import collect_pages
from polyreact.leaderboard.site.render import render_page
from polyreact.leaderboard.table import build_board
from polyreact.results.comparison_records import (
    MILLIONTH,
    PAIR_COLUMNS,
    TESTS,
    ComparedRecord,
    ComparisonsRecord,
)
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.overlap_records import (
    IdentitiesRecord,
    NeighboursRecord,
    OverlapRecord,
    SetRecord,
    SummaryRecord,
)
from polyreact.results.records import (
    AuditedSetRecord,
    AuditRecord,
    ConfusionRecord,
    EngineRecord,
    HostRecord,
    ImageRecord,
    IntervalRecord,
    LimitsRecord,
    MetricRecord,
    NearestRecord,
    OutcomeKind,
    OutcomeRecord,
    PredictionsRecord,
    Record,
    RunRecord,
    ScoreRecord,
    SubmissionRecord,
    WithoutNeighboursRecord,
)
from polyreact.sequences import SequenceId
from polyreact.statistics.comparison import Test
from polyreact.statistics.interval import Interval
from polyreact.submission.predictions import Prediction
from polyreact.tracks.track import Standing, Track, TrackId

LIMITS = Limits(3600, 8 * GIB, 4.0, 512, GIB, 64 * MIB, MIB)


def track(name="jain", standing=Standing.RANKED, **changes):
    fields = {
        "id": TrackId(name),
        "title": name.capitalize(),
        "question": f"Which antibodies of the set {name} are polyreactive?",
        "note": "A gap of about 0.13 to 0.15 in AUROC can be told apart here.",
        "dataset": name,
        "revision": 1,
        "standing": standing,
        "labels_are_public": True,
        "primary_metric": "roc_auc",
        "limits": LIMITS,
    }
    return Track(**fields | changes)


def submission(identifier, **changes):
    fields = {
        "id": identifier,
        "name": identifier,
        "authors": ("A. Author", "B. Author"),
        "description": "A model.",
        "license": "Apache-2.0",
        "paper": "https://doi.org/10.1000/xyz",
        "code": "https://github.com/lab/model",
        "training_data": {"boughter": ("labels",)},
        "score_is_probability": True,
        "threshold": 0.5,
        "parameters": 1_234_567,
        "mode": "predict",
        "is_baseline": False,
        "manifest_sha256": "ab" * 32,
    }
    return SubmissionRecord(**fields | changes)


def score(skill=1.0, positives=29, negatives=57, seed=0, **changes):
    """A score of made-up predictions; AUROC about .5 at skill 0."""
    generator = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [positives, negatives])
    scores = 1 / (1 + np.exp(-(generator.normal(size=labels.size) + skill * labels - 0.3)))
    is_probability = changes.pop("score_is_probability", True)
    made = measure(labels, (scores > 0.5).astype(int), scores, is_probability=is_probability)
    counts = made.table.confusion
    fields = {
        "scoring_version": 1,
        "polyreact": "0.1.0",
        "predictions_sha256": "cd" * 32,
        "labels_sha256": "ef" * 32,
        "score_is_probability": is_probability,
        "confusion": ConfusionRecord(
            true_negatives=counts.true_negatives,
            false_positives=counts.false_positives,
            false_negatives=counts.false_negatives,
            true_positives=counts.true_positives,
        ),
        "metrics": {key: metric(value, made.intervals.get(key)) for key, value in made.table.metrics.items()},
        "interval_level": 0.95,
    }
    return ScoreRecord(**fields | changes)


def metric(value, found=None):
    """A metric as it is kept."""
    if isinstance(found, Interval):
        interval = IntervalRecord(low=found.low, high=found.high, method=found.method.value)
        return MetricRecord(value=value.value, interval=interval)
    return MetricRecord(value=value.value, reason=value.reason, no_interval=found.reason if found else None)


def p_value_of(gap):
    """Made up: what is .1 apart in AUROC can be told apart, also where many are compared."""
    return 1e-5 if abs(gap) > 0.0999 else 0.5


def compare(records, p_value=p_value_of):
    """The comparisons of all scored records, by the difference of their AUROCs."""
    scored = [record for record in records if record.score is not None]
    return [
        _compare_track(on, [record for record in scored if record.track == on], p_value)
        for on in sorted({record.track for record in scored})
    ]


def _compare_track(on, records, p_value):
    records = sorted(records, key=lambda record: record.submission.id)
    first = records[0]
    return ComparisonsRecord(
        track=on,
        dataset=first.dataset,
        revision=first.revision,
        scoring_version=first.score.scoring_version,
        labels_sha256=first.score.labels_sha256,
        interval_level=0.95,
        group_column="",
        rows=ROWS,
        entries=tuple(
            ComparedRecord(
                submission=r.submission.id,
                predictions_sha256=r.score.predictions_sha256,
                auroc=figure(r, "roc_auc"),
                right=round(ROWS * figure(r, "accuracy")),
            )
            for r in records
        ),
        pairs=np.array([_compare_pair(*both, p_value) for both in combinations(records, 2)], PAIR_COLUMNS),
    )


#: So many that accuracies of any size can be told by whole numbers of antibodies.
ROWS = 10_000


def figure(made, key):
    """A metric of a record, 0 where it has none."""
    kept = made.score.metrics.get(key)
    return kept.value if kept and kept.value is not None else 0.0


def _compare_pair(one, other, p_value):
    told = []
    for key, test, error in (("roc_auc", Test.DELONG, (50_000,)), ("accuracy", Test.MCNEMAR, ())):
        gap = figure(one, key) - figure(other, key)
        low, high = (max(-MILLIONTH, min(MILLIONTH, round(1e6 * (gap + side)))) for side in (-0.1, 0.1))
        told += [low, high, p_value(gap), TESTS.index(test), *error]
    return (*told, _only_first(*(round(ROWS * figure(made, "accuracy")) for made in (one, other))))


def _only_first(one, other):
    """As many as can be."""
    return min(one, ROWS - other)


def make_board(records, tracks, pending=(), **options):
    """A board of records that were compared with each other."""
    return build_board(records, tracks, pending, **{"comparisons": compare(records)} | options)


def run(kind=OutcomeKind.VALID, code=None, message="", day=0, **changes):
    fields = {
        "job": "01" * 32,
        "contract": 1,
        "polyreact": "0.1.0",
        "image": ImageRecord(
            reference="ghcr.io/lab/model@sha256:" + "9a" * 32,
            image_id="sha256:" + "9b" * 32,
            digest="sha256:" + "9a" * 32,
            size_bytes=10**9,
            architecture="amd64",
        ),
        "engine": EngineRecord(name="podman", version="4.3.1", runtime="crun"),
        "host": HostRecord(system="Linux", architecture="x86_64", cpus=16, memory_bytes=64 * GIB),
        "limits": LimitsRecord(
            wall_time_s=3600,
            memory_bytes=8 * GIB,
            cpus=4,
            pids=512,
            tmp_bytes=GIB,
            output_bytes=64 * MIB,
            log_bytes=MIB,
        ),
        "policy_sha256": "12" * 32,
        "inputs_sha256": "34" * 32,
        "shuffle_seed": "seed",
        "started_at": datetime(2024, 5, 1, 12, tzinfo=UTC) + timedelta(days=day),
        "wall_s": 41.25,
        "cpu_s": 130.5,
        "peak_memory_bytes": 900 * MIB,
        "exit_code": 0,
        "outcome": OutcomeRecord(kind=kind, code=code, message=message),
        "predictions": PredictionsRecord(file="jain.cdcdcdcdcdcd.csv", sha256="cd" * 32, rows=86),
    }
    return RunRecord(**fields | changes)


def record(name, on="jain", scored=None, **changes):
    fields = {
        "track": on,
        "dataset": on,
        "revision": 1,
        "ranked": on == "jain",
        "submission": submission(name),
        "run": run(),
        "score": scored,
    }
    return Record(**fields | changes)


def curves_of(record, skill=1.0, positives=29, negatives=57, **changes):
    """The curves of a scored record, from made-up predictions."""
    generator = np.random.default_rng(3)
    labels = np.repeat([1, 0], [positives, negatives])
    scores = 1 / (1 + np.exp(-(generator.normal(size=labels.size) + skill * labels - 0.3)))
    ids = [SequenceId(f"s{number:04}") for number in range(labels.size)]
    drawing = draw_predictions(
        [Prediction(name, int(value > 0.5), float(value)) for name, value in zip(ids, scores, strict=True)],
        Truth(dict(zip(ids, labels.tolist(), strict=True))),
        score_is_probability=record.score.score_is_probability,
    )
    fields = {
        "track": record.track,
        "dataset": record.dataset,
        "revision": record.revision,
        "submission": record.submission.id,
        "scoring_version": record.score.scoring_version,
        "predictions_sha256": record.score.predictions_sha256,
        "labels_sha256": record.score.labels_sha256,
        "score_is_probability": record.score.score_is_probability,
        "interval_level": 0.95,
        "group_column": "",
        "folds_by": "",
        "roc": drawing.roc,
        "precision_recall": drawing.precision_recall,
        "distribution": drawing.distribution,
    }
    return CurvesRecord(**fields | changes)


def with_auroc(name, value, on="jain", interval=None, **changes):
    """A record with one AUROC, with an interval if told, and the rest of a plain score."""
    plain = score()
    limits = None if interval is None else IntervalRecord(low=interval[0], high=interval[1], method="made up")
    metrics = plain.metrics | {"roc_auc": MetricRecord(value=value, interval=limits)}
    return record(name, on, plain.model_copy(update={"metrics": metrics}), **changes)


def audit(reference="boughter-r2", declared=("boughter",), rows=86, neighbours=(0, 3, 36), auroc=0.625, **changes):
    """An audit against one set; the same figures for both regions."""
    parts = [
        WithoutNeighboursRecord(
            region=region,
            cut=cut,
            rows=rows - count,
            positives=9,
            metrics={"roc_auc": MetricRecord(value=auroc, reason=None if auroc else "no antibody is left")},
        )
        for region in Region
        for cut, count in zip(CUTS, neighbours, strict=True)
    ]
    nearest = [NearestRecord(region=region, rows=rows, median=0.7825, maximum=0.919) for region in Region]
    audited = AuditedSetRecord(
        reference=reference, overlap_sha256="56" * 32, nearest=tuple(nearest), without_neighbours=tuple(parts)
    )
    return AuditRecord(**{"declared": declared, "sets": (audited,), "not_audited": ()} | changes)


def not_audited(declared, *reasons):
    """An audit that compared with nothing."""
    return AuditRecord(declared=declared, sets=(), not_audited=reasons)


def overlap(test="jain", reference="boughter", revision=2, neighbours=(0, 3, 36)):
    """An overlap record; the same figures for both regions."""
    summaries = [
        SummaryRecord(
            region=region,
            rows=86,
            rows_without=0,
            reference_rows=681,
            reference_rows_without=0,
            exact=0,
            minimum=0.5,
            median=0.7825,
            maximum=0.919,
            neighbours=tuple(
                NeighboursRecord(at_least=cut, rows=rows) for cut, rows in zip(CUTS, neighbours, strict=True)
            ),
        )
        for region in Region
    ]
    return OverlapRecord(
        audit_version=AUDIT_VERSION,
        test=SetRecord(id=test, revision=1, inputs_sha256="34" * 32),
        reference=SetRecord(id=reference, revision=revision, inputs_sha256="78" * 32),
        identity=IDENTITY,
        vh=summaries[0],
        h_cdr3=summaries[1],
        identities=IdentitiesRecord(
            file=f"{test}-r1--{reference}-r{revision}.909090909090.csv", sha256="90" * 32, rows=86
        ),
    )


TRACKS = (
    track("jain"),
    track("shehata", Standing.SHOWN, note="80 % power needs a gap of about 0.20 here: nobody can be ranked."),
    track("jain-parity", Standing.HISTORICAL, title="Jain parity", note="For comparison with 66.28 % only."),
    track("demo", Standing.DEMO, note="Made-up sequences and labels."),
)

NAMES = (
    "polyreact-length",
    "polyreact-esm2-logistic",
    "polyreact-antiberty",
    "northlab-abmpnn",
    "pharma-x-developability",
    "tub-graphite",
    "hermes-poly",
    "quiet-river",
)


def sample_records():
    records = []
    for index, name in enumerate(NAMES[:6]):
        about = submission(
            name,
            is_baseline=name.startswith("polyreact"),
            score_is_probability=index % 2 == 0,
            authors=("R. Okafor", "L. Brandt")[: 1 + index % 2],
            paper="https://doi.org/10.1073/pnas.1616408114" if index % 3 else None,
            training_data="unknown" if index == 4 else {"boughter": ("labels",)},
        )
        for position, chosen in enumerate(TRACKS):
            size = (7, 391) if chosen.id == "shehata" else (29, 57)
            scored = score(
                (index - 1) / 2.5,
                *size,
                seed=10 * index + position,
                score_is_probability=about.score_is_probability,
                audit=not_audited("unknown", "training data unknown") if index == 4 else audit(),
            )
            records.append(record(name, chosen.id, scored, submission=about, run=run(day=index)))
    failed = run(
        OutcomeKind.SUBMISSION_FAULT, "E311", "predictions.csv does not meet the contract for track `jain`."
    )
    records.append(record(NAMES[6], "jain", submission=submission(NAMES[6]), run=failed))
    return [r for r in records if (r.submission.id, r.track) != ("tub-graphite", "shehata")]


def sample_board(records=None):
    return make_board(
        sample_records() if records is None else records,
        TRACKS,
        pending=[(submission(NAMES[7]), TrackId("jain"))],
        declared={
            ("tub-graphite", TrackId("shehata")): CellState.TRAINED_ON,
            ("hermes-poly", TrackId("demo")): CellState.NOT_APPLICABLE,
        },
        overlaps=[overlap("shehata"), overlap("jain", revision=1), overlap("jain")],
    )


def render_site(board, *, with_datasheets=True):
    """All pages of a board one after the other, each after its path.

    Datasheets are of the catalogue, not of records, and name the antibodies whose published labels are disputed.
    """
    pages = [page for page in collect_pages(board) if with_datasheets or not page.path.startswith("datasets/")]
    return "".join(f"\n{page.path}\n{render_page(page).decode()}" for page in pages)
