"""`polyreact leaderboard publish`."""

from __future__ import annotations

import re
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, json_option, print_json
from polyreact.errors import WrongCommandLine
from polyreact.leaderboard.publish import (
    Prepared,
    Target,
    prepare_pages,
    prepare_space,
    prepare_space_app,
    upload_commands,
)

_folder = click.Path(path_type=Path, file_okay=False)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}")
#: Stands in the commands where no name was given.
_SOMEBODYS = "OWNER/NAME"


@click.command()
@click.option(
    "--to",
    "target",
    type=click.Choice([target.value for target in Target]),
    required=True,
    help="pages: GitHub Pages. space: the site as a static Space. space-app: the Gradio app as a Space.",
)
@click.option("--site", type=_folder, default=Path("build/site"), show_default=True, help="The built site.")
@click.option("--out", type=_folder, help="Where the folder goes. [default: build/publish/TARGET]")
@click.option(
    "--space",
    type=_folder,
    default=Path("space"),
    show_default=True,
    help="With --to space or space-app: the clone's folder of what a Space needs besides.",
)
@click.option("--domain", metavar="DOMAIN", help="With --to pages: the site's own domain.")
@click.option(
    "--repo",
    "repository",
    metavar=_SOMEBODYS,
    help="With --to space or space-app: the Space, for the commands told.",
)
@click.option("--dry-run", is_flag=True, help="Prepare and tell, which is all that this command does; needed.")
@json_option
def publish(
    target: str,
    site: Path,
    out: Path | None,
    space: Path,
    domain: str | None,
    repository: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Prepare the folder that is uploaded, validate it, and tell the commands that upload it.

    Nothing is uploaded by polyreact itself, which never sees a token: without --dry-run it only refuses, so that a
    later release that uploads is never started by an old habit. The folder holds what is uploaded and nothing else.
    Refused are files that a built site has not, pages without a Content-Security-Policy, links, anything of a
    private track but scores, and what is too large.
    """
    wanted = Target(target)
    _validate(wanted, domain, repository, dry_run=dry_run)
    out = out or Path("build/publish") / target
    match wanted:
        case Target.PAGES:
            prepared = prepare_pages(site, out, domain)
        case Target.SPACE:
            prepared = prepare_space(site, space, out)
        case Target.SPACE_APP:
            prepared = prepare_space_app(site, space, out)
    _tell(prepared, upload_commands(prepared, repository or _SOMEBODYS), as_json=as_json)


def _validate(target: Target, domain: str | None, repository: str | None, *, dry_run: bool) -> None:
    if domain is not None and target is not Target.PAGES:
        raise WrongCommandLine("--domain goes with --to pages")
    if repository is not None and target is Target.PAGES:
        raise WrongCommandLine("--repo goes with --to space or --to space-app")
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        raise WrongCommandLine(f"--repo is {repository!r:.80}; expected {_SOMEBODYS}, as Hugging Face spells it")
    if not dry_run:
        raise WrongCommandLine(
            "polyreact uploads nothing itself",
            consequence="Nothing was written.",
            cure=f"To prepare the folder and see the commands that upload it:\n"
            f"  polyreact leaderboard publish --to {target} --dry-run",
        )


def _tell(prepared: Prepared, commands: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "target": prepared.target.value,
                "folder": str(prepared.folder),
                "size_bytes": prepared.size_bytes,
                "files": [{"path": str(file.path), "size_bytes": file.size_bytes} for file in prepared.files],
                "commands": list(commands),
            }
        )
        return
    for line in _list_files(prepared):
        click.echo(line)
    Terminal().say(
        f"\n{prepared.folder}: {len(prepared.files):,} files, {prepared.size_bytes:,} bytes, ready for "
        f"{prepared.target.value}. Nothing was uploaded. To upload it:"
    )
    for command in commands:
        click.echo(f"  {command}")


def _list_files(prepared: Prepared) -> list[str]:
    """A line for each file, but for what stands in folders one line for each folder."""
    alone = [file for file in prepared.files if len(file.path.parts) == 1]
    folders: dict[str, list[int]] = {}
    for file in prepared.files:
        if len(file.path.parts) > 1:
            folders.setdefault(file.path.parts[0], []).append(file.size_bytes)
    lines = [f"{file.size_bytes:>12,}  {file.path}" for file in alone]
    return lines + [f"{sum(sizes):>12,}  {name}/ ({len(sizes):,} files)" for name, sizes in folders.items()]
