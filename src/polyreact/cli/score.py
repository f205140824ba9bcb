"""`polyreact score`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
from click.core import ParameterSource

from polyreact.cli.rescore import rescore_private, rescore_public
from polyreact.cli.surroundings import json_option, print_json, print_table
from polyreact.errors import WrongCommandLine
from polyreact.evaluation.own_labels import score_files
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.metrics.catalog import METRICS, Metric
from polyreact.metrics.interface import MetricValue
from polyreact.statistics.interval import LEVEL, Interval, Unavailable

_file = click.Path(path_type=Path, dir_okay=False)
#: The options of each of the two things that this command does, in the order in which they are told.
_OWN = ("predictions", "labels", "probability")
_KEPT = ("results", "docs", "private")


@click.command("score")
@click.option("--predictions", type=_file, help="CSV: sequence_id,prediction,score")
@click.option("--labels", type=_file, help="CSV: sequence_id,label (0 specific, 1 polyreactive)")
@click.option(
    "--probability",
    is_flag=True,
    help="The score is meant as a probability: adds Brier score, log loss, calibration.",
)
@click.option("--all", "every", is_flag=True, help="Score the stored predictions of every record again.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="With --all: the folder of records.",
)
@click.option(
    "--docs",
    type=_file,
    default=Path("docs/reference/scoring-changes.md"),
    show_default=True,
    help="With --all: where the page of old and new figures goes.",
)
@click.option(
    "--private",
    is_flag=True,
    help="With --all: the records of private tracks in POLYREACT_PRIVATE instead; no page.",
)
@json_option
def command(
    predictions: Path | None,
    labels: Path | None,
    results: Path,
    docs: Path,
    *,
    probability: bool,
    every: bool,
    private: bool,
    as_json: bool,
) -> None:
    """Score a predictions file against your own labels, or all kept predictions again. Needs no engine.

    With --predictions and --labels: the same code as the official scoring, and the same strict reading of the
    predictions.

    With --all: every record gets the score that this version gives its stored predictions; nothing is run. What a
    newer scoring version changed is kept in results/scoring, the old figures beside the new ones, and written into
    the page that --docs names. A record that cannot be scored is told and left as it is, and the others go on. Exit
    status 6 when a record or its predictions are damaged, lost or newer than this program, 5 when a dataset cannot
    be had.
    """
    _validate_options()
    if every:
        status = rescore_private(as_json=as_json) if private else rescore_public(results, docs, as_json=as_json)
        sys.exit(status)
    if predictions is not None and labels is not None:
        _score_own(predictions, labels, probability=probability, as_json=as_json)


def _validate_options() -> None:
    """Raises WrongCommandLine where the options do not say one thing to do."""
    context = click.get_current_context()
    given = [
        name
        for name in ("every", *_OWN, *_KEPT)
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    own, kept = ([f"--{name}" for name in names if name in given] for names in (_OWN, _KEPT))
    cure = (
        "polyreact score --predictions predictions.csv --labels labels.csv\n"
        "polyreact score --all\n"
        "Try 'polyreact score --help' for help."
    )
    if "every" not in given:
        if kept:
            raise WrongCommandLine(f"{' and '.join(kept)} goes with --all", cure=cure)
        if not {"predictions", "labels"} <= set(given):
            raise WrongCommandLine("give both --predictions and --labels, or --all", cure=cure)
    elif own:
        raise WrongCommandLine(f"--all scores what is kept, so it goes without {' and '.join(own)}", cure=cure)
    elif "private" in given and len(kept) > 1:
        raise WrongCommandLine(
            "--private takes the records in POLYREACT_PRIVATE and writes no page, so it goes without --results and "
            "--docs",
            cure="polyreact score --all --private",
        )


def _score_own(predictions: Path, labels: Path, *, probability: bool, as_json: bool) -> None:
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
