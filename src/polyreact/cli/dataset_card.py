"""`polyreact dataset card`: the datasheet of a set, for a person, a machine or a bibliography."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import click

from polyreact.cli.surroundings import load_settings
from polyreact.datasets.catalog import Dataset, load_dataset, load_source
from polyreact.datasets.citation import render_bibtex
from polyreact.datasets.croissant import render_croissant
from polyreact.datasets.datasheet import Account, MeasuredOverlap, parse_account, render_page
from polyreact.datasets.layout import provenance_path
from polyreact.datasets.overlap import Region, Summary
from polyreact.errors import PreparedMismatch, WrongCommandLine
from polyreact.results.overlap_records import SetRecord, SummaryRecord, compared_of
from polyreact.results.overlap_store import OverlapStore
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings


class Format(StrEnum):
    """What a datasheet is written as."""

    MARKDOWN = "markdown"
    CROISSANT = "croissant"
    BIBTEX = "bibtex"


@click.command()
@click.argument("name", metavar="DATASET")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.MARKDOWN.value,
    show_default=True,
    help="A page, Croissant metadata, or the article to cite.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="The folder of records, for measured overlaps.",
)
def card(name: str, form: str, results: Path) -> None:
    """Print the datasheet of DATASET: how it is made, what is wrong with it, its licence, what it can tell.

    The page is that of the whole source, with all sets that are made of the same antibodies. Counts of dropped
    rows are on it for the sets that are prepared here. Croissant describes DATASET alone.

    DATASET is the newest revision, DATASET@1 the first.
    """
    dataset = load_dataset(name)
    if dataset.is_private:
        raise WrongCommandLine(
            f"`{dataset.id}` is private: a datasheet is for what is published",
            consequence="Nothing was printed.",
            cure=f"What is known of it, for your own eyes: polyreact dataset show {dataset.id}",
        )
    source = load_source(dataset.source)
    if form == Format.CROISSANT:
        text = render_croissant(dataset, source).decode()
    elif form == Format.BIBTEX:
        text = render_bibtex(source)
    else:
        text = render_page(source, read_accounts(source.datasets, load_settings()), load_overlaps(results))
    click.echo(text, nl=False)


def read_accounts(datasets: Iterable[Dataset], settings: Settings) -> dict[str, Account]:
    """The accounts of the sets that are prepared here, by key. Raises PreparedMismatch for a damaged record."""
    paths = {dataset: provenance_path(dataset, settings) for dataset in datasets}
    return {dataset.key: _read_account(dataset, path) for dataset, path in paths.items() if path.is_file()}


def load_overlaps(results: Path) -> tuple[MeasuredOverlap, ...]:
    """What `polyreact dataset overlap` kept of the sets as they are now; none where there is no such folder.

    Raises BadRecord and RecordTooNew.
    """
    records = OverlapStore.of(ResultsStore(results)).read_current()
    return tuple(
        MeasuredOverlap(
            _refer(record.test),
            _refer(record.reference),
            {region: _summarize(record.summary(region)) for region in Region},
        )
        for record in records
    )


def _refer(compared: SetRecord) -> str:
    return f"{compared.id}@{compared.revision}"


def _summarize(record: SummaryRecord) -> Summary:
    return Summary(
        compared=compared_of(record),
        exact=record.exact,
        minimum=record.minimum,
        median=record.median,
        maximum=record.maximum,
        neighbours=tuple(neighbours.rows for neighbours in record.neighbours),
    )


def _read_account(dataset: Dataset, path: Path) -> Account:
    try:
        return parse_account(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PreparedMismatch(
            f"the provenance record of `{dataset.reference}` cannot be read: {path}",
            consequence="Nothing was printed.",
            cure=f"Delete it, then make it again:\n  polyreact dataset fetch {dataset.reference}",
        ) from error
