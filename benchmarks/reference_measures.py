"""What is measured of the reference models: values with the benchmark's own intervals, and differences on the same
antibodies.

Of several seeds the one in the middle is told with its interval, beside the values of all; of several pairs of
seeds the one in the middle, and how many say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.reference_models import (
    LARGE_SET,
    Entry,
    Floats,
    LabelledSet,
    Trained,
    Whole,
    ask,
    embed_sets,
    train_once,
)
from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.features import Features
from polyreact.evaluation.measure import Intervals, measure
from polyreact.metrics.ordering import roc_auc
from polyreact.sequences import Antibody
from polyreact.settings import Settings
from polyreact.statistics.comparison import Comparison, compare_pairs
from polyreact.statistics.covariance import estimate_aurocs
from polyreact.statistics.interval import Interval, Unavailable

DATASETS = {"boughter_r1": "boughter@1", "boughter_r2": "boughter@2"}
CONTROLS = ("net-charge", "random-encoder")
SCHEMES = ("grouped", "ungrouped", "family")
#: What is published of sets whose labels come from PSR is at this threshold, or at 0.5, or at both.
PSR_THRESHOLD, PSR_SETS = 0.5495, ("shehata", LARGE_SET)
DECIMALS = 4
Json = dict[str, Any]
#: The features of each test set by its name, for each embedder.
Embedded = dict[EmbedderChoice, dict[str, Features]]


@dataclass(frozen=True, slots=True)
class Answers:
    """The scores of one model by where it was asked, each from every seed: arrays of shape (seeds, n)."""

    entry: Entry
    training: str
    scores: Mapping[str, Floats]
    is_probability: bool
    over_folds: Mapping[str, Json]
    config: Json

    @property
    def is_stochastic(self) -> bool:
        """Whether seeds differ where folds do not hang on them."""
        return bool(np.ptp(self.scores["grouped"], axis=0).any())


def collect(
    entry: Entry, training: str, sets: Mapping[str, LabelledSet], settings: Settings, embedded: Embedded
) -> Answers:
    """Train a model from every seed and ask it about every test set; `embedded` keeps what others embed as well."""
    runs = [train_once(entry, training, seed, settings) for seed in entry.seeds]
    scores = {scheme: np.array([run.out_of_fold[scheme] for run in runs]) for scheme in SCHEMES}
    for run in runs:
        if run.model.embedder not in embedded:
            embedded[run.model.embedder] = embed_sets(entry, run.model.embedder, sets, settings)
    for name in embedded[runs[0].model.embedder]:
        scores[name] = np.array([ask(run.model, embedded[run.model.embedder][name]) for run in runs])
    over_folds = {scheme: average_over_folds(runs, scheme) for scheme in SCHEMES}
    return Answers(entry, training, scores, runs[0].model.is_probability, over_folds, runs[0].config)


def average_over_folds(runs: Sequence[Trained], scheme: str) -> Json:
    """Mean and standard deviation over folds, as papers give them, averaged over seeds."""
    found = [run.metrics["validation"][scheme]["over_folds"] for run in runs]
    return {
        key: {
            part: round(float(np.mean([one[key][part] for one in found])), DECIMALS)
            for part in ("mean", "standard_deviation")
        }
        for key in ("accuracy", "roc_auc")
    }


def describe(answers: Answers, sets: Mapping[str, LabelledSet]) -> Json:
    """Every figure of a model."""
    trained_on = sets[DATASETS[answers.training]]
    families = np.array(trained_on.families)
    natural = 0.5 if answers.is_probability else 0.0
    figures: dict[str, Json] = {}
    for name, scores in answers.scores.items():
        at = sets.get(name, trained_on)
        figures[name] = summarise_all(scores, at, natural, is_probability=answers.is_probability)
        if name in PSR_SETS and answers.is_probability:
            figures[name]["accuracy_at_psr_threshold"] = summarise_accuracy(scores, at, PSR_THRESHOLD)
    held_out = {
        family: summarise_all(
            answers.scores["family"][:, families == family],
            select(trained_on, families == family),
            natural,
            is_probability=answers.is_probability,
        )
        for family in sorted(set(families.tolist()))
    }
    return {
        "model": answers.entry.name,
        "title": answers.entry.title,
        "command": f"polyreact train data={answers.training} {' '.join(answers.entry.overrides)}",
        "training": DATASETS[answers.training],
        "seeds": len(answers.entry.seeds),
        "is_stochastic": answers.is_stochastic,
        "figures": figures,
        "families": held_out,
        "over_folds": dict(answers.over_folds),
    }


def summarise_all(scores: Floats, at: LabelledSet, threshold: float, *, is_probability: bool) -> Json:
    """AUROC, and accuracy at the classifier's own threshold."""
    aurocs = [roc_auc(at.labels, row).value or 0.0 for row in scores]
    intervals = measure_row(scores[middle(aurocs)], at, threshold, is_probability=is_probability)
    return {
        "roc_auc": describe_value(aurocs, intervals["roc_auc"]),
        "accuracy": summarise_accuracy(scores, at, threshold),
    }


