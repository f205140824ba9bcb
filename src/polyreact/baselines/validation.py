"""Cross-validation: how rows are put into folds, and the out-of-fold score of each row.

- `grouped`: clones (VH of 95 % identity or more) stay in one fold, so that none is asked for whose relative was
  learned from. The figure to believe.
- `ungrouped`: stratified at random, as published figures are; relatives stand on both sides, and it flatters.
- `family`: each family of antibodies is held out once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from polyreact.baselines.classifiers.catalog import expand_grid, fit_classifier
from polyreact.baselines.classifiers.interface import ClassifierChoice, Fitted, Floats, Labels
from polyreact.baselines.decision import Decision, ThresholdRule, learn_decision
from polyreact.baselines.training_data import TrainingSet, validate_classes
from polyreact.datasets.prepare.grouping import assign_folds
from polyreact.errors import CannotTrain
from polyreact.metrics.ordering import roc_auc
from polyreact.tracks.track import order_folds

_INNER_FOLDS = 5
Features = npt.NDArray[np.floating]


class Scheme(StrEnum):
    """A way to make folds."""

    GROUPED = "grouped"
    UNGROUPED = "ungrouped"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """For each row what a classifier says that was fitted on the other folds.

    `scores` are as handed in, calibrated where that was asked for; `natural` and `chosen` are the decisions at the
    classifier's own threshold and at the one that the other folds taught. All have shape (n,).
    """

    scheme: Scheme
    fold_of: tuple[str, ...]
    scores: Floats
    natural: Labels
    chosen: Labels
    raw_scores: Floats
    is_probability: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is fitted and decides; with `tune`, its settings are chosen by cross-validation inside."""

    classifier: ClassifierChoice
    threshold: ThresholdRule
    calibrate: bool
    tune: bool
    seed: int


def make_folds(scheme: Scheme, data: TrainingSet, folds: int, seed: int) -> tuple[str, ...]:
    """The name of each row's fold. Raises CannotTrain where such folds cannot be made."""
    if scheme is Scheme.FAMILY:
        if len(set(data.families)) < 2:  # noqa: PLR2004  one to learn from, one to be asked
            raise CannotTrain(f"`{data.name}` has no families to hold out")
        return data.families
    if scheme is Scheme.GROUPED:
        validate_classes(data.labels, data.clones, folds)
        return tuple(str(fold) for fold in assign_folds(data.clones, data.labels.tolist(), folds))
    validate_classes(data.labels, [str(row) for row in range(len(data.labels))], folds)
    names = np.empty(len(data.labels), dtype=np.int64)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for number, (_, test) in enumerate(splitter.split(np.zeros(len(names)), data.labels), start=1):
        names[test] = number
    return tuple(map(str, names))


def validate_out_of_fold(
    features: Features,
    data: TrainingSet,
    scheme: Scheme,
    fold_of: Sequence[str],
    recipe: Recipe,
    on_fold: Callable[[str], None] = lambda _fold: None,
) -> OutOfFold:
    """Fit on all folds but one and score that one, for each. Raises CannotTrain where a fold leaves one class."""
    named = np.asarray(fold_of)
    raw = np.empty(len(named), dtype=np.float64)
    is_probability = True
    for fold in order_folds(fold_of):
        on_fold(fold)
        train, test = named != fold, named == fold
        if len(set(data.labels[train].tolist())) < 2:  # noqa: PLR2004  both classes
            raise CannotTrain(f"without the fold {fold} only one class is left to learn from")
        fitted = fit_tuned(
            features[train], data.labels[train], [g for g, t in zip(data.clones, train, strict=True) if t], recipe
        )
        raw[test] = fitted.score(features[test])
        is_probability = fitted.is_probability
    natural, chosen, scores = np.empty_like(data.labels), np.empty_like(data.labels), np.empty_like(raw)
    for fold in order_folds(fold_of):
        train, test = named != fold, named == fold
        rules = (ThresholdRule.NATURAL, ThresholdRule.OUT_OF_FOLD)
        own, best = (
            _learn(raw[train], data.labels[train], rule, recipe, is_probability=is_probability) for rule in rules
        )
        natural[test], chosen[test] = own.decide(raw[test]), best.decide(raw[test])
        scores[test] = own.calibrate(raw[test])
    return OutOfFold(scheme, tuple(fold_of), scores, natural, chosen, raw, is_probability or recipe.calibrate)


def learn_final_decision(
    out_of_fold: OutOfFold, labels: Labels, recipe: Recipe, *, is_probability: bool
) -> Decision:
    """The decision of the model that is kept, from all out-of-fold scores."""
    return _learn(out_of_fold.raw_scores, labels, recipe.threshold, recipe, is_probability=is_probability)


def fit_tuned(features: Features, labels: Labels, clones: Sequence[str], recipe: Recipe) -> Fitted:
    """The classifier fitted on these rows; with settings that did best on them where tuning is asked for."""
    return fit_classifier(choose_settings(features, labels, clones, recipe), features, labels, recipe.seed)


def choose_settings(features: Features, labels: Labels, clones: Sequence[str], recipe: Recipe) -> ClassifierChoice:
    """The settings of the grid with the highest AUROC in five folds of clones; the first of several such."""
    choices = expand_grid(recipe.classifier)
    if not recipe.tune or len(choices) == 1:
        return choices[0] if recipe.tune else recipe.classifier
    fold_of = np.asarray(assign_folds(clones, labels.tolist(), _INNER_FOLDS))
    best, best_value = choices[0], -1.0
    for choice in choices:
        scores = np.empty(len(labels), dtype=np.float64)
        for fold in range(1, _INNER_FOLDS + 1):
            train, test = fold_of != fold, fold_of == fold
            scores[test] = fit_classifier(choice, features[train], labels[train], recipe.seed).score(features[test])
        value = roc_auc(labels, scores).value or 0.0
        if value > best_value:
            best, best_value = choice, value
    return best


def _learn(
    scores: Floats, labels: Labels, rule: ThresholdRule, recipe: Recipe, *, is_probability: bool
) -> Decision:
    return learn_decision(scores, labels, rule, is_probability=is_probability, calibrate=recipe.calibrate)
