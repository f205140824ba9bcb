"""The published forms: the same bytes every time, and nothing in them that a manifest wants."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from polyreact.leaderboard import wording
from polyreact.leaderboard.audit import audit_headings, build_audit_rows
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.formats.markdown import escape, render_markdown
from polyreact.leaderboard.pairs import LEADING
from polyreact.leaderboard.site.build import collect_pages
from polyreact.leaderboard.site.render import render_page
from polyreact.leaderboard.table import build_board
from polyreact.metrics.catalog import METRICS
from polyreact.results.records import FoldScoreRecord, IntervalRecord, MetricRecord, OutcomeKind
from polyreact.tracks.track import Standing
from unit.leaderboard.sample_boards import (
    TRACKS,
    audit,
    compare,
    make_board,
    not_audited,
    overlap,
    record,
    render_site,
    run,
    sample_board,
    sample_records,
    score,
    submission,
    track,
    with_auroc,
)
from unit.sample_trust import trust_record, variants

RENDERERS = [render_json, render_markdown, render_site]

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '<img src="https://evil.example/x" onerror=alert(1)>',
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "template": "{{ 7 * 7 }}{% raw %}",
    "link": "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "bare-link": "https://evil.example www.evil.example me@evil.example <https://evil.example>",
    "row": "x | 1 | 1.000\n| 1 | forged | me | 1.000 |",
    "escaped-pipe": "x \\| y \\\\| z",
    "code": "`x` ```\ncode",
    "heading": "\n# Heading\n\n---\n* item",
    "right-to-left": "abc\u202edef\u2066\u200f",
    "control": "\x00\x1b[31m\r\n",
    "long": "x" * 10_000,
    "emoji": "\U0001f469\u200d\U0001f52c\U0001f3fd \U0001f9ec",
    "comment": "--><!-- x -->",
}


def hostile_board(text):
    about = submission(
        "owner-model", name=text, authors=(text, text), description=text, license=text, paper=text, code=text
    )
    failed = run(OutcomeKind.SUBMISSION_FAULT, "E311", text)
    records = [
        record("owner-model", scored=score(), submission=about),
        record("owner-model", "shehata", submission=about, run=failed),
    ]
    return make_board(records, TRACKS)


@pytest.mark.parametrize("render", RENDERERS)
def test_same_records_in_any_order_give_the_same_bytes(render):
    records = sample_records()[::-1]
    assert render(sample_board(records)).encode() == render(sample_board()).encode()


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("board", [make_board([], []), make_board([], [track()])], ids=["nothing", "no-entry"])
def test_empty_board_renders(render, board):
    assert render(board)


def test_json_says_everything():
    document = json.loads(render_json(sample_board()))
    assert document["schema_version"] == 3
    assert list(document) == [
        "schema_version",
        "lead_track",
        "metrics",
        "submissions",
        "tracks",
        "overall",
        "scoring_history",
        "trust",
        "overlaps",
    ]
    assert document["lead_track"] == "jain"
    jain = document["tracks"][0]
    assert (jain["positives"], jain["negatives"], jain["standing"]) == (29, 57, "ranked")
    first = jain["entries"][0]
    assert first["rank"]["lowest"] == 1
    assert first["rank"]["ties_with_best"] is True
    assert jain["pairs"]["in_all"] == len(jain["pairs"]["listed"]) == 15  # of six entries with a score
    assert jain["resolution"]["pairs"] == 15
    assert set(first["metrics"]["roc_auc"]["interval"]) == {"low", "high", "method"}
    assert "biased" in first["metrics"]["average_precision"]["no_interval"]
    assert list(first["metrics"]) == [metric.key for metric in METRICS]
    assert first["run"]["image_digest"].startswith("sha256:")
    assert len(first["run"]["policy_sha256"]) == 64
    states = {entry["state"] for chosen in document["tracks"] for entry in chosen["entries"]}
    assert states == {"score", "missing", "failed", "trained-on", "not-applicable"}
    without = [
        e["metrics"]["brier"] for e in jain["entries"] if e["metrics"] and not e["metrics"]["brier"]["value"]
    ]
    assert {metric["reason"] for metric in without} == {"the submission does not declare its score a probability"}


def test_tables_keep_their_columns_and_json_has_the_metrics_beside_them():
    text = render_markdown(sample_board())
    assert "| **AUROC** | AP | Brier | Note |" in text
    assert "Spearman" not in text
    assert "not available: there are no assay values" not in text
    metrics = {metric["key"]: metric for metric in json.loads(render_json(sample_board()))["metrics"]}
    assert metrics["brier"]["is_in_tables"] is True
    assert (metrics["log_loss"]["highest"], metrics["log_loss"]["is_in_tables"]) == (None, False)


def test_json_names_no_label_digest():
    assert "ef" * 32 not in render_json(sample_board())


def test_markdown_header_says_what_rank_means():
    text = render_markdown(sample_board())
    assert "| Rank (jain) | Model | Author | jain accuracy | jain AUROC |" in text
    assert "Rank refers to track jain." in text
    assert wording.RANKS in text
    assert wording.INTERVALS in text
    assert "(baseline)" in text
    for state in ("missing", "failed (E311)", "trained-on", "not-applicable"):
        assert f"| {state} |" in text


def test_markdown_unranked_track_has_no_rank_column():
    text = render_markdown(make_board([with_auroc("a", 0.7)], [track(standing=Standing.SHOWN)]))
    assert "\n| Model | Acc |" in text
    assert "No track of this board is ranked" in text


@pytest.mark.parametrize("defect", HOSTILE)
def test_markdown_hostile_manifest_cannot_forge(defect):
    text = render_markdown(hostile_board(HOSTILE[defect]))
    harmless = render_markdown(hostile_board("harmless"))
    assert text.count("\n") == harmless.count("\n")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    expected = [line for line in harmless.splitlines() if line.startswith("|")]
    assert [line.count("|") for line in tables] == [line.count("|") for line in expected]
    assert max(len(line) for line in tables) < 4_000
    without_ours = text.replace("<!-- Made by `polyreact`; do not edit. -->", "").replace("<!-- -->", "")
    assert "<" not in without_ours
    assert not re.search(r"(?<!\\)\]\(j", text)
    assert "://evil" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("ESM-2 + MLP (650M)", "ESM-2 + MLP (650M)"),
        ("a_b*c", r"a\_b\*c"),
        ("[x](y)", r"\[x\](y)"),
        ("a|b\\", "a&#124;b&#92;"),
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("https://x.org", "https:<!-- -->//x.org"),
    ],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


FOLD_TRACK = track("lofo", Standing.SHOWN, folds_by="family")
WITHOUT_FOLDS = track("lofo", Standing.SHOWN)


def with_folds(name, aurocs, **changes):
    """A record with these AUROCs in its folds (None: not available) and .9 for every accuracy."""
    folds = {
        fold: FoldScoreRecord(
            positives=10 * number,
            negatives=20 * number,
            metrics={
                "accuracy": MetricRecord(value=0.9),
                "roc_auc": MetricRecord(value=value, reason=None if value else "one class only"),
            },
        )
        for number, (fold, value) in enumerate(aurocs.items(), start=1)
    }
    mean = MetricRecord(value=0.123, reason=None)
    means = {"roc_auc": mean, "accuracy": MetricRecord(value=0.9)}
    return record(name, "lofo", score(folds=folds, fold_means=means), **changes)


def test_mean_over_the_folds_stands_with_its_interval_and_pairs_say_what_they_compare():
    made = with_folds("a-model", {"HIV": 0.71, "mouse": 0.75})
    limits = IntervalRecord(low=-0.05, high=0.15, method="made up")
    mean = MetricRecord(value=0.123, interval=limits)
    changed = made.score.model_copy(update={"fold_means": made.score.fold_means | {"roc_auc": mean}})
    board = fold_board(
        made.model_copy(update={"score": changed}), with_folds("b-model", {"HIV": 0.7, "mouse": 0.7})
    )
    assert r"| AUROC | 0.123 \[-0.050, 0.150\] |" in render_markdown(board)
    page = render_site(board)
    assert '0.123 <span class="interval">[\u22120.050, 0.150]</span>' in page
    assert "AUROC, mean over the folds" in page
    assert "AUROC, mean over the folds" not in render_site(make_board([with_auroc("a", 0.7)], [track()]))


def fold_board(*records, chosen=FOLD_TRACK):
    return make_board(records, [chosen])


def test_markdown_fold_track_shows_each_fold_the_mean_and_pooled():
    made = with_folds("a-model", {"HIV": 0.71, "mouse": None})
    text = render_markdown(fold_board(made))
    pooled = f"{made.score.metrics['roc_auc'].value:.3f}"
    assert "| Model | Metric | mean | pooled | HIV (20 / 10) | mouse (40 / 20) |" in text
    assert f"| a-model | AUROC | 0.123 | {pooled} | 0.710 | n/a |" in text
    accuracy = f"{made.score.metrics['accuracy'].value:.3f}"
    assert f"| a-model | Acc | 0.900 | {accuracy} | 0.900 | 0.900 |" in text
    assert "once for each fold of the column family" in text


def test_page_fold_track_shows_each_fold():
    text = render_site(fold_board(with_folds("a-model", {"HIV": 0.71, "mouse": None})))
    assert '<th scope="col" class="number">HIV (20 / 10)</th>' in text
    assert '<td class="number">0.710</td><td class="number absent">n/a</td>' in text


def test_json_fold_track_gives_counts_and_metrics_of_each_fold():
    document = json.loads(render_json(fold_board(with_folds("a-model", {"HIV": 0.71, "mouse": None}))))
    (lofo,) = document["tracks"]
    (entry,) = lofo["entries"]
    assert lofo["folds_by"] == "family"
    assert (entry["folds"]["HIV"]["positives"], entry["folds"]["HIV"]["negatives"]) == (10, 20)
    assert entry["folds"]["HIV"]["metrics"]["roc_auc"]["value"] == 0.71
    assert entry["folds"]["mouse"]["metrics"]["roc_auc"]["reason"] == "one class only"
    assert entry["fold_means"]["roc_auc"]["value"] == 0.123


@pytest.mark.parametrize("render", [render_markdown, render_site])
@pytest.mark.parametrize(
    "board",
    [
        fold_board(),
        fold_board(record("a-model", "lofo", score())),
        fold_board(with_folds("a-model", {"HIV": 0.71}), chosen=WITHOUT_FOLDS),
    ],
    ids=["nobody", "scored before folds", "track without folds"],
)
def test_no_table_of_folds_where_there_is_nothing_to_show(render, board):
    assert wording.FOLD_CAPTION not in render(board)


def test_entry_scored_before_folds_stands_beside_others_as_not_available():
    text = render_markdown(fold_board(with_folds("a", {"HIV": 0.71}), record("b", "lofo", score())))
    assert re.search(r"\| b \| AUROC \| n/a \| 0\.\d+ \| n/a \|", text)


def test_entry_that_failed_has_no_row_of_folds():
    failed = run(OutcomeKind.SUBMISSION_FAULT, "E313", "fold HIV: the run ended with exit status 1")
    text = render_markdown(fold_board(with_folds("a", {"HIV": 0.71}), record("b", "lofo", run=failed)))
    assert "| b | AUROC |" not in text
    assert "fold HIV: the run ended with exit status 1" in text


@pytest.mark.parametrize("defect", HOSTILE)
def test_fold_name_typed_into_a_record_cannot_forge(defect):
    hostile, harmless = (fold_board(with_folds("a", {name: 0.71})) for name in (HOSTILE[defect], "harmless"))
    assert render_markdown(hostile).count("\n") == render_markdown(harmless).count("\n")
    assert Page(render_site(hostile)).tags == Page(render_site(harmless)).tags


class Page(HTMLParser):
    """Tags, attributes and addresses of a page; scripts of the site's own, and of data, are told apart."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.addresses = [], set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        kinds = dict(attrs)
        if tag == "script" and kinds.get("type") == "application/ld+json":
            tag = "data"
        if tag == "script" and (kinds.get("src") or "").removeprefix("../").startswith("assets/"):
            tag = "asset"
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value for name, value in attrs if name in {"href", "src"}}


