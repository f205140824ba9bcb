"""Making a private track beside another process that does the same."""

import pytest

from lab import as_csv, lab_rows
from polyreact.datasets.lab_table import LabColumns, parse_lab_table
from polyreact.errors import CannotWrite
from polyreact.tracks.private import Wanted, plan_private_track, write_private_track

COLUMNS = LabColumns("sequence", "label")


def plan(folder, store, erratum="", **changes):
    rows = lab_rows()
    rows[0].update(changes)
    table = parse_lab_table(as_csv(rows), COLUMNS, "lab.csv")
    return plan_private_track(Wanted("ours", str(store), "label", erratum=erratum), table, folder)


@pytest.mark.parametrize("kept", [0, 100])
def test_file_that_a_killed_call_left_unfinished_in_a_store_is_written_again(tmp_path, kept):
    """Not every store writes a file whole or not at all, and what is left of one was called another file."""
    planned = plan(tmp_path / "private", tmp_path / "one")
    path = tmp_path / "one/private-ours/private-ours-r1.labels.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(planned.made.labels.content[:kept])
    write_private_track(planned)
    assert path.read_bytes() == planned.made.labels.content


def test_another_file_in_the_store_is_not_replaced(tmp_path):
    planned = plan(tmp_path / "private", tmp_path / "one")
    path = tmp_path / "one/private-ours/private-ours-r1.labels.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(planned.made.labels.content + b"more\n")
    with pytest.raises(CannotWrite, match="another file stands"):
        write_private_track(planned)
    assert path.read_bytes() == planned.made.labels.content + b"more\n"


def test_revision_that_another_process_made_meanwhile_is_not_replaced(tmp_path):
    write_private_track(plan(tmp_path / "private", tmp_path / "one"))
    late = plan(tmp_path / "private", tmp_path / "one", "Ours.", label="0")
    write_private_track(plan(tmp_path / "private", tmp_path / "two", "Theirs.", psr="0.7", label="0"))
    before = [path.read_bytes() for path, _ in late.documents]
    with pytest.raises(CannotWrite, match="another process"):
        write_private_track(late)
    assert [path.read_bytes() for path, _ in late.documents] == before
    assert not (tmp_path / "one/private-ours/private-ours-r2.labels.csv").exists()
