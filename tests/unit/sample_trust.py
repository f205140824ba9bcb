"""Trust records made up for tests: all holds, unless a finding is given."""

from datetime import UTC, datetime

from polyreact.datasets.catalog import load_dataset
from polyreact.results.overlap_records import describe_set
from polyreact.results.records import EngineRecord, ImageRecord, MetricRecord
from polyreact.results.trust_records import (
    TRUST_VERSION,
    Check,
    ComparisonRecord,
    TrustFindingRecord,
    TrustRecord,
    TrustVerdict,
)

IMAGE_ID = "sha256:" + "9b" * 32


def comparison(predictions=0, scores=0, beyond=0, difference=0.0, rows=300):
    return ComparisonRecord(
        rows=rows,
        changed_predictions=predictions,
        changed_scores=scores,
        beyond_rounding=beyond,
        largest_difference=difference,
    )


def holds(check, **figures):
    return TrustFindingRecord(
        check=check,
        verdict=TrustVerdict.HOLDS,
        runs=2 if check is Check.HALVES else 1,
        comparison=comparison(**figures),
    )


def does_not_hold(check, predictions=100, scores=300, beyond=300, difference=3.0):
    compared = comparison(predictions, scores, beyond, difference)
    return TrustFindingRecord(check=check, verdict=TrustVerdict.DOES_NOT_HOLD, runs=1, comparison=compared)


def not_run(check, code="E313", message="the first half: the run ended with exit status 1"):
    return TrustFindingRecord(check=check, verdict=TrustVerdict.NOT_RUN, runs=1, code=code, message=message)


def variants(predictions=3, lookup=False, correlation=0.9996, reason=None):
    return TrustFindingRecord(
        check=Check.VARIANTS,
        verdict=TrustVerdict.REPORTED,
        runs=1,
        comparison=comparison(predictions, 92, 87, 0.11),
        spearman=MetricRecord(value=correlation, reason=reason),
        looks_like_lookup=lookup,
    )


def trust_record(*findings, submission="lab-model", track="demo", image_id=IMAGE_ID, **changes):
    """The given findings, and for every other check that it holds."""
    given = {finding.check: finding for finding in findings}
    usual = {check: variants() if check is Check.VARIANTS else holds(check) for check in Check}
    fields = {
        "trust_version": TRUST_VERSION,
        "submission": submission,
        "track": track,
        "dataset": describe_set(load_dataset(track.removesuffix("-fit"))),
        "fold": "",
        "job": "01" * 32,
        "contract": 1,
        "polyreact": "0.1.0",
        "image": ImageRecord(
            reference=f"localhost/lab/model@{image_id}",
            image_id=image_id,
            digest=None,
            size_bytes=10**8,
            architecture="amd64",
        ),
        "engine": EngineRecord(name="podman", version="4.3.1", runtime="crun"),
        "policy_sha256": "12" * 32,
        "made_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "wall_s": 2.4,
        "rows_in_track": 300,
        "rows": 300,
        "row_seed": "rows",
        "shuffle_seed": "5eed",
        "variant_seed": "variants",
        "inputs_sha256": "34" * 32,
        "variants_sha256": "56" * 32,
        "left_out": {},
        "findings": tuple((usual | given)[check] for check in Check),
    }
    return TrustRecord(**fields | changes)
