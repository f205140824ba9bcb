from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.engines.policy import GIB, MIB
from polyreact.errors import InvalidCatalog, UnknownName
from polyreact.files import Sha256
from polyreact.tracks.catalog import (
    load_public_tracks,
    load_track,
    load_tracks,
    parse_tracks,
    track_digest,
    track_ids,
)
from polyreact.tracks.track import Standing, order_folds

TRACK = """
title = "t"
question = "q"
note = "n"
dataset = "jain"
revision = 1
standing = "ranked"
labels_are_public = false
primary_metric = "roc_auc"

[limits]
wall_time_s = 1
memory_bytes = 1
cpus = 1.0
pids = 1
tmp_bytes = 1
output_bytes = 1
log_bytes = 1
"""


#: Fold tracks: the dataset they ask of, its revision, and the column their folds are made of.
FOLD_TRACKS = {
    "boughter-cv10": ("boughter", 2, "fold"),
    "boughter-lofo": ("boughter", 2, "family"),
    "demo-fit": ("demo", 1, "fold"),
}
#: Of the tracks that there were before fold tracks; records in git name runs by digests made with these.
DIGESTS = {
    "demo": "bfb118136aa6ef4b74cd8d26d31afc4a740e938c0762ec02eb79427264fe5c55",
    "jain": "6a628c34519de448f765489213ff21b0601637812e5324e85166b07493049f3f",
    "jain-116": "cae05825af2573bde8079f65121c8b2c133cde91cae44673f583e39fc65537e8",
    "jain-parity": "b4f6d615c9389adb5af5be7f678329b2d691808aa55022924512c74dce88ffdd",
    "shehata": "c7aa58afb1f16030705a9ee603d9ff23c25fa1dbebf228ed87e5e6ea6d207490",
}


def test_tracks_are_these_and_two_are_ranked():
    assert {track.id: track.standing for track in load_tracks()} == {
        "boughter-cv10": Standing.SHOWN,
        "boughter-lofo": Standing.SHOWN,
        "demo": Standing.DEMO,
        "demo-fit": Standing.DEMO,
        "harvey-test": Standing.RANKED,
        "jain": Standing.RANKED,
        "jain-116": Standing.SHOWN,
        "jain-parity": Standing.HISTORICAL,
        "shehata": Standing.SHOWN,
    }
    assert track_ids() == (
        "boughter-cv10",
        "boughter-lofo",
        "demo",
        "demo-fit",
        "harvey-test",
        "jain",
        "jain-116",
        "jain-parity",
        "shehata",
    )


@pytest.mark.parametrize("track", load_tracks(), ids=lambda track: track.id)
def test_track_asks_of_its_dataset_and_states_its_limits(track):
    assert track.dataset == FOLD_TRACKS.get(track.id, (track.id,))[0]
    assert track.primary_metric == "roc_auc"
    assert track.labels_are_public == (track.dataset == "demo")
    is_demo = track.standing is Standing.DEMO
    limits = track.limits
    assert limits.wall_time_s == (600 if is_demo else 3600 if track.id == "harvey-test" else 1800)
    assert limits.memory_bytes == (4 if is_demo else 8) * GIB
    assert (limits.cpus, limits.pids) == (2, 256)
    assert (limits.tmp_bytes, limits.output_bytes, limits.log_bytes) == (GIB, 16 * MIB, MIB)


def test_track_unknown_name_lists_the_known():
    with pytest.raises(UnknownName, match="no track called `jane`") as caught:
        load_track("jane")
    assert "shehata" in caught.value.render()


def test_track_notes_say_why_a_track_is_not_ranked():
    assert "not ranked" in load_track("jain-116").note
    assert "66.28 %" in load_track("jain-parity").note
    assert "7 positives" in load_track("shehata").note
    assert "synthetic" in load_track("demo").note


def test_track_note_of_harvey_tells_of_random_split_and_what_to_declare():
    note = load_track("harvey-test").note
    assert "random" in note
    assert "1,289 combinations" in note
    assert "declare `harvey` as training data" in note


def test_track_digest_changes_with_the_inputs_and_not_with_labels_or_prose():
    track, dataset = load_track("jain"), load_dataset("jain")
    digest = track_digest(track, dataset)
    assert track_digest(track, replace(dataset, inputs_sha256=Sha256("0" * 64))) != digest
    assert track_digest(replace(track, revision=2), dataset) != digest
    assert track_digest(track, replace(dataset, labels_sha256=Sha256("0" * 64), title="x")) == digest
    assert track_digest(replace(track, note="x", standing=Standing.SHOWN), dataset) == digest


@pytest.mark.parametrize("name", DIGESTS)
def test_track_without_folds_keeps_its_digest(name):
    assert track_digest(load_track(name), load_dataset(name)) == DIGESTS[name]


@pytest.mark.parametrize("name", FOLD_TRACKS)
def test_fold_track_names_its_column_and_says_what_is_public(name):
    track = load_track(name)
    assert (track.dataset, track.revision, track.folds_by) == FOLD_TRACKS[name]
    assert track.has_folds
    assert "fit-predict submissions" in track.note
    assert "labels are public" in track.note


