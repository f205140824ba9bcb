"""Each classifier is the same for the same rows, is kept without pickle, and what is foreign is not loaded."""

import io
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("xgboost")

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from skops import io as skops_io

from polyreact.baselines.classifiers.catalog import (
    CLASSIFIERS,
    expand_grid,
    fit_classifier,
    load_classifier,
)
from polyreact.baselines.classifiers.interface import ClassifierChoice
from polyreact.baselines.config import CLASSIFIER_GROUP
from polyreact.baselines.decision import (
    Decision,
    ThresholdRule,
    find_best_threshold,
    learn_decision,
)
from polyreact.errors import BadModel, CannotTrain, UnknownName, WrongCommandLine

QUICK = {"mlp": {"max_iter": 30}, "random-forest": {"n_estimators": 10}, "xgboost": {"rounds": 10}}


@pytest.fixture(scope="module")
def table():
    stream = np.random.default_rng(3)
    features = stream.normal(size=(80, 5)) * [1, 10, 0.1, 1, 1] + [0, 50, 0, 0, 0]
    labels = (features[:, 0] + stream.normal(size=80) > 0).astype(np.int64)
    return features.astype(np.float32), labels


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_the_same_rows_give_the_same_bytes_and_what_is_kept_scores_the_same(table, name, scale):
    features, labels = table
    choice = ClassifierChoice(name, QUICK.get(name, {}), scale=scale)
    fitted, again = (fit_classifier(choice, features, labels, 1) for _ in range(2))
    content = fitted.to_bytes()
    assert content == again.to_bytes()
    scores = fitted.score(features)
    assert scores.shape == (80,)
    np.testing.assert_allclose(load_classifier(fitted.kind, content).score(features), scores, rtol=1e-12)
    if fitted.is_probability:
        assert 0 <= scores.min() <= scores.max() <= 1
    assert scores[labels == 1].mean() > scores[labels == 0].mean()


@pytest.mark.parametrize("scale", [False, True])
def test_logistic_regression_is_that_of_scikit_learn(table, scale):
    features, labels = table
    columns = (features - features.mean(axis=0)) / features.std(axis=0) if scale else features
    theirs = LogisticRegression(C=1.0, max_iter=10_000).fit(columns, labels).predict_proba(columns)[:, 1]
    ours = fit_classifier(ClassifierChoice("logreg", {"C": 1.0}, scale=scale), features, labels, 0)
    np.testing.assert_allclose(ours.score(features), theirs, atol=2e-4)


def test_every_group_of_the_configuration_can_be_fitted(table):
    assert {config.name for config in CLASSIFIER_GROUP.values()} == set(CLASSIFIERS)
    for config in CLASSIFIER_GROUP.values():
        choice = ClassifierChoice(
            config.name, config.settings, config.scale, {k: tuple(v) for k, v in config.grid.items()}
        )
        for one in expand_grid(choice)[:1]:
            fit_classifier(one, *table, 0)


def test_a_grid_is_every_combination():
    choice = ClassifierChoice("svm", {"kernel": "rbf"}, grid={"C": (1, 2), "gamma": (3, 4)})
    assert [one.settings for one in expand_grid(choice)] == [
        {"kernel": "rbf", "C": c, "gamma": gamma} for c in (1, 2) for gamma in (3, 4)
    ]


@pytest.mark.parametrize(
    ("name", "settings"), [("svm", {"C": -1}), ("svm", {"colour": 1}), ("xgboost", {"max_depth": -3})]
)
def test_settings_that_cannot_be_are_told(table, name, settings):
    with pytest.raises(WrongCommandLine, match=name):
        fit_classifier(ClassifierChoice(name, settings), *table, 0)


def test_an_unknown_classifier_is_told(table):
    with pytest.raises(UnknownName, match="oracle"):
        fit_classifier(ClassifierChoice("oracle"), *table, 0)


class Wicked:
    ran = False

    def __reduce__(self):
        return (setattr, (Wicked, "ran", True))


@pytest.mark.parametrize("kind", ["linear", "scikit-learn", "xgboost"])
def test_a_pickle_is_never_loaded(kind):
    archive = io.BytesIO()
    np.savez(archive, weights=np.array([Wicked()], dtype=object), intercept=np.float64(0))
    for content in (pickle.dumps(Wicked()), archive.getvalue(), b"", b"PK\x03\x04", b"{}"):
        with pytest.raises(BadModel):
            load_classifier(kind, content)
    assert not Wicked.ran


def test_types_that_are_not_allowed_are_refused_by_name():
    foreign = skops_io.dumps(Pipeline([("classify", FunctionTransformer(np.linalg.inv))]))
    with pytest.raises(BadModel):
        load_classifier("scikit-learn", foreign)
    with pytest.raises(BadModel, match="none that"):
        load_classifier("scikit-learn", skops_io.dumps(LogisticRegression()))
    with pytest.raises(BadModel, match="unknown kind 'pickle'"):
        load_classifier("pickle", b"")


def test_the_best_threshold_parts_what_can_be_parted():
    scores, labels = np.array([0.1, 0.2, 0.3, 0.7, 0.8]), np.array([0, 0, 0, 1, 1])
    assert find_best_threshold(scores, labels) == pytest.approx(0.5)
    assert find_best_threshold(np.array([0.4, 0.4]), np.array([0, 1])) == pytest.approx(0.4)
    noisy = np.array([0.1, 0.6, 0.2, 0.7, 0.3])
    decided = noisy >= find_best_threshold(noisy, np.array([0, 0, 0, 1, 1]))
    assert decided.tolist() == [False, True, False, True, True]


@pytest.mark.parametrize(("is_probability", "threshold"), [(True, 0.5), (False, 0.0)])
def test_the_natural_threshold_is_the_classifiers_own(is_probability, threshold):
    decision = learn_decision(
        np.array([0.1, 0.9]),
        np.array([0, 1]),
        ThresholdRule.NATURAL,
        is_probability=is_probability,
        calibrate=False,
    )
    assert decision == Decision(threshold)
    assert not decision.is_calibrated


def test_calibration_gives_the_share_that_is_polyreactive_and_keeps_the_order():
    stream = np.random.default_rng(0)
    scores = stream.normal(size=20_000) * 3
    labels = (stream.random(20_000) < 1 / (1 + np.exp(-(2 * scores - 1)))).astype(np.int64)
    decision = learn_decision(scores, labels, ThresholdRule.NATURAL, is_probability=False, calibrate=True)
    assert decision.slope == pytest.approx(2, abs=0.15)
    assert decision.offset == pytest.approx(-1, abs=0.15)
    assert decision.threshold == 0.5
    calibrated = decision.calibrate(scores)
    assert (np.argsort(calibrated, kind="stable") == np.argsort(scores, kind="stable")).mean() > 0.99
    assert calibrated.mean() == pytest.approx(labels.mean(), abs=0.01)


def test_scores_that_order_backwards_cannot_be_calibrated():
    with pytest.raises(CannotTrain, match="no better than chance"):
        learn_decision(
            np.array([0.9, 0.8, 0.1, 0.2]),
            np.array([0, 0, 1, 1]),
            ThresholdRule.NATURAL,
            is_probability=True,
            calibrate=True,
        )
