"""The folders of one run: inputs under opaque ids in an order of their own, and a place for the output."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.errors import CannotWrite
from polyreact.sequences import Antibody, SequenceId
from polyreact.submission.contract import INPUT_FILE, INPUT_HEADER, TRAIN_FILE, TRAIN_HEADER
from polyreact.submission.predictions import Prediction

DATA_FOLDER = "data"
OUTPUT_FOLDER = "output"


@dataclass(frozen=True, slots=True)
class LabelledAntibody:
    """An antibody that a submission may learn from; `label` is 0 for specific and 1 for polyreactive."""

    antibody: Antibody
    label: int


@dataclass(frozen=True, slots=True)
class OpaqueInputs:
    """The inputs of one run: `antibodies` as the submission sees them, `original` from those ids back.

    `training` is what a fit-predict submission learns from, under opaque ids as well; empty for all others.
    """

    antibodies: tuple[Antibody, ...]
    original: Mapping[SequenceId, SequenceId]
    training: tuple[LabelledAntibody, ...] = ()

    @property
    def ids(self) -> tuple[SequenceId, ...]:
        """The ids that the submission must answer for."""
        return tuple(antibody.sequence_id for antibody in self.antibodies)

    def restore(self, predictions: Sequence[Prediction]) -> tuple[Prediction, ...]:
        """The predictions under the dataset's own ids, sorted by them."""
        restored = (replace(row, sequence_id=self.original[row.sequence_id]) for row in predictions)
        return tuple(sorted(restored, key=lambda row: row.sequence_id))


def draw_seed() -> str:
    """A seed that no submission can foresee: 128 bits in hexadecimal."""
    return secrets.token_hex(16)


def make_opaque(antibodies: Sequence[Antibody], seed: str) -> OpaqueInputs:
    """Shuffle the rows and rename them `s0001`..., both by `seed`, so that a run can be repeated exactly.

    `random.Random.random` is stable between Python versions; the sort by it is our own shuffle.
    """
    stream = random.Random(seed)  # noqa: S311  # the seed is secret until the run is over, the stream need not be
    shuffled = [antibody for _, _, antibody in sorted((stream.random(), i, a) for i, a in enumerate(antibodies))]
    width = max(4, len(str(len(shuffled))))
    renamed = tuple(
        replace(antibody, sequence_id=SequenceId(f"s{number:0{width}d}"))
        for number, antibody in enumerate(shuffled, start=1)
    )
    original = {new.sequence_id: old.sequence_id for new, old in zip(renamed, shuffled, strict=True)}
    return OpaqueInputs(renamed, original)


def make_opaque_fold(test: Sequence[Antibody], train: Sequence[LabelledAntibody], seed: str) -> OpaqueInputs:
    """The rows of a fold, shuffled and renamed together: no id stands on both sides or tells of its side."""
    labels = {row.antibody.sequence_id: row.label for row in train}
    every = make_opaque((*test, *(row.antibody for row in train)), seed)
    asked = tuple(row for row in every.antibodies if every.original[row.sequence_id] not in labels)
    return OpaqueInputs(
        antibodies=asked,
        original={row.sequence_id: every.original[row.sequence_id] for row in asked},
        training=tuple(
            LabelledAntibody(row, labels[original])
            for row in every.antibodies
            if (original := every.original[row.sequence_id]) in labels
        ),
    )


def render_inputs(antibodies: Sequence[Antibody]) -> bytes:
    """`sequences.csv` of the contract. Sequences hold letters only, so nothing needs quoting."""
    lines = [",".join(INPUT_HEADER)]
    lines += [f"{a.sequence_id},{a.sequence},{a.light_sequence}" for a in antibodies]
    return ("\n".join(lines) + "\n").encode()


def render_training(rows: Sequence[LabelledAntibody]) -> bytes:
    """`train.csv` of the contract: the columns of the inputs, and the label."""
    lines = [",".join(TRAIN_HEADER)]
    lines += [
        f"{row.antibody.sequence_id},{row.antibody.sequence},{row.antibody.light_sequence},{row.label}"
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode()


def write_data_folder(
    folder: Path, antibodies: Sequence[Antibody], training: Sequence[LabelledAntibody] = ()
) -> None:
    """The folder that is mounted at /data: readable by the sandbox's user, writable by nobody there.

    There is a table for training only where there are rows for it. Raises CannotWrite.
    """
    contents = {INPUT_FILE: render_inputs(antibodies)}
    if training:
        contents[TRAIN_FILE] = render_training(training)
    try:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)  # whatever the umask says
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o444)
    except OSError as error:
        raise CannotWrite(
            f"cannot write the inputs of a run: {error.strerror or error}",
            consequence="Nothing was run.",
            cure="Free some space, or set POLYREACT_CACHE to another folder.",
        ) from error
