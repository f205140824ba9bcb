"""`polyreact cache images`: what was pulled is listed, and goes when it is over the budget."""

import pytest

from polyreact.engines.image_shelf import ImageShelf
from unit.engines.test_image_shelf import GB, Store, pull

#: Has every image that is asked for, and removes any but those called `used`.
PODMAN = """#!/bin/sh
case "$1" in
info) echo '{"host": {"security": {"rootless": false}, "cgroupVersion": "v2", "ociRuntime": {"name": "runc"}},
 "version": {"Version": "4.3.1"}}' ;;
rmi) case "$2" in *used*) echo "image is in use by a container" >&2; exit 2 ;; esac; echo "$2" >> "$REMOVED" ;;
image) grep -q "$4" "$REMOVED" && { echo "image not known" >&2; exit 125; }
 echo '[{"Id": "ab", "Size": 4000000000, "Architecture": "amd64"}]' ;;
esac
"""


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """The ledger of a podman that has three images of 4 GB."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "podman").write_text(PODMAN)
    (tmp_path / "bin" / "podman").chmod(0o755)
    (tmp_path / "removed").touch()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("REMOVED", str(tmp_path / "removed"))
    monkeypatch.setenv("POLYREACT_ENGINE", "podman")
    shelf, store = ImageShelf(tmp_path / "cache" / "images" / "podman"), Store()
    for number, name in enumerate(("used@1", "old@1", "new@1")):
        pull(shelf, store, name, 4 * GB, used_at=1e9 + number)
    return shelf


def test_what_was_pulled_is_listed_from_the_one_not_used_for_longest(polyreact, shelf, monkeypatch):
    monkeypatch.setenv("POLYREACT_IMAGE_BUDGET", "10GB")
    with shelf.hold("new@1"):
        told = polyreact("cache", "images", "--json").data
        table = polyreact("cache", "images")
    assert (told["engine"], told["budget_bytes"], told["taken_bytes"]) == ("podman", 10 * GB, 12 * GB)
    assert [(image["name"], image["in_use"]) for image in told["images"]] == [
        ("used@1", False),
        ("old@1", False),
        ("new@1", True),
    ]
    assert told["images"][0]["used_at"] == "2001-09-09T01:46:40+00:00"
    assert "4.00 GB" in table.out
    assert "12.00 GB in 3 images, budget 10.00 GB" in table.err


def test_what_is_over_the_budget_goes_when_asked_and_what_is_used_stays(polyreact, shelf, monkeypatch, tmp_path):
    monkeypatch.setenv("POLYREACT_IMAGE_BUDGET", "10GB")
    ended = polyreact("cache", "images", "--prune", "--json")
    assert "removed old@1 (4.00 GB)" in ended.err
    assert [image["name"] for image in ended.data["images"]] == ["used@1", "new@1"]
    assert (tmp_path / "removed").read_text() == "old@1\n"


def test_without_a_budget_nothing_goes(polyreact, shelf):
    ended = polyreact("cache", "images", "--prune")
    assert ended.status == 0
    assert "removed" not in ended.err
    assert "3 images, budget none" in ended.err


def test_the_engine_without_images_is_refused(polyreact):
    ended = polyreact("cache", "images", "--engine", "process")
    assert ended.status == 4
    assert "E402" in ended.err
