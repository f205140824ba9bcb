"""`polyreact leaderboard publish`: prepares and tells, and uploads nothing."""

import pytest

from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.site.build import build_site
from unit.leaderboard.sample_boards import sample_board

PUBLISH = ("leaderboard", "publish")


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "build" / "site"
    build_site(sample_board(), folder)
    (folder / "leaderboard.json").write_text(render_json(sample_board()))
    return folder


def test_pages_are_prepared_and_the_commands_told(polyreact, site, tmp_path):
    ended = polyreact(*PUBLISH, "--to", "pages", "--domain", "board.example.org", "--dry-run")
    assert ended.status == 0
    assert (tmp_path / "build/publish/pages/CNAME").exists()
    assert "index.html" in ended.out
    assert "git -C build/publish/pages push --force" in ended.out
    assert "Nothing was uploaded" in ended.err


def test_json_lists_files_and_commands(polyreact, site):
    data = polyreact(*PUBLISH, "--to", "pages", "--dry-run", "--json").data
    assert {file["path"] for file in data["files"]} >= {"index.html", ".nojekyll", "404.html"}
    assert data["size_bytes"] == sum(file["size_bytes"] for file in data["files"])
    assert len(data["commands"]) == 4


def test_without_dry_run_nothing_is_done(polyreact, site, tmp_path):
    ended = polyreact(*PUBLISH, "--to", "pages")
    assert ended.status == 2
    assert ended.err.startswith("E103  polyreact uploads nothing itself")
    assert "--to pages --dry-run" in ended.err
    assert not (tmp_path / "build/publish").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "space", "--domain", "x.org"),
        ("--to", "pages", "--repo", "me/board"),
        ("--to", "space", "--repo", "board"),
        ("--to", "space", "--repo", "me/board;rm"),
        ("--to", "elsewhere"),
        (),
    ],
)
def test_wrong_options_are_refused(polyreact, site, arguments):
    ended = polyreact(*PUBLISH, *arguments, "--dry-run")
    assert ended.status == 2
    assert ended.err.startswith("E103")


def test_space_outside_a_clone_is_told(polyreact, site):
    ended = polyreact(*PUBLISH, "--to", "space", "--dry-run")
    assert ended.status == 2
    assert ended.err.startswith("E203")


def test_site_that_may_not_be_published_is_refused_with_the_files(polyreact, site):
    (site / "notes.docx").write_text("x")
    ended = polyreact(*PUBLISH, "--to", "pages", "--dry-run")
    assert ended.status == 6
    assert "notes.docx" in ended.err
