"""`polyreact submission push`: from a folder to an image that everybody can pull, and to a pull request."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from polyreact.cli.submission_check import describe_pass, say_limits, try_submission
from polyreact.cli.surroundings import Terminal, base_option, engine_option, load_engine, load_settings
from polyreact.datasets.catalog import dataset_ids
from polyreact.engines.interface import Engine
from polyreact.engines.registry import is_loopback
from polyreact.errors import EngineRefused, UnreadableArgument, WrongCommandLine
from polyreact.evaluation import publication
from polyreact.evaluation.plan import TRIAL_TRACKS
from polyreact.evaluation.submissions import Candidate, read_candidates
from polyreact.files import read_bounded, sha256_bytes, write_atomically
from polyreact.images import ImageReference, parse_image_reference
from polyreact.settings import Settings
from polyreact.submission import handing_in
from polyreact.submission.checkout import Checkout, read_checkout
from polyreact.submission.contract import MANIFEST_FILE, MANIFEST_SUFFIX, SUBMISSIONS_FOLDER
from polyreact.submission.manifest import parse_manifest
from polyreact.submission.yaml_source import MAX_BYTES
from polyreact.tracks.catalog import load_track


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--push",
    "is_pushing",
    is_flag=True,
    help="Push the image too, with the credentials that docker or podman has here.",
)
@click.option(
    "--image",
    "image_name",
    metavar="REFERENCE",
    help="Hand in an image that you pushed already, by whatever tool; nothing is built.",
)
@click.option(
    "--checkout",
    "checkout_folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A clone of your fork of the benchmark, to write submissions/NAME.yaml into.",
)
@engine_option
@base_option
def push(
    folder: Path,
    is_pushing: bool,
    image_name: str | None,
    checkout_folder: Path | None,
    engine_name: str | None,
    base: str | None,
) -> None:
    """Check FOLDER, build it for linux/amd64, and tell how to push the image and open the pull request.

    Nothing leaves this machine unless --push is given. Once everybody can pull the image, its digest is filled into
    the manifest, which is printed on stdout, or written to the clone that --checkout names.
    """
    if is_pushing and image_name is not None:
        raise WrongCommandLine(
            "--push and --image exclude each other: the second names an image that was pushed already",
            consequence="Nothing was built, and nothing handed in.",
        )
    terminal, settings = Terminal(), load_settings()
    checkout = None if checkout_folder is None else read_checkout(checkout_folder)
    candidate = _read_folder(folder)
    handing_in.validate_finished(candidate.manifest)
    terminal.say(f"{candidate.manifest.name}: the manifest is valid and filled in")
    engine = load_engine(engine_name, settings)
    if not engine.is_sandbox:
        raise EngineRefused(
            f"the engine `{engine.name}` makes no images", cure="Use `--engine podman` or `--engine docker`."
        )
    given = {"--engine": engine_name, "--base": base, "--image": image_name}
    workplace = _Workplace(folder, candidate, engine, settings, terminal, base, given)
    if image_name is not None:
        pinned: ImageReference | None = _check_pushed(workplace, image_name)
    else:
        pinned = _check_built(workplace, is_pushing=is_pushing)
    if pinned is not None:
        _hand_in(workplace, pinned, checkout)


@dataclass(frozen=True, slots=True)
class _Workplace:
    """What is handed in, and everything that it takes; `given` are the options to give again."""

    folder: Path
    candidate: Candidate
    engine: Engine
    settings: Settings
    terminal: Terminal
    base: str | None
    given: Mapping[str, str | None]

    @property
    def name(self) -> str:
        """The submission's name."""
        return self.candidate.manifest.name

    @property
    def command(self) -> str:
        """The command that leads here again."""
        options = [f" {option} {shlex.quote(value)}" for option, value in self.given.items() if value is not None]
        folder = str(self.folder) if self.folder.is_absolute() or self.folder == Path() else f"./{self.folder}"
        return f"polyreact submission push {shlex.quote(folder)}{''.join(options)}"

    def read_manifest(self) -> bytes:
        """The manifest as its author wrote it."""
        return read_bounded(self.folder / MANIFEST_FILE, MAX_BYTES)


def _read_folder(folder: Path) -> Candidate:
    (candidate,) = read_candidates([folder])
    if candidate.folder is None:
        raise UnreadableArgument(
            f"{folder} is a manifest; what is pushed is made from a folder",
            cure=f"Give the folder that holds {MANIFEST_FILE} and the Dockerfile.",
        )
    return candidate


