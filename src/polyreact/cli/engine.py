"""`polyreact engine`: check."""

from __future__ import annotations

import secrets
import sys
from dataclasses import asdict

import click

from polyreact.cli.surroundings import (
    Terminal,
    engine_option,
    json_option,
    load_engine,
    load_settings,
    print_json,
    print_table,
)
from polyreact.engines.base_image import ensure_base
from polyreact.engines.conformance import check_engine
from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import HostError


@click.group("engine")
def command() -> None:
    """Check the container engine of this host."""


@command.command()
@engine_option
@json_option
def check(engine_name: str | None, *, as_json: bool) -> None:
    """Show by experiment what the sandbox of this host holds, behaviour by behaviour.

    Exit status 4 when something that ranked runs need does not hold, or cannot be enforced here.
    """
    terminal, settings = Terminal(), load_settings()
    engine = load_engine(engine_name, settings)
    facts = engine.probe()
    gpus = engine.list_gpus()
    terminal.say(f"{facts.name} {facts.version}, runtime {facts.runtime}")
    terminal.say(f"GPUs for submissions that need one: {', '.join(gpus) or 'none'}")
    place = open_run_folder(settings.runs, f"engine-{secrets.token_hex(8)}")
    with place as folder, terminal.live("checking"):
        base = ensure_base(engine, settings.cache)
        results = []
        for result in check_engine(engine, base, folder):
            terminal.say(f"{result.verdict:<22} {result.name}")
            results.append(result)
    refused = [result.name for result in results if result.is_needed and not result.holds]
    if as_json:
        print_json({"engine": asdict(facts), "gpus": gpus, "behaviours": [asdict(result) for result in results]})
    else:
        print_table(
            ["behaviour", "verdict", "what it shows"], [[r.name, r.verdict, r.detail or r.shows] for r in results]
        )
    terminal.say(f"{sum(result.holds for result in results)} of {len(results)} behaviours hold")
    if refused:
        terminal.say(f"no ranked run may be done with {facts.name} on this host, for want of: {', '.join(refused)}")
    sys.exit(HostError.exit_status if refused else 0)
