"""The images that we pulled: which they are, who uses them now, and which go when room is wanted for another.

An engine keeps images for ever and does not say who brought them. So a ledger stands beside its store: one small
file for each image of ours, whose time is that of its last use. It is written *before* the pull. A process that is
killed while it pulls leaves an entry that says so: whoever looks later finds the image there and takes it over, or
after two hours forgets it. Images that were there before us have no entry, and nothing here touches them.

Two locks belong to each image, both the kernel's own (flock), so that a process that dies holds none: `pull`, held
while it is fetched, so that it is pulled once whoever wants it; and `use`, shared by those who run it and wanted
alone by who removes it. What a container was made from the engine itself does not remove.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from polyreact.engines.interface import Image
from polyreact.errors import Finding, NoRoomForImage
from polyreact.files import canonical_json, make_private_folder, sha256_bytes, write_atomically

#: What a pull must leave free on the engine's disk: an engine that cannot write fails every run.
KEEP_FREE_BYTES = 5 * 10**9
#: Registries announce packed layers. While an image is pulled its packed layers stand beside the unpacked ones,
#: which are about twice as large.
PLACE_FOR_A_PACKED_BYTE = 3
#: After so long nobody can still be pulling.
_PULL_LASTS_S = 2 * 3600.0
_GB = 10**9
_NAME_IN_KEY = 40


class ImageStore(Protocol):
    """What is asked of the engine."""

    def find_image(self, reference: str) -> Image | None:
        """An image that is there, by name or id."""

    def remove_image(self, name: str) -> bool:
        """Remove an image; False where the engine will not, since something uses it. One that is gone is fine."""

    def free_bytes(self) -> int | None:
        """What is free where the engine keeps images; None where this host does not show that."""


@dataclass(frozen=True, slots=True)
class KeptImage:
    """An image of ours, or one whose pull was begun: then it has no id, and a size that is expected.

    `used_at` is in seconds since 1970. `is_held` says that a process of ours uses or pulls it now.
    """

    name: str
    image_id: str | None
    size_bytes: int
    used_at: float
    is_held: bool


@dataclass(frozen=True, slots=True)
class ImageShelf:
    """The ledger of one engine of this host, in `folder`, which is this host's alone.

    `budget_bytes` is what all images of ours may take together, None for as much as the disk allows; layers that
    several share are counted for each. In any case a pull leaves `keep_free_bytes` free.
    """

    folder: Path
    budget_bytes: int | None = None
    keep_free_bytes: int = KEEP_FREE_BYTES

    @contextlib.contextmanager
    def pulling(self, name: str) -> Iterator[None]:
        """For the time of the block no other process of ours fetches the image; waits for one that does."""
        handle = self._open_lock(name, "pull")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def hold(self, name: str) -> contextlib.ExitStack:
        """Keep the image from being removed, until the answer is closed or this process ends."""
        held = contextlib.ExitStack()
        handle = self._open_lock(name, "use")
        held.callback(os.close, handle)
        fcntl.flock(handle, fcntl.LOCK_SH)  # a remover is done in a moment
        return held

    def make_room(self, name: str, packed_bytes: int | None, store: ImageStore) -> tuple[KeptImage, ...]:
        """Make room for an image that is about to be pulled, and note that; what was removed for it.

        `packed_bytes` is what its registry announces, None where it does not. Those not used for longest go first;
        none of them does where that would not be enough. Raises NoRoomForImage.
        """
        needed = PLACE_FOR_A_PACKED_BYTE * (packed_bytes or 0)
        with self._room_lock():
            removed = self._shrink(name, needed, store)
            self._write(name, None, needed)
        return removed

    def trim(self, store: ImageStore) -> tuple[KeptImage, ...]:
        """Remove those not used for longest until the others fit; what was removed. What is in use stays."""
        with self._room_lock():
            kept = self.list_kept(store)
            removed = []
            for image in _oldest_first(kept):
                if not self._find_lack(kept, 0, store).bytes:
                    break
                if self._remove(image, store):
                    removed.append(image)
                    kept = tuple(other for other in kept if other != image)
        return tuple(removed)

    def note_pulled(self, name: str, image: Image) -> None:
        """The image is there, and ours."""
        self._write(name, image.image_id, image.size_bytes)

    def note_replaced(self, name: str, by: Image) -> None:
        """What `name` stands for may be another image now; the one before, if ours, is known by its id then."""
        before = self._read(self._path(name))
        if before is not None and before.image_id not in {None, by.image_id}:
            self._write(str(before.image_id), before.image_id, before.size_bytes)
            self.note_pulled(name, by)

    def note_use(self, name: str) -> None:
        """It is used now; nothing where it is none of ours."""
        with contextlib.suppress(FileNotFoundError):
            os.utime(self._path(name))

    def forget(self, name: str) -> None:
        """It is not there, or none of ours any more."""
        self._path(name).unlink(missing_ok=True)

    def list_kept(self, store: ImageStore) -> tuple[KeptImage, ...]:
        """What of ours is there now: what is gone is forgotten, what a killed process pulled is taken over."""
        return tuple(image for path in sorted(self.folder.glob("*.json")) if (image := self._look(path, store)))

    def _look(self, path: Path, store: ImageStore) -> KeptImage | None:
        kept = self._read(path)
        if kept is None:
            return None
        with contextlib.ExitStack() as locks:
            if not self._lock_now(kept.name, "pull", locks):
                return kept  # being pulled: not there yet, and its place is taken
            found = store.find_image(kept.name)
            if found is None:
                if kept.image_id is None and time.time() - kept.used_at < _PULL_LASTS_S:
                    return replace(kept, size_bytes=0)  # podman goes on for a while when we are killed
                self.forget(kept.name)
                return None
            if kept.image_id is None:
                used_at = path.stat().st_mtime
                self.note_pulled(kept.name, found)
                os.utime(path, (used_at, used_at))
        return self._read(path)

    def _shrink(self, name: str, needed: int, store: ImageStore) -> tuple[KeptImage, ...]:
        kept = tuple(image for image in self.list_kept(store) if image.name != name)
        removed: list[KeptImage] = []
        lack = self._find_lack(kept, needed, store)
        free_to_go = _oldest_first(kept)
        if lack.bytes > sum(image.size_bytes for image in free_to_go):
            raise self._no_room(name, needed, kept, lack, removed)
        for image in free_to_go:
            if not lack.bytes:
                break
            if self._remove(image, store):
                removed.append(image)
                kept = tuple(other for other in kept if other != image)
                lack = self._find_lack(kept, needed, store)
        if lack.bytes:
            raise self._no_room(name, needed, kept, lack, removed)
        return tuple(removed)

    def _find_lack(self, kept: tuple[KeptImage, ...], needed: int, store: ImageStore) -> _Lack:
        over = sum(image.size_bytes for image in kept) + needed - (self.budget_bytes or 0)
        free = store.free_bytes()
        begun = sum(image.size_bytes for image in kept if image.image_id is None)
        short = 0 if free is None else self.keep_free_bytes + needed + begun - free
        return _Lack(max(over if self.budget_bytes is not None else 0, short, 0), free)

    def _remove(self, image: KeptImage, store: ImageStore) -> bool:
        with contextlib.ExitStack() as locks:
            if not self._lock_now(image.name, "use", locks) or not store.remove_image(image.name):
                return False
            self.forget(image.name)
        return True

    def _no_room(
        self, name: str, needed: int, kept: tuple[KeptImage, ...], lack: _Lack, removed: list[KeptImage]
    ) -> NoRoomForImage:
        held = sum(image.is_held for image in kept)
        taken = f"{_told(sum(image.size_bytes for image in kept))} in {len(kept)} images pulled here, {held} in use"
        budget = "none is set" if self.budget_bytes is None else _told(self.budget_bytes)
        free = "cannot be told" if lack.free_bytes is None else _told(lack.free_bytes)
        went = f" {len(removed)} images not used for longest were removed." if removed else ""
        return NoRoomForImage(
            f"there is no room for the image {name}",
            findings=(
                Finding("free", f"{free}, of which {_told(self.keep_free_bytes)} must stay free"),
                Finding("needed", f"about {_told(needed)}: {PLACE_FOR_A_PACKED_BYTE} times what is announced"),
                Finding("budget", f"{budget}; taken: {taken}"),
            ),
            consequence=f"It was not pulled.{went}",
            cure="Free some space, or raise POLYREACT_IMAGE_BUDGET. To see what is kept:\n  polyreact cache images",
        )

    def _path(self, name: str) -> Path:
        return self.folder / f"{_key(name)}.json"

    def _write(self, name: str, image_id: str | None, size_bytes: int) -> None:
        make_private_folder(self.folder)
        told = {"name": name, "image_id": image_id, "size_bytes": size_bytes}
        write_atomically(self._path(name), canonical_json(told) + b"\n")

    def _read(self, path: Path) -> KeptImage | None:
        try:
            told, used_at = json.loads(path.read_bytes()), path.stat().st_mtime
            name, image_id, size = str(told["name"]), told["image_id"], int(told["size_bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # gone meanwhile, or none that we wrote: then its image is nobody's to remove
        with contextlib.ExitStack() as locks:
            is_held = not (self._lock_now(name, "use", locks) and self._lock_now(name, "pull", locks))
        return KeptImage(name, None if image_id is None else str(image_id), size, used_at, is_held)

    def _open_lock(self, name: str, kind: str) -> int:
        make_private_folder(self.folder)
        return os.open(self.folder / f"{_key(name)}.{kind}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _lock_now(self, name: str, kind: str, locks: contextlib.ExitStack) -> bool:
        """Lock for as long as `locks` are kept; False where somebody has it, which this very process may be."""
        handle = self._open_lock(name, kind)
        locks.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextlib.contextmanager
    def _room_lock(self) -> Iterator[None]:
        """One process at a time counts and removes, so that two do not take the same room."""
        handle = self._open_lock("", "room")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class _Lack:
    """How many bytes are too few, and what is free."""

    bytes: int
    free_bytes: int | None


def _oldest_first(kept: tuple[KeptImage, ...]) -> list[KeptImage]:
    """Those that may go, in the order in which they do."""
    return sorted((image for image in kept if not image.is_held), key=lambda image: (image.used_at, image.name))


def _key(name: str) -> str:
    """A file's name for an image's: the first letters for a person, a digest to be sure."""
    readable = "".join(letter if letter.isalnum() else "-" for letter in name)[:_NAME_IN_KEY]
    return f"{readable}-{sha256_bytes(name.encode())[:16]}" if name else "all"


def _told(size_bytes: int) -> str:
    return f"{size_bytes / _GB:.1f} GB"
