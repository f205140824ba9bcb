"""A run as trackers show it: a flat table of settings, and a flat table of figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from polyreact.baselines.trackers.interface import Setting, TrackedRun
from polyreact.baselines.train import Run


def build_tracked_run(run: Run, described: Mapping[str, object]) -> TrackedRun:
    """A run with what was asked for, as `train.describe_plan` says it."""
    return TrackedRun(run.folder, dict(_flatten(described)), dict(_find_figures(run.metrics)))


def _flatten(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Setting]]:
    """Each setting by its path, `classifier.settings.C`; lists as JSON."""
    for key, value in values.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{name}.")
        else:
            yield name, value if isinstance(value, str | int | float) else json.dumps(value)


def _find_figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Of each way to make folds every metric that has a value, with its interval; counts of antibodies and clones.

    `grouped/roc_auc` is of all out-of-fold predictions at the classifier's own threshold, `_low` and `_high` its
    interval; `grouped_at_chosen_threshold` the same where the other folds taught the threshold;
    `grouped_over_folds` the mean and standard deviation over the folds.
    """
    for name in ("antibodies", "specific", "polyreactive", "clones"):
        yield name, metrics[name]
    for scheme, found in metrics["validation"].items():
        for table, section in (("pooled", scheme), ("pooled_at_chosen_threshold", f"{scheme}_at_chosen_threshold")):
            for name, metric in found[table]["metrics"].items():
                for key, suffix in (("value", ""), ("low", "_low"), ("high", "_high")):
                    if metric.get(key) is not None:
                        yield f"{section}/{name}{suffix}", metric[key]
        for name, spread in found["over_folds"].items():
            for key, value in spread.items():
                if value is not None:
                    yield f"{scheme}_over_folds/{name}_{key}", value
