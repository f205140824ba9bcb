"""Which class of exposure an entry has on a track."""

import pytest

from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.exposure import MEANINGS, Exposure, classify_exposure
from polyreact.tracks.track import Standing, TrackId
from unit.leaderboard.sample_boards import audit, make_board, not_audited, record, score, submission, track

NEAR, FAR = audit(neighbours=(1, 3, 36)), audit(neighbours=(0, 3, 36))
BOUGHTER = {"boughter": ("labels",)}


def classify(training_data, kept, chosen=None, **options):
    chosen = chosen or track()
    about = submission("a-model", training_data=training_data)
    board = make_board([record("a-model", chosen.id, score(audit=kept), submission=about)], [chosen], **options)
    return classify_exposure(board.entries[0], chosen)


@pytest.mark.parametrize(
    ("training_data", "kept", "expected"),
    [
        (BOUGHTER, FAR, Exposure.CLEAN),
        (BOUGHTER, NEAR, Exposure.DECLARED),
        (BOUGHTER, None, Exposure.UNKNOWN),
        (BOUGHTER, not_audited(("boughter",), "boughter could not be had (E501)"), Exposure.UNKNOWN),
        ({}, None, Exposure.CLEAN),
        ({}, not_audited((), "no training data declared"), Exposure.CLEAN),
        ("unknown", not_audited("unknown", "training data unknown"), Exposure.UNKNOWN),
        ("proprietary", None, Exposure.UNKNOWN),
        ({"jain": ("model-selection",)}, FAR, Exposure.DECLARED),
        ({"boughter": ("sequences",)}, FAR, Exposure.CLEAN),
    ],
)
def test_class_follows_what_is_declared_and_what_the_audit_found(training_data, kept, expected):
    assert classify(training_data, kept) is expected


def test_audit_of_what_was_declared_earlier_says_nothing_of_today():
    assert classify({"harvey": ("labels",)}, FAR) is Exposure.UNKNOWN


def test_one_set_that_could_not_be_had_leaves_the_class_unknown_unless_another_is_near():
    reason = {"not_audited": ("harvey is a private set",), "declared": ("boughter", "harvey")}
    declared = BOUGHTER | {"harvey": ("labels",)}
    assert classify(declared, audit(**reason)) is Exposure.UNKNOWN
    assert classify(declared, audit(neighbours=(2, 3, 4), **reason)) is Exposure.DECLARED


def test_learning_from_the_tracks_labels_is_exposure_without_a_score():
    board = make_board(
        [],
        [track()],
        pending=[(submission("a-model"), TrackId("jain"))],
        declared={("a-model", TrackId("jain")): CellState.TRAINED_ON},
    )
    assert classify_exposure(board.entries[0], board.tracks[0].track) is Exposure.DECLARED


def test_made_up_antibodies_are_in_no_other_set():
    demo = track("demo", Standing.DEMO)
    assert classify(BOUGHTER, not_audited(("boughter",), "synthetic"), demo) is Exposure.CLEAN
    assert classify({"demo": ("sequences",)}, None, demo) is Exposure.DECLARED


def test_every_class_is_explained():
    assert set(MEANINGS) == set(Exposure)
    assert "95 %" in MEANINGS[Exposure.CLEAN]
