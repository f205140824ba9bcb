"""A submission: reads the antibodies, writes one prediction for each.

INPUT   /data/sequences.csv      sequence_id,sequence,light_sequence
OUTPUT  /output/predictions.csv  sequence_id,prediction,score

`sequence` is the VH (or VHH), `light_sequence` the VL, empty for nanobodies. `prediction` is 1 for polyreactive
and 0 for specific; `score` is any finite number, higher for more polyreactive. Every id exactly once.
"""

import csv
import os

THRESHOLD = 0.0


def score_antibody(heavy: str, light: str) -> float:
    """Replace this by your model. Here: basic minus acidic residues of both chains."""
    residues = heavy + light
    return float(sum(residues.count(r) for r in "KR") - sum(residues.count(r) for r in "DE"))


def main() -> None:
    """Read every row of INPUT and write it to OUTPUT."""
    with (
        open(os.environ["INPUT"], encoding="utf-8", newline="") as source,
        open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["sequence_id", "prediction", "score"])
        for row in csv.DictReader(source):
            score = score_antibody(row["sequence"], row["light_sequence"])
            writer.writerow([row["sequence_id"], int(score >= THRESHOLD), score])


if __name__ == "__main__":
    main()
