"""One record more redoes what it touches, and a site of a thousand submissions stays within its bounds."""

import json
import shutil
import subprocess
import sys

import pytest

from benchmarks.large_board import TRACKS, add_record, write_large_board
from benchmarks.site import measure_largest_page
from polyreact.cli.leaderboard import publish_board

SUBMISSIONS = 40
PAGES = (".html", ".svg")
BUILD = """
import dataclasses, json, pathlib, sys
from benchmarks.site import build_first
results, site = map(pathlib.Path, sys.argv[1:])
print(json.dumps(dataclasses.asdict(build_first(results, site, site / "LEADERBOARD.md")[-1])))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site-cost")
    write_large_board(folder / "results", SUBMISSIONS, TRACKS[:3])
    publish(folder)
    return folder


@pytest.fixture
def grown(built, tmp_path):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


def publish(folder):
    return publish_board(folder / "results", [], folder / "LEADERBOARD.md", folder / "site")


def read_pages(folder):
    site = folder / "site"
    pages = (path for path in site.rglob("*") if path.suffix in PAGES and path.parent.name != "assets")
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in pages}


def find_changed(folder, before):
    after = read_pages(folder)
    assert set(before) <= set(after)
    return {path for path, content in after.items() if before.get(path) != content}


def test_record_on_a_track_without_ranks_redoes_its_own_page_and_the_tables_it_stands_in(grown):
    before = read_pages(grown)
    name = add_record(grown / "results", SUBMISSIONS, "shehata")
    site = publish(grown).site
    changed = find_changed(grown, before)
    assert f"submissions/{name}.html" in changed
    assert {path for path in changed if path.startswith(("submissions/", "badges/", "compare"))} == {
        f"submissions/{name}.html"
    }
    assert site.written == len(changed) < 30
    assert site.unchanged == len(before) + 1 - len(changed)


def test_record_on_a_ranked_track_redoes_besides_only_pages_of_entries_ranked_there(grown):
    before = read_pages(grown)
    name = add_record(grown / "results", SUBMISSIONS, "jain")
    site = publish(grown).site
    changed = find_changed(grown, before)
    document = json.loads((grown / "site" / "leaderboard.json").read_bytes())
    (jain,) = (track for track in document["tracks"] if track["id"] == "jain")
    ranked = {f"submissions/{entry['submission']}.html" for entry in jain["entries"] if entry["rank"]}
    own = f"submissions/{name}.html"
    assert own in changed
    assert {path for path in changed if path.startswith("submissions/")} <= ranked < set(read_pages(grown))
    assert {path for path in changed if path.startswith("badges/")} == {f"badges/{name}/jain.svg"}
    assert site.written == len(changed)


def test_every_entry_of_a_track_is_a_line_of_the_document(built):
    lines = (built / "site" / "leaderboard.json").read_text(encoding="ascii").splitlines()
    document = json.loads("\n".join(lines))
    entries = [entry for track in document["tracks"] for entry in track["entries"]]
    parsed = [json.loads(line.removesuffix(",")) for line in lines if line.startswith('{"submission": ')]
    assert [entry for entry in parsed if "state" in entry] == entries


@pytest.mark.slow
def test_site_of_a_thousand_submissions_keeps_its_bounds(tmp_path):
    """Of the processor's seconds, since a test machine does other things besides; in a process of its own."""
    results, site = tmp_path / "results", tmp_path / "site"
    write_large_board(results, 1_000)
    told = subprocess.run([sys.executable, "-c", BUILD, results, site], check=True, capture_output=True, text=True)
    whole = json.loads(told.stdout)
    assert 0 < whole["cpu_s"] < 60
    assert 0 < whole["peak_mib"] < 2 * 1024
    assert (site / "index.html").read_bytes().count(b"<tr") > 900
    assert measure_largest_page(site) < 250_000