@pytest.mark.parametrize("defect", HOSTILE)
def test_page_hostile_manifest_adds_no_tag(defect):
    page, harmless = Page(render_site(hostile_board(HOSTILE[defect]))), Page(render_site(hostile_board("harmless")))
    assert page.tags == harmless.tags
    assert page.attributes == harmless.attributes
    assert page.addresses == harmless.addresses
    assert not {"script", "iframe"} & set(page.tags)
    assert not {"style", "onclick", "onerror"} & page.attributes


def test_page_links_leave_only_over_https_and_say_so():
    text = render_site(sample_board())
    outside = [address for address in Page(text).addresses if ":" in address and address != "data:,"]
    assert outside
    assert all(address.startswith("https://") for address in outside)
    assert text.count('href="https://') == text.count('rel="noopener noreferrer nofollow"')


def test_page_unlinkable_address_is_said_in_words():
    about = submission("a", paper="http://a.org/x", code=None)
    assert wording.NO_LINK in render_site(make_board([record("a", scored=score(), submission=about)], [track()]))


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing.RANKED, "Entries are ranked by AUROC."),
        (Standing.DEMO, "Synthetic; it shows that a submission works and nothing else."),
    ],
)
def test_standing_is_said_in_words(standing, words):
    assert words in render_site(make_board([], [track(standing=standing)]))


