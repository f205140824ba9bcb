"""leaderboard.json read back: what was written is read, and nothing else passes for a board."""

import json

import pytest

from polyreact.errors import BadRecord, BadSetting, RecordTooNew, UnreadableArgument
from polyreact.leaderboard import wording
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.formats.json import SCHEMA_VERSION, render_json
from polyreact.space import source
from polyreact.space.document import parse_leaderboard
from polyreact.space.source import read_leaderboard
from unit.leaderboard.sample_boards import NAMES, sample_board


def document():
    return json.loads(render_json(sample_board()))


def parse(changed):
    return parse_leaderboard(json.dumps(changed).encode(), "leaderboard.json")


def test_board_is_read_back_as_it_was_written():
    board, read = sample_board(), parse(document())
    assert [submission.id for submission in read.submissions] == [e.submission.id for e in board.entries]
    for made, shown in zip(board.tracks, read.tracks, strict=True):
        assert shown.track.limits == made.track.limits
        assert [cell.submission for cell in shown.entries] == [e.submission.id for e in made.entries]
        for entry, cell in zip(made.entries, shown.entries, strict=True):
            kept = entry.cells[made.track.id]
            assert (cell.state, cell.rank) == (kept.state, kept.rank)
            if kept.state is CellState.SCORE:
                assert cell.metrics["roc_auc"].interval == kept.interval("roc_auc")
        assert wording.count_note(read.as_board(shown)) == wording.count_note(made)
        assert wording.resolution_note(read.as_board(shown)) == wording.resolution_note(made)
        assert wording.best_note(read.as_board(shown)) == wording.best_note(made)


def test_unknown_keys_are_left_out():
    changed = document()
    changed["tracks"][0]["entries"][0]["of_a_later_release"] = {"x": 1}
    changed["submissions"][0]["of_a_later_release"] = 1
    assert len(parse(changed).submissions) == len(NAMES)


def test_newer_schema_is_refused_with_what_to_do():
    with pytest.raises(RecordTooNew) as caught:
        parse(document() | {"schema_version": SCHEMA_VERSION + 1})
    assert "Update polyreact" in caught.value.render()


@pytest.mark.parametrize("version", [0, 1, -1, "2", None, 2.5, True], ids=repr)
def test_version_that_is_none_is_refused(version):
    with pytest.raises(BadRecord):
        parse(document() | {"schema_version": version})


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe", b"null", b'{"schema_version": 3}'], ids=repr
)
def test_what_is_no_document_is_refused(content):
    with pytest.raises(BadRecord):
        parse_leaderboard(content, "x.json")


def _set(place, value):
    def change(read):
        *path, last = place
        inner = read
        for key in path:
            inner = inner[key]
        inner[last] = value

    return change


DEFECTS = {
    "id-is-a-command": _set(["submissions", 0, "id"], "x; rm -rf /"),
    "track-id-is-html": _set(["tracks", 0, "id"], "<script>"),
    "state-unknown": _set(["tracks", 0, "entries", 0, "state"], "won"),
    "score-without-metrics": _set(["tracks", 0, "entries", 0, "metrics"], None),
    "metric-is-text": _set(["tracks", 0, "entries", 0, "metrics", "accuracy", "value"], "high"),
    "metric-is-infinite": _set(["tracks", 0, "entries", 0, "metrics", "accuracy", "value"], float("inf")),
    "metric-unknown": _set(["tracks", 0, "primary_metric"], "beauty"),
    "cell-missing": lambda read: read["tracks"][0]["entries"].pop(),
    "cell-twice": lambda read: read["tracks"][0]["entries"].append(read["tracks"][0]["entries"][0]),
    "submission-twice": lambda read: read["submissions"].append(read["submissions"][0]),
    "track-twice": lambda read: read["tracks"].append(read["tracks"][0]),
    "no-track": _set(["tracks"], []),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_document_with_a_defect_is_refused_with_its_place(defect):
    changed = document()
    DEFECTS[defect](changed)
    with pytest.raises(BadRecord) as caught:
        parse(changed)
    assert caught.value.findings


def test_board_is_read_from_a_file(tmp_path):
    path = tmp_path / "leaderboard.json"
    path.write_text(render_json(sample_board()))
    assert read_leaderboard(str(path)).names[NAMES[0]] == NAMES[0]


def test_absent_and_oversized_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(UnreadableArgument):
        read_leaderboard(str(tmp_path / "absent.json"))
    path = tmp_path / "leaderboard.json"
    path.write_text(render_json(sample_board()))
    monkeypatch.setattr(source, "LIMIT_BYTES", 1000)
    with pytest.raises(UnreadableArgument, match="more than 1000"):
        read_leaderboard(str(path))


@pytest.mark.parametrize(
    "address",
    [
        "http://board.example.org/leaderboard.json",
        "ftp://x/y",
        "file:///etc/passwd",
        "s3://bucket/leaderboard.json",
    ],
)
def test_address_that_is_not_https_is_refused(address):
    with pytest.raises(BadSetting, match="https"):
        read_leaderboard(address)
