"""`polyreact dataset export`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, load_settings
from polyreact.datasets.catalog import Dataset, is_newest, load_dataset, load_source
from polyreact.datasets.export import Format, render_export
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.errors import CannotWrite
from polyreact.evaluation.disclosure import read_known
from polyreact.files import write_atomically

_STDOUT = Path("-")
#: Labels in a file are for its owner, as they are in the cache; so is all of a private set.
_PRIVATE, _PUBLIC = 0o600, 0o644


@click.command()
@click.argument("name", metavar="DATASET")
@click.option(
    "--labels", "with_labels", is_flag=True, help="Add the labels and annotations; see the terms printed."
)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.CSV.value,
    show_default=True,
    help='What to write; parquet needs pip install "polyreact[parquet]".',
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The file to write, - for stdout.  [default: stdout, or <dataset>-r<revision>.<format> on a terminal]",
)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def export(name: str, output: Path | None, form: str, *, with_labels: bool, force: bool) -> None:
    """Write the prepared DATASET as one file: ids and sequences, on request with labels and annotations.

    csv: sequence_id,sequence,light_sequence, then label and the annotation columns. parquet: the same, an
    annotation of numbers as numbers, empty as null. fasta: one record for each chain, named >jain-0001|VH and
    >jain-0001|VL, 60 residues a line, with labels as label=1 and so on after the name.

    A set that is not prepared is fetched and prepared first. DATASET is the newest revision, DATASET@1 the first.
    """
    terminal, settings = Terminal(), load_settings()
    dataset, chosen = load_dataset(name), Format(form)
    path = output or _choose_path(dataset, chosen, with_labels=with_labels)
    _validate_place(path, force=force)
    with terminal.live(f"exporting {dataset.reference}"):
        ensure_prepared(dataset, settings, terminal.say)
        known = read_known(dataset, settings) if with_labels else None
        content = render_export(read_inputs(dataset, settings), known, chosen)
    _say_notes(terminal, dataset, with_labels=with_labels)
    if path == _STDOUT:
        click.echo(content, nl=False)
        return
    write_atomically(path, content, mode=_PRIVATE if with_labels or dataset.is_private else _PUBLIC)
    terminal.say(f"wrote {path}")


def _choose_path(dataset: Dataset, form: Format, *, with_labels: bool) -> Path:
    if not sys.stdout.isatty():
        return _STDOUT
    return Path(f"{dataset.key}{'-labels' if with_labels else ''}.{form}")


def _validate_place(path: Path, *, force: bool) -> None:
    """Raises CannotWrite for a file that is there, unless `force` is given, and for a pipe, folder or device."""
    if path == _STDOUT or not os.path.lexists(path):
        return
    if not path.is_file():
        raise CannotWrite(
            f"{path} is not a regular file",
            consequence="Nothing was written.",
            cure="Name a file with --output, or - for stdout.",
        )
    if not force:
        raise CannotWrite(
            f"{path} is there already",
            consequence="Nothing was written.",
            cure="Give another --output, or --force to overwrite it.",
        )


def _say_notes(terminal: Terminal, dataset: Dataset, *, with_labels: bool) -> None:
    """What whoever uses the file has to know: a later correction, the terms of what the labels come from."""
    if not is_newest(dataset):
        newest = load_dataset(dataset.id)
        terminal.say(f"{dataset.reference} was corrected by {newest.reference}: {newest.erratum}")
    files = [file for file in load_source(dataset.source).files if file.name in dataset.files]
    if not files or not (with_labels or dataset.is_private):
        return
    what = "the labels come" if with_labels else "the sequences come"
    terminal.say(f"{what} from these files; keep to their terms:")
    for terms in dict.fromkeys(file.terms for file in files):
        names = ", ".join(file.name for file in files if file.terms == terms)
        terminal.say(f"  {terms}: {names}")
