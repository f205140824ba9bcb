"""A disk that loses its power: what may stand on it afterwards, worked out from what was asked of it.

Only what was synced is sure to be there. Of a file that was not synced nothing, half or all may be left, and of the
changes to the names in folders that were not synced any beginning.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

#: Path by path, a file's content, or None for a folder.
Tree = dict[Path, bytes | None]
#: Path by path which file or folder it names from now on, None for no longer any; all at once.
Change = dict[Path, int | None]


@dataclass(frozen=True)
class Moment:
    """One at which the power may go: the names that are sure, the changes that are not, and what files hold.

    `contents` are, file by file, what was synced and what was written; None for a folder.
    """

    names: dict[Path, int]
    pending: list[Change]
    contents: dict[int, tuple[bytes, bytes] | None]

    def states(self) -> Iterator[Tree]:
        """Every tree that may be found when the power has come back."""
        for done in range(len(self.pending) + 1):
            names = _changed(self.names, self.pending[:done])
            for kept in (lambda _: b"", lambda written: written[: len(written) // 2], lambda written: written):
                tree = {path: self._found(number, kept) for path, number in names.items()}
                yield {path: found for path, found in tree.items() if _can_be_reached(path, tree)}

    def _found(self, number: int, kept: Callable[[bytes], bytes]) -> bytes | None:
        content = self.contents[number]
        if content is None:
            return None
        synced, written = content
        return written if synced == written else kept(written)


@dataclass
class Disk:
    """What was asked of the disk below `top` while it was watched, as the moments at which its power may go."""

    top: Path
    moments: list[Moment] = field(default_factory=list)
    _names: dict[Path, int] = field(default_factory=dict)
    _pending: list[Change] = field(default_factory=list)
    _contents: dict[int, tuple[bytes, bytes] | None] = field(default_factory=dict)
    #: The kernel gives the number of a file that is gone to the next; ours are given once.
    _known: dict[int, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def cut(self) -> None:
        """Take up what has changed, and remember this moment."""
        self.look()
        self.moments.append(Moment(dict(self._names), list(self._pending), dict(self._contents)))

    def look(self) -> None:
        found = {path: path.lstat().st_ino for path in sorted(self.top.rglob("*"))}
        self._known = {inode: self._known.get(inode, next(self._numbers)) for inode in found.values()}
        now = {path: self._known[inode] for path, inode in found.items()}
        for path, number in now.items():
            written = None if path.is_dir() else path.read_bytes()
            before = self._contents.get(number)
            self._contents[number] = None if written is None else (before[0] if before else b"", written)
        seen = _changed(self._names, self._pending)
        for path in sorted({*now, *seen}):
            if now.get(path) != seen.get(path):
                self._pending.append({path: now.get(path)})

    def move(self, source: Path, target: Path, inode: int) -> None:
        """A rename is one change: there is never neither name, and never half of the target."""
        self._pending.append({source: None, target: self._known[inode]})

    def sync(self, handle: int) -> None:
        """What is written into this file, or what is named in this folder, is sure from now on."""
        inode = os.fstat(handle).st_ino
        folder = next((path for path in (self.top, *self.top.rglob("*")) if path.lstat().st_ino == inode), None)
        if folder is not None and folder.is_dir():
            settled = [change for change in self._pending if {path.parent for path in change} == {folder}]
            self._names = _changed(self._names, settled)
            self._pending = [change for change in self._pending if change not in settled]
        elif inode in self._known:
            written = Path(f"/proc/self/fd/{handle}").read_bytes()
            self._contents[self._known[inode]] = (written, written)

    def settle(self) -> None:
        """All that stands there is sure."""
        self.look()
        self._names, self._pending = _changed(self._names, self._pending), []
        self._contents = {n: content and (content[1], content[1]) for n, content in self._contents.items()}

    def states(self) -> list[Tree]:
        """Every tree that may be found after the power went at any moment; each once."""
        every = (state for moment in self.moments for state in moment.states())
        return list({frozenset(state.items()): state for state in every}.values())


def restore(tree: Tree, top: Path, into: Path) -> Path:
    """Make a tree that was found below `top` into a folder of its own."""
    for path, content in sorted(tree.items()):
        copy = into / path.relative_to(top)
        if content is None:
            copy.mkdir(parents=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
    into.mkdir(parents=True, exist_ok=True)
    return into


@contextlib.contextmanager
def watched_disk(top: Path) -> Iterator[Disk]:
    """Watch what this process asks of the disk below `top`; what stands there already is synced."""
    top.mkdir(parents=True, exist_ok=True)
    disk = Disk(top)
    disk.settle()
    with pytest.MonkeyPatch.context() as patch:
        _watch(patch, disk)
        yield disk
    disk.cut()


def _watch(patch: pytest.MonkeyPatch, disk: Disk) -> None:
    sync, move = os.fsync, os.replace

    def fsync(handle: int) -> None:
        disk.cut()
        sync(handle)
        disk.sync(handle)
        disk.cut()

    def replace(source: str | Path, target: str | Path) -> None:
        disk.cut()
        inode = os.lstat(source).st_ino
        move(source, target)
        disk.move(Path(source), Path(target), inode)
        disk.cut()

    def between_cuts(name: str) -> None:
        function = getattr(os, name)

        def do(*arguments: Any, **options: Any) -> None:
            disk.cut()
            function(*arguments, **options)
            disk.cut()

        patch.setattr(os, name, do)

    patch.setattr(os, "fsync", fsync)
    patch.setattr(os, "replace", replace)
    for name in ("unlink", "mkdir"):
        between_cuts(name)


def _changed(names: dict[Path, int], changes: list[Change]) -> dict[Path, int]:
    after: dict[Path, int | None] = dict(names)
    for change in changes:
        after |= change
    return {path: number for path, number in after.items() if number is not None}


def _can_be_reached(path: Path, tree: Tree) -> bool:
    """Whether every folder above it that was changed is there as well; `top` itself is in no tree."""
    top = min((len(known.parts) for known in tree), default=0)
    return all(parent in tree for parent in path.parents if len(parent.parts) >= top)
