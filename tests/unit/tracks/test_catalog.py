from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset
from polyreact.engines.policy import GIB, MIB
from polyreact.errors import InvalidCatalog, UnknownName
from polyreact.files import Sha256
from polyreact.tracks.catalog import load_track, load_tracks, parse_tracks, track_digest, track_ids
from polyreact.tracks.track import Standing

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


def test_tracks_are_these_and_one_is_ranked():
    assert {track.id: track.standing for track in load_tracks()} == {
        "demo": Standing.DEMO,
        "jain": Standing.RANKED,
        "jain-116": Standing.SHOWN,
        "jain-parity": Standing.HISTORICAL,
        "shehata": Standing.SHOWN,
    }
    assert track_ids() == ("demo", "jain", "jain-116", "jain-parity", "shehata")


@pytest.mark.parametrize("track", load_tracks(), ids=lambda track: track.id)
def test_track_asks_of_its_dataset_and_states_its_limits(track):
    assert track.dataset == track.id
    assert track.primary_metric == "roc_auc"
    assert track.labels_are_public == (track.id == "demo")
    is_demo = track.standing is Standing.DEMO
    limits = track.limits
    assert limits.wall_time_s == (600 if is_demo else 1800)
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


def test_track_digest_changes_with_the_inputs_and_not_with_labels_or_prose():
    track, dataset = load_track("jain"), load_dataset("jain")
    digest = track_digest(track, dataset)
    assert track_digest(track, replace(dataset, inputs_sha256=Sha256("0" * 64))) != digest
    assert track_digest(replace(track, revision=2), dataset) != digest
    assert track_digest(track, replace(dataset, labels_sha256=Sha256("0" * 64), title="x")) == digest
    assert track_digest(replace(track, note="x", standing=Standing.SHOWN), dataset) == digest


def test_track_digests_differ_between_tracks():
    digests = {track_digest(track, load_dataset(track.dataset, track.revision)) for track in load_tracks()}
    assert len(digests) == len(track_ids())


def test_track_good_file_is_read(tmp_path):
    (tmp_path / "mine.toml").write_text(TRACK)
    assert parse_tracks(tmp_path)["mine"].is_ranked


def test_track_of_an_older_revision_stays_a_track(tmp_path):
    (tmp_path / "mine.toml").write_text(TRACK.replace('"jain"', '"boughter"'))
    assert (parse_tracks(tmp_path)["mine"].dataset, parse_tracks(tmp_path)["mine"].revision) == ("boughter", 1)


BAD = {
    "unknown-key": (TRACK.replace("title", 'colour = "blue"\ntitle'), "colour"),
    "unknown-limit": (TRACK + "swap_bytes = 5\n", "swap_bytes"),
    "missing-limit": (TRACK.replace("pids = 1\n", ""), "limits.pids"),
    "zero-limit": (TRACK.replace("pids = 1", "pids = 0"), "must be above zero"),
    "no-limits": (TRACK.partition("[limits]")[0], "limits"),
    "unknown-standing": (TRACK.replace('"ranked"', '"famous"'), "standing"),
    "other-revision": (TRACK.replace("revision = 1", "revision = 2"), "expected 1, found 2"),
    "unknown-revision": (
        TRACK.replace('"jain"', '"boughter"').replace("revision = 1", "revision = 3"),
        "expected 2 or 1, found 3",
    ),
    "unprepared-dataset": (TRACK.replace('"jain"', '"harvey"'), "not prepared"),
    "labels-shown": (TRACK.replace("public = false", "public = true"), "labels_are_public"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_track_bad_file_is_refused(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InvalidCatalog, match="mine") as caught:
        parse_tracks(tmp_path)
    assert said in caught.value.render()