def summarise_accuracy(scores: Floats, at: LabelledSet, threshold: float) -> Json:
    """Accuracy where scores from `threshold` upwards are called polyreactive."""
    values = [float(((row >= threshold) == at.labels).mean()) for row in scores]
    interval = measure_row(scores[middle(values)], at, threshold, is_probability=False)["accuracy"]
    return describe_value(values, interval)


def measure_row(scores: Floats, at: LabelledSet, threshold: float, *, is_probability: bool) -> Intervals:
    """The benchmark's own intervals of one model's answers."""
    decisions = (scores >= threshold).astype(np.int64)
    return measure(at.labels, decisions, scores, is_probability=is_probability, groups=at.groups).intervals


def describe_value(values: Sequence[float], interval: Interval | Unavailable) -> Json:
    """The value of the middle seed with its interval, and those of all seeds where they differ."""
    assert isinstance(interval, Interval), interval  # every set here has both classes
    found: Json = {
        "value": round(values[middle(values)], DECIMALS),
        "low": round(interval.low, DECIMALS),
        "high": round(interval.high, DECIMALS),
    }
    return found | ({"seeds": [round(value, DECIMALS) for value in values]} if np.ptp(values) > 0 else {})


def middle(values: Sequence[float]) -> int:
    """The place of the value in the middle, of an even number the lower."""
    return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])


def select(of: LabelledSet, rows: npt.NDArray[np.bool_]) -> LabelledSet:
    """Some rows of a set, without what only the whole has."""
    chosen = np.flatnonzero(rows)
    return LabelledSet(
        tuple(of.antibodies[row] for row in chosen),
        of.labels[chosen],
        None if of.groups is None else of.groups[chosen],
        None,
    )


def compare_all(models: Sequence[Answers], at: LabelledSet, name: str) -> list[Json]:
    """Each model less each control on the same antibodies, by every pair of seeds."""
    asked = [one for one in models if name in one.scores]
    distinct = [np.unique(one.scores[name], axis=0) for one in asked]
    starts = np.cumsum([0, *map(len, distinct)])
    aurocs = estimate_aurocs(at.labels, np.concatenate(distinct), at.groups)
    place_of = {one.entry.name: range(*starts[[at_, at_ + 1]]) for at_, one in enumerate(asked)}
    found = []
    for one in asked:
        for control in CONTROLS:
            if one.entry.name == control or control not in place_of:
                continue
            ends = [(own, other) for own in place_of[one.entry.name] for other in place_of[control]]
            pairs = [pair for _, _, pair in compare_pairs(aurocs, ends)]
            where = {"model": one.entry.name, "control": control, "training": DATASETS[one.training], "set": name}
            found.append(where | describe_difference(pairs))
    return found


def describe_difference(pairs: Sequence[Comparison]) -> Json:
    """The pair in the middle, and how many say that the model is better or worse."""
    told = [pair for pair in pairs if pair.is_told_apart]
    one = pairs[middle([pair.difference for pair in pairs])]
    return {
        "difference": round(one.difference, DECIMALS),
        "low": round(one.low, DECIMALS),
        "high": round(one.high, DECIMALS),
        "p_value": float(f"{one.p_value:.3g}"),
        "pairs": len(pairs),
        "better": sum(pair.difference > 0 for pair in told),
        "worse": sum(pair.difference < 0 for pair in told),
    }


def compare_revisions(models: Sequence[Answers], sets: Mapping[str, LabelledSet]) -> list[Json]:
    """What the corrected labels change: out-of-fold scores of both revisions on the antibodies of the second."""
    first, second = sets["boughter@1"], sets["boughter@2"]
    row_of = {as_pair(antibody): row for row, antibody in enumerate(first.antibodies)}
    common = np.array([row_of[as_pair(antibody)] for antibody in second.antibodies])
    found = []
    for old in (one for one in models if one.training == "boughter_r1"):
        (new,) = [one for one in models if one.training == "boughter_r2" and one.entry == old.entry]
        before, after = old.scores["grouped"][:, common], new.scores["grouped"]
        aurocs = estimate_aurocs(second.labels, np.concatenate([after, before]), second.groups)
        ends = [(seed, len(after) + seed) for seed in range(len(after) if old.is_stochastic else 1)]
        found.append(
            {
                "model": old.entry.name,
                "all_of_r1": describe_range(first.labels, old.scores["grouped"]),
                "r1_on_common": describe_range(second.labels, before),
                "r2_on_common": describe_range(second.labels, after),
            }
            | describe_difference([pair for _, _, pair in compare_pairs(aurocs, ends)])
        )
    return found


def as_pair(antibody: Antibody) -> tuple[str, str]:
    """What names an antibody in both revisions."""
    return antibody.sequence, antibody.light_sequence


def describe_range(labels: Whole, scores: Floats) -> float:
    """The AUROC of the middle seed."""
    values = [roc_auc(labels, row).value or 0.0 for row in scores]
    return round(values[middle(values)], DECIMALS)
