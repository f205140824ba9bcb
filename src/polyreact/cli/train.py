"""`polyreact train`."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from polyreact.cli.surroundings import Terminal, load_settings, print_table
from polyreact.errors import MissingExtra

#: What stands for the whole extra.
_NEEDED = ("torch", "transformers", "onnxruntime", "sklearn", "hydra", "skops", "xgboost", "matplotlib")
_COLUMNS = ("run", "folds", "accuracy", "95 % interval", "AUROC", "95 % interval")


@click.command("train", no_args_is_help=True)
@click.option(
    "--data", "table", type=click.Path(path_type=Path, dir_okay=False), help="CSV of your own: sequence,label."
)
@click.option(
    "--assay", nargs=2, type=(str, float), metavar="COLUMN CUT", help="Labels from a measurement above CUT."
)
@click.option("-m", "--multirun", is_flag=True, help="Sweep: train each combination of values given by commas.")
@click.option("--show-config", is_flag=True, help="Write the configuration to stdout, and train nothing.")
@click.argument("overrides", nargs=-1, metavar="[NAME=VALUE]...")
def command(
    overrides: tuple[str, ...],
    table: Path | None,
    assay: tuple[str, float] | None,
    *,
    multirun: bool,
    show_config: bool,
) -> None:
    r"""Train a model, cross-validate it, and write a folder with all that is known of it.

    \b
    polyreact train embedder=antiberty classifier=logreg data=boughter_r1
    polyreact train embedder=sapiens classifier=svm parts=[VH,VL] seed=1
    polyreact train -m embedder=antiberty,random_encoder classifier=logreg,xgboost
    polyreact train --data mine.csv --assay psr 0.33 embedder=descriptors

    \b
    embedder    antiberty, sapiens, random_encoder, descriptors, kmer, one_hot, charge, isoelectric_point;
                esm1v, esm2, antiberta2, hub, with embedder.revision=<commit> or embedder.model=<folder>;
                iglm, with embedder.model=<wheel>
    classifier  logreg, svm, mlp, xgboost, random_forest, gaussian_process
    data        boughter_r1, boughter_r2, demo
    parts       [VH], [VL], [VH,VL], [H-CDR3], [H-CDRs], ... side by side
    tracker     none, wandb, mlflow, with tracker.project=<name>
    others      folds=10 seed=0 threshold=out-of-fold|natural calibrate=false tune=false runs=runs

    Values are composed by Hydra. Folds keep clones together; figures of random folds, as published ones are, stand
    beside them. The same configuration, data and code give the same folder, to the last byte. Needs
    pip install "polyreact[baselines]".
    """
    validate_extra()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us, who know their codes, and not as Hydra's own text
    own = ["data=csv", f"data.file={_quote(str(table.absolute()))}"] if table is not None else []
    if assay is not None:
        own += [f"data.assay={_quote(assay[0])}", f"data.cut={assay[1]}"]
    terminal, settings = Terminal(), load_settings()
    app = importlib.import_module("polyreact.baselines.app")
    train = importlib.import_module("polyreact.baselines.train")
    with terminal.live("training"):
        watch = train.Watch(
            on_progress=lambda progress: terminal.show(str(progress)), on_step=terminal.say, on_fold=terminal.show
        )
        runs = app.run_app([*own, *overrides], settings, watch, sweep=multirun, only_show=show_config)
    if runs:
        print_table(_COLUMNS, [row for run in runs for row in _rows(run)])


def _quote(text: str) -> str:
    """A value as Hydra's grammar takes it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def validate_extra() -> None:
    """Raises MissingExtra with the packages that are not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"training needs packages that are not installed: {', '.join(missing)}",
            consequence="Nothing was trained.",
            cure='pip install torch==2.13.0\npip install "polyreact[baselines]"',
        )


def _rows(run: Any) -> list[list[str]]:
    """One line for each way to make folds."""
    rows = []
    for scheme, found in run.metrics["validation"].items():
        pooled = found["pooled"]["metrics"]
        rows.append([str(run.folder), scheme, *_figure(pooled["accuracy"]), *_figure(pooled["roc_auc"])])
    return rows


def _figure(metric: dict[str, Any]) -> tuple[str, str]:
    value = "n/a" if metric["value"] is None else f"{metric['value']:.3f}"
    limits = f"{metric['low']:.3f} to {metric['high']:.3f}" if "low" in metric else f"none: {metric['no_interval']}"
    return value, limits
