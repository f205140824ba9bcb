"""`polyreact cache`: ls, prune."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime

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
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.image_shelf import KeptImage
from polyreact.errors import EngineRefused

_DAY_S = 86_400.0


@click.group("cache")
def command() -> None:
    """List and remove what is kept: embeddings, which are made anew where they are gone, and pulled images."""


@command.command("ls")
@json_option
def list_command(*, as_json: bool) -> None:
    """Show what embeddings are kept, of which embedder, how large and when they were last used."""
    cache = importlib.import_module("polyreact.baselines.cache")
    kept = list(cache.list_kept(load_settings().embeddings))
    used = [_moment(one.used_at) for one in kept]
    if as_json:
        print_json(
            [
                {
                    "embedder": one.embedder,
                    "revision": one.revision,
                    "sequences": one.sequences,
                    "size_bytes": one.size_bytes,
                    "used_at": when,
                    "folder": str(one.folder),
                }
                for one, when in zip(kept, used, strict=True)
            ]
        )
        return
    rows = [
        [one.embedder, f"{one.sequences:,}", f"{one.size_bytes / 1e6:.1f} MB", when, one.revision]
        for one, when in zip(kept, used, strict=True)
    ]
    print_table(["embedder", "sequences", "size", "last used", "revision"], rows, right=["sequences", "size"])


@command.command()
@click.option("--embedder", help="Only those of this one.  [default: all]")
@click.option(
    "--unused-for", type=click.FloatRange(min=0), default=0, show_default=True, metavar="DAYS",
    help="Only those not used for so many days.",
)  # fmt: skip
def prune(embedder: str | None, unused_for: float) -> None:
    """Remove kept embeddings. What a running training maps into memory it goes on reading."""
    cache = importlib.import_module("polyreact.baselines.cache")
    removed = cache.prune(load_settings().embeddings, unused_for_s=unused_for * _DAY_S, embedder=embedder)
    terminal = Terminal()
    for one in removed:
        terminal.say(f"removed {one.sequences:,} embeddings of {one.revision} ({one.size_bytes / 1e6:.1f} MB)")
    if not removed:
        terminal.say("there was nothing to remove")


@command.command()
@engine_option
@click.option(
    "--prune",
    "is_pruned",
    is_flag=True,
    help="First remove those not used for longest, until the others fit the budget and the disk.",
)
@json_option
def images(engine_name: str | None, *, is_pruned: bool, as_json: bool) -> None:
    """Show the images that polyreact pulled, when each was last used, and what they may take.

    Images that somebody else pulled or built are none of these, and are never removed. Nor is one that a run
    uses. What all may take is told in POLYREACT_IMAGE_BUDGET, as in 50GB; a pull leaves 5 GB of the disk free in
    any case.
    """
    terminal = Terminal()
    engine = load_engine(engine_name, load_settings())
    if not isinstance(engine, ContainerEngine) or engine.shelf is None:
        raise EngineRefused(
            f"the engine `{engine.name}` has no images", cure="Use `--engine podman` or `--engine docker`."
        )
    for one in engine.shelf.trim(engine) if is_pruned else ():
        terminal.say(f"removed {one.name} ({_size(one.size_bytes)})")
    kept = sorted(engine.shelf.list_kept(engine), key=lambda image: image.used_at)
    budget, free = engine.shelf.budget_bytes, engine.free_bytes()
    if as_json:
        print_json(
            {
                "engine": engine.name,
                "budget_bytes": budget,
                "taken_bytes": sum(image.size_bytes for image in kept),
                "free_bytes": free,
                "images": [
                    {
                        "name": image.name,
                        "image_id": image.image_id,
                        "size_bytes": image.size_bytes,
                        "used_at": _moment(image.used_at),
                        "in_use": image.is_held,
                    }
                    for image in kept
                ],
            }
        )
        return
    rows = [[image.name, _size(image.size_bytes), _moment(image.used_at), _state(image)] for image in kept]
    print_table(["image", "size", "last used", "state"], rows, right=["size"])
    terminal.say(
        f"{engine.name}: {_size(sum(image.size_bytes for image in kept))} in {len(kept)} images, "
        f"budget {'none' if budget is None else _size(budget)}, "
        f"free on the disk {'unknown' if free is None else _size(free)}"
    )


def _state(image: KeptImage) -> str:
    if image.image_id is None:
        return "being pulled" if image.is_held else "pull given up"
    return "in use" if image.is_held else "kept"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.2f} GB"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
