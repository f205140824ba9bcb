"""The pages of two submissions, and which two have one."""

import re

import pytest

from polyreact.leaderboard.site.charts import DifferenceRow, build_differences
from polyreact.leaderboard.site.views.agreement import build_agreement, build_classes
from polyreact.leaderboard.site.views.compare import MOST, compared_ids
from polyreact.results.comparison_records import NO_COUNT, AgreementRecord
from polyreact.results.records import ConfusionRecord
from polyreact.tracks.track import Standing
from unit.leaderboard.sample_boards import TRACKS, compare, make_board, record, score, submission, track, with_auroc
from unit.leaderboard.sample_pages import Reader, curves, full_board, pages_of


def test_every_two_have_a_page_whichever_stands_first():
    board = full_board()
    ids = compared_ids(board)
    pages = {path for path in pages_of(board) if path.startswith("compare/")}
    assert len(pages) == len(ids) * (len(ids) - 1) // 2
    assert all(
        f"compare/{min(one, other)}--{max(one, other)}.html" in pages
        for one in ids
        for other in ids
        if one != other
    )


def test_entries_beyond_the_first_have_no_page_but_baselines_have():
    values = {f"lab-{number:02d}": 0.9 - number / 100 for number in range(MOST + 3)}
    rows = [with_auroc(name, value) for name, value in values.items()]
    last = with_auroc("polyreact-last", 0.4, submission=submission("polyreact-last", is_baseline=True))
    ids = compared_ids(make_board([*rows, last], [track()]))
    assert ids == (*list(values)[:MOST], "polyreact-last")


def test_entry_without_a_public_score_is_not_compared():
    assert compared_ids(make_board([with_auroc("lab-one", 0.7), record("lab-two")], [track()])) == ("lab-one",)


def compared_page(values):
    rows = [with_auroc(name, value) for name, value in values.items()]
    return Reader(pages_of(make_board(rows, [track()]))["compare/lab-a--lab-b.html"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lab-a": 0.9, "lab-b": 0.7}, "On jain, lab-a is better than lab-b by AUROC."),
        ({"lab-a": 0.7, "lab-b": 0.9}, "On jain, lab-b is better than lab-a by AUROC."),
        ({"lab-a": 0.72, "lab-b": 0.7}, "On jain, lab-a and lab-b cannot be told apart by AUROC."),
    ],
)
def test_verdict_is_the_better_one_s_whichever_stands_first(values, words):
    assert words in compared_page(values).text


def test_difference_is_of_the_alphabetically_first_with_interval_and_p():
    text = compared_page({"lab-a": 0.7, "lab-b": 0.9}).text
    assert "\u22120.200 [\u22120.300, \u22120.100] < 0.001" in text


def test_track_that_only_one_answered_is_told_and_not_compared():
    rows = [with_auroc("lab-a", 0.7), with_auroc("lab-b", 0.6), record("lab-a", "demo", score())]
    text = Reader(pages_of(make_board(rows, TRACKS))["compare/lab-a--lab-b.html"]).text
    assert "demo ( lab-b: missing )" in text


def test_both_curves_are_drawn_on_one_picture():
    rows = [record("lab-a", scored=score()), record("lab-b", scored=score(0.2, seed=1))]
    page = pages_of(make_board(rows, [track()], curves=list(map(curves, rows))))["compare/lab-a--lab-b.html"]
    (drawn,) = re.findall(r'<svg class="chart roc".*?</svg>', page, re.DOTALL)
    assert {"line t1", "line t2"} <= set(re.findall(r'class="(line t\d)"', drawn))


def test_index_says_of_each_two_how_they_stand_and_leads_to_their_page():
    values = {"lab-a": 0.9, "lab-b": 0.7, "lab-c": 0.69}
    text = pages_of(make_board([with_auroc(name, value) for name, value in values.items()], [track()]))[
        "compare.html"
    ]
    cells = re.findall(
        r'<td class="sign"><a href="([^"]+)"><span aria-hidden="true">.</span><span class="aloud">([^<]+)', text
    )
    assert cells == [
        ("compare/lab-a--lab-b.html", "better"),
        ("compare/lab-a--lab-c.html", "better"),
        ("compare/lab-a--lab-b.html", "worse"),
        ("compare/lab-b--lab-c.html", "not told apart"),
        ("compare/lab-a--lab-c.html", "worse"),
        ("compare/lab-b--lab-c.html", "not told apart"),
    ]


