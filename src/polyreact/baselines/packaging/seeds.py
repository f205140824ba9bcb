"""How much chance there is in a stochastic model: its cross-validation from several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def render_seeds(metrics: Sequence[Mapping[str, Any]]) -> str:
    """A table in Markdown of the pooled accuracy and AUROC of the same model from several seeds, the packaged one
    first: its own, and mean, standard deviation and range over all.
    """
    lines = [
        "",
        f"## {len(metrics)} seeds",
        "",
        "Packaged is the first seed, 0. Cross-validation, pooled:",
        "",
        "| folds | figure | seed 0 | mean ± standard deviation | range |",
        "|---|---|---|---|---|",
    ]
    for scheme in metrics[0]["validation"]:
        for key, name in (("accuracy", "accuracy"), ("roc_auc", "AUROC")):
            values = [one["validation"][scheme]["pooled"]["metrics"][key]["value"] for one in metrics]
            mean, deviation = np.mean(values), np.std(values, ddof=1)
            lines.append(
                f"| {scheme} | {name} | {values[0]:.3f} | {mean:.3f} ± {deviation:.3f} | "
                f"{min(values):.3f} to {max(values):.3f} |"
            )
    return "\n".join([*lines, ""])
