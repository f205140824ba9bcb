"""How many labels can be told for certain from what is published beside predictions, by whoever combines it all.

    python -m benchmarks.disclosure [--results results] [--track jain]

Of each submission the predictions are public. Known in addition is its confusion matrix; or that and how many of
each block are polyreactive, which is more than its curves and its distribution say; or an exact ROC staircase. A
label is certain where every assignment of labels that agrees with all of it has the same. Assignments are looked
for as whole numbers that meet linear conditions (HiGHS): each search finds one that differs from the truth in as
many antibodies as possible of those not yet known to be uncertain, so few are needed.

Needs the track's set in the cache, and reads its labels as scoring does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks.binormal import binormal_mean, open_stream
from benchmarks.tables import Row, print_table
from polyreact.cli.surroundings import load_settings
from polyreact.datasets.catalog import load_dataset
from polyreact.evaluation.score import read_truth
from polyreact.results.store import ResultsStore
from polyreact.statistics.curves import form_blocks
from polyreact.submission.predictions import parse_predictions
from polyreact.tracks.catalog import load_track

SEED = 20261126
OTHERS = (5, 10, 20)

Whole = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """What a submission answered, in the order of the labels."""

    predictions: Whole
    scores: Floats


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--track", default="jain")
    options = parser.parse_args()
    labels, tables = read_tables(ResultsStore(options.results), options.track)
    print_table(measure(labels, tables))


def read_tables(store: ResultsStore, track: str) -> tuple[Whole, dict[str, Table]]:
    """The labels of a track and the kept predictions on it, by submission."""
    asked, settings = load_track(track), load_settings()
    labels = read_truth(load_dataset(asked.dataset, asked.revision), settings).labels
    ids = tuple(sorted(labels))
    tables = {}
    for record in store.read_all():
        if record.track == track:
            rows = sorted(parse_predictions(store.read_predictions(record), ids), key=lambda row: row.sequence_id)
            called, scores = np.array([row.prediction for row in rows]), np.array([row.score for row in rows])
            tables[record.submission.id] = Table(called, scores)
    return np.array([labels[name] for name in ids]), tables


def measure(labels: Whole, tables: dict[str, Table]) -> list[Row]:
    """Of each submission, of all together, and of simulated ones beside them."""
    rows = [describe(name, labels, [table]) for name, table in tables.items()]
    rows.append(describe(f"all {len(tables)}", labels, list(tables.values())))
    stream = open_stream(SEED)
    for many in OTHERS:
        drawn = [draw_table(stream, labels) for _ in range(many)]
        rows.append(describe(f"{many} simulated, AUROC .75", labels, drawn))
    return rows


def draw_table(stream: np.random.RandomState, labels: Whole) -> Table:
    """A submission of AUROC .75 that calls half of the antibodies polyreactive."""
    scores = stream.standard_normal(labels.size) + binormal_mean(0.75) * labels
    return Table((scores > np.median(scores)).astype(np.int64), scores)


def describe(name: str, labels: Whole, tables: Sequence[Table]) -> Row:
    """How many labels are certain."""
    from_counts = [part for table in tables for part in confused(table)]
    from_blocks = [part for table in tables for part in blocked(labels, table)]
    from_steps = [part for table in tables for part in stepped(table)]
    by_curves = find_certain(labels, [*from_counts, *from_blocks])
    return {
        "submissions": name,
        "antibodies": labels.size,
        "confusion matrix": int(find_certain(labels, from_counts).sum()),
        "and curves": int(by_curves.sum()),
        "of these polyreactive": int((by_curves & (labels == 1)).sum()),
        "exact staircase": int(find_certain(labels, from_steps).sum()),
    }


def confused(table: Table) -> list[npt.NDArray[np.bool_]]:
    """The sets of antibodies of which a confusion matrix counts the polyreactive."""
    return [table.predictions == 1, table.predictions == 0]


def blocked(labels: Whole, table: Table) -> list[npt.NDArray[np.bool_]]:
    """The sets of which curves may say it."""
    block_of = form_blocks(labels, table.scores).block_of
    return [block_of == block for block in range(int(block_of.max()) + 1)]


def stepped(table: Table) -> list[npt.NDArray[np.bool_]]:
    """The sets of which every step of an ROC curve says it."""
    return [table.scores == score for score in np.unique(table.scores)]


def find_certain(labels: Whole, counted: Sequence[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """Of which antibodies the label follows from the number of polyreactive in each set of `counted`."""
    matrix = np.array(counted, dtype=np.float64)
    counts = matrix @ labels
    open_ones = np.ones(labels.size, dtype=bool)
    while open_ones.any():
        # Whoever is polyreactive is to be specific, and the other way round.
        towards_truth = np.where(labels == 1, 1.0, -1.0) * open_ones
        found = milp(
            towards_truth,
            integrality=np.ones(labels.size),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, counts, counts),
        )
        other = np.round(found.x).astype(np.int64)
        turned = open_ones & (other != labels)
        if not turned.any():
            break
        open_ones &= ~turned
    return open_ones


if __name__ == "__main__":
    main()
