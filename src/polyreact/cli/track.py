"""`polyreact track`: list, show."""

from __future__ import annotations

from dataclasses import asdict

import click

from polyreact.cli.surroundings import json_option, print_json, print_table
from polyreact.datasets.catalog import load_dataset
from polyreact.engines.policy import MIB
from polyreact.tracks.catalog import load_track, track_ids


@click.group("track")
def command() -> None:
    """List and show the tracks."""


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
