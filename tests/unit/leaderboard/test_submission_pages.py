"""The page of one submission: what it says, what it hides of private tracks, and that strangers cannot bend it."""

import re
from dataclasses import replace

import pytest

from polyreact.datasets.catalog import PRIVATE_PREFIX
from polyreact.errors import BadRecord
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.site.build import build_site, collect_pages
from polyreact.leaderboard.site.render import digest_page, render_page
from polyreact.leaderboard.site.views.curve_values import ALL_EQUAL, build_curve_values
from polyreact.leaderboard.site.views.score_tables import build_confusion
from polyreact.results.curve_records import DistributionRecord, RocRecord, ScoreBin
from polyreact.results.published import publish_record
from polyreact.results.records import ConfusionRecord, OutcomeKind
from polyreact.tracks.track import TrackId
from unit.leaderboard.sample_boards import TRACKS, make_board, record, run, score, submission, track
from unit.leaderboard.sample_pages import (
    KEY,
    PACKAGES,
    PACKAGES_SHA256,
    Reader,
    curves,
    full_board,
    pages_of,
    signed,
    with_packages,
)
from unit.leaderboard.test_formats import HOSTILE, with_folds

JAIN = (track(),)
ANTIBERTY = "submissions/polyreact-antiberty.html"


@pytest.fixture(scope="module")
def pages():
    return pages_of(full_board())


@pytest.fixture(scope="module")
def antiberty(pages):
    return Reader(pages[ANTIBERTY])


def one_page(records, tracks=JAIN, edition=None, **options):
    """The page of the only submission of a board."""
    board = make_board(records, tracks, **options)
    made = collect_pages(board, edition) if edition else collect_pages(board)
    (page,) = (page for page in made if page.template == "submission.html")
    return render_page(page).decode()


def test_page_has_a_section_for_each_track_with_a_run_and_a_row_for_every_track(antiberty):
    ids = {told["id"] for tag, told in antiberty.elements if tag == "section" and "id" in told}
    assert {"summary", "jain", "shehata", "jain-parity", "demo", "verify", "compare", "cite"} <= ids
    for each in TRACKS:
        assert f"{each.id} " in antiberty.text


@pytest.mark.parametrize(
    "words",
    [
        "May I use it? Any use (Apache-2.0)",
        "As its authors declare: boughter (labels).",
        "Confusion matrix of its predictions",
        "Of 29 polyreactive antibodies it finds",
        "no interval:",
        "2 Python and 1 system packages, as the image itself says",
        "torch==2.9.1",
        "libc6=2.36",
        "ed25519:" + KEY,
        "sha256:" + "34" * 32,
        "scoring version 1, polyreact 0.1.0",
        "Attempts before this score are not counted",
        "480 s",  # for 1,000 antibodies: 41.25 s for 86
        "Rank ",
        "Trust checks",
    ],
)
def test_page_says(antiberty, words):
    assert words in antiberty.text


def test_page_draws_curves_distribution_and_reliability_only_where_a_probability_is_declared(pages):
    drawn = {
        name: re.findall(r'<svg class="chart ([a-z-]+)"', pages[f"submissions/{name}.html"])
        for name in ("polyreact-antiberty", "northlab-abmpnn")
    }
    assert drawn["polyreact-antiberty"].count("reliability") == len(TRACKS)
    assert drawn["northlab-abmpnn"].count("reliability") == 0
    for kinds in drawn.values():
        assert [kinds.count(kind) for kind in ("roc", "precision-recall", "distribution")] == [len(TRACKS)] * 3


def test_failed_run_is_told_with_its_code_and_leads_to_the_docs_where_they_are(pages):
    failed = [record("lab-model", run=run(OutcomeKind.SUBMISSION_FAULT, "E311", "a defect"))]
    without, with_docs = one_page(failed), one_page(failed, edition=Edition(has_docs=True))
    assert "failed (E311)" in without
    assert "a defect" in without
    assert "docs/" not in without
    assert 'href="../docs/reference/errors.html#e311"' in with_docs


def test_page_of_a_submission_that_never_ran_has_no_section_and_nothing_to_verify(pages):
    text = Reader(pages["submissions/quiet-river.html"]).text
    assert "missing: not run yet" in text
    for absent in ("How to verify", "BibTeX", "Confusion"):
        assert absent not in text


