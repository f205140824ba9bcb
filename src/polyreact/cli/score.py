"""`polyreact score`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from polyreact.cli.surroundings import json_option, print_json, print_table
from polyreact.evaluation.own_labels import score_files
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.metrics.catalog import METRICS, Metric
from polyreact.metrics.interface import MetricValue
from polyreact.statistics.interval import LEVEL, Interval, Unavailable

_file = click.Path(path_type=Path, dir_okay=False)


@click.command("score")
@click.option("--predictions", type=_file, required=True, help="CSV: sequence_id,prediction,score")
@click.option("--labels", type=_file, required=True, help="CSV: sequence_id,label (0 specific, 1 polyreactive)")
@click.option(
    "--probability",
    is_flag=True,
    help="The score is meant as a probability: adds Brier score, log loss, calibration.",
)
@json_option
def command(predictions: Path, labels: Path, *, probability: bool, as_json: bool) -> None:
    """Score a predictions file against your own labels; needs no engine.

    The same code as the official scoring, and the same strict reading of the predictions.
    """
    measured = score_files(predictions, labels, score_is_probability=probability)
    table = measured.table
    if as_json:
        print_json(
            {
                "scoring_version": SCORING_VERSION,
                "confusion": asdict(table.confusion),
                "interval_level": LEVEL,
                "metrics": {
                    key: _as_data(value, measured.intervals.get(key)) for key, value in table.metrics.items()
                },
                "reliability": [asdict(part) for part in table.reliability],
            }
        )
        return
    rows = []
    for metric in METRICS:
        value = table.metrics[metric.key]
        shown = "n/a" if value.value is None else f"{value.value:.4f}"
        limits, words = _in_words(measured.intervals.get(metric.key))
        rows.append([metric.title, shown, limits, value.reason or words or _describe(metric)])
    print_table(["metric", "value", f"{100 * LEVEL:.0f} % interval", ""], rows, right=["value"])
    c = table.confusion
    click.echo(f"\n{c.total} antibodies: {c.negatives} specific, {c.positives} polyreactive")
    click.echo(f"specific called specific {c.true_negatives}, called polyreactive {c.false_positives}")
    click.echo(f"polyreactive called specific {c.false_negatives}, called polyreactive {c.true_positives}")


def _as_data(value: MetricValue, interval: Interval | Unavailable | None) -> dict[str, object]:
    """As a record has it: limits, or why there are none."""
    if interval is None or isinstance(interval, Unavailable):
        return asdict(value) | {"interval": None, "no_interval": interval.reason if interval else None}
    limits = {"low": interval.low, "high": interval.high, "method": interval.method.value}
    return asdict(value) | {"interval": limits, "no_interval": None}


def _in_words(interval: Interval | Unavailable | None) -> tuple[str, str]:
    """The limits, and why there are none."""
    if interval is None:
        return "", ""
    if isinstance(interval, Unavailable):
        return "none", f"no interval: {interval.reason}"
    return f"{interval.low:.3f} to {interval.high:.3f}", ""


def _describe(metric: Metric) -> str:
    reach = f"{metric.lowest:g} upwards" if metric.highest is None else f"{metric.lowest:g} to {metric.highest:g}"
    return f"{reach}, {metric.direction.value}, from {metric.needs.value}"
