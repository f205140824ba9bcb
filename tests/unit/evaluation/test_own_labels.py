"""Labels that a user brings."""

import pytest

from polyreact.errors import InvalidPredictions, InvalidTable, UnreadableArgument
from polyreact.evaluation.own_labels import parse_labels, score_files

GOOD = b"sequence_id,label\na,1\nb,0\n"

REFUSED = {
    "empty": (b"", [("line 1", "the header is ''; expected 'sequence_id,label'")]),
    "other header": (b"id,y\na,1\n", [("line 1", "the header is 'id,y'; expected 'sequence_id,label'")]),
    "no rows": (b"sequence_id,label\n", [("line 2", "there is no row; expected at least one label")]),
    "blank line": (GOOD + b"\n", [("line 4", "has 0 fields; expected 2")]),
    "three fields": (GOOD + b"c,1,x\n", [("line 4", "has 3 fields; expected 2")]),
    "same id": (GOOD + b"a,0\n", [("line 4", "id 'a' was already given on line 2")]),
    "label of 2": (GOOD + b"c,2\n", [("line 4", "label is '2'; expected 0 (specific) or 1 (polyreactive)")]),
    "two defects in one line": (
        GOOD + b"a,yes\n",
        [
            ("line 4", "id 'a' was already given on line 2"),
            ("line 4", "label is 'yes'; expected 0 (specific) or 1 (polyreactive)"),
        ],
    ),
}


@pytest.mark.parametrize(("content", "findings"), REFUSED.values(), ids=REFUSED)
def test_labels_with_defects_are_refused_with_all_of_them(content, findings):
    with pytest.raises(InvalidTable, match=r"mine\.csv is not a table of labels") as caught:
        parse_labels(content, "mine.csv")
    assert [(finding.where, finding.message) for finding in caught.value.findings] == findings


@pytest.mark.parametrize("content", [b"\xff\xfe", b'sequence_id,label\n"a,1\n', b'sequence_id,label\n"a"b,1\n'])
def test_labels_that_are_no_csv_are_refused(content):
    with pytest.raises(InvalidTable) as caught:
        parse_labels(content, "mine.csv")
    assert "cannot be read as CSV" in caught.value.findings[0].message


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + GOOD,
        GOOD[:-1],
    ],
    ids=["plain", "CRLF", "byte-order mark", "no last newline"],
)
def test_labels_that_ordinary_tools_write_are_read_in_order(content):
    assert list(parse_labels(content, "mine.csv").items()) == [("a", 1), ("b", 0)]


def test_labels_may_be_quoted_since_they_are_the_users_own():
    assert parse_labels(b'"sequence_id","label"\n"a","1"\n', "mine.csv") == {"a": 1}


def test_predictions_are_scored_against_the_labels(tmp_path):
    (tmp_path / "labels.csv").write_bytes(GOOD)
    (tmp_path / "predictions.csv").write_text("sequence_id,prediction,score\nb,0,0.1\na,1,0.9\n")
    table = score_files(tmp_path / "predictions.csv", tmp_path / "labels.csv", score_is_probability=True)
    assert table.table.metrics["accuracy"].value == table.table.metrics["roc_auc"].value == 1
    assert table.table.metrics["brier"].value == pytest.approx(0.01)


def test_predictions_with_defects_are_refused(tmp_path):
    (tmp_path / "labels.csv").write_bytes(GOOD)
    (tmp_path / "predictions.csv").write_text("sequence_id,prediction,score\nb,0,0.1\n")
    with pytest.raises(InvalidPredictions) as caught:
        score_files(tmp_path / "predictions.csv", tmp_path / "labels.csv", score_is_probability=False)
    assert [finding.message for finding in caught.value.findings] == ["1 id has no row: a"]


def test_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "labels.csv").write_bytes(GOOD)
    with pytest.raises(UnreadableArgument, match=r"cannot read .*absent\.csv"):
        score_files(tmp_path / "absent.csv", tmp_path / "labels.csv", score_is_probability=False)


def test_score_outside_0_to_1_is_refused_where_it_is_called_a_probability(tmp_path):
    (tmp_path / "labels.csv").write_bytes(GOOD)
    (tmp_path / "predictions.csv").write_text("sequence_id,prediction,score\nb,0,-3\na,1,0.9\n")
    files = tmp_path / "predictions.csv", tmp_path / "labels.csv"
    assert score_files(*files, score_is_probability=False).table.metrics["brier"].value is None
    with pytest.raises(InvalidPredictions) as caught:
        score_files(*files, score_is_probability=True)
    assert [finding.where for finding in caught.value.findings] == ["line 2"]


def test_id_with_control_characters_is_never_printed_as_it_is(tmp_path):
    """Symptom: an escape sequence in the labels' ids reached the terminal with "no row". Cause: no cleaning there.

    It mattered since a labels file may come from anywhere, and a terminal obeys.
    """
    (tmp_path / "labels.csv").write_bytes(GOOD + b"\x1b]0;owned\x07,1\n")
    (tmp_path / "predictions.csv").write_text("sequence_id,prediction,score\nb,0,0.1\na,1,0.9\n")
    with pytest.raises(InvalidPredictions) as caught:
        score_files(tmp_path / "predictions.csv", tmp_path / "labels.csv", score_is_probability=False)
    assert caught.value.findings[0].message == "1 id has no row: \\u001b]0;owned\\u0007"