def test_long_note_is_whole_and_in_paragraphs():
    board = make_board([], [track(note="First. " * 150 + "\n\nSecond, `quoted`.\n")])
    assert '<p class="aside">Second, `quoted`.</p>' in render_site(board)
    assert "\n\nSecond, &#96;quoted&#96;.\n\n" in render_markdown(board)
    assert render_markdown(board).count("First.") == 150


def test_count_note_warns_where_antibodies_are_few():
    few = make_board([record("a", scored=score())], [track()]).tracks[0]
    many = make_board([record("a", scored=score(positives=2_000, negatives=2_000))], [track()]).tracks[0]
    assert "may not be told apart" in wording.count_note(few)
    assert wording.count_note(many) == (
        "4,000 antibodies: 2,000 polyreactive, 2,000 specific. "
        "Calling every one of them specific has an accuracy of 0.500; scores in no order have an average precision "
        "of about 0.500."
    )


def audited_board(declared, audit_record, **about):
    chosen = submission("lab-model", training_data=declared, **about)
    return make_board([record("lab-model", scored=score(audit=audit_record), submission=chosen)], [track()])


def audit_rows(board):
    return [(row.reference, row.region, *row.figures, row.words) for row in build_audit_rows(board.tracks[0])]


def test_audit_of_an_entry_is_told_for_each_region_of_each_declared_set():
    board = audited_board({"boughter": ("labels",)}, audit(neighbours=(0, 3, 36), auroc=0.625))
    figures = ("0.782", "0.919", "0", "3", "36", "0.625", "0.625", "0.625", "")
    assert audit_rows(board) == [("boughter-r2", "VH", *figures), ("boughter-r2", "H-CDR3", *figures)]
    assert len(audit_headings("AUROC")) == len(figures) - 1
    entry = json.loads(render_json(board))["tracks"][0]["entries"][0]
    assert entry["audit"]["sets"][0]["without_neighbours"][2]["rows"] == 86 - 36
    page = render_site(board)
    assert wording.AUDIT_TITLE in page
    assert "and AUROC on the antibodies left" in page


