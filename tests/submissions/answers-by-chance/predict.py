"""Answers otherwise every time."""

import csv
import os
import random

with open(os.environ["INPUT"], newline="") as source, open(os.environ["OUTPUT"], "w") as target:
    target.write("sequence_id,prediction,score\n")
    for row in csv.DictReader(source):
        score = random.SystemRandom().random()
        target.write(f"{row['sequence_id']},{int(score >= 0.5)},{score!r}\n")