def _check_pushed(workplace: _Workplace, image_name: str) -> ImageReference:
    """An image that is at its registry, by its digest, after it was pulled and tried out."""
    named = parse_image_reference(image_name)
    if isinstance(named, str):
        raise WrongCommandLine(f"--image {named}", cure="For example: --image ghcr.io/yourlab/yourmodel:1.0")
    pinned = publication.pin_published(named)
    content = handing_in.pin_image(workplace.read_manifest(), pinned)
    source = str(workplace.folder / MANIFEST_FILE)
    manifest = parse_manifest(content, source=source, datasets=dataset_ids())
    _try_out(workplace, Candidate(manifest, sha256_bytes(content), None))
    return pinned


def _check_built(workplace: _Workplace, *, is_pushing: bool) -> ImageReference | None:
    """The folder's image by its digest, after it was tried out; None where it is still to be pushed."""
    manifest, terminal, engine = workplace.candidate.manifest, workplace.terminal, workplace.engine
    if manifest.image_reference.is_local:
        raise WrongCommandLine(
            f"the manifest's image, {manifest.image}, stands on this machine only",
            consequence="Nothing was built, and nothing handed in.",
            cure="Name a place at a registry in submission.yaml, such as ghcr.io/yourlab/yourmodel.",
        )
    _try_out(workplace, workplace.candidate)
    built = publication.build_for_platform(
        workplace.folder, manifest.name, engine, workplace.settings, workplace.base, terminal.say
    )
    target = publication.choose_target(manifest.image_reference, built)
    found = publication.find_pushed(target, built)
    if isinstance(found, ImageReference):
        return found
    if is_pushing:
        terminal.say(f"pushing {target}")
        return publication.push(target, built, engine)
    terminal.say(f"\n{found}. To push it:")
    for line in handing_in.push_commands(engine.name, built.local, target, plain=is_loopback(target.registry)):
        terminal.say(f"  {line}")
    hint = publication.find_visibility_hint(target)
    terminal.say("\n".join(filter(None, ["Everybody must be able to pull it.", hint])))
    terminal.say("Then run the same command again, which goes on from there. With --push it pushes by itself.")
    return None


def _try_out(workplace: _Workplace, candidate: Candidate) -> None:
    track = load_track(TRIAL_TRACKS[candidate.manifest.mode])
    say_limits(workplace.terminal, track)
    record = try_submission(
        candidate, track, workplace.engine, workplace.settings, workplace.terminal, workplace.base
    )
    workplace.terminal.say(describe_pass(record, track))


def _hand_in(workplace: _Workplace, pinned: ImageReference, checkout: Checkout | None) -> None:
    """Write or print the manifest, and tell how a pull request is opened with it."""
    name, terminal = workplace.name, workplace.terminal
    content = handing_in.pin_image(workplace.read_manifest(), pinned)
    terminal.say(f"\neverybody can pull {pinned}")
    if checkout is None:
        click.echo(content.decode(), nl=False)
        terminal.say(
            f"\nThat is {SUBMISSIONS_FOLDER}/{name}{MANIFEST_SUFFIX}. To hand it in, in a browser:\n"
            f"  in the benchmark's repository open {SUBMISSIONS_FOLDER}/, then Add file, Create new file; call it\n"
            f"  {name}{MANIFEST_SUFFIX}, paste what was printed, and propose the new file.\n"
            f"Or with git: clone your fork. This writes the file there and tells the commands to go on:\n"
            f"  {workplace.command} --checkout FOLDER-OF-THE-CLONE"
        )
        return
    path = handing_in.manifest_path(checkout, name)
    write_atomically(path, content)
    click.echo(path)
    _warn_of_another_owner(name, checkout, terminal)
    terminal.say("\nIt is written. To open the pull request:")
    for line in (*handing_in.git_commands(name, checkout), handing_in.pull_request_command(name, checkout)):
        terminal.say(f"  {line}")
    page = handing_in.pull_request_page(name, checkout)
    if page is not None:
        terminal.say(f"In place of the last line, in a browser:\n  {page}")


def _warn_of_another_owner(name: str, checkout: Checkout, terminal: Terminal) -> None:
    """Tell whose name it is, where the account that the fork belongs to does not show in it."""
    if checkout.fork is None or name.startswith(f"{checkout.fork.owner.lower()}-"):
        return
    account = checkout.fork.owner
    terminal.say(
        f"\nThe fork is of the account `{account}`, and `{name}` does not begin with it: the pull request is\n"
        f"refused (E703) unless {SUBMISSIONS_FOLDER}/OWNERS.toml lists {account} for that owner. Otherwise call it "
        f"`{account.lower()}-<model>`."
    )
