"""`polyreact track` and `polyreact dataset`."""

import pytest

from polyreact.datasets.catalog import dataset_ids, load_dataset
from polyreact.tracks.catalog import track_ids

DATASET_NAMES = sorted([*dataset_ids(), "boughter@1"])


@pytest.mark.parametrize(
    ("noun", "key", "names"), [("track", "id", track_ids()), ("dataset", "name", DATASET_NAMES)]
)
def test_list_names_all_for_a_person_and_for_a_script(polyreact, noun, key, names):
    listed = polyreact(noun, "list")
    assert (listed.status, listed.err) == (0, "")
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == list(names)
    assert [entry[key] for entry in polyreact(noun, "list", "--json").data] == list(names)


@pytest.mark.parametrize("name", track_ids())
def test_track_shows_its_question_and_its_limits(polyreact, name):
    data = polyreact("track", "show", name, "--json").data
    text = " ".join(polyreact("track", "show", name).out.split())
    assert " ".join(data["question"].split()) in text
    assert f"{data['limits']['wall_time_s']} s" in text
    assert data["standing"] in text


def test_fold_track_says_that_its_time_is_for_each_fold(polyreact):
    text = " ".join(polyreact("track", "show", "demo-fit").out.split())
    assert "600 s for each fold" in text
    assert "fit-predict, fold by fold of `fold`" in text
    assert "for each fold" not in polyreact("track", "show", "demo").out


@pytest.mark.parametrize("name", DATASET_NAMES)
def test_dataset_shows_its_digests_and_files(polyreact, name):
    data = polyreact("dataset", "show", name, "--json").data
    text = polyreact("dataset", "show", name).out
    assert data["dataset"]["inputs_sha256"] in text
    assert all(file["url"] in text for file in data["source"]["files"])
    assert all((file["sha256"] or file["git_blob_sha1"]) in text for file in data["source"]["files"])
    assert data["dataset"]["revision"] == load_dataset(name).revision


def test_dataset_that_is_unknown_is_a_usage_error(polyreact):
    ended = polyreact("dataset", "show", "atlantis")
    assert (ended.status, ended.out) == (2, "")
    assert "there is no dataset called `atlantis`" in ended.err


def test_fetch_of_the_demo_needs_no_network_and_prints_where_it_is(polyreact, tmp_path):
    ended = polyreact("dataset", "fetch", "demo")
    assert ended.status == 0
    name, path = ended.out.split()
    assert name == "demo"
    assert path.startswith(str(tmp_path / "cache"))


def test_fetch_from_a_mirror_without_the_file_ends_with_5_and_goes_on_with_the_others(
    polyreact, tmp_path, monkeypatch
):
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("POLYREACT_MIRROR", str(tmp_path / "mirror"))
    ended = polyreact("dataset", "fetch", "jain", "demo")
    assert ended.status == 5
    assert ended.out.startswith("demo  ")
    assert "E501" in ended.err


@pytest.mark.parametrize(("asked", "said"), [("demo@1", "demo"), ("demo", "demo")])
def test_fetch_takes_a_revision(polyreact, asked, said):
    ended = polyreact("dataset", "fetch", asked)
    assert (ended.status, ended.out.split()[0]) == (0, said)


def test_revision_that_is_unknown_is_a_usage_error(polyreact):
    ended = polyreact("dataset", "fetch", "boughter@7")
    assert ended.status == 2
    assert "there is no dataset called `boughter@7`" in ended.err


def test_dataset_shows_what_was_corrected_and_what_stands_beside_the_labels(polyreact):
    dataset = load_dataset("boughter")
    text = polyreact("dataset", "show", "boughter").out
    plain = " ".join(text.split())
    assert f"Erratum: {dataset.erratum}" in plain
    assert "other revisions boughter@1 (Boughter 2020, as first circulated)" in plain
    assert "labels shown for training" in plain
    assert "group column clone" in plain
    assert "fold columns family, fold" in plain
    assert all(f"{annotation.name} {annotation.meaning}" in plain for annotation in dataset.annotations)
    assert dataset.training_sha256 in text
    assert dataset.annotations_sha256 in text


def test_dataset_shows_a_script_every_revision(polyreact):
    data = polyreact("dataset", "show", "boughter@1", "--json").data
    assert [other["revision"] for other in data["revisions"]] == [2, 1]
    assert data["revisions"][0]["erratum"] == load_dataset("boughter").erratum
    assert (data["dataset"]["revision"], data["dataset"]["group_column"]) == (1, "clone")
    assert [annotation["name"] for annotation in data["dataset"]["annotations"]][:2] == ["subset", "family"]
    assert polyreact("dataset", "show", "jain@1", "--json").data["dataset"]["erratum"] == ""


def test_dataset_list_says_what_is_older_and_who_sees_the_labels(polyreact):
    rows = {line.split()[0]: line for line in polyreact("dataset", "list").out.splitlines()}
    assert "(corrected by revision 2)" in rows["boughter@1"]
    assert "corrected" not in rows["boughter"]
    assert "shown for training" in rows["boughter"]
    assert "public" in rows["demo"]
    assert "hidden" in rows["jain"]
