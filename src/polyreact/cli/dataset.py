"""`polyreact dataset`: list, fetch, show; the other commands stand in modules of their own."""

from __future__ import annotations

from dataclasses import asdict

import click

from polyreact.cli.dataset_card import card
from polyreact.cli.dataset_export import export
from polyreact.cli.dataset_overlap import overlap
from polyreact.cli.dataset_verify import verify
from polyreact.cli.surroundings import Terminal, json_option, load_settings, print_json, print_table
from polyreact.datasets.catalog import (
    Dataset,
    dataset_ids,
    is_newest,
    load_dataset,
    load_revisions,
    load_source,
)
from polyreact.datasets.fetch import fetch_source
from polyreact.datasets.layout import inputs_path
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import PolyreactError
from polyreact.settings import Settings


@click.group("dataset")
def command() -> None:
    """List, fetch, show, verify, compare and export the datasets of the catalogue."""


command.add_command(verify)
command.add_command(export)
command.add_command(overlap)
command.add_command(card)


@command.command("list")
@json_option
def list_datasets(*, as_json: bool) -> None:
    """List the datasets: what a manifest may name as training data, and what the tracks are made of.

    An older revision of a dataset is listed as `<dataset>@<revision>`.
    """
    datasets = load_revisions()
    if as_json:
        print_json([{"name": _name(dataset), **asdict(dataset)} for dataset in datasets])
        return
    columns = ["dataset", "revision", "specific", "polyreactive", "labels", "what it is"]
    print_table(columns, [_as_row(dataset) for dataset in datasets], right=columns[1:4])


@command.command()
@click.argument("names", nargs=-1, metavar="[DATASET]...")
def fetch(names: tuple[str, ...]) -> None:
    """Fetch the raw files of each DATASET (all by default), verify them by hash, and prepare the set.

    DATASET is the newest revision, DATASET@1 the first.

    Where POLYREACT_MIRROR names a folder, files are read from <folder>/<source>/<file> in place of the network.
    """
    terminal, settings = Terminal(), load_settings()
    chosen = [load_dataset(name) for name in names or dataset_ids()]
    failed: list[PolyreactError] = []
    with terminal.live("fetching"):
        for dataset in chosen:
            try:
                click.echo(f"{_name(dataset)}  {_fetch_one(dataset, settings, terminal)}")
            except PolyreactError as error:  # the others can still be had
                failed.append(error)
    for other in failed[:-1]:
        terminal.say(other.render())
    if failed:
        raise failed[-1]


@command.command()
@click.argument("name", metavar="DATASET")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show where DATASET comes from, how its labels are made, what was corrected, and the digest of everything.

    DATASET is the newest revision, DATASET@1 the first.
    """
    dataset = load_dataset(name)
    source = load_source(dataset.source)
    if as_json:
        revisions = [
            {"revision": other.revision, "title": other.title, "erratum": other.erratum}
            for other in _find_revisions(dataset)
        ]
        print_json({"dataset": asdict(dataset), "revisions": revisions, "source": asdict(source)})
        return
    click.echo(f"{dataset.title}\n\n{click.wrap_text(dataset.label_rule, 90)}\n")
    if dataset.erratum:
        click.echo(f"{click.wrap_text(f'Erratum: {dataset.erratum}', 90)}\n")
    facts = {
        "revision": str(dataset.revision),
        "other revisions": _list_other_revisions(dataset),
        "specific / polyreactive": f"{dataset.negatives} / {dataset.positives}"
        if dataset.is_prepared
        else "not prepared",
        "species": source.species,
        "assay": source.assay,
        "citation": source.citation,
        "DOI": source.doi,
        "labels": _say_who_sees_labels(dataset),
        "assay column": dataset.assay_column or "-",
        "group column": dataset.group_column or "-",
        "fold columns": ", ".join(dataset.training_columns) or "-",
        "inputs sha256": dataset.inputs_sha256 or "-",
        "labels sha256": dataset.labels_sha256 or "-",
        "annotations sha256": dataset.annotations_sha256 or "-",
        "training sha256": dataset.training_sha256 or "-",
    }
    for key, value in facts.items():
        click.echo(f"{key:<24} {value}")
    if dataset.annotations:
        click.echo("\nannotations, kept beside the labels")
    for annotation in dataset.annotations:
        click.echo(f"  {annotation.name:<24} {annotation.meaning}")
    click.echo("\nraw files")
    for file in source.files:
        click.echo(f"  {file.name}\n    {file.url}\n    {file.digest}; {file.terms}")


def _fetch_one(dataset: Dataset, settings: Settings, terminal: Terminal) -> str:
    if dataset.is_prepared:
        ensure_prepared(dataset, settings, terminal.say)
        return str(inputs_path(dataset, settings))
    files = fetch_source(load_source(dataset.source), settings, terminal.say)
    return f"{len(files)} raw files in {settings.sources / dataset.source}"


def _name(dataset: Dataset) -> str:
    """The shortest name that load_dataset takes for this revision."""
    return dataset.id if is_newest(dataset) else dataset.reference


def _as_row(dataset: Dataset) -> list[str]:
    counts = [str(dataset.negatives), str(dataset.positives)] if dataset.is_prepared else ["-", "-"]
    corrected = "" if is_newest(dataset) else f" (corrected by revision {load_dataset(dataset.id).revision})"
    labels = _say_who_sees_labels(dataset)
    return [_name(dataset), str(dataset.revision), *counts, labels, f"{dataset.title}{corrected}"]


def _say_who_sees_labels(dataset: Dataset) -> str:
    if dataset.labels_public:
        return "public"
    return "shown for training" if dataset.is_training else "hidden"


def _find_revisions(dataset: Dataset) -> list[Dataset]:
    """Every revision of the dataset, the newest first."""
    return [other for other in load_revisions() if other.id == dataset.id]


def _list_other_revisions(dataset: Dataset) -> str:
    others = [other for other in _find_revisions(dataset) if other.revision != dataset.revision]
    return "; ".join(f"{_name(other)} ({other.title})" for other in others) or "-"
