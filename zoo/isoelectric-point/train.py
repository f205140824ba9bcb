"""Fit the threshold of the isoelectric-point baseline: writes model.json.

    polyreact dataset fetch boughter
    python zoo/isoelectric-point/train.py <cache>/sources/boughter

Training set: the influenza subset of Boughter 2020, the one whose heavy-chain reads begin with the first codon of
the VH gene. A read is translated in frame 1 and cut after the J segment (`WGxG....VSS`); rows without one, or with
an unread residue or stop before it, are left out (an unread first residue is dropped alone). 0 assay flags are
specific, more than 3 polyreactive, 1 to 3 left out. The threshold is the one with the highest balanced accuracy,
in the middle between its two neighbouring values.
"""

import hashlib
import json
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from Bio import SeqIO
from Bio.Seq import Seq
from Bio.SeqUtils.IsoelectricPoint import IsoelectricPoint

FASTA, FLAGS = "flu_fastaH.txt", "flu_NumReact.txt"
MANY_FLAGS = 3
#: A VH from its first residue to the end of the J segment.
WHOLE_VH = re.compile(r"X?([A-WYZ]{85,135}?WG[A-WYZ]G[A-WYZ]{2}[A-WYZ]{2}VSS)")


def read_training_set(folder: Path) -> tuple[list[tuple[float, int]], Counter[str]]:
    """(isoelectric point, label) for every antibody that is kept, and the others counted by reason."""
    flags = [int(line) for line in (folder / FLAGS).read_text().split()[1:]]
    records = list(SeqIO.parse(folder / FASTA, "fasta-pearson"))
    rows, dropped = [], Counter()
    for record, count in zip(records, flags, strict=True):
        bases = str(record.seq).upper().replace("-", "")
        protein = str(Seq(bases[: len(bases) // 3 * 3]).translate())
        heavy = WHOLE_VH.match(protein)
        if heavy is None:
            dropped["does not translate to a whole VH"] += 1
        elif 0 < count <= MANY_FLAGS:
            dropped["1 to 3 flags"] += 1
        else:
            rows.append((IsoelectricPoint(heavy[1]).pi(), int(count > MANY_FLAGS)))
    return rows, dropped


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
    """Read the folder named on the command line, write model.json beside this file."""
    folder = Path(sys.argv[1])
    rows, dropped = read_training_set(folder)
    threshold, balanced_accuracy = fit_threshold(rows)
    model = {
        "threshold": round(threshold, 4),
        "training_set": {
            "dataset": "boughter",
            "subset": "influenza",
            "specific": sum(1 - label for _, label in rows),
            "polyreactive": sum(label for _, label in rows),
            "dropped": dict(sorted(dropped.items())),
            "balanced_accuracy": round(balanced_accuracy, 4),
            "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (FASTA, FLAGS)},
        },
    }
    target = Path(__file__).with_name("model.json")
    target.write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(model, indent=2))


if __name__ == "__main__":
    main()
