"""Logistic regression on what a VH is made of, fitted on the labels of the run: a fit-predict submission.

Features: the share of each of the 20 amino acids in the VH, and its net charge (K and R less D and E). Each is
standardised by its mean and standard deviation in the training rows; one that never varies counts for nothing.
The weights minimise the mean logistic loss plus PENALTY / 2 times their squared length (the intercept is free), by
Newton's method from zero. Nothing is drawn by chance and the rows are put in an order of their own, so the same
rows always give the same numbers, to the last digit.
"""

import csv
import math
import os

RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
PENALTY = 0.05
STEPS = 50
SMALL = 1e-10
THRESHOLD = 0.5


def describe(heavy: str) -> list[float]:
    """The 21 features of a VH."""
    charge = sum(heavy.count(r) for r in "KR") - sum(heavy.count(r) for r in "DE")
    return [*(heavy.count(residue) / len(heavy) for residue in RESIDUES), float(charge)]


def find_scale(rows: list[list[float]]) -> list[tuple[float, float]]:
    """Mean and standard deviation of each feature; an infinite deviation takes out one that never varies."""
    scale = []
    for column in zip(*rows, strict=True):
        mean = math.fsum(column) / len(column)
        deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column))
        scale.append((mean, deviation if deviation > SMALL else math.inf))
    return scale


def standardise(row: list[float], scale: list[tuple[float, float]]) -> list[float]:
    """The features in standard deviations from the mean, after a 1 for the intercept."""
    return [1.0, *((value - mean) / deviation for value, (mean, deviation) in zip(row, scale, strict=True))]


def logistic(value: float) -> float:
    """1 / (1 + exp(-value)), without overflow."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def predict(weights: list[float], row: list[float]) -> float:
    """The probability of polyreactivity of a standardised row."""
    return logistic(math.fsum(w * x for w, x in zip(weights, row, strict=True)))


def fit(rows: list[list[float]], labels: list[int]) -> list[float]:
    """The weights of standardised rows, the intercept first."""
    size = len(rows[0])
    penalties = [0.0, *[PENALTY] * (size - 1)]
    weights = [0.0] * size
    for _ in range(STEPS):
        probabilities = [predict(weights, row) for row in rows]
        gradient = [penalty * weight for penalty, weight in zip(penalties, weights, strict=True)]
        curvature = [[penalties[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
        for row, label, probability in zip(rows, labels, probabilities, strict=True):
            for i in range(size):
                gradient[i] += (probability - label) * row[i] / len(rows)
                part = probability * (1 - probability) * row[i] / len(rows)
                for j in range(size):
                    curvature[i][j] += part * row[j]
        step = solve(curvature, gradient)
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < SMALL:
            break
    return weights


def solve(matrix: list[list[float]], values: list[float]) -> list[float]:
    """The solution of a linear system, by Gaussian elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, values, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = math.fsum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution


def read(path: str) -> list[dict[str, str]]:
    """The rows of a table of the contract."""
    with open(path, encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def main() -> None:
    """Fit on TRAIN, predict INPUT, write OUTPUT."""
    train = sorted(read(os.environ["TRAIN"]), key=lambda row: (row["sequence"], row["label"]))
    features = [describe(row["sequence"]) for row in train]
    scale = find_scale(features)
    weights = fit([standardise(row, scale) for row in features], [int(row["label"]) for row in train])
    with open(os.environ["OUTPUT"], "w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["sequence_id", "prediction", "score"])
        for row in read(os.environ["INPUT"]):
            score = predict(weights, standardise(describe(row["sequence"]), scale))
            writer.writerow([row["sequence_id"], int(score >= THRESHOLD), repr(score)])


if __name__ == "__main__":
    main()
