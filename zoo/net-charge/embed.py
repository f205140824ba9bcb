"""A sequence as one number of physics.py: its net charge at pH 7.4, or its isoelectric point."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from physics import find_isoelectric_point, measure_charge

NAME = json.loads(Path(__file__).with_name("model.json").read_text(encoding="utf-8"))["embedder"]["name"]
MEASURE = {"charge": measure_charge, "isoelectric-point": find_isoelectric_point}[NAME]


def embed(sequences: list[str], *, is_heavy: bool) -> np.ndarray:  # noqa: ARG001  the same for both chains
    """Of shape (n, 1)."""
    return np.array([[MEASURE(sequence)] for sequence in sequences], dtype=np.float32).reshape(-1, 1)
