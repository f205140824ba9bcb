from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.mounts import is_seen_as


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 2 0:99 /var/cache/runs/r1/output /output rw - ext4 /dev/x rw", True),
        ("1 2 0:99 /var/cache/runs/r1/output /elsewhere rw - ext4 /dev/x rw", False),
        ("1 2 0:99 /var/cache/runs/r2/output /output rw - ext4 /dev/x rw", False),
        ("1 2 0:99 / /output rw - ext4 /dev/x rw", False),
    ],
)
def test_folder_is_seen_by_a_container_that_has_it_at_its_mount_point(
    tmp_path: Path, line: str, *, expected: bool
) -> None:
    folder = tmp_path / "runs" / "r1" / "output"
    folder.mkdir(parents=True)
    (tmp_path / "proc" / "7").mkdir(parents=True)
    (tmp_path / "proc" / "7" / "mountinfo").write_text(f"0 1 0:1 / / rw - tmpfs x rw\n{line}\n")
    assert is_seen_as(folder, "/output", tmp_path / "proc") is expected


def test_folder_that_is_gone_is_not_seen(tmp_path: Path) -> None:
    assert not is_seen_as(tmp_path / "gone", "/output")
