"""Fit the threshold of the isoelectric-point baseline: writes model.json.

    polyreact dataset export boughter@2 --labels --output boughter.csv
    python zoo/isoelectric-point/train.py boughter.csv

Training set: Boughter 2020, revision 2. The threshold is the one with the highest balanced accuracy, in the middle
between its two neighbouring values.
"""

import csv
import hashlib
import json
import sys
from itertools import pairwise
from pathlib import Path

from Bio.SeqUtils.IsoelectricPoint import IsoelectricPoint


def read_training_set(path: Path) -> list[tuple[float, int]]:
    """(isoelectric point of the VH, label) for every antibody of an exported set."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(IsoelectricPoint(row["sequence"]).pi(), int(row["label"])) for row in csv.DictReader(file)]


def fit_threshold(rows: list[tuple[float, int]]) -> tuple[float, float]:
    """The threshold with the highest balanced accuracy on `rows`, and that accuracy."""
    positives = sum(label for _, label in rows)
    negatives = len(rows) - positives
    values = sorted({value for value, _ in rows})
    best = (0.0, 0.0)
    for low, high in pairwise(values):
        threshold = (low + high) / 2
        sensitivity = sum(label for value, label in rows if value >= threshold) / positives
        specificity = sum(1 - label for value, label in rows if value < threshold) / negatives
        best = max(best, ((sensitivity + specificity) / 2, threshold))
    return best[1], best[0]


def main() -> None:
    """Read the table named on the command line, write model.json beside this file."""
    path = Path(sys.argv[1])
    rows = read_training_set(path)
    threshold, balanced_accuracy = fit_threshold(rows)
    model = {
        "threshold": round(threshold, 4),
        "training_set": {
            "dataset": "boughter@2",
            "specific": sum(1 - label for _, label in rows),
            "polyreactive": sum(label for _, label in rows),
            "balanced_accuracy": round(balanced_accuracy, 4),
            "export_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        },
    }
    target = Path(__file__).with_name("model.json")
    target.write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(model, indent=2))


if __name__ == "__main__":
    main()
