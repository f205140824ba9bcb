"""What commands that run on more than one machine share: the profile, the pool, the spool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyreact.evaluation.remote.dispatch import Dispatch
from polyreact.evaluation.remote.spool import Spool
from polyreact.files import read_bounded
from polyreact.settings import Settings

if TYPE_CHECKING:
    from polyreact.execution.profile import Profile

on_option = click.option(
    "--on",
    "profile",
    metavar="PROFILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file that says where containers run. [default: here, one after the other]",
)
spool_option = click.option(
    "--spool",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where tasks wait, and what came of them. [default: in the cache]",
)
shared_option = click.option(
    "--shared",
    "is_shared",
    is_flag=True,
    help="With --on: workers have the spool's folder under the same name, so that nothing else need travel.",
)


def find_spool(folder: Path | None, settings: Settings) -> Spool:
    """The folder that was named, or the one in the cache."""
    return Spool((folder or settings.cache / "spool").absolute())


def read_profile(path: Path) -> Profile:
    """The profile in a file that a person named. Raises UnreadableArgument and BadProfile."""
    from polyreact.execution.profile import MAX_PROFILE_BYTES, PROFILE_CURE, parse_profile  # noqa: PLC0415

    return parse_profile(read_bounded(path, MAX_PROFILE_BYTES, cure=PROFILE_CURE), str(path))


@contextmanager
def open_dispatch(
    profile: Path | None, spool: Spool, engine_name: str | None, *, is_shared: bool
) -> Iterator[Dispatch | None]:
    """The pool that a profile describes, open for the time of the block; None where no profile is named.

    An engine that was named is the workers' as well; those on this machine always share its folder. Raises
    UnreadableArgument, BadProfile, and what opening the pool raises.
    """
    if profile is None:
        yield None
        return
    from polyreact.execution.open_pool import open_pool  # noqa: PLC0415  what it brings costs who has one machine
    from polyreact.execution.profile import DaskLocalProfile, LocalProfile  # noqa: PLC0415

    described = read_profile(profile)
    is_here = isinstance(described, LocalProfile | DaskLocalProfile)
    with open_pool(described) as pool:
        environment = {"POLYREACT_ENGINE": engine_name} if engine_name else {}
        yield Dispatch(pool, spool, is_shared=is_shared or is_here, environment=environment)
