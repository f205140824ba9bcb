"""Whether predict.py keeps the contract. Plain Python, nothing to install, a second.

    python test_predict.py

It runs the program as a container does, on the made-up antibodies of example.csv, and asks of the answers what an
official run asks. The whole check, with the image and the sandbox, is `polyreact submission check`.
"""

import csv
import functools
import math
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ["sequence_id", "sequence", "light_sequence"]
#: There for a model that learns from the labels that each run gives (mode: fit-predict).
TRAIN = HERE / "example-train.csv"


def read_example() -> list[dict[str, str]]:
    """The antibodies of example.csv; replace them by your own if you like."""
    with (HERE / "example.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def predict(antibodies: list[dict[str, str]]) -> list[dict[str, str]]:
    """What predict.py writes for these antibodies, row by row."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "sequences.csv").open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(antibodies)
        paths = {"INPUT": str(folder / "sequences.csv"), "OUTPUT": str(folder / "predictions.csv")}
        if TRAIN.exists():
            paths["TRAIN"] = str(TRAIN)
        subprocess.run(
            [sys.executable, str(HERE / "predict.py")], env={**os.environ, **paths}, cwd=folder, check=True
        )
        with (folder / "predictions.csv").open(encoding="utf-8", newline="") as source:
            return list(csv.DictReader(source))


@functools.cache
def predict_example() -> tuple[dict[str, str], ...]:
    """What it writes for example.csv, asked once for all tests: a model may take its time to load."""
    return tuple(predict(read_example()))


def answers(antibodies: list[dict[str, str]], rows: Iterable[dict[str, str]]) -> dict[str, tuple[int, float]]:
    """Prediction and score by sequence."""
    told = {row["sequence_id"]: (int(row["prediction"]), float(row["score"])) for row in rows}
    return {entry["sequence"] + "/" + entry["light_sequence"]: told[entry["sequence_id"]] for entry in antibodies}


class TestContract(unittest.TestCase):
    """What an official run asks of the table of predictions."""

    def test_columns(self) -> None:
        """Exactly these, in this order."""
        self.assertEqual(list(predict_example()[0]), ["sequence_id", "prediction", "score"])

    def test_every_id_is_answered_once(self) -> None:
        """None is missing, none is there twice, none is new."""
        asked = [entry["sequence_id"] for entry in read_example()]
        self.assertEqual(sorted(row["sequence_id"] for row in predict_example()), sorted(asked))

    def test_predictions_are_0_or_1_and_scores_are_finite(self) -> None:
        """A score is a number: not nan, not infinite, not empty."""
        for row in predict_example():
            with self.subTest(row["sequence_id"]):
                self.assertIn(row["prediction"], ("0", "1"))
                self.assertTrue(math.isfinite(float(row["score"])))


class TestAnswersHold(unittest.TestCase):
    """The same antibody gets the same answer in whatever company: ids and order change in every run."""

    def assert_same(self, asked: list[dict[str, str]]) -> None:
        """Each of these gets the prediction that it gets in example.csv, and the same score but for rounding."""
        expected = answers(read_example(), predict_example())
        for sequences, (prediction, score) in answers(asked, predict(asked)).items():
            with self.subTest(sequences):
                self.assertEqual(prediction, expected[sequences][0])
                self.assertAlmostEqual(score, expected[sequences][1], delta=1e-6 * max(1.0, abs(score)))

    def test_run_again(self) -> None:
        """Chance has to be seeded."""
        self.assert_same(read_example())

    def test_other_order(self) -> None:
        """Nothing hangs on the row before."""
        self.assert_same(read_example()[::-1])

    def test_other_ids(self) -> None:
        """Nothing hangs on what an antibody is called."""
        self.assert_same([{**entry, "sequence_id": f"x{number}"} for number, entry in enumerate(read_example())])

    def test_asked_alone(self) -> None:
        """Nothing hangs on the others: no rank, no mean over the file."""
        self.assert_same(read_example()[:1])


class TestSense(unittest.TestCase):
    """Not refused by the contract, and seldom meant: delete it if you mean it."""

    def test_higher_score_is_no_lower_prediction(self) -> None:
        """`score` is higher for more polyreactive: a model the wrong way round is found here."""
        rows = sorted(predict_example(), key=lambda row: float(row["score"]))
        calls = [row["prediction"] for row in rows]
        self.assertEqual(calls, sorted(calls))


if __name__ == "__main__":
    unittest.main()
