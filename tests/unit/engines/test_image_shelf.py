"""The ledger of pulled images: what goes for another, what stays whatever happens, and what a kill leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import Image
from polyreact.errors import NoRoomForImage

GB = 10**9
PACKED, PLACE = GB, 3 * GB


@dataclass
class Store:
    """Images by name, of a disk of so many bytes; `used` are those that a container was made from."""

    disk_bytes: int | None = 1000 * GB
    images: dict[str, Image] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def put(self, name: str, size_bytes: int) -> Image:
        self.images[name] = make_image(name, size_bytes=size_bytes)
        return self.images[name]

    def find_image(self, reference: str) -> Image | None:
        return self.images.get(reference)

    def remove_image(self, name: str) -> bool:
        if name in self.used:
            return False
        self.images.pop(name, None)
        return True

    def free_bytes(self) -> int | None:
        taken = sum(image.size_bytes for image in self.images.values())
        return None if self.disk_bytes is None else self.disk_bytes - taken


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def shelf(tmp_path: Path) -> ImageShelf:
    return ImageShelf(tmp_path / "images", budget_bytes=10 * GB)


def pull(shelf: ImageShelf, store: Store, name: str, size_bytes: int, *, used_at: float) -> None:
    """As an engine does it; what was pulled is used at that time."""
    with shelf.pulling(name):
        shelf.make_room(name, size_bytes // 3, store)
        shelf.note_pulled(name, store.put(name, size_bytes))
    os.utime(next(path for path in shelf.folder.glob("*.json") if name in path.read_text()), (used_at, used_at))


def names(shelf: ImageShelf, store: Store) -> set[str]:
    """Those that are there, without pulls that were only begun."""
    return {image.name for image in shelf.list_kept(store) if image.image_id is not None}


def test_what_was_not_used_for_longest_goes_first(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=2.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=1.0)
    removed = shelf.make_room("c@1", PACKED, store)
    assert [image.name for image in removed] == ["b@1"]
    assert set(store.images) == {"a@1"}


def test_a_use_makes_it_the_last_to_go(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=2.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=1.0)
    shelf.note_use("b@1")
    assert [image.name for image in shelf.make_room("c@1", PACKED, store)] == ["a@1"]


def test_what_a_process_of_ours_uses_stays(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=2.0)
    with shelf.hold("a@1"):
        assert [image.name for image in shelf.list_kept(store) if image.is_held] == ["a@1"]
        assert [image.name for image in shelf.make_room("c@1", PACKED, store)] == ["b@1"]
    assert [image.name for image in shelf.list_kept(store) if image.is_held] == []


def test_what_a_container_was_made_from_stays_and_the_next_goes(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=2.0)
    store.used.add("a@1")
    assert [image.name for image in shelf.make_room("c@1", PACKED, store)] == ["b@1"]
    assert names(shelf, store) == {"a@1"}


def test_images_of_others_are_never_removed_nor_counted(shelf: ImageShelf, store: Store) -> None:
    store.put("theirs", 500 * GB)
    pull(shelf, store, "a@1", 9 * GB, used_at=1.0)
    shelf.note_use("theirs")
    assert [image.name for image in shelf.make_room("c@1", PACKED, store)] == ["a@1"]
    assert set(store.images) == {"theirs"}


def test_what_is_larger_than_the_budget_is_refused_and_nothing_goes(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    with pytest.raises(NoRoomForImage) as caught:
        shelf.make_room("c@1", 4 * GB, store)
    assert set(store.images) == {"a@1"}
    told = caught.value.render()
    assert "E432" in told
    assert "free         996.0 GB, of which 5.0 GB must stay free" in told
    assert "needed       about 12.0 GB" in told
    assert "budget       10.0 GB; taken: 4.0 GB in 1 images pulled here, 0 in use" in told
    assert "It was not pulled." in told
    assert "POLYREACT_IMAGE_BUDGET" in told


def test_what_does_not_fit_beside_those_in_use_is_refused_and_nothing_goes(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=2.0)
    with shelf.hold("a@1"), pytest.raises(NoRoomForImage, match="no room for the image c@1"):
        shelf.make_room("c@1", 3 * GB, store)
    assert set(store.images) == {"a@1", "b@1"}


def test_the_engine_that_refuses_to_remove_leads_to_a_refusal_that_tells_what_went(
    shelf: ImageShelf, store: Store
) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    pull(shelf, store, "b@1", 4 * GB, used_at=2.0)
    store.used.add("b@1")
    with pytest.raises(NoRoomForImage) as caught:
        shelf.make_room("c@1", 3 * GB, store)
    assert caught.value.consequence == "It was not pulled. 1 images not used for longest were removed."


def test_without_a_budget_a_pull_leaves_five_gigabytes_free(tmp_path: Path) -> None:
    store, shelf = Store(disk_bytes=20 * GB), ImageShelf(tmp_path)
    pull(shelf, store, "a@1", 6 * GB, used_at=1.0)
    assert shelf.make_room("b@1", PACKED * 3, store) == ()  # 14 free, 9 of them wanted
    shelf.forget("b@1")
    store.put("theirs", 3 * GB)
    assert [image.name for image in shelf.make_room("c@1", PACKED * 3, store)] == ["a@1"]
    store.put("theirs", 8 * GB)
    with pytest.raises(NoRoomForImage, match="no room"):
        shelf.make_room("d@1", PACKED * 3, store)


def test_where_the_disk_is_out_of_sight_the_budget_alone_counts(tmp_path: Path) -> None:
    store = Store(disk_bytes=None)
    assert ImageShelf(tmp_path / "a").make_room("a@1", 1000 * GB, store) == ()
    with pytest.raises(NoRoomForImage) as caught:
        ImageShelf(tmp_path / "b", budget_bytes=GB).make_room("a@1", GB, store)
    assert "cannot be told" in caught.value.render()


def test_a_pull_that_others_began_takes_its_room(shelf: ImageShelf, store: Store) -> None:
    with shelf.pulling("a@1"):
        shelf.make_room("a@1", 2 * GB, store)
        with pytest.raises(NoRoomForImage):
            shelf.make_room("b@1", 2 * GB, store)
        assert shelf.make_room("c@1", PACKED, store) == ()


def test_what_is_not_announced_needs_the_free_space_alone(shelf: ImageShelf) -> None:
    assert shelf.make_room("a@1", None, Store()) == ()
    with pytest.raises(NoRoomForImage):
        shelf.make_room("a@1", None, Store(disk_bytes=4 * GB))


def test_what_turned_out_larger_lets_others_go_afterwards(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    with shelf.hold("b@1"):
        pull(shelf, store, "b@1", 6 * GB, used_at=2.0)
        shelf.note_pulled("b@1", store.put("b@1", 8 * GB))
        assert [image.name for image in shelf.trim(store)] == ["a@1"]
        assert shelf.trim(store) == ()
    assert names(shelf, store) == {"b@1"}


def test_trimming_to_a_smaller_budget_keeps_what_is_used(shelf: ImageShelf, store: Store) -> None:
    for number in range(3):
        pull(shelf, store, f"m{number}@1", 3 * GB, used_at=float(number))
    smaller = replace(shelf, budget_bytes=3 * GB)
    with shelf.hold("m0@1"):
        assert [image.name for image in smaller.trim(store)] == ["m1@1", "m2@1"]
    assert names(shelf, store) == {"m0@1"}


def test_an_image_that_somebody_removed_is_forgotten(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    store.images.clear()
    assert names(shelf, store) == set()
    assert not list(shelf.folder.glob("*.json"))


def test_a_name_that_stands_for_another_image_leaves_the_one_before_ours(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "lab/m:1", 4 * GB, used_at=1.0)
    before = store.images["lab/m:1"]
    store.images[before.image_id] = before  # which is without a name now
    after = replace(store.put("lab/m:1", 5 * GB), image_id="sha256:" + "ab" * 32)
    store.images["lab/m:1"] = after
    shelf.note_replaced("lab/m:1", after)
    kept = {image.name: image.size_bytes for image in shelf.list_kept(store)}
    assert kept == {"lab/m:1": 5 * GB, before.image_id: 4 * GB}


def test_a_name_that_stands_for_another_image_of_somebody_else_stays_theirs(
    shelf: ImageShelf, store: Store
) -> None:
    shelf.note_replaced("lab/m:1", store.put("lab/m:1", GB))
    assert names(shelf, store) == set()


_KILLED = """
import os, signal, sys
from pathlib import Path
from polyreact.engines.image_shelf import ImageShelf
from unit.engines.test_image_shelf import Store
shelf = ImageShelf(Path(sys.argv[1]), budget_bytes=10**10)
with shelf.hold("a@1"), shelf.pulling("a@1"):
    shelf.make_room("a@1", 10**9, Store())
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def killed(shelf: ImageShelf) -> ImageShelf:
    """A process was killed while it pulled a@1; the locks that it had are free."""
    environment = {"PYTHONPATH": ":".join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(shelf.folder)], check=False, env=environment)
    assert ended.returncode == -9
    return shelf


