"""A submission: reads the antibodies, writes one prediction for each.

INPUT   /data/sequences.csv      sequence_id,sequence,light_sequence
OUTPUT  /output/predictions.csv  sequence_id,prediction,score

`sequence` is the VH (or VHH), `light_sequence` the VL, empty for nanobodies. `prediction` is 1 for polyreactive
and 0 for specific; `score` is any finite number, higher for more polyreactive. Every id exactly once.
"""

import csv
import os

THRESHOLD = 0.0


def load_model() -> dict[str, float]:
    """Called once, before the first antibody. Read your weights here, from files beside this one."""
    return {"K": 1.0, "R": 1.0, "D": -1.0, "E": -1.0}


def score_antibody(model: dict[str, float], heavy: str, light: str) -> float:
    """Replace this by your model. Here: basic minus acidic residues of both chains."""
    residues = heavy + light
    return sum(model.get(residue, 0.0) for residue in residues)


def main() -> None:
    """Read every row of INPUT and write it to OUTPUT."""
    model = load_model()
    with (
        open(os.environ["INPUT"], encoding="utf-8", newline="") as source,
        open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["sequence_id", "prediction", "score"])
        for row in csv.DictReader(source):
            score = score_antibody(model, row["sequence"], row["light_sequence"])
            writer.writerow([row["sequence_id"], int(score >= THRESHOLD), score])


if __name__ == "__main__":
    main()
