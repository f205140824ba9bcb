"""Where prepared files stand: inputs and labels in two trees that share no folder."""

from __future__ import annotations

from pathlib import Path

from polyreact.datasets.catalog import Dataset
from polyreact.errors import BadSetting, NotPrepared, PreparedMismatch
from polyreact.files import Sha256, sha256_bytes
from polyreact.settings import Settings


def inputs_path(dataset: Dataset, settings: Settings) -> Path:
    """The table of sequences: what a submission may see."""
    return settings.inputs / dataset.key / "inputs.csv"


def provenance_path(dataset: Dataset, settings: Settings) -> Path:
    """What the set was made from, beside its inputs."""
    return settings.inputs / dataset.key / "provenance.json"


def labels_path(dataset: Dataset, settings: Settings) -> Path:
    """The table of labels: what only scoring may read."""
    return settings.hidden / dataset.key / "labels.csv"


def annotations_path(dataset: Dataset, settings: Settings) -> Path:
    """The table of what else is known of each antibody, as hidden as the labels."""
    return settings.hidden / dataset.key / "annotations.csv"


def training_path(dataset: Dataset, settings: Settings) -> Path:
    """The labels that fit-predict submissions are shown, in a tree of their own."""
    return settings.training / dataset.key / "training.csv"


def read_verified(path: Path, expected: Sha256, dataset: Dataset) -> bytes:
    """The bytes of a prepared file with the digest the catalogue names.

    Raises NotPrepared where there is no such file and PreparedMismatch where it is another one; what to do
    is said in both.
    """
    cure = f"  polyreact dataset fetch {dataset.reference}"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotPrepared(f"`{dataset.id}` has not been prepared here yet; prepare it with", cure=cure) from error
    except OSError as error:
        raise BadSetting(
            f"cannot read the prepared `{dataset.id}`: {error.strerror}",
            cure="Set POLYREACT_CACHE to a folder of your own.",
        ) from error
    found = sha256_bytes(content)
    if found != expected:
        raise PreparedMismatch(
            f"the prepared {path.name} of `{dataset.id}` is not revision {dataset.revision}: "
            f"expected sha256 {expected}, found {found}",
            consequence="It was not used. Something changed the file after it was prepared; make it again with",
            cure=cure,
        )
    return content
