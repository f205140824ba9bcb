"""Scores that are no numbers."""

import csv
import os

with open(os.environ["INPUT"], newline="") as source:
    ids = [row["sequence_id"] for row in csv.DictReader(source)]
rows = [f"{name},{i % 2},{i / 10}" for i, name in enumerate(ids)]
rows[0] = f"{ids[0]},0,nan"
rows[1] = f"{ids[1]},2,inf"
with open(os.environ["OUTPUT"], "w") as target:
    target.write("\n".join(["sequence_id,prediction,score", *rows]) + "\n")
