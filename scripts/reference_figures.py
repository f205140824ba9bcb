"""Train the reference models and measure them: docs/reference/reference-figures.json.

    python scripts/reference_figures.py       about half an hour of one core; what was trained already is read

One thread does it soonest (`OMP_NUM_THREADS=1`), and the figures do not hang on it. Weights come from the package
index, data from `polyreact dataset`. `scripts/reference_page.py` makes the page from the figures, and a test makes
some of them again. Nothing but figures leaves this machine: the labels of Jain 2017 may not be passed on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks.reference_measures import (  # noqa: E402 - found by the line above
    DATASETS,
    SCHEMES,
    Answers,
    Embedded,
    Json,
    collect,
    compare_all,
    compare_revisions,
    describe,
)
from benchmarks.reference_models import ENTRIES, LARGE_SET, SEEDS, TEST_SETS, TRAINING, export_set  # noqa: E402
from polyreact.files import write_atomically  # noqa: E402
from polyreact.settings import Settings, read_settings  # noqa: E402

FIGURES = REPOSITORY / "docs" / "reference" / "reference-figures.json"


def build(settings: Settings, say: Callable[[str], None] = print) -> Json:
    """All figures."""
    names = (*DATASETS.values(), *TEST_SETS, LARGE_SET)
    sets = {name: export_set(name) for name in names}
    models: list[Answers] = []
    embedded: Embedded = {}
    for training in TRAINING:
        for entry in ENTRIES:
            say(f"{training} {entry.name}")
            models.append(collect(entry, training, sets, settings, embedded))
    differences = []
    for training in TRAINING:
        own = [one for one in models if one.training == training]
        for name in (*SCHEMES, *TEST_SETS, LARGE_SET):
            say(f"{training}: differences on {name}")
            differences += compare_all(own, sets.get(name, sets[DATASETS[training]]), name)
    code = dict(models[0].config["code"])
    return {
        "made_on": datetime.now(UTC).date().isoformat(),
        "code": code,
        "seeds": list(SEEDS),
        "sets": {
            name: {"specific": int((one.labels == 0).sum()), "polyreactive": int(one.labels.sum())}
            for name, one in sets.items()
        },
        "models": [describe(one, sets) for one in models],
        "differences": differences,
        "revisions": compare_revisions(models, sets),
    }


def render(figures: Json) -> bytes:
    """As it is kept: one line for each model, difference and revision."""
    parts = []
    for key, value in figures.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n    ".join(json.dumps(row) for row in value)
            parts.append(f"  {json.dumps(key)}: [\n    {rows}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


if __name__ == "__main__":
    write_atomically(FIGURES, render(build(read_settings(os.environ, Path.home))))
