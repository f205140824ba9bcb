from dataclasses import replace

import pytest

from polyreact.datasets import catalog
from polyreact.datasets.catalog import (
    dataset_ids,
    find_related_datasets,
    is_newest,
    load_dataset,
    load_revisions,
    load_source,
    parse_sources,
    source_ids,
    validate_prepared,
)
from polyreact.datasets.prepared import PREPARATIONS
from polyreact.errors import InvalidCatalog, NotPrepared, UnknownName
from published import PUBLISHED_COUNTS

FILE = f"""
[[file]]
name = "a.csv"
sha256 = "{"0" * 64}"
size_bytes = 5
git_blob_sha1 = "{"0" * 40}"
url = "https://example.invalid/a.csv"
terms = "ours"
"""
SOURCE = 'title = "t"\ncitation = "c"\ndoi = ""\nspecies = "s"\nassay = "a"\n'
DATASET = """
[[dataset]]
id = "set"
revision = 1
title = "t"
label_rule = "r"
is_prepared = false
"""


def test_catalog_names_are_these():
    assert source_ids() == ("boughter", "demo", "harvey", "jain", "shehata")
    assert dataset_ids() == (
        "boughter", "demo", "harvey", "harvey-test", "harvey-validation-test", "jain", "jain-116", "jain-parity",
        "shehata",
    )  # fmt: skip


@pytest.mark.parametrize(("name", "negatives", "positives"), [*PUBLISHED_COUNTS, ("demo", 165, 135)])
def test_catalog_counts_are_the_published_ones(name, negatives, positives):
    dataset = load_dataset(name)
    assert (dataset.negatives, dataset.positives) == (negatives, positives)
    assert dataset.labels_public == (name == "demo")
    assert dataset.preparation in PREPARATIONS
    validate_prepared(dataset)


def test_catalog_every_preparation_is_used():
    used = {dataset.preparation for dataset in load_revisions()} - {""}
    assert used | {"private"} == set(PREPARATIONS)  # that one is for sets which no package holds


def test_catalog_newest_revision_is_the_default_and_older_ones_stay():
    newest, first = load_dataset("boughter"), load_dataset("boughter@1")
    assert (newest.revision, newest.reference, newest.key) == (2, "boughter@2", "boughter-r2")
    assert (first.revision, first.reference, first.key) == (1, "boughter@1", "boughter-r1")
    assert load_dataset("boughter@2") is load_dataset("boughter", 2) is newest
    assert load_dataset("boughter", 1) is first
    assert (is_newest(newest), is_newest(first)) == (True, False)
    assert find_related_datasets("boughter@1") == {"boughter"}


def test_catalog_revisions_stand_newest_first():
    references = [dataset.reference for dataset in load_revisions()]
    assert references[:3] == ["boughter@2", "boughter@1", "demo@1"]


@pytest.mark.parametrize("name", ["boughter@0", "boughter@3", "boughter@", "boughter@1@1", "@1", "boughter@one"])
def test_catalog_unknown_revision_lists_the_known(name):
    with pytest.raises(UnknownName) as caught:
        load_dataset(name)
    assert f"no dataset called `{name}`" in caught.value.render()
    assert "boughter, boughter@1, demo" in caught.value.render()


def test_catalog_harvey_is_known_and_not_prepared():
    assert load_source("harvey").files
    with pytest.raises(NotPrepared, match="does not prepare it yet") as caught:
        validate_prepared(load_dataset("harvey"))
    text = caught.value.render()
    assert "the preparation is known, the digests that its result is checked against are not" in text
    assert "train.csv    known by its git blob id only: d53e502b6f25fa1de1fc0a5851178fadc2a11b51" in text
    assert "polyreact dataset fetch harvey\n" in text
    assert "harvey-test, harvey-validation-test" in text
    assert "validation.csv" not in text


def test_catalog_dataset_without_a_preparation_says_no_more_than_that():
    with pytest.raises(NotPrepared, match=r"does not prepare it yet$") as caught:
        validate_prepared(replace(load_dataset("harvey"), preparation=""))
    assert "git blob" not in caught.value.render()


def test_catalog_what_may_not_be_passed_on_says_so():
    for name in ("jain", "jain-116", "jain-parity"):
        meanings = {annotation.name: annotation.meaning for annotation in load_dataset(name).annotations}
        private = [meaning for key, meaning in meanings.items() if key.startswith("elisa_")]
        assert len(private) == 6
        assert all("not to be redistributed" in meaning for meaning in private)


