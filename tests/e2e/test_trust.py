"""Trust checks through real engines: the dishonest are found out, each by its check, and the honest are not.

The engines differ in nothing that is checked here: of each kind of finding docker shows one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.conftest import DOCKERFILE
from polyreact.datasets.demo.generate import build_demo
from polyreact.evaluation.submissions import read_candidates
from polyreact.evaluation.trust.checks import TrustChecks, check_trust
from polyreact.results.store import ResultsStore
from polyreact.results.trust_records import Check, TrustVerdict
from polyreact.tracks.catalog import load_track

ZOO = Path(__file__).parent.parent.parent / "zoo"
WITH_TABLE = DOCKERFILE.replace("COPY predict.py", "COPY predict.py known.csv")

podman_only = pytest.mark.parametrize(
    "engine", [pytest.param("podman", marks=pytest.mark.engine("podman"))], indirect=True
)


@pytest.fixture
def check(engine, session_settings, tmp_path):
    """Check a candidate on the demo track."""

    def run(candidate, **changes):
        store = ResultsStore(tmp_path / "results")
        checks = TrustChecks(engine, store, session_settings, base="local", **changes)
        (result,) = check_trust(checks, candidate, [load_track("demo")])
        return result

    return run


@pytest.fixture(autouse=True)
def _host_is_left_alone(session_settings):
    yield
    assert list(session_settings.runs.iterdir()) == []
    assert str(session_settings.runs) not in Path("/proc/self/mountinfo").read_text()


def broken(result):
    assert result.error is None
    return {finding.check for finding in result.record.findings if finding.verdict is TrustVerdict.DOES_NOT_HOLD}


def finding_on(result, check):
    return next(found for found in result.record.findings if found.check is check)


def test_submission_that_answers_by_id_is_found_out_by_other_ids(check, make_candidate):
    result = check(make_candidate("answers-by-id"))

    assert result.what == "checked"
    assert broken(result) == {Check.IDS}


@podman_only
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ranks-within-the-file", {Check.HALVES}),
        ("answers-by-chance", {Check.REPEAT, Check.ORDER, Check.HALVES, Check.IDS}),
    ],
)
def test_submission_whose_answers_are_not_of_the_antibody_is_found_out(check, make_candidate, condition, expected):
    result = check(make_candidate(condition))

    assert result.what == "checked"
    assert broken(result) == expected


def test_lookup_table_is_found_out_by_variants_alone(check, make_candidate):
    candidate = make_candidate("looks-sequences-up", WITH_TABLE)
    tables = build_demo()
    labels = dict(line.split(",")[:2] for line in tables.labels.decode().splitlines()[1:])
    rows = [line.split(",")[:2] for line in tables.inputs.decode().splitlines()[1:]]
    known = ["sequence,label", *(f"{sequence},{labels[name]}" for name, sequence in rows)]
    (candidate.folder / "known.csv").write_text("\n".join(known) + "\n")

    result = check(candidate)

    assert broken(result) == set()
    variants = finding_on(result, Check.VARIANTS)
    assert variants.looks_like_lookup
    assert variants.comparison.changed_predictions == 135  # every polyreactive one is forgotten
    assert variants.spearman.value is None


@podman_only
def test_isoelectric_point_holds_in_every_check_and_is_done_before(check, tmp_path):
    (candidate,) = read_candidates([ZOO / "isoelectric-point"])

    result = check(candidate)

    assert broken(result) == set()
    assert all(found.is_exact for found in result.record.findings if found.check is not Check.VARIANTS)
    variants = finding_on(result, Check.VARIANTS)
    assert not variants.looks_like_lookup
    assert variants.spearman.value > 0.99
    kept = json.loads((tmp_path / "results" / "trust" / candidate.manifest.name / "demo.json").read_text())
    assert kept["findings"][0]["verdict"] == "holds"
    assert check(candidate).what == "done before"
