"""What a new scoring version made of the figures that stood before: `results/scoring/<version>.json`.

One document for each version that records were moved to. It holds a section for every record that was, and is only
ever added to. The sections are a set that is kept in one order: whichever record comes first, and however often one
comes again, the same sections give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from polyreact.metrics.catalog import METRICS, Needs
from polyreact.results.records import Digest, Frozen, MetricRecord, Record, ScoreRecord

#: Version of the JSON written by this program. Newer ones are refused, older ones upgraded step by step.
HISTORY_SCHEMA_VERSION = 1

OVERALL = "overall"
FOLD_MEAN = "mean of the folds"
NO_LONGER_MADE = "this version has no such metric"

_Version = Annotated[int, Field(ge=1)]
#: Of the same predictions they are other figures, or none, where the score is declared to mean something else.
_OF_PROBABILITIES = frozenset(metric.key for metric in METRICS if metric.needs is Needs.PROBABILITIES)


class FigureRecord(Frozen):
    """One figure as it was and as it is; `part` says of which antibodies of the track (see `name_parts`)."""

    part: str
    metric: str
    old: MetricRecord
    new: MetricRecord


class RescoringRecord(Frozen):
    """One record that was scored anew by the document's version.

    `changed` are the figures that are others now, `unchanged` counts those that are the same bit for bit, and
    `new_metrics` are the metrics, in the order of the alphabet, that its score did not have before.
    """

    submission: str
    track: str
    previous_version: _Version
    predictions_sha256: Digest
    unchanged: Annotated[int, Field(ge=0)]
    new_metrics: tuple[str, ...]
    changed: tuple[FigureRecord, ...]


class ScoringHistoryRecord(Frozen):
    """Every record that was moved to one scoring version."""

    schema_version: Literal[1] = 1
    scoring_version: _Version
    rescored: tuple[RescoringRecord, ...] = ()

    @model_validator(mode="after")
    def _validate_versions(self) -> Self:
        for section in self.rescored:
            if section.previous_version >= self.scoring_version:
                message = f"version {section.previous_version} does not come before {self.scoring_version}"
                raise ValueError(message)
        return self


def describe_rescoring(kept: Record, made: Record) -> RescoringRecord | None:
    """What a newer scoring version made of the figures of a kept record; None where no newer one scored it.

    Compared are the figures that both scores have, of the same predictions: overall, of each fold, their mean, and
    without the neighbours in a declared set, where the overlap with it is the same. What hangs on whether the score
    is a probability is not compared where the manifest says another thing than before: no version did that.
    """
    before, now = kept.score, made.score
    if before is None or now is None or before.scoring_version >= now.scoring_version:
        return None
    left_out = _OF_PROBABILITIES if before.score_is_probability != now.score_is_probability else frozenset[str]()
    parts_now = name_parts(now)
    changed: list[FigureRecord] = []
    unchanged = 0
    new_metrics: set[str] = set()
    for key, figures in name_parts(before).items():
        if key not in parts_now:
            continue
        part, _ = key
        figures_now = parts_now[key]
        new_metrics |= figures_now.keys() - figures.keys()
        for metric, old in figures.items():
            new = figures_now.get(metric, MetricRecord(value=None, reason=NO_LONGER_MADE))
            if metric in left_out:
                continue
            if is_same_figure(old, new):
                unchanged += 1
            else:
                changed.append(FigureRecord(part=part, metric=metric, old=old, new=new))
    return RescoringRecord(
        submission=made.submission.id,
        track=made.track,
        previous_version=before.scoring_version,
        predictions_sha256=before.predictions_sha256,
        unchanged=unchanged,
        new_metrics=tuple(sorted(new_metrics)),
        changed=tuple(changed),
    )


def name_parts(score: ScoreRecord) -> dict[tuple[str, str], Mapping[str, MetricRecord]]:
    """The metrics of each part of a score, by its name and the digest of the overlap that it rests on, if any."""
    parts: dict[tuple[str, str], Mapping[str, MetricRecord]] = {(OVERALL, ""): score.metrics}
    if score.folds:
        parts[FOLD_MEAN, ""] = score.fold_means
        parts |= {(f"fold {name}", ""): fold.metrics for name, fold in score.folds.items()}
    return parts | dict(_name_parts_without_neighbours(score))


def _name_parts_without_neighbours(
    score: ScoreRecord,
) -> Iterator[tuple[tuple[str, str], Mapping[str, MetricRecord]]]:
    for audited in score.audit.sets if score.audit is not None else ():
        for part in audited.without_neighbours:
            name = f"without neighbours in {audited.reference}, {part.region} at {part.cut:.2f}"
            yield (name, audited.overlap_sha256), part.metrics


def is_same_figure(old: MetricRecord, new: MetricRecord) -> bool:
    """Whether no bit of a figure changed: its value and every other number that stood beside it.

    Words are no figures, and a number that there was none of before is an addition.
    """
    numbers = {name for name in type(old).model_fields if isinstance(getattr(old, name), float)}
    return all(repr(getattr(old, name)) == repr(getattr(new, name)) for name in {"value", *numbers})


def add_rescoring(history: ScoringHistoryRecord, rescoring: RescoringRecord) -> ScoringHistoryRecord:
    """The history with one section more, or as it is where it has this one.

    Raises ValueError for a section whose previous version is no older one.
    """
    sections = {section.model_dump_json(): section for section in (*history.rescored, rescoring)}
    ordered = sorted(sections.items(), key=lambda item: (*_place(item[1]), item[0]))
    return ScoringHistoryRecord(
        scoring_version=history.scoring_version, rescored=tuple(section for _, section in ordered)
    )


def _place(section: RescoringRecord) -> tuple[str, str, int]:
    return section.submission, section.track, section.previous_version
