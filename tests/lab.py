"""A lab's table made of the synthetic demonstration set, with names and sequences that can be looked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from importlib.resources import files as package_files

from polyreact.datasets.tables import parse_csv

#: Stands in every name of the lab, and nowhere else in the world.
CANARY = "NIGHTJAR"


def demo_pairs(count: int = 60) -> list[tuple[str, str]]:
    """The first antibodies of the demonstration set that have both chains."""
    folder = package_files("polyreact.datasets.demo")
    rows = parse_csv(folder.joinpath("inputs.csv").read_bytes())
    pairs = [(row["sequence"], row["light_sequence"]) for row in rows if row["light_sequence"]]
    return pairs[:count]


def lab_rows(count: int = 60) -> list[dict[str, str]]:
    """Rows of a lab: every third polyreactive, an assay value that agrees with the label at a threshold of 0.5."""
    return [
        {
            "clone": f"{CANARY}-{number:03d}",
            "sequence": heavy,
            "light_sequence": light,
            "label": str(int(number % 3 == 0)),
            "psr": f"{0.6 if number % 3 == 0 else 0.1}{number:03d}",
        }
        for number, (heavy, light) in enumerate(demo_pairs(count))
    ]


def as_csv(rows: Iterable[dict[str, str]]) -> bytes:
    """The rows with their heading."""
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
