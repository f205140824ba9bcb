"""Weights & Biases, offline: a run is written to disk as its client writes it, and nothing is sent.

Whoever wants it on a server sends it with `wandb sync`, with the credentials that wandb knows; none are read here.
Neither code, git remote, machine nor installed packages are described, for a run says itself what it depends on.
"""

from __future__ import annotations

import os
from pathlib import Path

from polyreact.baselines.trackers.interface import TrackedRun, cannot_track
from polyreact.files import make_folder

#: Read while it is imported; wandb would report its own errors to its maker.
os.environ["WANDB_ERROR_REPORTING"] = "false"
import wandb

_NAME = "Weights & Biases"


class OfflineWandb:
    """Writes runs into `<folder>/wandb`, where `wandb sync` looks for them."""

    def __init__(self, project: str, folder: Path) -> None:
        self._project = project
        self._folder = folder

    def keep(self, run: TrackedRun) -> str:
        """See `Tracker`."""
        try:
            make_folder(self._folder)
            kept = self._keep(run)
        except (wandb.errors.Error, OSError, ValueError) as error:
            raise cannot_track(_NAME, run, str(error)) from error
        return f"kept for Weights & Biases, and sent nowhere; to send it: wandb sync {kept}"

    def _keep(self, run: TrackedRun) -> Path:
        """The folder that wandb made."""
        paths = sorted(path for path in run.folder.rglob("*") if path.is_file())
        with wandb.init(
            project=self._project,
            name=run.name,
            config=dict(run.settings),
            dir=self._folder,
            mode="offline",
            reinit="create_new",
            settings=_SETTINGS,
        ) as kept:
            kept.log(dict(run.figures))
            for path in paths:
                kept.save(path, base_path=run.folder, policy="end", glob=False)
            folder = Path(kept.settings.sync_dir)
        wandb.teardown()  # its service would live as long as this process
        _validate(folder, self._folder, run, paths)
        return folder


#: `symlink`: what is kept stays when the run's own folder goes.
_SETTINGS = wandb.Settings(
    console="off",
    silent=True,
    symlink=False,
    save_code=False,
    disable_code=True,
    disable_git=True,
    x_disable_machine_info=True,
    x_disable_meta=True,
    x_disable_stats=True,
    x_save_requirements=False,
)


def build_tracker(project: str, folder: Path) -> OfflineWandb:
    """See `catalog.load_tracker`."""
    return OfflineWandb(project, folder)


def _validate(kept: Path, wanted: Path, run: TrackedRun, paths: list[Path]) -> None:
    """Raises CannotTrack where wandb wrote elsewhere or less, which it does without an error."""
    absent = [path.name for path in paths if not (kept / "files" / path.relative_to(run.folder)).is_file()]
    if not kept.is_relative_to(wanted) or absent or not list(kept.glob("*.wandb")):
        raise cannot_track(_NAME, run, f"written to {kept}; not there: {absent}")
