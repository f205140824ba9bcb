"""`polyreact dataset verify`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from polyreact.cli.surroundings import Terminal, json_option, load_settings, print_json, print_table
from polyreact.datasets.catalog import load_dataset, load_revisions
from polyreact.datasets.verify import TABLES, AbsentFile, TableState, Verification, verify_datasets
from polyreact.errors import DatasetError


@click.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
@click.option("--all", "every", is_flag=True, help="Every revision of every dataset.")
@json_option
def verify(names: tuple[str, ...], *, every: bool, as_json: bool) -> None:
    """Make each DATASET anew from its raw files, twice, and compare with the catalogue and the cache.

    The two builds are independent: the second runs in a process of its own with another hash seed. They are
    compared byte for byte with each other, by digest and counts with the catalogue, and with the prepared files
    that stand in the cache. Nothing is repaired. DATASET is the newest revision, DATASET@1 the first.

    Exit status 5 when a set differs, or cannot be built though it is catalogued as prepared or was named.
    """
    if every == bool(names):
        raise click.UsageError("name the datasets to verify, or give --all")
    terminal, settings = Terminal(), load_settings()
    chosen = load_revisions() if every else [load_dataset(name) for name in names]
    with terminal.live("verifying"):
        found = list(verify_datasets(chosen, settings, os.environ, terminal.say))
    failures = [error for one in found if (error := one.find_failure(was_named=not every)) is not None]
    if as_json:
        print_json([_as_json(one, was_named=not every) for one in found])
    else:
        _print(found)
    for error in failures:
        terminal.say(error.render())
    sys.exit(DatasetError.exit_status if failures else 0)


def _print(found: Sequence[Verification]) -> None:
    columns = ["dataset", "revision", "rows", *TABLES, "verdict", "seconds"]
    print_table(columns, [_as_row(one) for one in found], right=["revision", "rows", "seconds"])
    for one in found:
        digests = [check for check in one.tables if check.state is TableState.UNCATALOGUED]
        if digests:
            click.echo(f"\n{one.dataset.reference}: the catalogue holds no digest; found")
        for check in digests:
            click.echo(f"  {check.name:<12} sha256 {check.found}")
    absent = _needed_by(found)
    if absent:
        click.echo("\nabsent raw files")
    for file, names in absent.items():
        click.echo(f"  {file.source}/{file.name}, needed by {', '.join(names)}")
        click.echo(f"    from      {file.url}\n    digest    {file.digest}\n    to stand  {file.place}")


def _needed_by(found: Sequence[Verification]) -> dict[AbsentFile, list[str]]:
    """The absent files in the order found, each with the sets that it is missed by."""
    needed: dict[AbsentFile, list[str]] = {}
    for one in found:
        for file in one.absent:
            needed.setdefault(file, []).append(one.dataset.reference)
    return needed


def _as_row(one: Verification) -> list[str]:
    return [
        one.dataset.id,
        str(one.dataset.revision),
        "-" if one.rows is None else str(one.rows),
        *(check.state.value for check in one.tables),
        one.verdict,
        f"{one.seconds:.1f}",
    ]


def _as_json(one: Verification, *, was_named: bool) -> dict[str, object]:
    failure = one.find_failure(was_named=was_named)
    return {
        "dataset": one.dataset.id,
        "revision": one.dataset.revision,
        "rows": one.rows,
        "positives": one.positives,
        "negatives": one.negatives,
        "tables": {
            check.name: {"state": check.state.value, "expected": check.expected, "found": check.found}
            for check in one.tables
        },
        "verdict": one.verdict,
        "absent": [asdict(file) | {"place": str(file.place)} for file in one.absent],
        "differences": [asdict(finding) for finding in one.differences],
        "damaged": [asdict(finding) for finding in one.damaged],
        "error": failure.to_json() if failure else None,
        "seconds": round(one.seconds, 3),
    }
