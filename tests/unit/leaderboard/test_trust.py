"""Trust checks in words: what was found, in figures and in a sentence that needs no other to be understood."""

from datetime import UTC, datetime

import pytest

from polyreact.leaderboard.text import PROSE_LIMIT
from polyreact.leaderboard.trust import HEADINGS, LOOKS_LIKE_LOOKUP, NO_FIGURE, build_trust_rows, trust_note
from polyreact.results.trust_records import Check
from unit.sample_trust import comparison, does_not_hold, holds, not_run, trust_record, variants


def row_of(check, *findings):
    return build_trust_rows(trust_record(*findings))[list(Check).index(check)]


def test_every_check_has_a_row_in_the_order_of_the_runs_and_a_figure_for_every_heading():
    rows = build_trust_rows(trust_record())
    assert [row.check for row in rows] == [
        "the same run again",
        "rows in another order",
        "asked in two halves",
        "other ids",
        "near-identical antibodies",
    ]
    assert {len(row.figures) for row in rows} == {len(HEADINGS) - 2}
    assert [row.finding for row in rows] == ["holds"] * 4 + ["reported only"]
    assert not any(row.is_warning for row in rows)


def test_check_that_holds_says_what_was_the_same():
    row = row_of(Check.ORDER)
    assert row.figures == ("300", "0", "0", "0", NO_FIGURE)
    assert row.words == "In another order every antibody got the same answer."


@pytest.mark.parametrize(("count", "words"), [(3, "3 scores differ"), (1, "1 score differs")])
def test_check_that_holds_up_to_rounding_says_so_and_how_many(count, words):
    row = row_of(Check.HALVES, holds(Check.HALVES, scores=count, difference=1.25e-7))
    assert row.finding == "holds up to rounding"
    assert row.figures[2:4] == (f"{count} ({count / 3:.1f} %)", "1.2e-07")
    assert f"{words} by no more than arithmetic in another order explains." in row.words
    assert not row.is_warning


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (Check.REPEAT, "a score is one of several that this image may get"),
        (Check.ORDER, "depends on where it stands in the file"),
        (Check.HALVES, "depends on which others are asked for with it"),
        (Check.IDS, "depends on its id"),
    ],
)
def test_check_that_does_not_hold_says_what_an_answer_depends_on(check, words):
    row = row_of(check, does_not_hold(check))
    assert (row.finding, row.is_warning) == ("does not hold", True)
    assert words in row.words
    assert row.figures == ("300", "100 (33.3 %)", "300 (100.0 %)", "3", NO_FIGURE)


def test_check_that_does_not_hold_beside_a_repetition_that_does_not_need_not_have_a_cause_of_its_own():
    rows = build_trust_rows(trust_record(does_not_hold(Check.REPEAT), does_not_hold(Check.IDS)))
    assert "need not have a cause of its own" in rows[3].words
    assert "need not have" not in rows[0].words
    assert "need not have" not in row_of(Check.IDS, does_not_hold(Check.IDS)).words


def test_variants_of_an_honest_model_are_reported_with_their_figures():
    row = row_of(Check.VARIANTS)
    assert row.figures == ("300", "3 (1.0 %)", "92 (30.7 %)", "0.11", "1.000")
    assert "of the same charge" in row.words
    assert not row.is_warning


def test_variants_that_look_like_a_lookup_table_are_a_warning_with_the_reason():
    row = row_of(Check.VARIANTS, variants(135, True, None, "all variants have the same score"))
    assert (row.finding, row.is_warning) == ("like a lookup table, or like chance", True)
    assert row.words == f"{LOOKS_LIKE_LOOKUP} No correlation: all variants have the same score."
    assert row.figures[1] == "135 (45.0 %)"
    assert row.figures[4] == NO_FIGURE


def test_variants_that_were_not_judged_say_so_and_are_no_warning():
    row = row_of(Check.VARIANTS, variants(0, None, None, "all originals have the same score"))
    assert (row.finding, row.is_warning) == ("reported only", False)
    assert "Too little to tell a lookup table by." in row.words
    assert "No correlation: all originals have the same score." in row.words


def test_small_share_is_never_shown_as_none():
    few = does_not_hold(Check.IDS, 1, 1, 1).model_copy(update={"comparison": comparison(1, 1, 1, 0.1, rows=3000)})
    assert row_of(Check.IDS, few).figures[:2] == ("3,000", "1 (<0.1 %)")


def test_check_that_could_not_be_run_gives_its_code_and_no_figures():
    row = row_of(Check.HALVES, not_run(Check.HALVES))
    assert row.finding == "could not be run (E313)"
    assert row.figures == (NO_FIGURE,) * 5
    assert row.words == "the first half: the run ended with exit status 1"
    assert not row.is_warning


def test_words_of_a_hostile_container_are_one_harmless_line():
    said = "cannot be started: \x1b[31m\u202efdp.exe\n" + "x" * 1000
    row = row_of(Check.IDS, not_run(Check.IDS, "E316", said))
    assert row.words.isprintable()
    assert "\u202e" not in row.words
    assert len(row.words) <= PROSE_LIMIT


def test_note_tells_the_day_the_track_and_the_antibodies():
    made = datetime(2026, 5, 1, 23, 59, tzinfo=UTC)
    assert trust_note(trust_record(made_at=made)) == "Checked on 2026-05-01 on demo: 300 antibodies."


def test_note_of_a_large_track_says_that_rows_were_drawn():
    note = trust_note(trust_record(rows=1000, rows_in_track=25007, left_out={"cannot be numbered": 3}))
    assert "1,000 of 25,007 antibodies, drawn by a fixed seed." in note
    assert note.endswith("Without a variant: 3 cannot be numbered.")


def test_note_of_a_fold_track_names_the_fold():
    assert "on demo-fit, fold 1: 97 antibodies." in trust_note(
        trust_record(track="demo-fit", fold="1", rows=97, rows_in_track=97)
    )