@pytest.mark.parametrize("name", ["boughter-cv10", "boughter-lofo"])
def test_fold_track_of_real_antibodies_says_why_it_is_not_ranked_and_what_pooling_does(name):
    note = load_track(name).note
    assert "not ranked" in note
    assert "pooled figures" in note
    assert "Panels differ" in note


def test_fold_track_of_families_stands_beside_published_figures():
    assert ".64, .65 and .67" in load_track("boughter-lofo").note


def test_fold_track_digest_changes_with_the_folds_and_with_the_labels_to_learn_from():
    track, dataset = load_track("boughter-lofo"), load_dataset("boughter")
    digest = track_digest(track, dataset)
    assert track_digest(replace(track, folds_by="fold"), dataset) != digest
    assert track_digest(replace(track, folds_by=""), dataset) != digest
    assert track_digest(track, replace(dataset, training_sha256=Sha256("0" * 64))) != digest
    assert track_digest(replace(track, note="x"), dataset) == digest


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["10", "2", "1", "2"], ("1", "2", "10")),
        (["mouse", "HIV", "influenza"], ("HIV", "influenza", "mouse")),
        ([], ()),
    ],
)
def test_folds_stand_in_the_order_of_numbers_or_of_the_alphabet(names, ordered):
    assert order_folds(names) == ordered


def test_track_digests_differ_between_tracks():
    digests = {track_digest(track, load_dataset(track.dataset, track.revision)) for track in load_tracks()}
    assert len(digests) == len(track_ids())


def test_track_good_file_is_read(tmp_path):
    (tmp_path / "mine.toml").write_text(TRACK)
    assert parse_tracks(tmp_path)["mine"].is_ranked


@pytest.mark.parametrize("name", ["Mine", "mine_too", "mine.2", "mi--ne"])
def test_track_whose_name_no_file_of_records_can_have_is_refused(tmp_path, name):
    """The name was met first by the record of a run, after the run."""
    (tmp_path / f"{name}.toml").write_text(TRACK)
    with pytest.raises(InvalidCatalog) as caught:
        parse_tracks(tmp_path)
    assert "lower-case letters" in caught.value.render()


def test_track_of_an_older_revision_stays_a_track(tmp_path):
    (tmp_path / "mine.toml").write_text(TRACK.replace('"jain"', '"boughter"'))
    assert (parse_tracks(tmp_path)["mine"].dataset, parse_tracks(tmp_path)["mine"].revision) == ("boughter", 1)


BAD = {
    "unknown-key": (TRACK.replace("title", 'colour = "blue"\ntitle'), "colour"),
    "unknown-limit": (TRACK + "swap_bytes = 5\n", "swap_bytes"),
    "missing-limit": (TRACK.replace("pids = 1\n", ""), "limits.pids"),
    "zero-limit": (TRACK.replace("pids = 1", "pids = 0"), "must be above zero"),
    "limit-not-a-number": (TRACK.replace("cpus = 1.0", "cpus = nan"), "must be above zero and finite"),
    "infinite-limit": (TRACK.replace("cpus = 1.0", "cpus = inf"), "must be above zero and finite"),
    "unknown-metric": (TRACK.replace('"roc_auc"', '"nonsense"'), "there is no `nonsense`"),
    "metric-beside-the-tables": (TRACK.replace('"roc_auc"', '"spearman"'), "there is no `spearman` in the tables"),
    "no-limits": (TRACK.partition("[limits]")[0], "limits"),
    "unknown-standing": (TRACK.replace('"ranked"', '"famous"'), "standing"),
    "other-revision": (TRACK.replace("revision = 1", "revision = 2"), "expected 1, found 2"),
    "unknown-revision": (
        TRACK.replace('"jain"', '"boughter"').replace("revision = 1", "revision = 3"),
        "expected 2 or 1, found 3",
    ),
    "unprepared-dataset": (TRACK.replace('"jain"', '"harvey"'), "not prepared"),
    "folds-of-no-training-set": (TRACK.replace("title", 'folds_by = "fold"\ntitle'), "it has none"),
    "folds-by-no-column": (
        TRACK.replace('"jain"', '"boughter"')
        .replace("revision = 1", "revision = 2")
        .replace("title", 'folds_by = "clone"\ntitle'),
        "`clone` is no training column of it; it has family, fold",
    ),
    "labels-shown": (TRACK.replace("public = false", "public = true"), "labels_are_public"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_track_bad_file_is_refused(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InvalidCatalog, match="mine") as caught:
        parse_tracks(tmp_path)
    assert said in caught.value.render()


def test_no_two_ranked_tracks_ask_of_the_same_antibodies():
    """The view over all ranked tracks takes them for independent: what two of them share would count twice."""
    sources = [
        load_dataset(track.dataset, track.revision).source for track in load_public_tracks() if track.is_ranked
    ]
    assert len(sources) == len(set(sources)) > 1
