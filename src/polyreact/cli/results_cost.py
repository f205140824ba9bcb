"""`polyreact results cost`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from polyreact.cli.surroundings import json_option, print_json, print_table, results_option
from polyreact.errors import UnreadableArgument
from polyreact.results.cost import Cost, by_submission, by_track, sum_all, sum_costs
from polyreact.results.store import ResultsStore

_HOUR_S, _MIB = 3_600, 1 << 20
_NAMES = {"submission": by_submission, "track": by_track}
_FIGURES = ("runs", "failed", "core-hours", "wall-hours", "GPU-hours", "peak memory")


@click.command("cost")
@results_option
@click.option(
    "--by",
    type=click.Choice(list(_NAMES)),
    default="submission",
    show_default=True,
    help="A line for each of these.",
)
@json_option
def cost(results: Path, by: str, *, as_json: bool) -> None:
    """Tell what the recorded runs cost: hours of processors, of the clock and of GPUs, and memory; with the total.

    From the records alone. A record is of the last run of a submission on a track: earlier runs, trials and trust
    checks are in no sum, and neither is starting containers. Where an engine did not tell the processor's time of
    a run it is not known: such runs are counted apart, and not as 0. With --json times are seconds.
    """
    if not results.is_dir():
        raise UnreadableArgument(f"there is no folder {results}", cure="Name the folder of records with --results.")
    records = ResultsStore(results).read_all()
    found, total = sum_costs(records, _NAMES[by]), sum_all(records)
    if as_json:
        print_json({"by": by, "costs": [asdict(one) for one in found], "total": asdict(total)})
        return
    print_table([by, *_FIGURES], [_as_row(one) for one in (*found, total)], right=_FIGURES)
    if total.without_cpu:
        runs, hours = f"{total.without_cpu:,} of {total.runs:,} runs", _hours(total.wall_s_without_cpu)
        click.echo(f"\n+ ?: the processor's time of {runs} is not known ({hours} wall-hours) and in no sum")


def _as_row(cost: Cost) -> list[str]:
    cpu = _hours(cost.cpu_s)
    if cost.without_cpu:
        cpu = f"{cpu} + ?" if cost.without_cpu < cost.runs else "?"
    peak = "?" if cost.peak_memory_bytes is None else f"{cost.peak_memory_bytes / _MIB:,.0f} MiB"
    figures = [f"{cost.runs:,}", f"{cost.failed:,}", cpu, _hours(cost.wall_s), _hours(cost.gpu_s), peak]
    return [cost.name, *figures]


def _hours(seconds: float) -> str:
    return f"{seconds / _HOUR_S:,.3f}"
