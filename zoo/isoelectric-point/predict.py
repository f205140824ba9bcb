"""Theoretical isoelectric point of the VH as the score: the more basic, the more polyreactive."""

import csv
import json
import os
from pathlib import Path

from Bio.SeqUtils.IsoelectricPoint import IsoelectricPoint

THRESHOLD = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))["threshold"]

with (
    open(os.environ["INPUT"], encoding="utf-8", newline="") as source,
    open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target,
):
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["sequence_id", "prediction", "score"])
    for row in csv.DictReader(source):
        score = IsoelectricPoint(row["sequence"]).pi()
        writer.writerow([row["sequence_id"], int(score >= THRESHOLD), repr(score)])
