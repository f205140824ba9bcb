"""`polyreact package`."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, load_settings
from polyreact.cli.train import validate_extra
from polyreact.submission.contract import Mode

_MADE = "Made by `polyreact package` from a run of `polyreact train`."


@click.command("package")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--name", required=True, metavar="OWNER-MODEL", help="What the submission is called.")
@click.option("--author", "authors", multiple=True, default=("Your Name",), show_default=True, help="Repeatable.")
@click.option("--contact", default="you@example.org", show_default=True, help="An e-mail or https address.")
@click.option("--license", "licence", default="MIT", show_default=True, help="SPDX, of the model.")
@click.option("--title", help="What the board shows in place of the name.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.PREDICT.value,
    show_default=True,
    help="Hand in the trained model, or have the benchmark train it, fold by fold.",
)
def command(
    run: Path,
    folder: Path | None,
    name: str,
    authors: tuple[str, ...],
    contact: str,
    licence: str,
    title: str | None,
    mode: str,
) -> None:
    """Turn RUN, a folder of `polyreact train`, into a submission in FOLDER (by default one called like it).

    The image needs no torch: an encoder becomes an ONNX graph while it is built, from weights that the package
    index or the hub serves under a pinned hash or commit. The build compares what the image embeds and scores with
    what the model gave here. Needs pip install "polyreact[baselines]".
    """
    validate_extra()
    packaging = importlib.import_module("polyreact.baselines.packaging.package")
    features = importlib.import_module("polyreact.baselines.features")
    terminal, settings = Terminal(), load_settings()
    about = {"name": name, "authors": authors, "contact": contact, "licence": licence, "title": title or name}
    target = folder or Path(name)
    places = features.Places(settings.weights, settings.embeddings)
    for path in packaging.package(run, target, about, Mode(mode), places, _MADE):
        click.echo(path)
    terminal.say(
        f"\nTry it:\n  polyreact submission check ./{target}\n"
        "On a machine that reaches no container registry, add: --base local"
    )