def test_verification_names_the_key_only_where_every_record_is_signed_by_it():
    both = [record("lab-model", scored=score()), record("lab-model", "demo", score())]
    command = f"polyreact results verify lab-model --public-key {KEY}"
    assert command in one_page([signed(each) for each in both], TRACKS)
    assert command not in one_page([signed(both[0]), both[1]], TRACKS)
    assert command not in one_page([signed(both[0]), signed(both[1], "00" * 32)], TRACKS)


def test_image_that_was_never_pushed_is_not_told_to_be_run_again():
    image = run().image.model_copy(update={"digest": None})
    local = record("lab-model", scored=score(), run=run(image=image))
    assert "polyreact evaluate run submissions/lab-model.yaml" in one_page([record("lab-model", scored=score())])
    assert "polyreact evaluate run" not in one_page([local])


def private_page():
    name = f"{PRIVATE_PREFIX}lab"
    kept = record("lab-model", name, score(), ranked=True, earlier_scored_runs=3, run=run(job="a1" * 32))
    return one_page(
        [publish_record(signed(with_packages(kept)))], (track(name),), packages={PACKAGES_SHA256: PACKAGES}
    )


def test_private_track_shows_scores_and_attempts_and_nothing_else():
    text = Reader(private_page()).text
    assert "Its author had 3 earlier scored runs on this track." in text
    for secret in ("Confusion", "Of 29", "[0.", "86 ant", "torch", "Signed", "results verify", "1,000", "Overlap"):
        assert secret not in text
    assert '<svg class="chart' not in private_page()
    for digest in ("34" * 32, "cd" * 32, "ef" * 32):  # of inputs, predictions and labels
        assert digest not in private_page()


def test_first_run_on_a_private_track_is_said_to_be_the_first():
    kept = record("lab-model", f"{PRIVATE_PREFIX}lab", score(), earlier_scored_runs=0)
    assert "no earlier scored run" in one_page([publish_record(kept)], (track(f"{PRIVATE_PREFIX}lab"),))


def test_folds_of_this_submission_alone_are_shown():
    rows = [with_folds("lab-one", {"HIV": 0.71, "mouse": None}), with_folds("lab-two", {"HIV": 0.72, "mouse": 0.6})]
    board = make_board(rows, [track("lofo", folds_by="family")])
    text = Reader(pages_of(board)["submissions/lab-one.html"]).text
    assert "Fold by fold" in text
    assert "0.710" in text
    assert "0.720" not in text


@pytest.mark.parametrize("defect", HOSTILE)
def test_hostile_manifest_changes_no_element_of_any_page(defect):
    def pages(text):
        about = submission("lab-model", name=text, authors=(text, text), description=text, license=text)
        rows = [
            record("lab-model", scored=score(), submission=about),
            record("lab-model", "demo", run=run(OutcomeKind.SUBMISSION_FAULT, "E311", text), submission=about),
            record("lab-other", scored=score(2.0, seed=1)),
        ]
        drawn = [curves(each) for each in rows if each.score]
        return pages_of(make_board(rows, TRACKS, curves=drawn))

    hostile, harmless = pages(HOSTILE[defect]), pages("harmless")
    assert set(hostile) == set(harmless)
    for path in hostile:
        if path.startswith(("submissions/", "compare", "badges/")):
            one, other = Reader(hostile[path]), Reader(harmless[path])
            kinds = [[(tag, sorted(told)) for tag, told in each.elements if tag != "path"] for each in (one, other)]
            assert kinds[0] == kinds[1], path
            assert len(hostile[path]) < len(harmless[path]) + 40_000


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "A-model", "", "a--b", "a-", "x" * 81, "a\n"])
def test_name_that_is_none_writes_nothing(tmp_path, name):
    board = make_board([record(name, scored=score(), submission=submission(name))], [track()])
    with pytest.raises(BadRecord, match="no manifest may have that name"):
        build_site(board, tmp_path / "site")
    assert list(tmp_path.rglob("*.html")) == []


