"""Sleeps, then answers: a model whose running time is known."""

import csv
import os
import time

time.sleep(float(os.environ.get("SLEEP_S", "10")))
with (
    open(os.environ["INPUT"], encoding="utf-8", newline="") as source,
    open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target,
):
    target.write("sequence_id,prediction,score\n")
    for row in csv.DictReader(source):
        basic = row["sequence"].count("K") + row["sequence"].count("R")
        target.write(f"{row['sequence_id']},{int(basic > 12)},{basic}\n")
