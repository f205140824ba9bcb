"""A thousand submissions on ten tracks of a million antibodies, on paper: where time, bytes and money go.

    python -m benchmarks.scale [--submissions 1000] [--tracks 10] [--rows 1000000]
    python -m benchmarks.scale --records results

Prints the tables of docs/explanation/scale.md from the constants below, each of which was measured by the command
beside it; a test holds the page to what is printed. With --records the constants of models are measured again,
from the records of the reference models on harvey-test. Prices are assumed, not measured.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from polyreact.results.store import ResultsStore

_HOUR_S, _DAY_S = 3_600.0, 86_400.0
_KB, _MB, _GB, _TB = 1e3, 1e6, 1e9, 1e12
_RECORDS = "python -m benchmarks.scale --records results"
_ROWS = "python -m benchmarks.rows"
_LARGE = "benchmarks.large_board --submissions 100 --out DIR"


@dataclass(frozen=True, slots=True)
class Constant:
    """A measured value: its symbol, in which unit, of what, and the command that measures it."""

    symbol: str
    value: float
    unit: str
    what: str
    command: str


#: Processor's seconds for a thousand antibodies of harvey-test, by reference model.
MODELS = {
    "isoelectric-point": 0.047,
    "kmer-logreg": 0.129,
    "descriptors-logreg": 1.057,
    "sapiens-logreg": 2.884,
    "antiberty-logreg": 58.943,
}
#: The one that stands for all in what follows: a protein language model of 26 million parameters, without a GPU.
MODEL = "antiberty-logreg"
#: What a run is given. At best it takes its processor's time divided by these.
CORES = 2
#: The one of them that holds the features of all antibodies at once.
HOLDING = "descriptors-logreg"

START = Constant("s", 1.2, "s", "one container, beside the model's own time", "python benchmarks/policy_cost.py")
PREDICTIONS = Constant("b", 40.3, "bytes a row", "predictions as they are kept", _ROWS)
PACKED = Constant("z", 12.6, "bytes a row", "predictions as git packs them", _ROWS)
INPUTS = Constant("i", 141.0, "bytes a row", "inputs of a VHH of 120 amino acids", _ROWS)
READ = Constant("r", 7.8, "µs a row", "reading a table of predictions", _ROWS)
SCORE = Constant("m", 4.9, "µs a row", "scoring it, in groups, and drawing its curves", _ROWS)
PAIR = Constant("c", 1.7, "µs a row and pair", "comparing two tables that are read", _ROWS)
MEMORY = Constant("a", 1.3, "kB a row", "memory of whoever reads and compares", _ROWS)
HELD = Constant("h", 13.8, "kB a row", f"memory of {HOLDING}, which holds all rows at once", _RECORDS)
LINE = Constant(
    "l", 55.0, "bytes a pair", "comparisons as they are kept: a file by its pairs", f"python -m {_LARGE}"
)
PLAN = Constant("p", 0.4, "ms a job", "planning what is done already", "python -m benchmarks.weekly_plan")
SITE = Constant("w", 7.5, "ms an entry", "building board and site", "python -m benchmarks.site")
CONSTANTS = (START, PREDICTIONS, PACKED, INPUTS, READ, SCORE, PAIR, MEMORY, HELD, LINE, PLAN, SITE)

#: Assumed, in euros: a core for an hour, a gigabyte stored for a month, one sent out.
CORE_HOUR, GB_MONTH, GB_SENT = 0.04, 0.02, 0.08


@dataclass(frozen=True, slots=True)
class Plan:
    """So many submissions on so many tracks of so many rows."""

    submissions: int = 1_000
    tracks: int = 10
    rows: int = 1_000_000

    @property
    def runs(self) -> int:
        """Every submission on every track."""
        return self.submissions * self.tracks

    @property
    def pairs(self) -> int:
        """Every two submissions of a track."""
        return self.submissions * (self.submissions - 1) // 2

    @property
    def table_bytes(self) -> float:
        """Of one submission's predictions on one track."""
        return PREDICTIONS.value * self.rows


@dataclass(frozen=True, slots=True)
class Need:
    """What one part needs in all: seconds of a processor, and bytes that are kept."""

    part: str
    formula: str
    core_s: float = 0.0
    kept_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Bound:
    """Something that has an end, and how many submissions fit; infinite where every run does by itself."""

    part: str
    limit: str
    submissions: float


