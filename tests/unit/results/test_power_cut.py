"""The power may go at any moment: what is found afterwards is what stood before, or what was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.power import Disk, restore, watched_disk
from polyreact.files import write_atomically
from polyreact.results.ledger import LEDGER_FILE, count_scored_run
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore, open_private_store
from unit.leaderboard.sample_boards import record, run, score

OLD = b"sequence_id,prediction,score\ns0001,0,-1.5\n"
NEW = b"sequence_id,prediction,score\ns0001,1,2.5\n"


def record_of(store: ResultsStore, content: bytes, track: str = "jain") -> Record:
    named = store.name_predictions(track, content, rows=1)
    return record("lab-model", track, score(), run=run(predictions=named, shuffle_seed=content.hex()))


def test_file_written_without_syncing_may_be_found_empty(tmp_path: Path) -> None:
    """What the disk of these tests is for: the ordinary way to replace a file loses both the old and the new."""
    path = tmp_path / "disk" / "file"
    write_atomically(path, b"old")
    with watched_disk(path.parent) as disk:
        (path.parent / "temporary").write_bytes(b"new")
        os.replace(path.parent / "temporary", path)  # noqa: PTH105 - as it was said, and as it is watched
    found = {tree.get(path) for tree in disk.states()}
    assert {b"old", b"", b"new"} <= found


def test_file_written_atomically_is_found_old_or_new_and_new_once_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "disk" / "file"
    write_atomically(path, b"old")
    with watched_disk(path.parent) as disk:
        write_atomically(path, b"new")
    assert {tree.get(path) for tree in disk.states()} == {b"old", b"new"}
    assert {tree.get(path) for tree in disk.moments[-1].states()} == {b"new"}


def test_file_in_new_folders_is_found_once_it_was_written(tmp_path: Path) -> None:
    """Symptom: after a power cut the first record of a submission was gone, though its run was told as kept. Cause:

    the folder was synced, and not the one in which it was new. It mattered since hours of running were lost.
    """
    path = tmp_path / "disk" / "a" / "b" / "file"
    with watched_disk(tmp_path / "disk") as disk:
        write_atomically(path, b"new")
    assert {tree.get(path) for tree in disk.states()} == {None, b"new"}
    assert {tree.get(path) for tree in disk.moments[-1].states()} == {b"new"}


def found_after(disk: Disk, tmp_path: Path) -> list[ResultsStore]:
    """A store for every tree that may be found."""
    trees = disk.states()
    return [
        ResultsStore(restore(tree, disk.top, tmp_path / f"found-{number}")) for number, tree in enumerate(trees)
    ]


@pytest.mark.parametrize("before", [None, OLD], ids=["first", "replaced"])
def test_record_is_found_old_or_new_with_its_own_predictions(tmp_path: Path, before: bytes | None) -> None:
    store = ResultsStore(tmp_path / "results")
    old, new = before and record_of(store, before), record_of(store, NEW)
    if old is not None:
        store.write(old, before)
    with watched_disk(store.folder) as disk:
        store.write(new, NEW)
    seen = []
    for found in found_after(disk, tmp_path):
        kept = found.find("lab-model", "jain")
        assert kept in (old, new)
        if kept is not None:
            assert found.read_predictions(kept) == (before if kept == old else NEW)
        seen.append(kept)
    assert old in seen
    assert new in seen
    assert all(tree.keys() >= {store.folder / "lab-model" / "jain.json"} for tree in disk.moments[-1].states())


def test_what_a_power_cut_left_half_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """Whatever was left is one of two states; the next write makes it the newest, with nothing beside it."""
    store = ResultsStore(tmp_path / "results")
    store.write(record_of(store, OLD), OLD)
    with watched_disk(store.folder) as disk:
        store.write(record_of(store, NEW), NEW)
    for found in found_after(disk, tmp_path):
        for part in (found.folder / "lab-model").glob(".*.part"):  # its writer has died with the power
            part.rename(part.with_name(f".x.1-1-00000000-0000-0000-0000-000000000000.{part.name[-12:-5]}.part"))
        found.remove_leftovers()
        kept = found.find("lab-model", "jain")
        assert kept is not None
        assert kept.run.predictions is not None
        # Predictions that a first record was still to name are the only thing that nobody knows of.
        names = {path.name for path in (found.folder / "lab-model").iterdir()}
        assert names == {"jain.json", kept.run.predictions.file}


def test_ledger_is_found_with_or_without_the_last_line_and_never_with_half(tmp_path: Path) -> None:
    store = open_private_store(tmp_path / "private")
    first, second = (record_of(store, content, "private-ours") for content in (OLD, NEW))
    count_scored_run(tmp_path / "private", first)
    with watched_disk(tmp_path / "private") as disk:
        assert count_scored_run(tmp_path / "private", second) == 1
    path = tmp_path / "private" / LEDGER_FILE
    assert {len((tree[path] or b"").splitlines()) for tree in disk.states()} == {1, 2}
    for number, tree in enumerate(disk.states()):
        folder = restore(tree, disk.top, tmp_path / f"found-{number}")
        assert count_scored_run(folder, second) == 1
    assert {len((tree[path] or b"").splitlines()) for tree in disk.moments[-1].states()} == {2}
