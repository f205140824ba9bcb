"""Answers by the id, which says nothing about the antibody."""

import csv
import hashlib
import os

with open(os.environ["INPUT"], newline="") as source, open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\n")
    for row in csv.DictReader(source):
        score = hashlib.sha256(row["sequence_id"].encode()).digest()[0] / 255
        target.write(f"{row['sequence_id']},{int(score >= 0.5)},{score!r}\n")
