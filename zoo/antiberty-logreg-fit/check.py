"""While the image is built: whether it embeds and scores a few antibodies as they were where the model was trained.

golden.json holds made-up antibodies, some numbers of their features, and their scores.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from classify import load
from predict import HERE, build_features, calibrate

LARGEST_DIFFERENCE = 1e-5


def main() -> None:
    """Ends with a message where anything differs by more than 1e-5."""
    golden = json.loads((HERE / "golden.json").read_text(encoding="utf-8"))
    features = build_features(golden["antibodies"])
    found = features[:, golden["columns"]]
    report("features", found, golden["features"])
    if golden["scores"] is not None:
        report("scores", calibrate(load(HERE)(features)), golden["scores"])


def report(what: str, found: np.ndarray, expected: list) -> None:
    """Print the largest difference, or end with it."""
    largest = float(np.abs(found - np.array(expected)).max())
    if not largest <= LARGEST_DIFFERENCE:
        sys.exit(f"{what} differ by {largest:.3g} from those of the trained model; allowed is {LARGEST_DIFFERENCE}")
    print(f"{what} are those of the trained model: largest difference {largest:.2g}")


if __name__ == "__main__":
    main()