def test_metric_that_cannot_be_had_without_neighbours_is_told_with_the_reason():
    (row, _) = audit_rows(audited_board({"boughter": ("labels",)}, audit(auroc=None)))
    assert row[-4:] == ("n/a", "n/a", "n/a", "no antibody is left")


@pytest.mark.parametrize(
    ("declared", "kept", "words"),
    [
        ("unknown", not_audited("unknown", "training data unknown"), "not audited: training data unknown"),
        ({}, not_audited((), "no training data declared"), "not audited: no training data declared"),
        ({"boughter": ("labels",)}, None, wording.NOT_AUDITED_YET),
        ({"shehata": ("labels",)}, audit(), wording.NOT_AUDITED_YET),  # declared anew since
        ("unknown", audit(), wording.NOT_AUDITED_YET),
    ],
)
def test_entry_that_was_not_audited_says_why(declared, kept, words):
    board = audited_board(declared, kept)
    assert audit_rows(board) == [("", "", words)]
    assert words in render_site(board)
    if words == wording.NOT_AUDITED_YET:
        assert json.loads(render_json(board))["tracks"][0]["entries"][0]["audit"] is None


def test_overlaps_are_shown_in_the_order_of_the_tracks_with_the_definition_once():
    board = sample_board()
    assert [(o.test.key, o.reference.key) for o in board.overlaps] == [
        ("jain-r1", "boughter-r2"),
        ("jain-r1", "boughter-r1"),
        ("shehata-r1", "boughter-r2"),
    ]
    text = render_markdown(board)
    assert "| `jain-r1` | `boughter-r2` | 0 | 0.782 | 0.919 | 0 / 3 / 36 | 0 | 0.782 | 0.919 | 0 / 3 / 36 |" in text
    assert text.count("Identity is the share of identical pairs") == 1
    (datasets,) = [render_page(page).decode() for page in collect_pages(board) if page.path == "datasets.html"]
    assert datasets.count("Identity is the share of identical pairs") == 1
    assert [o["reference"]["revision"] for o in json.loads(render_json(board))["overlaps"]] == [2, 1, 2]


