"""Simulate how often the board's intervals, tests and ranks are wrong: docs/explanation/simulated-statistics.json.

    python scripts/simulate_statistics.py                    all tables (about ten minutes of one core)
    python scripts/simulate_statistics.py boards auroc       these only; the others are kept

Seeds are fixed and figures are rounded, so the file is the same wherever it is made. `scripts/statistics_page.py`
makes the page on statistics from it; tests/simulation makes the tables that `REPEATED` names again, with as many
runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import coverage, error_rates  # noqa: E402 - found by the line above
from benchmarks.tables import Row, round_row  # noqa: E402

FIGURES = REPOSITORY / "docs" / "explanation" / "simulated-statistics.json"


@dataclass(frozen=True)
class Table:
    """How many sets each row is made from, and how."""

    runs: int
    make: Callable[[int], list[Row]]

    def simulate(self) -> list[Row]:
        """The rows as they are kept."""
        return [round_row(row) for row in self.make(self.runs)]


SMALL_PAIRS = partial(error_rates.judge_cases, error_rates.EQUAL, (error_rates.SHEHATA,))
OTHER_PAIRS = (
    (error_rates.UNEQUAL, (error_rates.SHEHATA,)),
    ((*error_rates.EQUAL, *error_rates.UNEQUAL), (error_rates.JAIN, error_rates.JUST_LARGE)),
)
BOARD_SIZES = (error_rates.SHEHATA, error_rates.JAIN, error_rates.LARGE)
TABLES: Mapping[str, Table] = {
    "auroc": Table(20_000, partial(coverage.cover_aurocs, coverage.PLANNED, coverage.SMALL)),
    "auroc-narrow": Table(10_000, partial(coverage.cover_aurocs, coverage.NARROW, coverage.SMALL)),
    "auroc-sizes": Table(5_000, partial(coverage.cover_aurocs, coverage.PLANNED, coverage.OTHER_SIZES)),
    "shares": Table(20_000, coverage.cover_shares),
    "counts": Table(20_000, coverage.cover_counts),
    "means": Table(5_000, coverage.cover_means),
    "spearman": Table(5_000, coverage.cover_spearman),
    "groups": Table(1_000, coverage.cover_groups),
    "curves": Table(2_000, coverage.cover_curves),
    "curves-groups": Table(1_000, coverage.cover_grouped_curves),
    "pairs-equal": Table(10_000, SMALL_PAIRS),
    "pairs": Table(
        4_000, lambda runs: [row for part in OTHER_PAIRS for row in error_rates.judge_cases(*part, runs)]
    ),
    "swaps": Table(
        1_000,
        partial(
            error_rates.judge_swaps,
            (*error_rates.EQUAL, *error_rates.UNEQUAL),
            (error_rates.SHEHATA, error_rates.JAIN),
        ),
    ),
    "accuracies": Table(20_000, error_rates.judge_accuracies),
    "pairs-groups": Table(1_000, error_rates.judge_groups),
    "boards": Table(500, partial(error_rates.judge_boards, (error_rates.SPREAD,), BOARD_SIZES)),
    "boards-equal": Table(
        2_000,
        partial(
            error_rates.judge_boards,
            [kind for kind in error_rates.BOARDS if kind != error_rates.SPREAD],
            BOARD_SIZES,
        ),
    ),
}
#: What the board promises, so a test makes these again.
REPEATED = ("auroc", "pairs-equal", "boards")


def main(names: Sequence[str]) -> None:
    """Writes the figures."""
    if unknown := set(names) - set(TABLES):
        sys.exit(f"no table is named {', '.join(sorted(unknown))}; there are: {', '.join(TABLES)}")
    kept = json.loads(FIGURES.read_bytes()) if FIGURES.exists() else {}
    for name in names or TABLES:
        print(name, file=sys.stderr)
        kept[name] = {"runs": TABLES[name].runs, "rows": TABLES[name].simulate()}
        ordered = {table: kept[table] for table in TABLES if table in kept}
        FIGURES.write_text(render(ordered), encoding="utf-8")


def render(tables: Mapping[str, object]) -> str:
    """One row of a table on one line, so that a change is seen where it is."""
    parts = []
    for name, table in tables.items():
        rows = ",\n".join(f"      {json.dumps(row)}" for row in table["rows"])
        parts.append(f'  {json.dumps(name)}: {{\n    "runs": {table["runs"]},\n    "rows": [\n{rows}\n    ]\n  }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
