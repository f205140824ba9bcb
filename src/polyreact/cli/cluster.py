"""`polyreact cluster`: check and certs."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from polyreact import __version__
from polyreact.cli.pools import read_profile
from polyreact.cli.surroundings import Terminal, engine_option, json_option, print_json, print_table
from polyreact.errors import HostError, render_findings
from polyreact.execution.certificates import make_certificates
from polyreact.execution.check import check_cluster
from polyreact.execution.open_pool import open_pool
from polyreact.visible import visible_lines


@click.group("cluster")
def command() -> None:
    """Check a cluster that evaluations run on, and make its certificates."""


@command.command()
@click.option(
    "--on",
    "profile_path",
    metavar="PROFILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that says where jobs run.",
)
@click.option(
    "--wait",
    "wait_s",
    metavar="SECONDS",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default=True,
    help="How long to wait for a worker.",
)
@engine_option
@json_option
def check(profile_path: Path, wait_s: int, engine_name: str | None, *, as_json: bool) -> None:
    """Start or reach the workers of a profile, and show whether jobs can run there.

    One of them runs polyreact and the list of what its container engine must hold (polyreact engine check), as a
    job would. Exit status 4 when something is missing.
    """
    terminal = Terminal()
    with open_pool(read_profile(profile_path)) as pool, terminal.live("checking"):
        description = pool.describe()
        terminal.say(description)
        found = check_cluster(pool, __version__, engine_name, wait_s)
    if as_json:
        print_json(
            {
                "pool": description,
                "workers": [asdict(worker) for worker in found.state.workers],
                "missing": [asdict(finding) for finding in found.missing],
            }
        )
    else:
        print_table(["worker", "has"], [[worker.name, str(worker.has)] for worker in found.state.workers])
    if found.missing:
        lines = render_findings(found.missing)
        terminal.say(visible_lines("\n".join(["the worker that was asked lacks what jobs need:", *lines])))
        sys.exit(HostError.exit_status)
    terminal.say("the worker that was asked has all that jobs need")


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
def certs(folder: Path, *, as_json: bool) -> None:
    """Make certificates for a cluster in FOLDER: an authority of its own, and what each of its nodes needs.

    Keys are for this user alone, and nothing is overwritten. Whoever has node-key.pem can run programs on the
    cluster.
    """
    made = make_certificates(folder, datetime.now(UTC))
    until = f"{made.valid_until:%Y-%m-%d}"
    shared = [made.files.authority, made.files.certificate, made.files.key]
    if as_json:
        print_json(
            {
                "authority": str(made.files.authority),
                "certificate": str(made.files.certificate),
                "key": str(made.files.key),
                "authority_key": str(made.authority_key),
                "valid_until": until,
            }
        )
        return
    print_table(
        ["file", "what to do with it"],
        [
            *([str(path), "copy it to the scheduler, every worker and every driver"] for path in shared),
            [str(made.authority_key), "keep it here: it makes further certificates, and no node needs it"],
        ],
    )
    Terminal().say(f"valid until {until}; name the first three in the profile under [tls]")
