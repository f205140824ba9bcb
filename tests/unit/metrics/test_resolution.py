import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from polyreact.metrics.resolution import auroc_half_width


@pytest.mark.parametrize(("positives", "negatives"), [(29, 57), (100, 400)])
def test_half_width_is_the_spread_of_simulated_aurocs(positives, negatives):
    """Binormal scores, whose AUROC is .75 at a distance of .954; the formula is for exponential ones."""
    stream = np.random.default_rng(1)
    labels = np.repeat([1, 0], [positives, negatives])
    shift = 0.9539 * labels
    found = [roc_auc_score(labels, stream.normal(size=labels.size) + shift) for _ in range(600)]
    assert np.mean(found) == pytest.approx(0.75, abs=0.01)
    assert auroc_half_width(positives, negatives) == pytest.approx(1.96 * np.std(found), rel=0.12)


def test_half_width_worked_out_by_hand():
    """One of each: Q1 and Q2 drop out, and A(1 - A) is left."""
    assert auroc_half_width(1, 1) == pytest.approx(1.96 * (0.75 * 0.25) ** 0.5, rel=1e-4)
