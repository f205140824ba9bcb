"""The peer: what anybody would write to score a predictions file with scikit-learn."""

import csv
import sys

from sklearn.metrics import accuracy_score, average_precision_score, matthews_corrcoef, roc_auc_score

with open(sys.argv[1], newline="") as file:
    predictions = {row["sequence_id"]: row for row in csv.DictReader(file)}
with open(sys.argv[2], newline="") as file:
    labels = {row["sequence_id"]: int(row["label"]) for row in csv.DictReader(file)}
truth = list(labels.values())
called = [int(predictions[name]["prediction"]) for name in labels]
scores = [float(predictions[name]["score"]) for name in labels]
print(accuracy_score(truth, called), matthews_corrcoef(truth, called))
print(roc_auc_score(truth, scores), average_precision_score(truth, scores))