def test_what_a_killed_process_had_pulled_is_taken_over(killed: ImageShelf, store: Store) -> None:
    store.put("a@1", 4 * GB)
    (kept,) = killed.list_kept(store)
    assert (kept.image_id, kept.size_bytes, kept.is_held) == (store.images["a@1"].image_id, 4 * GB, False)
    assert [image.name for image in killed.make_room("b@1", 3 * GB, store)] == ["a@1"]


def test_what_a_killed_process_had_not_pulled_takes_no_room_and_is_known_for_two_hours(
    killed: ImageShelf, store: Store
) -> None:
    """What podman was just doing it goes on with; an image that comes late is ours all the same."""
    (kept,) = killed.list_kept(store)
    assert (kept.image_id, kept.size_bytes, kept.is_held) == (None, 0, False)
    assert killed.make_room("b@1", 3 * GB, store) == ()
    path = next(path for path in killed.folder.glob("*.json") if "a@1" in path.read_text())
    os.utime(path, (1.0, 1.0))
    killed.list_kept(store)
    assert not path.exists()


def test_a_file_of_the_ledger_that_is_damaged_makes_nobodys_image_ours(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", 4 * GB, used_at=1.0)
    (path,) = shelf.folder.glob("*.json")
    path.write_text("{")
    assert names(shelf, store) == set()
    with pytest.raises(NoRoomForImage):
        replace(shelf, budget_bytes=GB).make_room("b@1", PACKED, store)
    assert set(store.images) == {"a@1"}


def test_the_folder_of_the_ledger_is_closed_to_others(shelf: ImageShelf, store: Store) -> None:
    pull(shelf, store, "a@1", GB, used_at=1.0)
    assert shelf.folder.stat().st_mode & 0o077 == 0
