"""Folders to upload: what is in them, and what is never let in."""

import json
import os

import pytest

from polyreact.errors import CannotWrite, NotInCheckout, NotPublishable, UnreadableArgument
from polyreact.leaderboard import publish
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.publish import Target, prepare_pages, prepare_space, prepare_space_app, upload_commands
from polyreact.leaderboard.site.build import BUILD_FILE, build_site
from unit.leaderboard.sample_boards import sample_board


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    build_site(sample_board(), folder)
    (folder / "leaderboard.json").write_text(render_json(sample_board()))
    return folder


@pytest.fixture
def space(tmp_path):
    for name in ("README.md", "app/README.md", "app/app.py", "app/requirements.txt"):
        path = tmp_path / "clone" / "space" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    (tmp_path / "clone" / "LICENSE").write_text("terms\n")
    return tmp_path / "clone" / "space"


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_pages_hold_the_site_and_what_pages_asks_for(site, tmp_path):
    out = tmp_path / "out"
    prepared = prepare_pages(site, out, "board.example.org")
    assert names(out) == (names(site) - {BUILD_FILE}) | {".nojekyll", "404.html", "CNAME"}
    assert (out / "CNAME").read_text() == "board.example.org\n"
    assert 'href="https://board.example.org/"' in (out / "404.html").read_text()
    assert {str(file.path) for file in prepared.files} == names(out)
    assert prepared.size_bytes == sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    assert any("push" in command for command in upload_commands(prepared, ""))


def test_documentation_in_the_site_is_published_with_its_citation(site, tmp_path):
    (site / "docs" / "_downloads").mkdir(parents=True)
    (site / "docs" / "_downloads" / "CITATION.cff").write_text("cff-version: 1.2.0")
    prepare_pages(site, tmp_path / "out", None)
    assert (tmp_path / "out" / "docs" / "_downloads" / "CITATION.cff").is_file()


def test_pages_keep_the_sites_own_404(site, tmp_path):
    page = (site / "index.html").read_text().replace("leaderboard", "nothing")
    (site / "404.html").write_text(page)
    prepare_pages(site, tmp_path / "out", None)
    assert (tmp_path / "out" / "404.html").read_text() == page
    assert not (tmp_path / "out" / "CNAME").exists()


@pytest.mark.parametrize("domain", ["", "https://x.org", "x", "a b.org", "x.org/y", "-x.org", "x.org\n", "X.org"])
def test_what_is_no_domain_is_refused(site, tmp_path, domain):
    with pytest.raises(UnreadableArgument):
        prepare_pages(site, tmp_path / "out", domain)
    assert not (tmp_path / "out").exists()


def test_space_holds_the_site_and_its_readme(site, space, tmp_path):
    prepared = prepare_space(site, space, tmp_path / "out")
    assert names(tmp_path / "out") == (names(site) - {BUILD_FILE}) | {"README.md"}
    assert any("--space-sdk static" in command for command in upload_commands(prepared, "me/board"))


def test_app_holds_the_package_and_the_board(site, space, tmp_path):
    prepared = prepare_space_app(site, space, tmp_path / "out")
    made = names(tmp_path / "out")
    assert {"app.py", "requirements.txt", "README.md", "LICENSE", "leaderboard.json"} <= made
    assert {
        "polyreact/space/app.py",
        "polyreact/datasets/demo/labels.csv",
        "polyreact/engines/seccomp.json",
    } <= made
    assert not any("__pycache__" in name or name.endswith(".pyc") for name in made)
    commands = upload_commands(prepared, "me/board")
    assert any("--space-sdk gradio" in command for command in commands)
    assert not any("token" in command for command in commands)


def test_same_site_gives_the_same_bytes_and_nothing_of_before(site, space, tmp_path):
    out = tmp_path / "out"
    (site / "old.html").write_bytes((site / "index.html").read_bytes())
    prepare_space(site, space, out)
    (site / "old.html").unlink()
    prepare_space(site, space, out)
    first = {name: (out / name).read_bytes() for name in names(out)}
    prepare_space(site, space, out)
    assert {name: (out / name).read_bytes() for name in names(out)} == first
    assert "old.html" not in first
    assert {path.name for path in tmp_path.iterdir()} == {"site", "clone", "out", ".out.polyreact-publish"}


def _add(name, content=""):
    def change(site):
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    return change


def _tell_of_private_track(site):
    document = json.loads((site / "leaderboard.json").read_text())
    document["tracks"][0]["id"] = "private-lab"
    (site / "leaderboard.json").write_text(json.dumps(document))


def _tell_of_private_track_in_a_document(site):
    (path, *_) = sorted((site / "api" / "v1" / "tracks").glob("*.json"))
    document = json.loads(path.read_text())
    document["track"]["id"] = "private-lab"
    path.with_name("private-lab.json").write_text(json.dumps(document))


def _tell_of_private_track_of_a_submission(site):
    (path, *_) = sorted((site / "api" / "v1" / "submissions").glob("*.json"))
    document = json.loads(path.read_text())
    document["cells"][0]["track"] = "private-lab"
    path.write_text(json.dumps(document))


DEFECTS = {
    "link": lambda site: (site / "more.html").symlink_to("/etc/passwd"),
    "linked-folder": lambda site: (site / "more").symlink_to("/etc"),
    "pipe": lambda site: os.mkfifo(site / "pipe.html"),
    "hidden": _add(".env", "SECRET=1"),
    "hidden-folder": _add(".git/config.txt", "x"),
    "program": _add("run.py", "print()"),
    "private-labels": _add("data/private-lab.csv", "sequence_id,label\n"),
    "page-without-policy": _add("more.html", "<html></html>"),
    "page-with-open-policy": _add(
        "more.html", '<meta http-equiv="Content-Security-Policy" content="default-src * http:">'
    ),
    "private-track-told": _tell_of_private_track,
    "private-track-told-in-a-document": _tell_of_private_track_in_a_document,
    "private-track-told-of-a-submission": _tell_of_private_track_of_a_submission,
    "no-json": _add("leaderboard.json", "x"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_what_may_not_be_published_is_refused(site, tmp_path, defect):
    DEFECTS[defect](site)
    with pytest.raises(NotPublishable) as caught:
        prepare_pages(site, tmp_path / "out", None)
    assert caught.value.findings
    assert not (tmp_path / "out").exists()


def test_what_is_too_large_is_refused(site, tmp_path, monkeypatch):
    monkeypatch.setitem(publish._LIMITS, Target.PAGES.value, (100_000, 1000))
    with pytest.raises(NotPublishable, match="too large") as caught:
        prepare_pages(site, tmp_path / "out", None)
    assert {"index.html", "leaderboard.json", ""} <= {finding.where for finding in caught.value.findings}


def test_folder_of_somebody_else_is_left_alone(site, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(CannotWrite, match="was not prepared here"):
        prepare_pages(site, out, None)
    assert names(out) == {"thesis.txt"}


def test_absent_site_and_absent_space_are_told(site, space, tmp_path):
    with pytest.raises(UnreadableArgument, match="no site"):
        prepare_pages(tmp_path / "nowhere", tmp_path / "out", None)
    (space / "README.md").unlink()
    with pytest.raises(NotInCheckout):
        prepare_space(site, space, tmp_path / "out")