def test_badge_stands_in_a_file_of_its_own_and_its_snippet_leads_to_the_page():
    scored = record("lab-model", scored=score())
    board = make_board([scored], [track()])
    pages = pages_of(board)
    assert pages["badges/lab-model/jain.svg"].startswith("<svg xmlns=")
    (view,) = (page.view for page in collect_pages(board) if page.template == "submission.html")
    (badge,) = view.badges
    assert badge.snippet.endswith("(https://ADDRESS-OF-THE-BOARD/submissions/lab-model.html)")
    known = one_page([scored], edition=Edition(address="https://board.example/x/"))
    assert "(https://board.example/x/badges/lab-model/jain.svg)" in known
    assert "ADDRESS-OF-THE-BOARD" not in known


def test_entry_without_a_rank_has_no_badge():
    assert not [p for p in pages_of(make_board([record("lab-model", "demo", score())], TRACKS)) if "badges" in p]


def test_page_changes_only_with_what_it_shows():
    def digests(board):
        return {page.path: digest_page(page) for page in collect_pages(board)}

    rows = [record("lab-one", scored=score()), record("lab-two", scored=score(0.5, seed=2))]
    before = digests(make_board(rows, [track()], pending=[(submission("lab-three"), TrackId("jain"))]))
    about = submission("lab-three", description="Another description.")
    after = digests(make_board(rows, [track()], pending=[(about, TrackId("jain"))]))
    changed = {path for path in before if before[path] != after[path]}
    assert "submissions/lab-three.html" in changed
    assert not changed & {"submissions/lab-one.html", "submissions/lab-two.html", "compare/lab-one--lab-two.html"}


def cell_with(distribution=None, **changes):
    scored = record("lab-model", scored=score(), submission=submission("lab-model", **changes))
    drawn = curves(scored)
    if distribution is not None:
        drawn = drawn.model_copy(update={"distribution": distribution})
    board = make_board([scored], [track()], curves=[drawn])
    return board.entries[0], board.entries[0].cells[TrackId("jain")]


def test_bins_of_the_distribution_are_whole_antibodies_and_lose_none():
    values = build_curve_values(*cell_with())
    assert sum(values.distribution.polyreactive) == 29
    assert sum(values.distribution.specific) == 57
    assert all(isinstance(count, int) and count >= 0 for count in values.distribution.polyreactive)


def test_scores_that_are_all_equal_are_told_and_not_drawn():
    equal = DistributionRecord(bins=(ScoreBin(1.0, 1.0, 86, 29.0),))
    values = build_curve_values(*cell_with(equal))
    assert values.distribution is None
    assert ALL_EQUAL in values.reasons


@pytest.mark.parametrize("threshold", [1e300, -1e300, 1e7])
def test_threshold_far_from_every_score_is_not_drawn(threshold):
    values = build_curve_values(*cell_with(threshold=threshold))
    assert values.distribution.threshold is None
    assert values.roc.operating_point is None


def test_curve_that_cannot_be_drawn_is_told():
    entry, cell = cell_with()
    absent = cell.curves.model_copy(update={"roc": RocRecord(reason="too few antibodies")})
    values = build_curve_values(entry, replace(cell, curves=absent))
    assert values.roc is None
    assert "too few antibodies" in values.reasons


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (
            (0, 0, 1, 1),
            "Of 2 polyreactive antibodies it finds 1 (50 %); of 0 specific antibodies it clears 0 (\u2013).",
        ),
        ((3, 0, 1, 0), "It calls none polyreactive."),
        ((0, 1, 0, 1), "Of the 2 that it calls polyreactive, 1 is (50 %)."),
    ],
)
def test_rates_of_a_confusion_matrix_in_words(counts, words):
    names = ("true_negatives", "false_positives", "false_negatives", "true_positives")
    assert words in build_confusion(ConfusionRecord(**dict(zip(names, counts, strict=True))), 0.5).words


def test_state_of_a_track_that_was_trained_on_is_told():
    board = make_board(
        [record("lab-model", scored=score())],
        [track(), track("demo")],
        declared={("lab-model", TrackId("demo")): CellState.TRAINED_ON},
    )
    text = Reader(pages_of(board)["submissions/lab-model.html"]).text
    assert "trained-on: the submission declares that it was made with this dataset's labels" in text
