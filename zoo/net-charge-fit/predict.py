"""Polyreactivity of antibodies: a vector of each antibody (embed.py), and a classifier on it (classify.py).

model.json says which parts of an antibody are embedded and from which score upwards it is called polyreactive. In
the mode fit-predict the classifier is fitted here, on the labelled antibodies of TRAIN.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
from classify import fit, load
from embed import embed
from parts import cut

HERE = Path(__file__).parent
MODEL = json.loads((HERE / "model.json").read_text(encoding="utf-8"))


def main() -> None:
    """Read INPUT, write OUTPUT."""
    rows = read(os.environ["INPUT"])
    if os.environ.get("POLYREACT_MODE") == "fit-predict":
        train = read(os.environ["TRAIN"])
        classifier = fit(build_features(train), np.array([int(row["label"]) for row in train]), MODEL["classifier"])
    else:
        classifier = load(HERE)
    scores = calibrate(classifier(build_features(rows)))
    with open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["sequence_id", "prediction", "score"])
        for row, score in zip(rows, scores.tolist(), strict=True):
            writer.writerow([row["sequence_id"], int(score >= MODEL["threshold"]), repr(score)])


def read(path: str) -> list[dict[str, str]]:
    """The rows of a table."""
    with open(path, encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def build_features(rows: list[dict[str, str]]) -> np.ndarray:
    """Of shape (rows, numbers): the vectors of each row's parts, side by side. A part that is given twice is
    embedded once; one that an antibody does not have (a nanobody has no light chain) is all 0.
    """
    columns = []
    for part in MODEL["parts"]:
        fragments = cut(rows, part)
        known = sorted({fragment for fragment in fragments if fragment})
        vectors = embed(known, is_heavy=part[0] == "H" or part == "VH")
        vectors = np.concatenate([vectors, np.zeros((1, vectors.shape[1]), dtype=np.float32)])
        place = {fragment: number for number, fragment in enumerate(known)}
        missing = sum(not fragment for fragment in fragments)
        if missing:
            print(f"{missing} of {len(rows)} antibodies have no {part}; it is embedded as zeros", flush=True)
        columns.append(vectors[[place.get(fragment, len(known)) for fragment in fragments]])
    return np.concatenate(columns, axis=1)


def calibrate(scores: np.ndarray) -> np.ndarray:
    """The scores that are compared with the threshold and handed in."""
    if MODEL["slope"] is None:
        return scores
    return np.exp(-np.logaddexp(0, -(MODEL["slope"] * scores + MODEL["offset"])))


if __name__ == "__main__":
    main()
