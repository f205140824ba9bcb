import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from polyreact.datasets.catalog import Source, SourceFile
from polyreact.datasets.download import Interrupted, download
from polyreact.datasets.fetch import fetch_file, fetch_source
from polyreact.errors import BadSetting, CannotWrite, DigestMismatch, FetchFailed
from polyreact.files import sha256_bytes
from polyreact.settings import Settings
from unit.datasets.web import Answer, ranged, redirect, serve, truncated, whole

CONTENT = bytes(range(256)) * 1000
PAGE = b"<!DOCTYPE html><html><body>Not found</body></html>"


def git_blob_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def a_file(url: str = "https://example.invalid/file", content: bytes = CONTENT) -> SourceFile:
    return SourceFile("file.dat", url, "ours", git_blob_sha1(content), sha256_bytes(content), len(content))


def a_source(*files: SourceFile) -> Source:
    return Source("made-up", "t", "c", "d", "s", "a", files, ())


def fetch(url: str, settings: Settings, said: list[str] | None = None) -> Path:
    file = a_file(url)
    return fetch_file(a_source(file), file, settings, None if said is None else said.append)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache", mirror=None, engine=None)


@pytest.fixture
def folder(settings: Settings) -> Path:
    folder = settings.sources / "made-up"
    folder.mkdir(parents=True)
    return folder


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_fetch_whole_answer_is_kept_and_not_asked_for_again(settings, folder):
    with serve(whole(CONTENT)) as site:
        path = fetch(site.url, settings)
        assert fetch(site.url, settings) == path
        assert len(site.ranges) == 1
    assert path.read_bytes() == CONTENT
    assert visible(folder) == ["file.dat"]


def test_fetch_truncated_answer_is_resumed_where_it_stopped(settings):
    with serve(truncated(CONTENT, 100_000), ranged(CONTENT)) as site:
        path = fetch(site.url, settings)
        assert site.ranges == [None, "bytes=100000-"]
    assert path.read_bytes() == CONTENT


