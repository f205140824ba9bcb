"""Golden values: what a few antibodies are embedded and scored as here, for an image to be compared with."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.features import Places, build_features
from polyreact.baselines.model import Model
from polyreact.baselines.parts import Part
from polyreact.sequences import Antibody, SequenceId

_ANTIBODIES = 4
_COLUMNS = 16


def render_golden(choice: EmbedderChoice, parts: Sequence[Part], model: Model | None, places: Places) -> bytes:
    """golden.json: antibodies of the demo set, the first of them once more with an unknown first residue.

    At most 16 numbers of the features are kept, spread over all; the scores are those of `model` where there is
    one. Raises what embedding raises.
    """
    rows = _choose_rows()
    antibodies = [
        Antibody(SequenceId(f"golden-{number}"), row["sequence"], row["light_sequence"])
        for number, row in enumerate(rows)
    ]
    features = build_features(antibodies, parts, choice, places).values
    columns = np.unique(np.linspace(0, features.shape[1] - 1, _COLUMNS).astype(int))
    scores = None if model is None else model.decision.calibrate(model.classifier.score(features)).tolist()
    golden: dict[str, Any] = {
        "antibodies": rows,
        "columns": columns.tolist(),
        "features": [[round(float(value), 9) for value in row] for row in features[:, columns]],
        "scores": scores,
    }
    return (json.dumps(golden, indent=1) + "\n").encode()


def _choose_rows() -> list[dict[str, str]]:
    text = files("polyreact.datasets.demo").joinpath("inputs.csv").read_text(encoding="utf-8")
    rows = [
        {"sequence": row["sequence"], "light_sequence": row["light_sequence"]}
        for row, _ in zip(csv.DictReader(text.splitlines()), range(_ANTIBODIES), strict=False)
    ]
    first = rows[0]
    return [*rows, first | {"sequence": f"X{first['sequence'][1:]}"}]
