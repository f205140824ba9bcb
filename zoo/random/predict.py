"""A score that knows nothing: the first 53 bits of the sequence's SHA-256, as a number between 0 and 1."""

import csv
import hashlib
import os

with (
    open(os.environ["INPUT"], encoding="utf-8", newline="") as source,
    open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target,
):
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["sequence_id", "prediction", "score"])
    for row in csv.DictReader(source):
        digest = hashlib.sha256(f"{row['sequence']}|{row['light_sequence']}".encode()).digest()
        score = (int.from_bytes(digest[:8], "big") >> 11) / 2**53
        writer.writerow([row["sequence_id"], int(score >= 0.5), repr(score)])