def test_index_of_a_track_ranked_by_accuracy_goes_by_accuracy():
    rows = []
    for name, accuracy, auroc in (("lab-a", 0.9, 0.5), ("lab-b", 0.5, 0.9)):
        row = with_auroc(name, auroc)
        metrics = row.score.metrics | {
            "accuracy": row.score.metrics["accuracy"].model_copy(update={"value": accuracy})
        }
        rows.append(row.model_copy(update={"score": row.score.model_copy(update={"metrics": metrics})}))
    text = pages_of(make_board(rows, [track(primary_metric="accuracy")]))["compare.html"]
    assert re.findall(r'class="aloud">(better|worse)<', text) == ["better", "worse"]


def test_board_without_scores_has_an_index_and_no_pair():
    pages = pages_of(make_board([record("lab-a")], [track(standing=Standing.DEMO)]))
    assert [path for path in pages if path.startswith("compare")] == ["compare.html"]
    assert "No submission has a score on a public track yet." in pages["compare.html"]


COUNTS = AgreementRecord(both=1_061, only_first=9, only_second=7, neither=0)


def test_agreement_is_a_table_of_two_by_two_with_its_margins_and_a_sentence():
    table = build_agreement(COUNTS, ("lab-a", "lab-b"))
    assert table.column_caller == "lab-b"
    assert [(row.caller, row.kind, row.second_right, row.second_wrong, row.total) for row in table.rows] == [
        ("lab-a", "right", "1,061", "9", "1,070"),
        ("lab-a", "wrong", "7", "0", "7"),
        ("", "All", "1,068", "9", "1,077"),
    ]
    assert (
        table.words
        == "Both are right on 1,061 of 1,077 antibodies, only lab-a on 9, only lab-b on 7, neither on 0."
    )


def test_classes_tell_what_each_calls_right():
    """Of 10 polyreactive and 20 specific antibodies."""

    def matrix(found, cleared):
        return ConfusionRecord(
            true_positives=found, false_negatives=10 - found, true_negatives=cleared, false_positives=20 - cleared
        )

    rows = build_classes(matrix(10, 4), matrix(0, 17))
    assert [(row.kind, row.total, row.first, row.second) for row in rows] == [
        ("Polyreactive", "10", "10", "0"),
        ("Specific", "20", "4", "17"),
    ]


def test_agreement_of_a_pair_is_on_its_page():
    rows = [record("lab-a", scored=score()), record("lab-b", scored=score(0.2, seed=1))]
    (kept,) = compare(rows)
    counts = kept.find_pair("lab-a", "lab-b").agreement
    text = Reader(pages_of(make_board(rows, [track()]))["compare/lab-a--lab-b.html"]).text
    assert (
        f"Both are right on {counts.both:,} of {counts.total:,} antibodies, only lab-a on {counts.only_first:,}"
        in text
    )
    assert "lab-b right" in text
    assert "Called right, by class" in text


def test_agreement_that_was_not_kept_says_how_to_have_it():
    rows = [with_auroc("lab-a", 0.7), with_auroc("lab-b", 0.6)]
    (kept,) = compare(rows)
    kept.pairs["only_first"] = NO_COUNT
    text = Reader(pages_of(make_board(rows, [track()], comparisons=[kept]))["compare/lab-a--lab-b.html"]).text
    assert "was not kept when they were compared; polyreact score --all compares them again" in text
    assert "Both are right" not in text


def test_picture_of_differences_has_the_first_on_the_right():
    drawn = build_differences("d", ("left < name", "right"), "AUROC", [DifferenceRow("jain", 0.2, (0.1, 0.3))])
    assert "Difference in AUROC, left < name less right: on jain 0.20 (interval 0.10 to 0.30)." in drawn.summary
    assert "left &lt; name" in drawn.svg
    (dot,) = re.findall(r'cx="([\d.]+)"', drawn.svg)
    (zero,) = re.findall(r'class="edge" d="M([\d.]+) ', drawn.svg)
    assert float(dot) > float(zero)


@pytest.mark.parametrize("row", [DifferenceRow("jain", float("nan"), (0, 1)), DifferenceRow("jain", 0.0, (1, 0))])
def test_differences_that_are_none_are_refused(row):
    with pytest.raises(ValueError, match="differences"):
        build_differences("d", ("a", "b"), "AUROC", [row])