def test_overlap_of_a_set_that_no_track_asks_about_is_not_shown():
    board = make_board([], [track()], overlaps=[overlap("harvey"), overlap("jain")])
    assert [shown.test.id for shown in board.overlaps] == ["jain"]


def test_board_without_overlaps_has_no_such_section():
    board = make_board([record("a-b", scored=score())], [track()])
    assert wording.OVERLAP_TITLE not in render_markdown(board)
    assert f"{wording.OVERLAP_TITLE}</h2>" not in render_site(board)


def test_hostile_title_stays_harmless_in_the_audit():
    board = audited_board({"boughter": ("labels",)}, audit(), name=HOSTILE["script"])
    assert "<script>" not in render_site(board)
    assert "<script>" not in render_site(board)


@pytest.mark.parametrize("render", RENDERERS)
def test_score_on_an_older_revision_is_not_shown_and_the_revision_is_named(render):
    """Of two submissions one was scored on revision 1 of what the track asks at revision 2 now."""
    old, new = with_auroc("lab-old", 0.1234), with_auroc("lab-new", 0.5678, revision=2)
    page = render(make_board([old, new], [track(revision=2)]))
    assert "0.568" in page or "0.5678" in page
    assert "0.123" not in page
    assert "run on jain r1; not run on jain r2 yet" in page
    before = render(make_board([old], [track(revision=1)]))
    assert "0.123" in before


def test_interval_stands_in_brackets_beside_its_value():
    board = make_board([with_auroc("a-b", 0.684, interval=(0.566, 0.782))], [track()])
    assert r"0.684 \[0.566, 0.782\]" in render_markdown(board)
    assert '0.684 <span class="interval">[0.566, 0.782]</span>' in render_site(board)


def test_value_without_an_interval_stands_alone():
    board = make_board([with_auroc("a-b", 0.684)], [track()])
    assert re.search(r"\| 0\.684 \| [0-9.]+ \|", render_markdown(board))


def test_ranks_of_a_track_are_intervals_with_words_for_the_best_and_what_can_be_told_apart():
    values = {"a": 0.8, "b": 0.75, "c": 0.6}
    board = make_board([with_auroc(name, value) for name, value in values.items()], [track()])
    for text in (render_markdown(board), render_site(board)):
        assert "Cannot be told from the best: a, b." in text
        assert "Of 3 pairs of entries 2 can be told apart." in text
        assert "A true difference in AUROC of 0.14" in text
    assert "| 1-2 | a |" in render_markdown(board)
    assert "| 3 | c |" in render_markdown(board)


