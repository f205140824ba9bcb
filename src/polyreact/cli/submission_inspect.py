"""`polyreact submission inspect`: what an image says of itself, without running it."""

from __future__ import annotations

from pathlib import Path

import click

from polyreact.cli.surroundings import (
    Terminal,
    base_option,
    engine_option,
    json_option,
    load_engine,
    load_settings,
    print_json,
    print_table,
)
from polyreact.engines.policy import MIB
from polyreact.errors import EngineRefused
from polyreact.evaluation.packages import find_packages
from polyreact.evaluation.submissions import read_candidates, resolve_submission
from polyreact.results.describe import describe_image
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import ImageRecord


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@engine_option
@base_option
@json_option
def inspect(path: Path, engine_name: str | None, base: str | None, *, as_json: bool) -> None:
    """Show what the image of PATH (a manifest, or a folder with a Dockerfile) says of itself.

    What it starts, as whom it asks to, its labels, and the packages that it holds. It is built or pulled, as
    `evaluate run` would; nothing in it is run and nothing is kept.
    """
    terminal, settings = Terminal(), load_settings()
    engine = load_engine(engine_name, settings)
    if not engine.is_sandbox:
        raise EngineRefused(
            f"the engine `{engine.name}` has no images", cure="Use docker or podman: --engine podman"
        )
    (candidate,) = read_candidates([path])
    with terminal.live("looking"):
        submission, image = resolve_submission(candidate, engine, settings, base=base, on_progress=terminal.say)
        packages = find_packages(image, engine, settings, terminal.say)
    described = describe_image(image, str(submission.image))
    if as_json:
        listed = None if packages is None else packages.model_dump(mode="json")
        print_json({"image": described.model_dump(mode="json", exclude={"packages"}), "packages": listed})
        return
    print_table(["what", "it says"], _as_rows(described, packages))
    for name in (*packages.python, *packages.system) if packages else ():
        click.echo(name)


def _as_rows(image: ImageRecord, packages: PackagesDocument | None) -> list[list[str]]:
    rows = [
        ["image", image.reference],
        ["digest", image.digest or "built here"],
        ["size", f"{image.size_bytes / MIB:.0f} MiB in {image.layers if image.layers is not None else '?'} layers"],
        ["starts", " ".join((*image.entrypoint, *image.command))],
        ["asks to run as", image.user or "root"],
        *([f"label {key}", value] for key, value in image.labels.items()),
    ]
    if packages is None:
        return [*rows, ["packages", "not listed"]]
    incomplete = "" if packages.is_complete else ", and more that are not listed"
    return [
        *rows,
        ["distribution", packages.distribution or "does not say"],
        ["packages", f"{len(packages.python)} of Python, {len(packages.system)} of the system{incomplete}"],
    ]