def test_fetch_truncated_answer_without_length_is_resumed(settings):
    with serve(truncated(CONTENT, 100_000, says_length=False), ranged(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT


def test_fetch_part_left_by_an_earlier_process_is_resumed(settings, folder):
    (folder / "file.dat.part").write_bytes(CONTENT[:5000])
    with serve(ranged(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT
        assert site.ranges == ["bytes=5000-"]


def test_fetch_server_ignoring_range_starts_over(settings, folder):
    (folder / "file.dat.part").write_bytes(CONTENT[:5000])
    with serve(whole(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT


def test_fetch_part_already_whole_meets_416_and_starts_over(settings, folder):
    (folder / "file.dat.part").write_bytes(CONTENT)
    with serve(ranged(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT
        assert site.ranges == [f"bytes={len(CONTENT)}-", None]


def test_fetch_damaged_part_is_found_out_and_fetched_from_the_beginning(settings, folder):
    (folder / "file.dat.part").write_bytes(b"x" * 5000)
    said: list[str] = []
    with serve(ranged(CONTENT)) as site:
        assert fetch(site.url, settings, said).read_bytes() == CONTENT
        assert site.ranges == ["bytes=5000-", None]
    assert any("damaged" in line for line in said)


def test_fetch_range_answered_with_another_part_starts_over(settings, folder):
    (folder / "file.dat.part").write_bytes(CONTENT[:5000])

    def wrong_part(handler):
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes 0-99/{len(CONTENT)}")
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(CONTENT[:100])

    with serve(wrong_part, ranged(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT


def test_fetch_wrong_content_shows_both_hashes_both_reasons_and_keeps_nothing(settings, folder):
    other = bytes(len(CONTENT))
    with serve(whole(other)) as site, pytest.raises(DigestMismatch) as caught:
        fetch(site.url, settings)
    text = caught.value.render()
    assert sha256_bytes(CONTENT) in text
    assert sha256_bytes(other) in text
    assert site.url in text
    assert "changed where it is published" in text
    assert "download was damaged" in text
    assert str(folder / "file.dat") in text
    assert visible(folder) == []


def test_fetch_web_page_in_place_of_the_file_is_called_one(settings, folder):
    with serve(whole(PAGE)) as site, pytest.raises(DigestMismatch, match="E502") as caught:
        fetch(site.url, settings)
    assert "looks like a web page" in caught.value.render()
    assert f"expected {len(CONTENT)} bytes, found {len(PAGE)}" in caught.value.render()
    assert visible(folder) == []


@pytest.mark.parametrize("says_length", [True, False])
def test_fetch_oversized_answer_is_stopped_and_deleted(settings, folder, says_length):
    endless = CONTENT * 3
    answer: Answer = whole(endless) if says_length else truncated(endless, len(endless), says_length=False)
    with serve(answer) as site, pytest.raises(DigestMismatch, match="E502") as caught:
        fetch(site.url, settings)
    assert "found more" in caught.value.render()
    assert visible(folder) == []


def test_fetch_404_names_file_address_digest_and_place(settings, folder):
    with serve(whole(PAGE, 404)) as site, pytest.raises(FetchFailed) as caught:
        fetch(site.url, settings)
    text = caught.value.render()
    assert "status 404" in text
    for part in ("file.dat", site.url, sha256_bytes(CONTENT), str(folder / "file.dat")):
        assert part in text
    assert len(site.ranges) == 1


def test_fetch_server_error_once_is_tried_again(settings):
    with serve(whole(b"", 503), whole(CONTENT)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT


def test_download_server_error_for_ever_gives_up_after_four_tries(tmp_path):
    waited: list[float] = []
    with serve(whole(b"", 503)) as site, pytest.raises(Interrupted, match=r"status 503 \(4 tries\)"):
        download(site.url, tmp_path / "part", expected_bytes=1, limit_bytes=1, sleep=waited.append)
    assert waited == [0.25, 1.0, 4.0]


def test_download_nobody_answering_gives_up_without_a_library_traceback_text(tmp_path):
    with serve(whole(b"")) as site:
        url = site.url
    with pytest.raises(Interrupted, match="no complete answer") as caught:
        download(url, tmp_path / "part", expected_bytes=1, limit_bytes=1, sleep=lambda _: None)
    assert "0x" not in str(caught.value)


def test_fetch_redirect_is_followed_to_https_or_loopback_only(settings):
    with serve(whole(CONTENT)) as target, serve(redirect(target.url)) as site:
        assert fetch(site.url, settings).read_bytes() == CONTENT


def test_fetch_redirect_to_plain_http_elsewhere_is_refused(settings):
    with serve(redirect("http://example.invalid/file")) as site, pytest.raises(FetchFailed, match="not an https"):
        fetch(site.url, settings)


@pytest.mark.parametrize("url", ["http://example.invalid/x", "file:///etc/hostname", "ftp://example.invalid/x"])
def test_fetch_address_that_is_not_https_is_refused(settings, url):
    with pytest.raises(FetchFailed, match="not an https address"):
        fetch(url, settings)


def test_fetch_damaged_cached_file_is_said_and_fetched_again(settings, folder):
    (folder / "file.dat").write_bytes(PAGE)
    said: list[str] = []
    with serve(whole(CONTENT)) as site:
        assert fetch(site.url, settings, said).read_bytes() == CONTENT
    assert "in the cache is damaged" in said[0]


def test_fetch_file_put_there_by_hand_is_used_without_the_network(settings, folder):
    (folder / "file.dat").write_bytes(CONTENT)
    assert fetch("https://example.invalid/file", settings) == folder / "file.dat"


def test_fetch_full_disk_is_cannot_write_and_leaves_nothing(settings, folder):
    (folder / "file.dat.part").symlink_to("/dev/full")
    with serve(whole(CONTENT)) as site, pytest.raises(CannotWrite, match="No space left"):
        fetch(site.url, settings)
    assert visible(folder) == []


def test_fetch_cache_that_is_a_file_is_cannot_write(settings):
    settings.cache.write_bytes(b"")
    with pytest.raises(CannotWrite, match="E202"):
        fetch("https://example.invalid/file", settings)


def test_fetch_only_git_blob_known_is_verified_by_it(settings, folder):
    with serve(whole(CONTENT)) as site:
        file = replace(a_file(site.url), sha256=None, size_bytes=None)
        assert fetch_file(a_source(file), file, settings).read_bytes() == CONTENT
    with serve(whole(PAGE)) as site:
        file = replace(a_file(site.url), name="other.dat", sha256=None, size_bytes=None)
        with pytest.raises(DigestMismatch) as caught:
            fetch_file(a_source(file), file, settings)
    assert git_blob_sha1(PAGE) in caught.value.render()
    assert visible(folder) == ["file.dat"]


def test_fetch_only_git_blob_known_and_not_to_be_had_tells_all_that_is_needed_by_hand(settings, tmp_path):
    file = replace(a_file(), sha256=None, size_bytes=None)
    with pytest.raises(FetchFailed, match="E501") as caught:
        fetch_file(a_source(file), file, replace(settings, mirror=tmp_path))
    text = caught.value.render()
    place = settings.sources / "made-up" / file.name
    assert f"could not fetch {file.name} of made-up" in text
    assert f"address      {file.url}" in text
    assert f"git blob     {file.git_blob_sha1}" in text
    assert f"may be put at {place} by hand" in text
    assert "git hash-object" in text
    place.write_bytes(CONTENT)
    assert fetch_file(a_source(file), file, replace(settings, mirror=tmp_path)) == place


def test_fetch_mirror_takes_the_place_of_the_network(settings, tmp_path):
    mirror = tmp_path / "mirror"
    (mirror / "made-up").mkdir(parents=True)
    (mirror / "made-up" / "file.dat").write_bytes(CONTENT)
    file = a_file()
    paths = fetch_source(a_source(file), replace(settings, mirror=mirror))
    assert paths["file.dat"].read_bytes() == CONTENT
    assert paths["file.dat"].is_relative_to(settings.sources)


def test_fetch_mirror_without_the_file_is_fetch_failed(settings, tmp_path):
    with pytest.raises(FetchFailed, match="mirror"):
        fetch("https://example.invalid/file", replace(settings, mirror=tmp_path))


def test_fetch_mirror_with_another_file_is_a_mismatch_and_the_mirror_is_untouched(settings, folder, tmp_path):
    original = tmp_path / "mirror" / "made-up" / "file.dat"
    original.parent.mkdir(parents=True)
    original.write_bytes(PAGE)
    with pytest.raises(DigestMismatch) as caught:
        fetch("https://example.invalid/file", replace(settings, mirror=tmp_path / "mirror"))
    assert str(original) in caught.value.render()
    assert "example.invalid" not in caught.value.render()
    assert original.read_bytes() == PAGE
    assert visible(folder) == []


def test_fetch_full_disk_while_copying_from_the_mirror_is_cannot_write(settings, folder, tmp_path):
    original = tmp_path / "mirror" / "made-up" / "file.dat"
    original.parent.mkdir(parents=True)
    original.write_bytes(CONTENT)
    (folder / "file.dat.part").symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match="No space left"):
        fetch("https://example.invalid/file", replace(settings, mirror=tmp_path / "mirror"))
    assert visible(folder) == []


def test_fetch_two_at_a_time_download_once(settings, folder):
    with serve(whole(CONTENT)) as site, ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(site.url, settings), range(4)))
        assert len(site.ranges) == 1
    assert {path.read_bytes() for path in paths} == {CONTENT}
    assert visible(folder) == ["file.dat"]


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_fetch_mirror_with_something_endless_in_place_of_the_file_is_refused(settings, folder, tmp_path, kind):
    """Symptom: a link to /dev/zero filled the disk and left its `.part`; a pipe hung for ever.

    Cause: the mirror was copied without a limit. It mattered since a mirror may be somebody else's.
    """
    original = tmp_path / "mirror" / "made-up" / "file.dat"
    original.parent.mkdir(parents=True)
    make = {"device": lambda: original.symlink_to("/dev/zero"), "pipe": lambda: os.mkfifo(original)}
    make.get(kind, original.mkdir)()
    with pytest.raises(FetchFailed, match="it is not a regular file"):
        fetch("https://example.invalid/file", replace(settings, mirror=tmp_path / "mirror"))
    assert visible(folder) == []


def test_fetch_mirror_with_a_larger_file_is_stopped_at_the_size_and_deleted(settings, folder, tmp_path):
    original = tmp_path / "mirror" / "made-up" / "file.dat"
    original.parent.mkdir(parents=True)
    with original.open("wb") as huge:
        huge.truncate(1 << 40)
    with pytest.raises(DigestMismatch, match="E502") as caught:
        fetch("https://example.invalid/file", replace(settings, mirror=tmp_path / "mirror"))
    assert f"expected no more than {len(CONTENT)} bytes" in caught.value.render()
    assert visible(folder) == []


def test_fetch_cached_file_that_cannot_be_looked_at_is_a_bad_setting(settings, folder, monkeypatch):
    (folder / "file.dat").write_bytes(CONTENT)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("polyreact.datasets.fetch._find_defects", refuse)
    with pytest.raises(BadSetting, match="Permission denied"):
        fetch("https://example.invalid/file", settings)


@pytest.mark.parametrize("target", ["http://store.invalid/file?signature=hunter2", "http://[hunter2/file"])
def test_fetch_redirect_is_not_repeated_for_it_may_hold_a_credential(settings, target):
    with serve(redirect(target)) as site, pytest.raises(FetchFailed) as caught:
        fetch(site.url, settings)
    assert "hunter2" not in caught.value.render()
