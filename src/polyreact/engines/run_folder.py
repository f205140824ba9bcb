"""The folder of one run, build or check: marked with its owner, removed at the end, found when that was killed."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from polyreact.engines.interface import OUTPUT_MOUNT
from polyreact.engines.mounts import find_mounts_below, is_seen_as, unmount
from polyreact.errors import CannotWrite
from polyreact.owner import find_owner_in_name, parse_owner, this_process

_OWNER_FILE = "owner"
_UNMARKED_AGE_S = 3600


@contextlib.contextmanager
def open_run_folder(runs: Path, run_id: str) -> Iterator[Path]:
    """A new folder `runs/run_id`, marked with this process; gone afterwards, whatever happens.

    Raises CannotWrite.
    """
    folder = runs / run_id
    # Until it holds its mark the folder is named by its owner: a kill leaves nothing that belongs to nobody.
    unmarked = runs / f".{run_id}.{this_process().in_name}.new"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        unmarked.mkdir(mode=0o755)
        unmarked.chmod(0o755)  # whatever the umask says: a rootless engine must get through
        (unmarked / _OWNER_FILE).write_text(str(this_process()), encoding="ascii")
        unmarked.rename(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            remove_tree(unmarked)
        raise CannotWrite(
            f"cannot make a folder for the run in {runs}: {error.strerror}",
            consequence="Nothing was run.",
            cure="Free some space, or set POLYREACT_CACHE to another folder.",
        ) from error
    try:
        yield folder
    finally:
        _release(folder)


def release_leftovers(runs: Path) -> tuple[str, ...]:
    """Unmount and remove the run folders whose owner is no longer there; their names.

    What cannot be removed now is left for the next time, and so is a folder that a container still writes to:
    the run of one engine may have been killed, and the next be another's, which knows nothing of that container.
    Podman ends such a container by itself; docker cannot, so it runs until docker is used again and reaps it.
    """
    released = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted(runs.iterdir()):
            if folder.is_symlink() or not folder.is_dir() or not _is_left_behind(folder):
                continue
            with contextlib.suppress(OSError):
                if not _is_in_use(folder):
                    _release(folder)
                    released.append(folder.name)
    return tuple(released)


def remove_tree(folder: Path) -> None:
    """Remove a folder that a submission may have filled: deeper than any path can name, with any names.

    Nothing is followed: folders inside are renamed up to the top until the tree is flat, so neither the length
    of a path nor recursion is ever reached. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            while _flatten_once(top):
                pass
        finally:
            os.close(top)
        folder.rmdir()


def _flatten_once(top: int) -> bool:
    """Empty every folder in `top`, lifting what folders they hold; whether something is left to do."""
    with os.scandir(top) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if is_folder:
            _lift_content(top, name)
        else:
            os.unlink(name, dir_fd=top)
    return any(is_folder for _, is_folder in found)


def _lift_content(top: int, name: str) -> None:
    with contextlib.suppress(PermissionError):
        os.chmod(name, stat.S_IRWXU, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        with os.scandir(inner) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for child, is_folder in found:
            if is_folder:
                os.rename(child, f"lifted-{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _release(folder: Path) -> None:
    """Unmount what is mounted in it and remove it; its name tells the owner meanwhile, since the mark goes too."""
    for point in find_mounts_below(folder.absolute()):
        unmount(point)
    if find_owner_in_name(folder.name) is None and folder.exists():
        folder = folder.rename(folder.with_name(f".{folder.name}.{this_process().in_name}.old"))
    remove_tree(folder)


def _is_in_use(folder: Path) -> bool:
    return any(is_seen_as(inside, OUTPUT_MOUNT) for inside in folder.iterdir() if inside.is_dir())


def _is_left_behind(folder: Path) -> bool:
    """Whether the owner is dead; a folder that names none is given an hour."""
    owner = find_owner_in_name(folder.name)
    with contextlib.suppress(OSError, UnicodeDecodeError):
        owner = owner or parse_owner((folder / _OWNER_FILE).read_text(encoding="ascii"))
    if owner is not None:
        return not owner.is_alive
    with contextlib.suppress(OSError):
        return abs(time.time() - folder.stat().st_mtime) > _UNMARKED_AGE_S
    return False
