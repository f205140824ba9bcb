"""`polyreact package`: a trained run becomes a submission folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polyreact.baselines.features import Places
from polyreact.baselines.packaging.contents import Contents
from polyreact.baselines.packaging.encoders import NOT_PACKAGED
from polyreact.baselines.packaging.folder import build_fitting, build_predicting, render_folder, write_folder
from polyreact.baselines.packaging.manifest import About, render_manifest, render_page
from polyreact.baselines.packaging.run_folder import TrainedRun, read_run
from polyreact.datasets.catalog import dataset_ids
from polyreact.errors import WrongCommandLine
from polyreact.submission.contract import Mode

_NAMES_OF_EMBEDDERS = {"charge": "net charge", "isoelectric-point": "isoelectric point", "kmer": "composition"}


def package(
    run: Path, folder: Path, about: Mapping[str, Any], mode: Mode, places: Places, made: str
) -> tuple[Path, ...]:
    """Write the submission folder of a run; the paths written.

    `about` holds name, authors, contact, licence and title. Raises UnreadableArgument, BadModel, WrongCommandLine,
    InvalidManifest, ScaffoldExists, CannotWrite, and what loading weights raises.
    """
    trained = read_run(run)
    files = render_run(trained, complete(about, trained, mode), mode, places, made)
    write_folder(files, folder)
    return tuple(folder / path for path in sorted(files))


def render_run(trained: TrainedRun, about: About, mode: Mode, places: Places, made: str) -> dict[str, bytes]:
    """All files of the folder, by path. The same run gives the same bytes. Raises as `package` does."""
    embedder = trained.recipe.embedder.name
    if embedder in NOT_PACKAGED:
        raise WrongCommandLine(
            f"a model on {embedder} is not packaged: {NOT_PACKAGED[embedder]}",
            consequence="Nothing was packaged.",
            cure="Train on another embedder, or write the submission folder by hand: polyreact submission new",
        )
    if mode is Mode.FIT_PREDICT:
        return render(_build_fitting(trained, places), about, made, "")
    return render(build_predicting(trained.recipe, trained.model, places), about, made, trained.card)


def render(contents: Contents, about: About, made: str, card: str) -> dict[str, bytes]:
    """All files of a folder with these contents, by path."""
    page = render_page(about, contents, made, card)
    return render_folder(contents, render_manifest(about, contents), page)


def _build_fitting(trained: TrainedRun, places: Places) -> Contents:
    """A fit-predict folder by the recipe of a run."""
    if trained.is_tuned or trained.model.decision.is_calibrated:
        raise WrongCommandLine(
            "the run was tuned or calibrated, and a fit-predict image does neither",
            consequence="Nothing was packaged.",
            cure="Train without tune=true and calibrate=true, with the settings that were found.",
        )
    return build_fitting(trained.recipe, places)


def complete(about: Mapping[str, Any], trained: TrainedRun, mode: Mode) -> About:
    """What is to be said of a run's model, with what the run knows itself.

    A fit-predict submission declares none of the labels that the benchmark shows it. Labels of a user's own table
    are `proprietary`.
    """
    embedder, parts = trained.recipe.embedder.name, "+".join(part.value for part in trained.recipe.parts)
    known = _NAMES_OF_EMBEDDERS.get(embedder, embedder)
    dataset = trained.data.partition("@")[0]
    declared: Mapping[str, tuple[str, ...]] | str
    if mode is Mode.FIT_PREDICT:
        declared, by = {}, "fitted by the benchmark on each fold's labels"
    elif dataset in dataset_ids():
        declared, by = {dataset: ("labels",)}, f"trained on {trained.data}"
    else:
        declared, by = "proprietary", "trained on labels of our own"
    description = f"{trained.recipe.classifier.name} on {known} of {parts}, {by}."
    return About(**about, description=description, training_data=declared)
