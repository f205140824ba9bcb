"""The trackers by name. What they need is an extra of its own each, and is imported only where it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from polyreact.baselines.trackers.interface import Tracker
from polyreact.errors import MissingExtra, UnknownName, WrongCommandLine

NO_TRACKER = "none"
#: What has to be installed for each, beside the module that bears its name here.
_NEEDED: Mapping[str, tuple[str, ...]] = {"mlflow": ("mlflow", "sqlalchemy", "alembic"), "wandb": ("wandb",)}
TRACKERS = (NO_TRACKER, *_NEEDED)
#: What both take for a name.
_PROJECT = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class TrackerChoice:
    """Which tracker, what runs are gathered under, and the folder it keeps them in; `folder` "" is that of runs."""

    name: str = NO_TRACKER
    project: str = "polyreact"
    folder: str = ""


def load_tracker(choice: TrackerChoice, runs: Path) -> Tracker | None:
    """The chosen tracker, None for `none`.

    Raises UnknownName, WrongCommandLine for a project or folder that it cannot take, and MissingExtra where it is
    not installed.
    """
    if choice.name not in TRACKERS:
        raise UnknownName("tracker", choice.name, TRACKERS)
    if choice.name == NO_TRACKER:
        return None
    if not _PROJECT.fullmatch(choice.project):
        raise WrongCommandLine(
            f"tracker.project is {choice.project!r:.80}; "
            "expected up to 64 letters, digits, dots, dashes or underscores"
        )
    missing = [name for name in _NEEDED[choice.name] if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the tracker `{choice.name}` needs packages that are not installed: {', '.join(missing)}",
            consequence="Nothing was trained.",
            cure=f'pip install "polyreact[tracker-{choice.name}]", or train without: tracker=none',
        )
    module: Any = import_module(f"polyreact.baselines.trackers.{choice.name}")
    tracker: Tracker = module.build_tracker(choice.project, Path(choice.folder or runs).absolute())
    return tracker