def test_of_many_entries_that_may_be_the_best_the_first_are_named_and_the_others_counted():
    """Symptom: with 1,000 entries a sentence of a track named 500 of them, on every page."""
    for others, words in ((1, "and 1 other entry."), (3, "and 3 other entries.")):
        names = [f"m-{place:02d}" for place in range(wording.MOST_NAMES + others)]
        note = wording.best_note(make_board([with_auroc(name, 0.8) for name in names], [track()]).tracks[0])
        assert note == f"Cannot be told from the best: {', '.join(names[: wording.MOST_NAMES])} {words}"


def test_json_lists_the_pairs_of_the_entries_that_stand_first_and_says_where_all_are():
    board = make_board([with_auroc(f"m-{place:02d}", 0.9 - place / 100) for place in range(LEADING + 5)], [track()])
    told = json.loads(render_json(board))["tracks"][0]["pairs"]
    assert (told["in_all"], told["listed_among_first"]) == (35 * 34 / 2, LEADING)
    assert len(told["listed"]) == LEADING * (LEADING - 1) / 2
    assert {told["listed"][0]["first"], told["listed"][0]["second"]} == {"m-00", "m-01"}
    assert told["all_in"] == "results/comparisons/jain.json"


def test_best_entry_alone_is_named():
    board = make_board([with_auroc("a", 0.9), with_auroc("b", 0.7)], [track()])
    assert "a is better than every other entry." in render_markdown(board)


def test_unranked_track_says_what_it_resolves_and_ranks_nobody():
    board = make_board([with_auroc("a", 0.9), with_auroc("b", 0.7)], [track(standing=Standing.SHOWN)])
    for text in (render_markdown(board), render_site(board)):
        assert "The two entries with a score can be told apart." in text
        assert "told from the best" not in text
        assert "better than every other" not in text
    assert json.loads(render_json(board))["tracks"][0]["entries"][0]["rank"] is None


def test_page_tells_every_pair_in_words():
    board = make_board([with_auroc("a", 0.9), with_auroc("b", 0.7)], [track()])
    assert "a is better: .20, 95 % .10 to .30, p &lt; .001" in render_site(board)


def test_overall_view_is_shown_beside_the_tracks():
    records = [
        with_auroc("a", 0.8, interval=(0.7, 0.9)),
        with_auroc("a", 0.6, "harvey", interval=(0.59, 0.61), ranked=True),
    ]
    board = make_board(records, [track(), track("harvey")])
    assert r"| a | 0.400 \[" in render_markdown(board)
    assert wording.OVERALL_TITLE in render_site(board)
    assert json.loads(render_json(board))["overall"][0]["skill"] == pytest.approx(0.4)


def test_name_of_a_stranger_stays_harmless_in_pairs_and_sentences():
    records = [
        record("owner-a", scored=score(2), submission=submission("owner-a", name=HOSTILE["script"])),
        record("owner-b", scored=score(0), submission=submission("owner-b", name=HOSTILE["row"])),
    ]
    board = make_board(records, [track()])
    assert "<script>" not in render_site(board)
    text = render_markdown(board)
    assert "<script>" not in text
    assert "forged | me" not in text


def test_track_with_groups_says_that_its_antibodies_are_not_independent():
    records = [with_auroc("a", 0.9), with_auroc("b", 0.7)]
    compared = [replace(each, group_column="clone") for each in compare(records)]
    board = build_board(records, [track()], comparisons=compared)
    words = "Antibodies with the same clone are alike"
    assert words in render_markdown(board)
    assert words in render_site(board)
    assert json.loads(render_json(board))["tracks"][0]["group_column"] == "clone"
    assert words not in render_site(make_board(records, [track()]))


