"""Calls the more basic half of the file polyreactive: whoever else is asked for decides over an antibody."""

import csv
import os

with open(os.environ["INPUT"], newline="") as source:
    rows = list(csv.DictReader(source))


def charge(row):
    return sum(row["sequence"].count(residue) for residue in "KR") - sum(map(row["sequence"].count, "DE"))


ordered = sorted({(charge(row), row["sequence"]) for row in rows})
places = {sequence: place / len(ordered) for place, (_, sequence) in enumerate(ordered)}
with open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\n")
    for row in rows:
        score = places[row["sequence"]]
        target.write(f"{row['sequence_id']},{int(score >= 0.5)},{score!r}\n")