def test_catalog_prepared_sets_with_a_measurement_name_its_column():
    columns = {dataset.id: dataset.assay_column for dataset in load_revisions() if dataset.assay_column}
    assert columns == {"jain": "elisa", "jain-116": "elisa", "jain-parity": "elisa", "shehata": "psr"}


def test_catalog_sets_of_one_source_hold_the_same_antibodies():
    assert find_related_datasets("jain") == {"jain", "jain-116", "jain-parity"}
    assert find_related_datasets("shehata") == {"shehata"}
    assert find_related_datasets("harvey-test") == {"harvey", "harvey-test", "harvey-validation-test"}


@pytest.mark.parametrize(("load", "kind"), [(load_source, "source"), (load_dataset, "dataset")])
def test_catalog_unknown_name_lists_the_known(load, kind):
    with pytest.raises(UnknownName) as caught:
        load("jane")
    assert f"no {kind} called `jane`" in caught.value.render()
    assert "jain" in caught.value.render()


def test_catalog_names_are_values_that_cannot_be_changed():
    assert load_dataset("jain") is load_dataset("jain")
    assert hash(load_source("jain"))


def test_catalog_good_file_is_read(tmp_path):
    (tmp_path / "mine.toml").write_text(SOURCE + FILE + DATASET)
    (source,) = parse_sources(tmp_path).values()
    assert (source.id, source.files[0].size_bytes, source.datasets[0].source) == ("mine", 5, "mine")


BAD = {
    "not-toml": ("title = ", "is not TOML"),
    "missing-key": (SOURCE.replace('doi = ""\n', ""), "doi"),
    "unknown-key": (SOURCE + 'colour = "blue"\n', "colour"),
    "unknown-key-of-file": (SOURCE + FILE + "x = 1\n", "x"),
    "number-as-text": (SOURCE + FILE.replace("= 5", '= "5"'), "files.0.size_bytes"),
    "short-sha256": (SOURCE + FILE.replace("0" * 64, "0" * 63), "files.0.sha256"),
    "path-as-name": (SOURCE + FILE.replace("a.csv", "../a.csv", 1), "files.0.name"),
    "http-address": (SOURCE + FILE.replace("https:", "http:"), "files.0.url"),
    "sha256-without-size": (SOURCE + FILE.replace("size_bytes = 5\n", ""), "no size_bytes"),
    "file-twice": (SOURCE + FILE + FILE, "is named twice"),
    "file-is-no-table": ("file = 5\n" + SOURCE, r"\[\[file\]\]"),
    "prepared-without-digest": (SOURCE + DATASET.replace("false", "true"), "needs preparation"),
    "unknown-file": (SOURCE + DATASET + 'files = ["b.csv"]\n', "reads `b.csv`"),
    "date-as-title": (SOURCE.replace('"t"', "2020-01-01") + "revision = 2020-01-01\n", "revision"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_catalog_bad_file_is_refused(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InvalidCatalog, match=r"mine") as caught:
        parse_sources(tmp_path)
    assert said.replace("\\", "") in caught.value.render()


SCATTERED = {
    "revision-twice": ({"one": DATASET + DATASET}, "stand twice in the catalogue: set@1"),
    "revision-in-two-sources": ({"one": DATASET, "two": DATASET}, "stand twice in the catalogue: set@1"),
    "revisions-apart": (
        {"one": DATASET, "two": DATASET.replace("= 1", '= 2\nerratum = "wrong"')},
        "more than one source: set",
    ),
}


@pytest.mark.parametrize(("documents", "said"), SCATTERED.values(), ids=SCATTERED.keys())
def test_catalog_dataset_that_is_not_one_is_refused(tmp_path, monkeypatch, documents, said):
    for name, datasets in documents.items():
        (tmp_path / f"{name}.toml").write_text(SOURCE + datasets)
    sources = parse_sources(tmp_path)
    monkeypatch.setattr(catalog, "_load_sources", lambda: sources)
    with pytest.raises(InvalidCatalog, match=said):
        catalog._load_revisions.__wrapped__()


def test_catalog_demo_needs_no_file():
    assert load_source("demo").files == ()
    assert load_dataset("demo").files == ()
