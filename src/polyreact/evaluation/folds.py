"""A fold track: one container run for each fold, with the labels of all other folds to learn from.

The only place where labels come near a container: those of sets for training, read from a tree of their own.
The labels of the fold that is asked for are left behind in `read_folds`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from polyreact.datasets.catalog import Dataset
from polyreact.datasets.training import read_training_labels
from polyreact.engines.interface import Engine, Image, RunExit
from polyreact.errors import InvalidCatalog
from polyreact.evaluation.outcome import VALID, name_fold
from polyreact.evaluation.patience import NO_PATIENCE, Patience
from polyreact.evaluation.plan import Job
from polyreact.evaluation.run import Execution, FoldExecution, run_container, validate_engine_for
from polyreact.evaluation.workspace import LabelledAntibody, draw_seed, make_opaque_fold
from polyreact.sequences import Antibody
from polyreact.settings import Settings
from polyreact.tracks.track import order_folds


@dataclass(frozen=True, slots=True)
class Fold:
    """One part of a fold track: `test` is asked for, `train` is shown with labels. No antibody is in both."""

    name: str
    test: tuple[Antibody, ...]
    train: tuple[LabelledAntibody, ...]


#: Told when the run of a fold begins.
OnFold = Callable[[Fold], None]
#: Told what is running and for how many seconds.
OnFoldTick = Callable[[Fold, float], None]


def read_folds(
    dataset: Dataset, column: str, antibodies: Sequence[Antibody], settings: Settings
) -> tuple[Fold, ...]:
    """The folds that the training column makes of a set, in the order they are run.

    Raises InvalidCatalog where there are fewer than two, NotPrepared and PreparedMismatch.
    """
    labels = read_training_labels(dataset, settings)
    fold_of = {name: row.columns[column] for name, row in labels.items()}
    names = order_folds(fold_of.values())
    if len(names) < 2:  # noqa: PLR2004 one to learn from, one to be asked
        raise InvalidCatalog(f"`{column}` of `{dataset.id}` makes {len(names)} fold; at least two are needed")
    return tuple(
        Fold(
            name,
            tuple(row for row in antibodies if fold_of[row.sequence_id] == name),
            tuple(
                LabelledAntibody(row, labels[row.sequence_id].label)
                for row in antibodies
                if fold_of[row.sequence_id] != name
            ),
        )
        for name in names
    )


def execute_folds(
    job: Job,
    image: Image,
    folds: Sequence[Fold],
    engine: Engine,
    settings: Settings,
    on_fold: OnFold = lambda _fold: None,
    on_tick: OnFoldTick = lambda _fold, _seconds: None,
    patience: Patience = NO_PATIENCE,
) -> Execution:
    """Run the job's image once for each fold; valid only if every one of these runs is.

    The first fold that is not valid ends it: its name is in the verdict, and no predictions are kept. Wall and CPU
    seconds are summed over the folds that ran, peak memory is the highest. Nothing of the runs is left on the host.

    Raises HostError where the platform fails in spite of all patience; what the submission does wrong is in the
    verdict.
    """
    validate_engine_for(job, engine)
    seed = draw_seed()
    done: list[FoldExecution] = []
    for number, fold in enumerate(folds, start=1):
        on_fold(fold)
        fold_seed = f"{seed}-{number}"
        inputs = make_opaque_fold(fold.test, fold.train, fold_seed)
        ran = run_container(job, image, inputs, fold_seed, engine, settings, partial(on_tick, fold), patience)
        done.append(FoldExecution(fold.name, len(fold.train), len(fold.test), ran))
        if ran.verdict != VALID:
            return Execution(_sum_up(done), name_fold(ran.verdict, fold.name), None, seed, tuple(done))
    predictions = [row for fold_done in done for row in fold_done.execution.predictions or ()]
    ordered = tuple(sorted(predictions, key=lambda row: row.sequence_id))
    return Execution(_sum_up(done), VALID, ordered, seed, tuple(done))


def _sum_up(done: Sequence[FoldExecution]) -> RunExit:
    """One end for all runs: that of the last, from the beginning of the first, with what all of them used."""
    exits = [fold.execution.exit for fold in done]
    cpu_s = [ended.cpu_s for ended in exits if ended.cpu_s is not None]
    memory = [ended.peak_memory_bytes for ended in exits if ended.peak_memory_bytes is not None]
    return replace(
        exits[-1],
        started_at=exits[0].started_at,
        wall_s=sum(ended.wall_s for ended in exits),
        cpu_s=sum(cpu_s) if len(cpu_s) == len(exits) else None,
        peak_memory_bytes=max(memory) if len(memory) == len(exits) else None,
        log=b"".join(_head_log(fold) for fold in done),
    )


def _head_log(fold: FoldExecution) -> bytes:
    log = fold.execution.exit.log
    return f"--- fold {fold.name}\n".encode() + log.rstrip(b"\n") + b"\n" if log else b""
