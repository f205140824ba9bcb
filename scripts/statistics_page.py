"""Write docs/explanation/statistics.md from its words, scripts/statistics.template.md, and the simulated figures.

    python scripts/statistics_page.py

The same page is written for the site's methods, which come with the package.

The figures are those of docs/explanation/simulated-statistics.json (`scripts/simulate_statistics.py`). A test
compares the page with what this prints.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from polyreact.files import write_atomically

WORDS = Path(__file__).resolve().with_name("statistics.template.md")
REPOSITORY = WORDS.parent.parent
FIGURES = REPOSITORY / "docs" / "explanation" / "simulated-statistics.json"
PAGES = (
    REPOSITORY / "docs" / "explanation" / "statistics.md",
    REPOSITORY / "src" / "polyreact" / "leaderboard" / "site" / "statistics.md",
)

Row = Mapping[str, object]


def render(tables: Mapping[str, Mapping[str, object]] | None = None) -> str:
    """The page, from the figures as they are kept unless others are given."""
    if tables is None:
        tables = json.loads(FIGURES.read_bytes())
    rows = {name: list(table["rows"]) for name, table in tables.items()}
    runs = {f"{name.replace('-', '_')}_runs": f"{table['runs']:,}" for name, table in tables.items()}
    return WORDS.read_text(encoding="utf-8").format(**_words(rows), **_tables(rows), **_rename(runs))


def _rename(runs: Mapping[str, str]) -> dict[str, str]:
    short = {"auroc_narrow_runs": "narrow_runs", "auroc_sizes_runs": "sizes_runs", "pairs_equal_runs": "equal_runs"}
    return {short.get(name, name): count for name, count in runs.items()}


def _words(rows: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Single figures of the text."""
    power = {"AUROCs": "0.75 0.90", "SDs": "1 1", "correlation": 0.5}
    equal_large = [row for row in rows["pairs"] if row["set"] == "250/250" and _is_equal(row)]
    all_large = [row for row in rows["pairs"] if row["set"] == "250/250"]
    return {
        "shehata_width": _two(_find(rows["auroc"], set="7/391", scores="alike", **{"true AUROC": 0.75})["width"]),
        "shehata_power": _share(_find(rows["pairs"], set="7/391", **power)["the rule"]),
        "jain_power": _share(_find(rows["pairs"], set="29/57", **power)["the rule"]),
        "shehata_rank": f"{_find(rows['boards'], set='7/391')['mean width']:.1f}",
        "jain_rank": f"{_find(rows['boards'], set='29/57')['mean width']:.1f}",
        "large_rank": f"{_find(rows['boards'], set='2000/2000')['mean width']:.1f}",
        "worst_size": _cell(min(row["the rule"] for row in rows["auroc-sizes"])),
        "worst_count": _cell(min(row["balanced accuracy"] for row in rows["counts"])),
        "worst_pair": _share(_find(rows["pairs-equal"], SDs="2.5 0.4")["the rule"]),
        "large_error": _span([row["the rule"] for row in equal_large]),
        "large_held": _span([row["interval holds"] for row in all_large]),
    }


def _tables(rows: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Tables by their place on the page."""
    narrow = ["set", "true AUROC", "Wald", "logit t", "Newcombe", "the rule", "width"]
    auroc = ["set", "scores", *narrow[1:5], "wider of both", "its width", *narrow[5:]]
    small = [row for row in (*rows["pairs-equal"], *rows["pairs"]) if row["set"] != "250/250"]
    swaps = {_case(row): row["rank swap alone"] for row in rows["swaps"]}
    pairs = [{**row, "rank swap alone": swaps[_case(row)]} for row in small]
    case = ["set", "AUROCs", "SDs", "correlation"]
    return {
        "auroc": _table(rows["auroc"], auroc),
        "auroc_narrow": _table(rows["auroc-narrow"], narrow),
        "auroc_sizes": _table(_summarise_sizes(rows["auroc-sizes"])),
        "shares": _table(rows["shares"]),
        "counts": _table(rows["counts"]),
        "means": _table(rows["means"]),
        "spearman": _table(rows["spearman"]),
        "groups": _table(rows["groups"]),
        "curves": _table(rows["curves"]),
        "curves_groups": _table(rows["curves-groups"]),
        "pairs": _table(
            sorted(pairs, key=lambda row: (row["set"] != "7/391", not _is_equal(row))),
            [*case, "DeLong z", "rank swap alone", "the rule", "interval holds", "width"],
        ),
        "accuracies": _table(rows["accuracies"]),
        "pairs_groups": _table(rows["pairs-groups"]),
        "boards": _table([*rows["boards"], *rows["boards-equal"]]),
    }


def _summarise_sizes(rows: Sequence[Row]) -> list[Row]:
    """One row for each size: the worst and the best scenario."""
    found: list[Row] = []
    for counts in dict.fromkeys(row["set"] for row in rows):
        of_size = [row for row in rows if row["set"] == counts]
        worst = min(of_size, key=lambda row: row["the rule"])
        found.append(
            {
                "set": counts,
                "least": worst["the rule"],
                "most": max(row["the rule"] for row in of_size),
                "least of logit t": min(row["logit t"] for row in of_size),
                "least of Wald": min(row["Wald"] for row in of_size),
                "the least is with": f"{_two(worst['true AUROC'])}, {worst['scores']}",
            }
        )
    return found


def _case(row: Row) -> tuple[object, ...]:
    return row["set"], row["AUROCs"], row["SDs"], row["correlation"]


def _is_equal(row: Row) -> bool:
    first, second = str(row["AUROCs"]).split()
    return first == second


def _find(rows: Sequence[Row], **cells: object) -> Row:
    """The one row with these cells."""
    (row,) = [row for row in rows if all(row[name] == cell for name, cell in cells.items())]
    return row


def _table(rows: Sequence[Row], columns: Sequence[str] | None = None) -> str:
    chosen = list(columns or rows[0])
    ways = ["--:" if all(isinstance(row[key], int | float) for row in rows) else "---" for key in chosen]
    lines = ["| " + " | ".join(chosen) + " |", "|" + "|".join(ways) + "|"]
    lines += ["| " + " | ".join(_cell(row[name]) for name in chosen) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}".removeprefix("0") if 0 <= value < 1 else f"{value:.3f}"


def _two(value: object) -> str:
    return f"{value:.2f}".removeprefix("0")


def _share(value: object) -> str:
    return f"{100 * float(value):.0f} %"


def _span(values: Sequence[float]) -> str:
    return f"{_cell(min(values))} to {_cell(max(values))}"


if __name__ == "__main__":
    for page in PAGES:
        write_atomically(page, render().encode())