def test_detectable_difference_is_planned_while_few_are_compared():
    few = make_board([with_auroc("a", 0.9), with_auroc("b", 0.7)], [track()]).tracks[0]
    assert not few.resolution.is_measured
    assert "(planned from the numbers of antibodies)" in wording.resolution_note(few)
    many = make_board([with_auroc(name, 0.7) for name in "abc"], [track()]).tracks[0]
    assert many.resolution.is_measured
    assert "(from the entries here)" in wording.resolution_note(many)


def trust_board(**about):
    checked = trust_record(variants(135, True, None, "all variants have the same score"))
    chosen = record(checked.submission, scored=score(), submission=submission(checked.submission, **about))
    return make_board([chosen], [track()], trust=[checked])


def test_trust_checks_stand_in_every_form_and_a_warning_is_seen():
    board = trust_board()
    for text in (render_markdown(board), render_site(board)):
        assert "Trust checks" in text
        assert "like a lookup table, or like chance" in text
    assert "In another order every antibody got the same answer." in render_site(board)
    row = r"| holds | holds | like a lookup table, or like chance, predictions changed: 135 (45.0 %) |"
    assert row in render_markdown(board)
    assert '<td class="warning">like a lookup table, or like chance</td>' in render_site(board)
    (kept,) = json.loads(render_json(board))["trust"]
    assert kept["findings"][-1]["looks_like_lookup"] is True
    assert "Trust checks" not in render_site(make_board([with_auroc("a-b", 0.7)], [track()]))


@pytest.mark.parametrize("defect", HOSTILE)
def test_hostile_title_stays_harmless_beside_trust_checks(defect):
    hostile, harmless = trust_board(name=HOSTILE[defect]), trust_board(name="harmless")
    assert render_markdown(hostile).count("\n") == render_markdown(harmless).count("\n")
    assert Page(render_site(hostile)).tags == Page(render_site(harmless)).tags


def test_entries_of_one_name_are_told_by_their_ids_wherever_they_are_compared():
    """Symptom: of two entries called alike only one was named among the best, and a pair said "Best is better than
    Best". Cause: names, which anybody may choose, stood for entries.
    """
    records = [
        with_auroc("lab-a", 0.8, submission=submission("lab-a", name="Best")),
        with_auroc("lab-b", 0.79, submission=submission("lab-b", name="BEST ")),
        with_auroc("lab-c", 0.6, submission=submission("lab-c", name="lab-a")),
    ]
    board = make_board(records, [track()])
    for text in (render_markdown(board), render_site(board)):
        assert "Cannot be told from the best: Best (lab-a), BEST (lab-b)." in text
    assert "Best (lab-a) is better: .20" in render_site(board)
    assert "lab-a (lab-c)" in render_site(board)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a": 0.8}, ""),
        ({"a": 0.8, "b": 0.6}, "The two entries with a score can be told apart."),
        ({"a": 0.8, "b": 0.79}, "The two entries with a score cannot be told apart."),
        ({"a": 0.8, "b": 0.79, "c": 0.78}, "Of 3 pairs of entries none can be told apart."),
    ],
)
def test_number_of_pairs_is_told_as_a_person_would(values, words):
    board = make_board([with_auroc(name, value) for name, value in values.items()], [track()])
    told, _, rest = wording.resolution_note(board.tracks[0]).partition("A true difference")
    assert told.strip() == words
    assert rest


def test_planned_difference_of_a_set_in_groups_is_said_to_know_none():
    grouped = replace(make_board([with_auroc("a", 0.8)], [track()]).tracks[0], group_column="clone")
    assert "as if none were alike" in wording.resolution_note(grouped)
    assert "as if none were alike" not in wording.resolution_note(replace(grouped, group_column=""))


def test_overview_has_intervals_of_both_its_metrics():
    overview, _ = render_markdown(make_board([record("a", scored=score())], [track()])).split("## Jain")
    assert overview.count(r"\[") == 2


def test_name_and_note_of_trust_checks_are_two_sentences():
    board = make_board([with_auroc("lab-model", 0.7)], [track()], trust=[trust_record()])
    assert "demo. Checked on 2026-05-01" in re.sub(r"<[^>]+>", "", render_site(board))
