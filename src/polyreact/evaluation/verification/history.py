"""Whether what is kept of changed figures agrees with the records: `results/scoring` beside the scores of now.

The new figures, the new metrics and the counts must be those of the scores, as long as these are of the document's
scoring version and of the same predictions. The old figures were made by rules that this program has no more: git
has them, in the records of then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from polyreact.errors import RecordTooNew, ResultsError
from polyreact.evaluation.verification.findings import (
    Difference,
    Verification,
    Verifier,
    describe_unreadable,
    find_differences,
    hide_figures,
    read_whole,
)
from polyreact.metrics.catalog import METRICS, Needs
from polyreact.results.records import MetricRecord, Record, ScoreRecord
from polyreact.results.scoring_history import NO_LONGER_MADE, RescoringRecord, is_same_figure, name_parts
from polyreact.results.scoring_store import ScoringHistory

#: Stands for the submission where something is told of one of these documents.
HISTORY = "scoring history"

_PROBABILITIES = frozenset(metric.key for metric in METRICS if metric.needs is Needs.PROBABILITIES)


def verify_history(verifier: Verifier, submissions: Sequence[str] = ()) -> Iterator[Verification]:
    """Verify every document, of these submissions' sections alone where some are named."""
    history = ScoringHistory.of(verifier.store)
    records = {(record.submission.id, record.track): record for record in read_whole(verifier.store)}
    for path in history.find_paths():
        verifier.on_progress(f"verifying the {HISTORY}, version {path.stem}")
        found = _verify(path, history, records, submissions)
        yield replace(found, differences=hide_figures(found.differences, verifier))


def _verify(
    path: Path,
    history: ScoringHistory,
    records: Mapping[tuple[str, str], Record],
    submissions: Sequence[str],
) -> Verification:
    found = Verification(f"{HISTORY}, version {path.stem}", "")
    try:
        document = history.read(path)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except ResultsError as error:
        defects = describe_unreadable(error)
        return replace(found, differences=(Difference(HISTORY, "a document that can be read", defects),))
    differences: list[Difference] = []
    left: list[str] = []
    for section in document.rescored:
        if submissions and section.submission not in submissions:
            continue
        record = records.get((section.submission, section.track))
        if record is None or record.score is None or not _is_of(section, record.score, document.scoring_version):
            left.append(f"{section.submission} {section.track}")
            continue
        name = f"{HISTORY}.{section.submission} {section.track}"
        differences += _check_section(section, record.score, name)
    note = f"what it says of these is of scores that are kept no more: {', '.join(left)}" if left else ""
    return replace(found, differences=tuple(differences), note=note)


def _is_of(section: RescoringRecord, score: ScoreRecord, version: int) -> bool:
    return (score.scoring_version, score.predictions_sha256) == (version, section.predictions_sha256)


def _check_section(section: RescoringRecord, score: ScoreRecord, name: str) -> Iterator[Difference]:
    parts = {part: metrics for (part, _), metrics in name_parts(score).items()}
    for figure in section.changed:
        what = f"{name}.{figure.part}.{figure.metric}"
        if figure.part not in parts:
            continue  # its overlap is another one by now
        nothing = MetricRecord(value=None, reason=NO_LONGER_MADE)
        expected = parts[figure.part].get(figure.metric, nothing)
        yield from find_differences(expected.model_dump(), figure.new.model_dump(), f"{what}.new")
        if is_same_figure(figure.old, figure.new):
            yield Difference(what, "an old and a new figure that are two", "one figure")
    known = {metric for metrics in parts.values() for metric in metrics}
    for metric in sorted(set(section.new_metrics) - known):
        yield Difference(f"{name}.new_metrics", "metrics of the score", metric)
    yield from _check_count(section, parts, name)


def _check_count(
    section: RescoringRecord, parts: Mapping[str, Mapping[str, MetricRecord]], name: str
) -> Iterator[Difference]:
    """Every part of the score that there was before has each of the metrics of before, or each but those of
    probabilities where the score was declared to mean something else.
    """
    compared = section.unchanged + sum(figure.new.reason != NO_LONGER_MADE for figure in section.changed)
    before = next(iter(parts.values())).keys() - set(section.new_metrics)
    sizes = {len(before), len(before - _PROBABILITIES)} - {0}
    if not any(compared == size * count for size in sizes for count in range(1, len(parts) + 1)):
        whole = len(before) * len(parts)
        yield Difference(f"{name}.unchanged", f"{whole - compared + section.unchanged}", f"{section.unchanged}")
