"""Where Hydra hands over: command-line overrides in, one finished run for each configuration out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from polyreact.baselines.config import (
    CONFIG_NAME,
    HYDRA_SETTINGS,
    TrainConfig,
    as_plan,
    choose_tracker,
    load_data,
    register_configs,
)
from polyreact.baselines.features import Places
from polyreact.baselines.trackers.catalog import load_tracker
from polyreact.baselines.trackers.tracked_run import build_tracked_run
from polyreact.baselines.train import Run, Watch, describe_plan, name_run, train
from polyreact.errors import PolyreactError, WrongCommandLine
from polyreact.settings import Settings


def run_app(
    overrides: Sequence[str], settings: Settings, watch: Watch, *, sweep: bool = False, only_show: bool = False
) -> tuple[Run, ...]:
    """Train what the overrides say, as Hydra reads them; with `sweep`, each combination of values given by commas.

    With `only_show` the composed configuration is written to stdout and nothing is trained. Raises WrongCommandLine
    for overrides that Hydra refuses, and what training raises; of a sweep, the first such, when all are done.
    """
    register_configs()
    done: list[Run] = []
    failed: list[PolyreactError] = []

    @hydra.main(version_base="1.3", config_path=None, config_name=CONFIG_NAME)
    def app(composed: DictConfig) -> None:
        try:
            done.append(_train_one(composed, settings, watch))
        except PolyreactError as error:  # Hydra would tell it in words of its own
            failed.append(error)

    flags = ["--multirun"] * sweep + ["--cfg", "job"] * only_show
    with _command_line([*flags, *HYDRA_SETTINGS, *overrides]):
        try:
            app()
        except (HydraException, OmegaConfBaseException) as error:
            raise WrongCommandLine(
                f"the configuration is refused: {str(error).strip().expandtabs(2)}",
                consequence="Nothing was trained.",
                cure="polyreact train --show-config shows it; polyreact train --help names the choices.",
            ) from error
    if failed:
        raise failed[0]
    return tuple(done)


def _train_one(composed: DictConfig, settings: Settings, watch: Watch) -> Run:
    config = OmegaConf.to_object(composed)
    assert isinstance(config, TrainConfig)  # noqa: S101  # it is made from that class
    plan, runs = as_plan(config), Path(config.runs)
    tracker = load_tracker(choose_tracker(config.tracker), runs)
    data = load_data(config.data, settings, watch.on_step)
    for note in data.notes:
        watch.on_step(note)
    places = Places(settings.weights, settings.embeddings)
    run = train(plan, data, runs / name_run(plan, data), places, watch)
    if tracker is not None:
        watch.on_step(tracker.keep(build_tracked_run(run, describe_plan(plan, data))))
    return run


@contextmanager
def _command_line(arguments: Sequence[str]) -> Iterator[None]:
    """Hydra reads the process's own arguments and takes no others."""
    kept = sys.argv
    sys.argv = ["polyreact train", *arguments]
    try:
        yield
    finally:
        sys.argv = kept
