"""`polyreact dataset overlap`: how near sets stand to each other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import click

from polyreact.cli.surroundings import (
    Terminal,
    json_option,
    load_private_folder,
    load_settings,
    print_json,
    print_table,
    results_option,
)
from polyreact.datasets.catalog import Dataset, load_dataset, load_revisions, validate_prepared
from polyreact.datasets.overlap import CUTS, IDENTITY, Region
from polyreact.errors import DatasetError, WrongCommandLine
from polyreact.evaluation.audit import Auditor, ensure_overlap
from polyreact.results.overlap_records import OverlapRecord
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.tracks.catalog import load_tracks
from polyreact.tracks.track import Standing

Pair = tuple[Dataset, Dataset]


@click.command()
@click.argument("test", required=False)
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@click.option("--all", "every", is_flag=True, help="Every set against every set of another source.")
@results_option
@click.option("--force", is_flag=True, help="Measure again what has a record already.")
@json_option
def overlap(
    test: str | None, references: tuple[str, ...], results: Path, *, every: bool, force: bool, as_json: bool
) -> None:
    """Measure how near the antibodies of TEST stand to those of each REFERENCE.

    For every antibody of TEST the nearest VH and the nearest H-CDR3 of REFERENCE are found. Without REFERENCE:
    every other set of another source, the synthetic one left out. The result is kept in the folder of records as
    overlap/<test>--<reference>.json, and measured again only when the sequences are others. Private sets are
    measured only when they are named, and the result is kept in the folder that POLYREACT_PRIVATE names.
    """
    terminal, settings = Terminal(), load_settings()
    pairs = _choose_pairs(test, references, every=every)
    apart = [pair for pair in pairs if pair[0].source != pair[1].source]
    store = ResultsStore(results)
    if any(dataset.is_private for pair in pairs for dataset in pair):
        store = open_private_store(load_private_folder(settings))
    auditor = Auditor(OverlapStore.of(store), settings, terminal.say, terminal.show)
    records: list[OverlapRecord] = []
    absent: list[DatasetError] = []
    with store.lock(), terminal.live("measuring"):
        for pair in apart:
            try:
                records.append(ensure_overlap(*pair, auditor, force=force).record)
            except DatasetError as error:  # the others can still be measured
                absent.append(error)
    same = [pair for pair in pairs if pair not in apart]
    if as_json:
        print_json(
            {
                "overlaps": [record.model_dump(mode="json") for record in records],
                "same_antibodies": [[one.reference, other.reference] for one, other in same],
                "errors": [error.to_json() for error in absent],
            }
        )
    else:
        if records:
            print_overlaps(records)
        for one, other in same:
            terminal.say(
                f"{one.reference} and {other.reference} come from one source, {one.source}: they hold the same "
                "antibodies, so there is nothing to measure."
            )
    for failure in absent:
        terminal.say(f"\n{failure.render()}")
    sys.exit(max((failure.exit_status for failure in absent), default=0))


def print_overlaps(records: Sequence[OverlapRecord]) -> None:
    """The table, and below it what identity means."""
    columns = ["test", "reference", "region", "rows", "of", "exact", "min", "median", "max"]
    columns += [f">= {cut:.2f}" for cut in CUTS]
    rows = [_as_row(record, region) for record in records for region in Region]
    print_table(columns, rows, right=columns[3:])
    click.echo(
        "\n"
        + click.wrap_text(
            f"rows: antibodies of the test set compared; of: antibodies of the reference. {IDENTITY}", 90
        )
    )


def _choose_pairs(test: str | None, references: Sequence[str], *, every: bool) -> list[Pair]:
    if every == (test is not None):
        raise WrongCommandLine(
            "name a TEST, or give --all, and not both",
            cure="polyreact dataset overlap jain boughter\npolyreact dataset overlap --all",
        )
    known = _real_datasets()
    if test is None:
        return [(one, other) for one, other in product(known, known) if one.source != other.source]
    chosen = load_dataset(test)
    others = [load_dataset(name) for name in references]
    for dataset in (chosen, *others):
        validate_prepared(dataset)
    return [(chosen, other) for other in others or [d for d in known if d.source != chosen.source]]


def _real_datasets() -> list[Dataset]:
    synthetic = {track.dataset for track in load_tracks() if track.standing is Standing.DEMO}
    left_out = {dataset.id for dataset in load_revisions() if dataset.is_private} | synthetic
    return [dataset for dataset in load_revisions() if dataset.is_prepared and dataset.id not in left_out]


def _as_row(record: OverlapRecord, region: Region) -> list[str]:
    summary = record.summary(region)
    figures = (summary.minimum, summary.median, summary.maximum)
    return [
        record.test.key,
        record.reference.key,
        region.value,
        str(summary.rows),
        str(summary.reference_rows),
        str(summary.exact),
        *("-" if figure is None else f"{figure:.3f}" for figure in figures),
        *(str(neighbours.rows) for neighbours in summary.neighbours),
    ]
