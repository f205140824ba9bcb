"""What the site offers to programs: documents and their schemas, CSV, the feed, the map of the site."""

import csv
import io
import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.formats.json_ld import render_json_ld
from polyreact.leaderboard.release import build_release
from polyreact.leaderboard.site.files import collect_files, name_documents, name_tables
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.tracks.track import Standing
from unit.leaderboard.sample_boards import (
    compare,
    make_board,
    record,
    run,
    sample_board,
    score,
    submission,
    track,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUEUE = QueueRecord(
    updated_at=NOON,
    jobs=(JobRecord(submission="lab-next", track="jain", state=QueueState.WAITING, since=NOON),),
)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = '=HYPERLINK("https://evil.example")<script>\u202e' + "x" * 10_000


def edition_of(board, **changes):
    return Edition(
        **{"queue": QUEUE, "releases": (build_release(board, "2026.5", date(2026, 5, 1), "0.1.0"),)} | changes
    )


def files_of(board, **changes):
    return dict(collect_files(board, edition_of(board, **changes), ["index.html", "tracks/jain.html"]))


@pytest.fixture(scope="module")
def files():
    return files_of(sample_board())


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def hostile_board():
    about = submission("lab-model", name=HOSTILE, authors=(HOSTILE,), license="=1+1")
    return make_board([record("lab-model", scored=score(), submission=about)], [track()])


def schema_of(path):
    """The name of the schema that a document of this path is made by."""
    first, _, rest = path.removeprefix("api/v1/").partition("/")
    return {"tracks": "track", "submissions": "submission"}[first] if rest else first.removesuffix(".json")


def test_every_document_meets_its_schema(files):
    documents = [path for path in files if path.startswith("api/") and path.endswith(".json")]
    documents = [path for path in documents if "/schemas/" not in path]
    assert len(documents) > 10
    for path in documents:
        schema = json.loads(files[f"api/v1/schemas/{schema_of(path)}.json"])
        Draft202012Validator.check_schema(schema)
        document = json.loads(files[path])
        Draft202012Validator(schema).validate(document)
        assert document["schema_version"] == 1


def test_schema_refuses_what_is_no_document(files):
    schema = Draft202012Validator(json.loads(files["api/v1/schemas/track.json"]))
    document = json.loads(files["api/v1/tracks/jain.json"])
    assert not schema.is_valid(document | {"entries": [{"submission": 3}]})
    assert not schema.is_valid({key: value for key, value in document.items() if key != "track"})


def test_index_names_every_document_and_table(files):
    index = json.loads(files["api/v1/index.json"])
    assert {f"api/v1/{path}" for path in (*index["documents"].values(), *index["schemas"].values())} <= set(files)
    board = sample_board()
    assert set(name_tables(board)) == {path for path in files if path.endswith(".csv")}
    singles = {path for path in files if path.startswith("api/v1/submissions/")}
    named = {f"api/v1/{path}" for path in name_documents(board).values()} | {"api/v1/index.json"}
    others = {path for path in files if path.endswith(".json") and "/schemas/" not in path} - named - singles
    assert all(path.startswith("datasets/") for path in others)


def test_submission_document_has_every_track(files):
    board = sample_board()
    for entry in board.entries:
        document = json.loads(files[f"api/v1/submissions/{entry.submission.id}.json"])
        assert [cell["track"] for cell in document["cells"]] == [b.track.id for b in board.tracks]
        assert [cell["state"] for cell in document["cells"]] == [
            entry.cells[b.track.id].state.value for b in board.tracks
        ]


def test_table_has_the_figures_of_the_board(files):
    board = sample_board()
    table = {(row["track"], row["submission"]): row for row in rows(files["api/v1/results.csv"])}
    assert len(table) == sum(len(b.entries) for b in board.tracks)
    for track_board in board.tracks:
        for entry in track_board.entries:
            cell, row = entry.cells[track_board.track.id], table[track_board.track.id, entry.submission.id]
            value, interval = cell.metric("roc_auc"), cell.interval("roc_auc")
            assert row["state"] == cell.state.value
            assert row["roc_auc"] == ("" if value is None or value.value is None else repr(value.value))
            assert row["roc_auc_low"] == (repr(interval.low) if interval else "")


def test_pairs_are_those_of_the_board(files):
    board = sample_board().tracks[0]
    table = rows(files["api/v1/pairs/jain.csv"])
    assert [(row["first"], row["second"]) for row in table] == [(pair.first, pair.second) for pair in board.pairs]
    pair = next(iter(board.pairs))
    assert float(table[0]["auroc_difference"]) == pair.auroc.difference
    counts = [int(table[0][f"{who}_right"]) for who in ("both", "only_first", "only_second", "neither")]
    assert counts == list(pair.agreement.model_dump().values())
    assert sum(counts) == pair.agreement.total


def test_cell_that_a_spreadsheet_would_compute_is_text():
    (row,) = rows(files_of(hostile_board())["api/v1/tracks/jain.csv"])
    assert row["name"].startswith("'=HYPERLINK")
    assert row["license"] == "'=1+1"
    assert len(row["name"]) <= 401


def test_negative_number_stays_a_number():
    worse = record("lab-worse", scored=score(skill=-3.0))
    (row,) = rows(files_of(make_board([worse], [track()]))["api/v1/tracks/jain.csv"])
    assert float(row["mcc"]) < 0


def test_feed_tells_of_the_newest_first(files):
    feed = ET.fromstring(files["feed.xml"])
    times = [node.text for node in feed.findall("a:entry/a:updated", ATOM)]
    assert times == sorted(times, reverse=True)
    assert feed.findtext("a:updated", namespaces=ATOM) == times[0]
    ids = [node.text for node in feed.findall("a:entry/a:id", ATOM)]
    assert len(ids) == len(set(ids)) > 3
    assert all(node.get("href").startswith("submissions/") for node in feed.findall("a:entry/a:link", ATOM))


def test_feed_of_an_address_has_whole_links():
    feed = ET.fromstring(files_of(sample_board(), address="https://lab.example/b/")["feed.xml"])
    assert feed.find("a:link[@rel='self']", ATOM).get("href") == "https://lab.example/b/feed.xml"
    links = [node.get("href") for node in feed.findall("a:entry/a:link", ATOM)]
    assert all(link.startswith("https://lab.example/b/submissions/") for link in links)


def test_name_of_a_feed_entry_is_the_same_at_every_address(files):
    def ids(content):
        return [node.text for node in ET.fromstring(content).findall("a:entry/a:id", ATOM)]

    assert ids(files_of(sample_board(), address="https://lab.example/")["feed.xml"]) == ids(files["feed.xml"])


def test_hostile_names_are_text_in_the_feed():
    feed = ET.fromstring(files_of(hostile_board())["feed.xml"])
    title = feed.findtext("a:entry/a:title", namespaces=ATOM)
    assert title.startswith("=HYPERLINK")
    assert len(title) <= 80
    assert feed.findall(".//script") == []


def test_submission_that_was_never_run_is_not_in_the_feed():
    board = make_board([], [track()], [(submission("lab-next"), "jain")])
    assert ET.fromstring(files_of(board)["feed.xml"]).findall("a:entry", ATOM) == []


def test_site_without_an_address_has_no_map(files):
    assert "sitemap.xml" not in files
    assert "robots.txt" not in files


def test_map_names_every_page():
    found = files_of(sample_board(), address="https://lab.example/b/")
    places = [node.text for node in ET.fromstring(found["sitemap.xml"]).iter() if node.tag.endswith("loc")]
    assert places == ["https://lab.example/b/index.html", "https://lab.example/b/tracks/jain.html"]
    assert found["robots.txt"].endswith(b"Sitemap: https://lab.example/b/sitemap.xml\n")


def test_description_for_search_engines_cannot_leave_its_element():
    board = make_board([record("lab-model", scored=score())], [track(title="</script><!--&")])
    text = render_json_ld(board, "", ("leaderboard.json",))
    assert not set("<>&") & set(text)
    described = json.loads(text)
    assert described["@type"] == "Dataset"
    assert described["measurementTechnique"] == ["</script><!--&"]


def test_same_board_gives_the_same_files(files):
    assert files_of(sample_board()) == files


def test_private_track_gives_scores_and_nothing_else():
    private = track("private-ours", Standing.SHOWN, dataset="private-ours")
    shown = record(
        "lab-model",
        "private-ours",
        score(confusion=None).model_copy(update={"reliability": ()}),
        earlier_scored_runs=2,
        run=run(inputs_sha256="77" * 32),
    )
    board = make_board([shown, record("lab-other", "private-ours", score(seed=3, confusion=None))], [private])
    found = files_of(board)
    assert "api/v1/pairs/private-ours.csv" not in found
    document = json.loads(found["api/v1/tracks/private-ours.json"])
    assert document["track"]["resolution"] is None
    assert all(cell["run"]["inputs_sha256"] is None for cell in document["entries"])
    assert b"77777777" not in b"".join(found.values())
    assert json.loads(found["api/v1/releases.json"])["releases"][0]["tracks"] == []


def test_comparisons_of_no_other_track_are_in_a_table():
    records = [record(name, on, score(seed=number)) for number, name in enumerate("ab") for on in ("jain", "demo")]
    board = make_board(records, [track(), track("demo", Standing.DEMO)], comparisons=compare(records))
    found = files_of(board)
    assert len(rows(found["api/v1/pairs/jain.csv"])) == len(rows(found["api/v1/pairs/demo.csv"])) == 1
