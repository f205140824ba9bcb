"""`polyreact score --json` agrees with scikit-learn on a thousand tables; where it says nothing, so does the other.

"Nothing" means that scikit-learn warns that the metric is not defined, or refuses. Only for `matthews_corrcoef` it
does neither: there the correlation is 0 / 0.
"""

import json
import warnings

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning

from polyreact.cli.main import polyreact

TABLES = 1000
PER_TEST = 100


def draw_table(seed):
    """Labels, predictions, scores and whether the scores are probabilities: ordinary and awkward tables."""
    stream = np.random.default_rng(seed)
    rows = int(stream.integers(1, 80))
    share = stream.choice([0.0, 0.02, 0.3, 0.5, 0.9, 1.0])
    labels = (stream.random(rows) < share).astype(int)
    kind = seed % 5
    if kind == 0:
        scores = np.full(rows, 0.5)
    elif kind == 1:
        scores = stream.choice([0.0, 0.25, 0.5, 1.0], rows)
    elif kind == 2:
        scores = stream.normal(size=rows) * 10.0 ** stream.integers(-200, 200)
    else:
        scores = np.clip(stream.random(rows) * 0.6 + 0.4 * labels * stream.random(rows), 0, 1)
    threshold = stream.choice([-np.inf, 0.25, 0.5, np.inf])
    return labels, (scores >= threshold).astype(int), scores, kind != 2


def ours(folder, labels, predictions, scores, is_probability):
    ids = [f"s{number}" for number in range(labels.size)]
    truth, table = folder / "labels.csv", folder / "predictions.csv"
    truth.write_text("sequence_id,label\n" + "".join(f"{i},{y}\n" for i, y in zip(ids, labels, strict=True)))
    rows = zip(ids, predictions, scores.tolist(), strict=True)
    table.write_text("sequence_id,prediction,score\n" + "".join(f"{i},{p},{s!r}\n" for i, p, s in rows))
    options = ["score", "--predictions", str(table), "--labels", str(truth), "--json"]
    result = CliRunner().invoke(polyreact, options + ["--probability"] * is_probability, catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


def or_nothing(function, *arguments, **options):
    """The value, or None where scikit-learn says that there is none."""
    try:
        return float(function(*arguments, **options))
    except (UndefinedMetricWarning, ValueError):
        return None


def theirs(labels, predictions, scores, is_probability):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="A single label was found", category=UserWarning)
        constant = 0 in {labels.sum(), predictions.sum(), (1 - labels).sum(), (1 - predictions).sum()}
        one_class = len(set(labels.tolist())) == 1
        return {
            "accuracy": metrics.accuracy_score(labels, predictions),
            "balanced_accuracy": None if one_class else metrics.balanced_accuracy_score(labels, predictions),
            "sensitivity": or_nothing(metrics.recall_score, labels, predictions),
            "specificity": or_nothing(metrics.recall_score, labels, predictions, pos_label=0),
            "precision": or_nothing(metrics.precision_score, labels, predictions),
            "f1": or_nothing(metrics.f1_score, labels, predictions),
            "mcc": None if constant else metrics.matthews_corrcoef(labels, predictions),
            "roc_auc": None if one_class else or_nothing(metrics.roc_auc_score, labels, scores),
            "average_precision": None if not labels.any() else metrics.average_precision_score(labels, scores),
            "brier": metrics.brier_score_loss(labels, scores, pos_label=1) if is_probability else None,
            "youden": None if one_class else metrics.balanced_accuracy_score(labels, predictions, adjusted=True),
            "specificity_at_sensitivity_90": None if one_class else best_specificity(labels, scores),
            "precision_at_positives": share_of_list(labels, scores, labels.sum()),
            "precision_at_10": share_of_list(labels, scores, 10),
            "log_loss": finite_log_loss(labels, scores) if is_probability else None,
            "ece": calibration_error(labels, scores) if is_probability else None,
            "spearman": None,
        }


def best_specificity(labels, scores):
    false_positives, sensitivity, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    return 1 - false_positives[sensitivity >= 0.9].min()


def share_of_list(labels, scores, listed):
    """With equal scores each in the list with the same chance, from the places that higher ones leave."""
    if not labels.any() or labels.size < listed:
        return None
    cut = np.sort(scores)[-listed]
    above, tied = labels[scores > cut], labels[scores == cut]
    return (above.sum() + (listed - above.size) * tied.mean()) / listed


def finite_log_loss(labels, scores):
    """scikit-learn clips where the loss is infinite."""
    if np.any(np.where(labels == 1, scores, 1 - scores) == 0):
        return None
    return metrics.log_loss(labels, scores, labels=[0, 1])


def calibration_error(labels, scores):
    shares, means = calibration_curve(labels, scores, n_bins=10)
    _, sizes = np.unique(np.digitize(scores, np.linspace(0, 1, 11)[1:-1], right=True), return_counts=True)
    return float(sizes @ np.abs(shares - means)) / labels.size


@pytest.mark.parametrize("first", range(0, TABLES, PER_TEST))
def test_score_of_random_tables_agrees_with_scikit_learn(tmp_path, first):
    undefined = 0
    for seed in range(first, first + PER_TEST):
        table = draw_table(seed)
        printed, expected = ours(tmp_path, *table), theirs(*table)
        assert printed["metrics"].keys() == expected.keys()
        for key, value in expected.items():
            found = printed["metrics"][key]
            assert (found["value"] is None) == (value is None), (seed, key)
            assert (found["reason"] is None) == (found["value"] is not None), (seed, key)
            undefined += value is None
            if value is not None:
                assert found["value"] == pytest.approx(value, rel=0, abs=1e-12), (seed, key)
        counts = metrics.confusion_matrix(*table[:2], labels=[0, 1]).ravel().tolist()
        assert list(printed["confusion"].values()) == counts
    assert undefined > PER_TEST / 2  # the awkward tables are among them


@pytest.mark.parametrize(
    "function",
    [metrics.recall_score, metrics.precision_score, metrics.f1_score, metrics.average_precision_score],
)
def test_scikit_learn_warns_where_there_is_no_positive(function):
    with pytest.warns(UserWarning, match=r"No positive class|ill-defined"):
        function([0, 0], [0, 0])


def test_scikit_learn_warns_where_there_is_one_class_only():
    with pytest.warns(UndefinedMetricWarning):
        metrics.roc_auc_score([1, 1], [0.1, 0.2])
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        metrics.balanced_accuracy_score([1, 1], [0, 1])
