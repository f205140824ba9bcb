"""The site as a folder: what is written, left alone and removed."""

import json
import os

import pytest

from polyreact.errors import CannotWrite
from polyreact.leaderboard.site.addresses import refer
from polyreact.leaderboard.site.build import BUILD_FILE, build_site, collect_pages
from unit.leaderboard.sample_boards import compare, make_board, record, sample_board, score, track


def board_of(*names):
    """Entries in this order, all alike but for their predictions."""
    records = [record(name, scored=score(seed=number)) for number, name in enumerate(names)]
    return make_board(records, [track()], comparisons=compare(records))


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_site_is_pages_and_what_they_share(tmp_path):
    built = build_site(sample_board(), tmp_path / "below")
    pages = {page.path for page in collect_pages(sample_board())}
    assert built.start == tmp_path / "below" / "index.html"
    assert built.written == len(pages)
    others = set(files(tmp_path / "below")) - pages
    shared = ("assets/", "api/", "datasets/")
    assert {path for path in others if not path.startswith(shared)} == {BUILD_FILE, "feed.xml"}
    assert b"http" not in (tmp_path / "below" / "assets" / "style.css").read_bytes()


def test_every_page_stands_once():
    paths = [page.path for page in collect_pages(sample_board())]
    assert len(paths) == len(set(paths))


def test_same_board_writes_nothing_twice(tmp_path):
    build_site(sample_board(), tmp_path)
    before = files(tmp_path)
    built = build_site(sample_board(), tmp_path)
    assert (built.written, built.removed) == (0, 0)
    assert files(tmp_path) == before


def test_page_that_was_changed_by_hand_is_written_again(tmp_path):
    build_site(sample_board(), tmp_path)
    before = files(tmp_path)
    (tmp_path / "index.html").write_text("another")
    (tmp_path / "assets" / "style.css").write_text("another")
    assert build_site(sample_board(), tmp_path).written == 1
    assert files(tmp_path) == before


def test_page_that_a_power_cut_emptied_is_written_again(tmp_path):
    build_site(sample_board(), tmp_path)
    before = files(tmp_path)
    (tmp_path / "tracks" / "jain.html").write_bytes(b"")
    (tmp_path / "index.html").unlink()
    assert build_site(sample_board(), tmp_path).written == 2
    assert files(tmp_path) == before


def test_page_of_a_submission_that_is_gone_goes_too(tmp_path):
    build_site(board_of("a-model", "b-model"), tmp_path)
    assert (tmp_path / "submissions" / "b-model.html").exists()
    build_site(board_of("a-model"), tmp_path)
    assert not (tmp_path / "api" / "v1" / "submissions" / "b-model.json").exists()
    assert not (tmp_path / "submissions" / "b-model.html").exists()


def test_site_built_on_another_is_the_site_built_alone(tmp_path):
    build_site(board_of("a-model", "b-model"), tmp_path / "one")
    build_site(board_of("a-model", "c-model"), tmp_path / "one")
    build_site(board_of("a-model", "c-model"), tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"[1]", b'{"index.html": 1}', b'{"index.html": ["a"]}', b"\xff", b'{"../outside": ["a", "b"]}'],
)
def test_what_an_earlier_build_left_is_not_trusted(tmp_path, content):
    outside = tmp_path / "outside"
    outside.write_text("somebody else's")
    build_site(sample_board(), tmp_path / "site")
    whole = files(tmp_path / "site")
    (tmp_path / "site" / BUILD_FILE).write_bytes(content)
    build_site(sample_board(), tmp_path / "site")
    assert files(tmp_path / "site") == whole
    assert outside.exists()


def test_build_says_what_every_file_became(tmp_path):
    build_site(sample_board(), tmp_path)
    told = set(json.loads((tmp_path / BUILD_FILE).read_bytes()))
    shared = {path for path in files(tmp_path) if path.startswith("assets/")}
    assert told == set(files(tmp_path)) - shared - {BUILD_FILE}


@pytest.mark.parametrize(
    ("target", "page", "reference"),
    [
        ("index.html", "index.html", "index.html"),
        ("index.html", "tracks/jain.html", "../index.html"),
        ("tracks/jain.html", "tracks/demo.html", "jain.html"),
        ("assets/style.css", "compare/a--b.html", "../assets/style.css"),
        ("index.html#overall", "submissions/a.html", "../index.html#overall"),
    ],
)
def test_references_are_relative(target, page, reference):
    assert refer(target, page) == reference


@pytest.mark.parametrize(
    "content",
    [
        '{"../kept.txt": ["a", "b"], "tracks/../index.html": ["a", "b"], "/etc/passwd": ["a", "b"]}',
        '{"leaderboard.json": ["a", "b"], "docs/index.html": ["a", "b"], "assets/style.css": ["a", "b"]}',
        '{"a\\u0000b": ["a", "b"], "\\ud800": ["a", "b"], "": ["a", "b"], ".": ["a", "b"], "tracks": ["a", "b"]}',
        "[" * 100_000,
        '{"index.html": "ab"}',
    ],
)
def test_account_of_an_earlier_build_that_somebody_wrote_removes_nothing(tmp_path, content):
    site = tmp_path / "site"
    build_site(sample_board(), site)
    (tmp_path / "kept.txt").write_text("kept")
    for beside in ("leaderboard.json", "docs/index.html"):
        (site / beside).parent.mkdir(exist_ok=True)
        (site / beside).write_text("of others")
    before = files(site)
    (site / BUILD_FILE).write_text(content)
    build_site(sample_board(), site)
    assert files(site) == before
    assert (tmp_path / "kept.txt").exists()


def test_link_in_place_of_a_page_gives_way_and_its_target_stays(tmp_path):
    site, outside = tmp_path / "site", tmp_path / "outside.html"
    build_site(sample_board(), site)
    (site / "index.html").rename(outside)
    before = outside.read_bytes()
    (site / "index.html").symlink_to(outside)
    build_site(sample_board(), site)
    assert not (site / "index.html").is_symlink()
    assert (site / "index.html").read_bytes() == before == outside.read_bytes()


def test_link_to_another_folder_is_refused(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "site" / "tracks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotWrite):
        build_site(sample_board(), tmp_path / "site")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_pipe_in_place_of_a_page_is_not_waited_for(tmp_path):
    build_site(sample_board(), tmp_path)
    for name in ("index.html", BUILD_FILE):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
    build_site(sample_board(), tmp_path)
    assert (tmp_path / "index.html").is_file()
