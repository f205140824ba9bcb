"""Leaves one antibody out."""

import csv
import os

with open(os.environ["INPUT"], newline="") as source:
    ids = [row["sequence_id"] for row in csv.DictReader(source)]
rows = [f"{name},{i % 2},{i / 10}" for i, name in enumerate(ids)]
with open(os.environ["OUTPUT"], "w") as target:
    target.write("\n".join(["sequence_id,prediction,score", *rows[:-1]]) + "\n")