def find_needs(plan: Plan) -> Iterator[Need]:
    """Where time and bytes go, in the order of a submission's way."""
    runs, rows = plan.runs, plan.rows
    yield Need("inputs of all tracks", "T n i", kept_bytes=plan.tracks * rows * INPUTS.value)
    yield Need("planning, once", "S T p", runs * PLAN.value / 1e3)
    yield Need("starting containers", "S T s", runs * START.value)
    yield Need(f"the models, all like {MODEL}", "S T n x", runs * rows * MODELS[MODEL] / 1e3)
    yield Need(
        "reading and scoring predictions, once", "S T n (r + m)", runs * rows * (READ.value + SCORE.value) / 1e6
    )
    yield Need("predictions as files", "S T n b", kept_bytes=runs * plan.table_bytes)
    yield Need("predictions in git", "S T n z", kept_bytes=runs * rows * PACKED.value)
    pairs = plan.pairs * plan.tracks
    yield Need("comparing every two, once", "S (S - 1) / 2 T n c", pairs * rows * PAIR.value / 1e6)
    again = plan.submissions * (plan.submissions + 1) // 2 * plan.tracks
    yield Need(
        "reading tables again, one submission after the other",
        "S (S + 1) / 2 T n r",
        again * rows * READ.value / 1e6,
    )
    yield Need("comparisons as files", "S (S - 1) / 2 T l", kept_bytes=pairs * LINE.value)
    yield Need("building the site, once", "S T w", runs * SITE.value / 1e3)


def find_bounds(plan: Plan) -> list[Bound]:
    """What has an end, that which is reached first before the others."""
    packed = plan.tracks * plan.rows * PACKED.value
    table, held = plan.table_bytes, plan.rows * HELD.value * _KB
    run_s = plan.rows * MODELS[MODEL] / 1e3 / CORES
    more_s = plan.tracks * plan.rows * (READ.value + PAIR.value) / 1e6
    return sorted(
        [
            Bound(
                f"memory of a run of {HOLDING}: {_bytes(held)}",
                "8 GiB, harvey-test's limit",
                _fits(held, 8 * 2**30),
            ),
            Bound(
                f"one table of {_bytes(table)}",
                "16 MiB of output, harvey-test's limit",
                _fits(table, 16 * 2**20),
            ),
            Bound(f"one run of {MODEL}: {_time(run_s)}", "1 h, harvey-test's limit", _fits(run_s, _HOUR_S)),
            Bound("submissions in one push", "2 GB, GitHub's limit", 2 * _GB / packed),
            Bound("the repository", "10 GB, GitHub's advice", 10 * _GB / packed),
            Bound("one submission more compared by one core", "6 h of a hosted machine", 6 * _HOUR_S / more_s),
            Bound("one track's comparisons", "100 MB, GitHub's limit for a file", _square(100 * _MB / LINE.value)),
            Bound("one directory of submissions", "3,000 entries, GitHub's advice", 3_000),
            Bound("building the site", "1 h", _HOUR_S / (plan.tracks * SITE.value / 1e3)),
        ],
        key=lambda bound: bound.submissions,
    )


def _fits(need: float, limit: float) -> float:
    """Of runs that all need the same: none, or any number."""
    return 0 if need > limit else math.inf


def _square(pairs: float) -> float:
    """How many have so many pairs."""
    return (1 + math.sqrt(1 + 8 * pairs)) / 2


def render_constants() -> str:
    """The measured values, as Markdown."""
    rows = [(f"`{one.symbol}`", f"{one.value:g} {one.unit}", one.what, f"`{one.command}`") for one in CONSTANTS]
    models = [
        (f"`x` of {name}", f"{value:g} s for 1,000 rows", "the model, processor's time", f"`{_RECORDS}`")
        for name, value in MODELS.items()
    ]
    return _render(("symbol", "value", "of", "measured by"), [*rows, *models])


def render_needs(plan: Plan) -> str:
    """Time, bytes and money of each part, and in all."""
    needs = list(find_needs(plan))
    rows = [(need.part, f"`{need.formula}`", *_figures(need.core_s, need.kept_bytes)) for need in needs]
    core_s = sum(need.core_s for need in needs)
    kept = sum(need.kept_bytes for need in needs if need.part != "predictions as files")
    rows.append(("in all, files that git packs counted once", "", *_figures(core_s, kept)))
    return _render(("part", "formula", "core-hours", "kept", "euros", "euros a month"), rows)


