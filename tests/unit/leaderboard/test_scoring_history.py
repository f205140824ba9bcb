"""What each scoring version changed: as strings, as data, and as the page of the reference."""

import json

import pytest

from polyreact.errors import RecordTooNew
from polyreact.leaderboard.formats.scoring_changes import render_scoring_changes
from polyreact.leaderboard.scoring_history import (
    FIRST,
    HEADINGS,
    NOT_YET,
    build_scoring_history,
    describe_scoring_history,
    format_change,
)
from polyreact.results.records import MetricRecord
from polyreact.results.scoring_history import OVERALL, FigureRecord, RescoringRecord, ScoringHistoryRecord
from polyreact.results.scoring_versions import SCORING_VERSIONS
from unit.leaderboard.test_formats import HOSTILE

VERSIONS = {1: "The first.", 2: "MCC is another.", 3: "More metrics."}
HIGHER, GONE = MetricRecord(value=0.5), MetricRecord(value=None, reason="no row is called polyreactive")


def figure(old=0.25, new=HIGHER, part=OVERALL, metric="mcc"):
    old = old if isinstance(old, MetricRecord) else MetricRecord(value=old)
    return FigureRecord(part=part, metric=metric, old=old, new=new)


def section(*changed, submission="lab-model", track="jain", previous_version=1, new_metrics=(), unchanged=10):
    return RescoringRecord(
        submission=submission,
        track=track,
        previous_version=previous_version,
        predictions_sha256="cd" * 32,
        unchanged=unchanged,
        new_metrics=new_metrics,
        changed=changed,
    )


def document(*sections, version=2):
    return ScoringHistoryRecord(scoring_version=version, rescored=sections)


HISTORY = (
    document(
        section(figure(), figure(new=GONE, part="fold 1")),
        section(submission="lab-other", unchanged=1_234),
    ),
    document(
        section(figure(0.1), previous_version=2, new_metrics=("youden", "ece", "later")),
        section(submission="lab-other", new_metrics=("spearman",)),
        version=3,
    ),
)


def test_versions_stand_newest_first_each_with_what_it_brought_and_did():
    newest, second, first = build_scoring_history(HISTORY, VERSIONS)
    assert [each.version for each in (newest, second, first)] == [3, 2, 1]
    assert second.summary == "MCC is another."
    assert second.words == (
        "2 records were scored anew, from version 1. 2 figures changed; 1,244 stayed the same, bit for bit."
    )
    assert newest.words == (
        "2 records were scored anew, from version 1 and 2. 1 figure changed; 20 stayed the same, bit for bit."
    )
    assert (first.words, first.rows) == (FIRST, ())
    titles = ("Youden's J", "Expected calibration error", "Spearman's rank correlation with the assay", "later")
    assert newest.new_metrics == ", ".join(titles)


def test_row_has_a_cell_for_every_heading_and_says_why_there_is_no_figure():
    row, other = build_scoring_history(HISTORY, VERSIONS)[1].rows
    assert len(row.cells) == len(HEADINGS)
    assert row.cells == ("lab-model", "jain", "overall", "Matthews correlation", "1", "0.250", "0.500", "")
    assert (other.part, other.old, other.new) == ("fold 1", "0.250", "n/a")
    assert other.note == "not available now: no row is called polyreactive"


def test_nothing_was_scored_anew_yet():
    newest, *_, first = build_scoring_history(())
    assert newest.version == max(SCORING_VERSIONS)
    assert (newest.words, newest.new_metrics, newest.rows) == (NOT_YET, "", ())
    assert first.words == FIRST


def test_records_that_were_moved_twice_count_once():
    twice = document(section(), section(previous_version=2, unchanged=5), version=3)
    assert build_scoring_history([twice], VERSIONS)[0].words.startswith(
        "1 record was scored anew, from version 1 and 2."
    )


def test_order_of_the_documents_changes_nothing():
    assert build_scoring_history(HISTORY[::-1], VERSIONS) == build_scoring_history(HISTORY, VERSIONS)
    assert render_scoring_changes(HISTORY[::-1], VERSIONS) == render_scoring_changes(HISTORY, VERSIONS)


@pytest.mark.parametrize("make", [build_scoring_history, describe_scoring_history, render_scoring_changes])
def test_version_that_this_program_does_not_know_is_refused(make):
    with pytest.raises(RecordTooNew, match="scoring version 4; this program knows up to 3"):
        make([document(version=4)], VERSIONS)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (0.25, 0.5, ("0.250", "0.500")),
        (0.57021, 0.57034, ("0.5702", "0.5703")),
        (0.1, 0.1 + 2**-56, ("0.1", "0.10000000000000002")),
        (0.0, -0.0, ("0.0", "-0.0")),
        (-0.0004, 0.0004, ("-0.0004", "0.0004")),
        (-0.0004, 0.25, ("0.000", "0.250")),
        (None, 0.5, ("n/a", "0.500")),
        (0.5, None, ("0.500", "n/a")),
        (12.3456, 0.5, ("12.346", "0.500")),
    ],
)
def test_two_figures_are_shown_so_that_the_difference_is_seen(old, new, shown):
    assert format_change(old, new) == shown


def test_data_has_every_figure_as_it_is_kept():
    data = json.loads(json.dumps(describe_scoring_history(HISTORY, VERSIONS)))
    assert [each["scoring_version"] for each in data] == [3, 2, 1]
    assert [len(each["rescored"]) for each in data] == [2, 2, 0]
    first = data[1]["rescored"][0]
    assert (first["submission"], first["unchanged"], first["previous_version"]) == ("lab-model", 10, 1)
    assert (first["changed"][0]["old"]["value"], first["changed"][0]["old"]["reason"]) == (0.25, None)


def test_page_has_a_table_where_a_figure_changed_and_none_elsewhere():
    page = render_scoring_changes(HISTORY, VERSIONS)
    newest, second, first = page.split("\n## ")[1:]
    assert (
        "| lab-model | jain | fold 1 | Matthews correlation | 1 | 0.250 | n/a | not available now: no row" in second
    )
    assert second.count("\n| ") == 4
    assert "New metrics: Youden's J, " in newest
    assert "| " not in first
    assert page.endswith("\n")
    assert not page.endswith("\n\n")


@pytest.mark.parametrize("defect", HOSTILE)
def test_hostile_text_in_a_document_cannot_forge_a_row(defect):
    text = HOSTILE[defect]

    def page(text):
        reason = MetricRecord(value=None, reason=text)
        changed = figure(reason, part=text, metric=text)
        return render_scoring_changes(
            [document(section(changed, submission=text, track=text, new_metrics=(text,)))], VERSIONS
        )

    hostile, harmless = page(text), page("harmless")
    assert hostile.count("\n") == harmless.count("\n")
    tables, expected = (
        [line for line in each.splitlines() if line.startswith("|")] for each in (hostile, harmless)
    )
    assert [line.count("|") for line in tables] == [line.count("|") for line in expected]
    assert "<" not in hostile.replace("<!-- -->", "")
    assert "://evil" not in hostile
    assert "\u202e" not in hostile
    rows = build_scoring_history([document(section(figure(part=text, metric=text), submission=text))], VERSIONS)
    assert all(cell.isprintable() for cell in rows[1].rows[0].cells)
