"""`polyreact track`: list, show, new-private."""

from __future__ import annotations

import math
import shlex
from dataclasses import asdict
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, json_option, load_settings, print_json, print_table
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.lab_table import Cut, LabColumns, LabTable, parse_lab_table
from polyreact.engines.policy import MIB
from polyreact.errors import WrongCommandLine, render_findings
from polyreact.files import read_bounded
from polyreact.metrics.resolution import auroc_half_width
from polyreact.tracks.catalog import load_track, track_ids
from polyreact.tracks.private import PlannedTrack, Wanted, plan_private_track, write_private_track
from polyreact.tracks.track import Standing

_TABLE_LIMIT_BYTES = 256 << 20
#: Below this many of a class, a person is warned of what the track cannot tell apart.
_FEW = 20


@click.group("track")
def command() -> None:
    """List and show the tracks, and make private ones."""


@command.command("list")
@json_option
def list_tracks(*, as_json: bool) -> None:
    """List the tracks and what a score on each counts for."""
    tracks = [load_track(name) for name in track_ids()]
    if as_json:
        print_json([asdict(track) for track in tracks])
        return
    print_table(
        ["track", "standing", "specific", "polyreactive", "title"],
        [
            [
                t.id,
                t.standing.value,
                str(load_dataset(t.dataset, t.revision).negatives),
                str(load_dataset(t.dataset, t.revision).positives),
                t.title,
            ]
            for t in tracks
        ],
        right=["specific", "polyreactive"],
    )