def render_models(plan: Plan) -> str:
    """What the whole plan takes by the kind of model that all submissions are."""
    rows = []
    for name, each in MODELS.items():
        hours = plan.runs * (plan.rows * each / 1e3 + START.value) / _HOUR_S
        one_s = plan.rows * each / 1e3 / CORES
        rows.append((name, _time(one_s), f"{hours:,.0f}", f"{hours / 24 / 64:,.1f}", f"{hours * CORE_HOUR:,.0f}"))
    columns = ("all submissions like", "one run on 2 cores, at best", "core-hours", "days on 64 cores", "euros")
    return _render(columns, rows)


def render_bounds(plan: Plan) -> str:
    """What breaks first."""
    rows = [(bound.part, bound.limit, _count(bound.submissions)) for bound in find_bounds(plan)]
    return _render(("part", "where it ends", "submissions that fit"), rows)


def _count(submissions: float) -> str:
    return "any" if math.isinf(submissions) else f"{math.floor(submissions):,}"


def render_sending(plan: Plan) -> str:
    """What it costs that somebody clones or downloads all predictions."""
    packed = plan.runs * plan.rows * PACKED.value / _GB
    return f"{packed:,.0f} GB for each clone, {packed * GB_SENT:,.2f} euros where the sender pays"


def render_weekly(plan: Plan) -> str:
    """What reading again takes where submissions come in batches: each batch reads what is there once."""
    weeks = 52
    read = plan.submissions * (weeks + 1) / 2 * plan.tracks
    hours = read * plan.rows * READ.value / 1e6 / _HOUR_S
    return f"{hours:,.0f} core-hours in {weeks} weekly batches"


def _figures(core_s: float, kept_bytes: float) -> tuple[str, str, str, str]:
    hours, gigabytes = core_s / _HOUR_S, kept_bytes / _GB
    return (
        _rounded(hours) if core_s else "",
        _bytes(kept_bytes) if kept_bytes else "",
        f"{hours * CORE_HOUR:,.2f}" if core_s else "",
        f"{gigabytes * GB_MONTH:,.2f}" if kept_bytes else "",
    )


def _rounded(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}" if hours >= 0.1 else f"{hours:.3f}"


def _bytes(count: float) -> str:
    for unit, size in (("TB", _TB), ("GB", _GB), ("MB", _MB)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count / _KB:.3g} kB"


def _time(seconds: float) -> str:
    if seconds >= _DAY_S:
        return f"{seconds / _DAY_S:.1f} d"
    if seconds >= _HOUR_S:
        return f"{seconds / _HOUR_S:.1f} h"
    return f"{seconds / 60:.1f} min"


def _render(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


#: What the page shows, in its order.
TABLES: tuple[Callable[[Plan], str], ...] = (
    lambda _: render_constants(),
    render_needs,
    render_models,
    render_bounds,
    render_sending,
    render_weekly,
)


def measure_models(results: Path) -> Iterator[str]:
    """The constants of models once more, from the records of the reference models."""
    store = ResultsStore(results)
    for name in MODELS:
        record = store.find(f"polyreact-{name}", "harvey-test")
        if record is None or record.run.predictions is None or record.run.cpu_s is None:
            yield f"{name}: no record of it tells the processor's time"
            continue
        rows = record.run.predictions.rows
        wall = f"{1e3 * record.run.wall_s / rows:.3f} s on the clock"
        yield f"{name}: {1e3 * record.run.cpu_s / rows:.3f} s of the processor for 1,000 rows, {wall}"
        small = store.find(record.submission.id, "demo")
        if name == HOLDING and small is not None and small.run.predictions is not None:
            more = (record.run.peak_memory_bytes or 0) - (small.run.peak_memory_bytes or 0)
            yield f"{name}: {more / (rows - small.run.predictions.rows) / _KB:.1f} kB more memory for each row"


def main() -> None:
    """Print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1_000)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--records", type=Path, help="measure the models' constants from the records in this folder"
    )
    options = parser.parse_args()
    if options.records is not None:
        print("\n".join(measure_models(options.records)))
        return
    plan = Plan(options.submissions, options.tracks, options.rows)
    print("\n".join(render(plan) for render in TABLES))


if __name__ == "__main__":
    main()