@command.command()
@click.argument("name", metavar="TRACK")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show what TRACK asks, of which dataset, under which limits."""
    track = load_track(name)
    dataset = load_dataset(track.dataset, track.revision)
    if as_json:
        print_json(asdict(track))
        return
    limits = track.limits
    text = f"{track.title}\n\n{track.question}\n\n{track.note}\n"
    click.echo(click.wrap_text(text, 90, preserve_paragraphs=True) + "\n")
    facts = {
        "standing": track.standing.value,
        "primary metric": track.primary_metric,
        "asks": f"fit-predict, fold by fold of `{track.folds_by}`" if track.has_folds else "predict",
        "dataset": f"{dataset.id}, revision {track.revision}",
        "specific / polyreactive": f"{dataset.negatives} / {dataset.positives}",
        "label rule": dataset.label_rule,
        "wall time": f"{limits.wall_time_s} s{' for each fold' if track.has_folds else ''}",
        "CPUs": f"{limits.cpus:g}",
        "memory": f"{limits.memory_bytes // MIB} MiB",
        "processes": str(limits.pids),
        "temporary files": f"{limits.tmp_bytes // MIB} MiB",
        "output": f"{limits.output_bytes // MIB} MiB",
        "log": f"{limits.log_bytes // MIB} MiB",
    }
    for key, value in facts.items():
        click.echo(f"{key:<24} {value}")


@command.command("new-private")
@click.argument("table", metavar="CSV", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", required=True, metavar="NAME", help="The track is called private-NAME.")
@click.option(
    "--store",
    required=True,
    metavar="ADDRESS",
    help="The folder for sequences and labels: a path, or an address such as s3://bucket/folder. Credentials come "
    "from the environment only.",
)
@click.option("--sequence", default="sequence", show_default=True, metavar="COLUMN", help="The VH or VHH.")
@click.option(
    "--light", metavar="COLUMN", help="The VL; empty cells are nanobodies. [default: light_sequence, if any]"
)
@click.option("--label", metavar="COLUMN", help="0 specific, 1 polyreactive. [default: label, without --assay]")
@click.option("--assay", metavar="COLUMN", help="A measured value, in place of --label; needs --threshold.")
@click.option("--threshold", type=float, metavar="X", help="A value above X is polyreactive, one that is X is not.")
@click.option(
    "--higher-is-polyreactive/--lower-is-polyreactive",
    "higher_is_polyreactive",
    default=True,
    show_default=True,
    help="On which side of the threshold.",
)
@click.option("--id", "name_column", metavar="COLUMN", help="The lab's own names; kept hidden. [default: the line]")
@click.option(
    "--catalog",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="The folder of private tracks. [default: POLYREACT_PRIVATE]",
)
@click.option("--title", default="", help="What the board calls the track.")
@click.option("--author", default="", help="Whose measurements these are; kept in the catalogue.")
@click.option("--ranked", is_flag=True, help="Entries get ranks; without it they are shown.")
@click.option("--erratum", default="", metavar="TEXT", help="What was wrong: makes the next revision of a track.")
@click.option("--dry-run", is_flag=True, help="Check everything and tell what would be done; write nothing.")
def new_private(
    table: Path,
    name: str,
    store: str,
    sequence: str,
    light: str | None,
    label: str | None,
    assay: str | None,
    threshold: float | None,
    name_column: str | None,
    catalog: Path | None,
    title: str,
    author: str,
    erratum: str,
    *,
    higher_is_polyreactive: bool,
    ranked: bool,
    dry_run: bool,
) -> None:
    """Make a private track from a lab's own CSV, whose labels never leave the lab.

    Checks the whole table, splits the sequences from the labels, writes both to the store, and then the catalogue
    entries, which hold digests and counts and no antibody. Of a private track nothing is published but scores, each
    with the number of earlier scored runs of its author.
    """
    truth = _parse_truth(label, assay, threshold, higher_is_polyreactive=higher_is_polyreactive)
    folder = _find_folder(catalog)
    content = read_bounded(table, _TABLE_LIMIT_BYTES)
    columns = LabColumns(sequence=sequence, truth=truth, light=light, name=name_column)
    lab_table = parse_lab_table(content, columns, str(table))
    wanted = Wanted(
        name=name,
        store=store,
        truth=truth,
        standing=Standing.RANKED if ranked else Standing.SHOWN,
        title=title,
        author=author,
        erratum=erratum,
    )
    planned = plan_private_track(wanted, lab_table, folder)
    if not dry_run:
        write_private_track(planned)
    _tell(planned, lab_table, dry_run=dry_run)


def _parse_truth(
    label: str | None, assay: str | None, threshold: float | None, *, higher_is_polyreactive: bool
) -> str | Cut:
    if (assay is None) != (threshold is None) or (assay is not None and label is not None):
        raise WrongCommandLine(
            "give either --label, or --assay with --threshold",
            consequence="Nothing was written.",
            cure="See polyreact track new-private --help",
        )
    if assay is None or threshold is None:
        return label or "label"
    if not math.isfinite(threshold):
        raise WrongCommandLine(f"--threshold is {threshold}; expected a finite number")
    return Cut(assay, threshold, higher_is_polyreactive)


def _find_folder(catalog: Path | None) -> Path:
    folder = catalog or load_settings().private
    if folder is None:
        raise WrongCommandLine(
            "there is no folder for the catalogue of private tracks",
            consequence="Nothing was written.",
            cure="Give one with --catalog FOLDER, or set POLYREACT_PRIVATE.",
        )
    return folder.absolute()


def _tell(planned: PlannedTrack, table: LabTable, *, dry_run: bool) -> None:
    """What was done, where what is hidden, what the track can resolve, and the next command."""
    terminal = Terminal()
    smaller = min(planned.positives, planned.negatives)
    half_width = auroc_half_width(planned.positives, planned.negatives)
    facts = {
        "track": f"{planned.id}, revision {planned.revision}, {planned.standing.value}",
        "antibodies": f"{planned.negatives} specific, {planned.positives} polyreactive",
        "can resolve": f"an AUROC of .75 has a 95 % interval of about ±{half_width:.2f}",
        "not used": ", ".join(table.unused_columns) or "no column",
        "sequences": planned.made.inputs.address,
        "hidden labels": planned.made.labels.address,
        "catalogue": ", ".join(str(path) for path, _ in planned.documents),
    }
    for key, value in facts.items():
        click.echo(f"{key:<16} {value}")
    if smaller < _FEW:
        terminal.say(f"\nOnly {smaller} of one class: most differences between submissions will be chance.")
    if table.doubts:
        terminal.say("\n".join(["\nTaken as they are, and worth a look:", *render_findings(table.doubts)]))
    if dry_run:
        terminal.say("\nA dry run: nothing was written.")
        return
    terminal.say(
        f"\nNext:\n  export POLYREACT_PRIVATE={shlex.quote(str(planned.folder))}\n"
        f"  polyreact evaluate run submissions/lab-model.yaml --track {planned.id}\n"
        "  polyreact leaderboard build --private"
    )
