"""A private set: fetched from where it stands, verified, prepared; its entries in a catalogue of their own."""

from collections import Counter
from dataclasses import replace

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from lab import as_csv, lab_rows
from polyreact.datasets.catalog import SourceFile, load_dataset, load_source, parse_sources
from polyreact.datasets.documents import open_private_catalog, render_toml
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.lab_table import Cut, LabColumns, parse_lab_table
from polyreact.datasets.prepare.private import prepare_private
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.private import build_private_set, render_revision, render_source
from polyreact.datasets.public import read_inputs
from polyreact.datasets.storage import write_store
from polyreact.errors import DigestMismatch, FetchFailed, InvalidCatalog, UnexpectedContent, UnknownName
from polyreact.files import sha256_bytes
from unit.datasets.test_fetch import git_blob_sha1
from unit.datasets.web import serve, whole

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 the one of Amazon's manuals
TRUTH = Cut("psr", 0.5)


def rows(truth=None):
    columns = LabColumns("sequence", truth or TRUTH, name="clone")
    return parse_lab_table(as_csv(lab_rows()), columns, "lab.csv").rows


def make(folder, store, name="private-ours", truth=TRUTH):
    """A catalogue in `folder` of a private set at `store`."""
    made = build_private_set(name, 1, rows(truth), truth, store)
    (folder / "datasets").mkdir(parents=True, exist_ok=True)
    text = f"{render_source('Ours', 'us')}\n{render_revision(made)}"
    (folder / "datasets" / f"{name}.toml").write_text(text)
    return made


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path):
    MemoryFileSystem.store.clear()
    return f"file://{tmp_path}/store" if request.param == "file" else "memory://store"


@pytest.fixture
def made(tmp_path, store):
    """A private set that stands in its store, with its catalogue open."""
    made = make(tmp_path / "private", store)
    for file in made.files:
        write_store(file.address, file.content)
    with open_private_catalog(tmp_path / "private"):
        yield made


def test_private_set_is_prepared_from_its_store(made, settings):
    dataset = load_dataset("private-ours")
    ensure_prepared(dataset, settings)
    antibodies = read_inputs(dataset, settings)
    assert Counter((a.sequence, a.light_sequence) for a in antibodies) == Counter(
        (row["sequence"], row["light_sequence"]) for row in lab_rows()
    )
    assert (dataset.positives, dataset.negatives, dataset.assay_column) == (20, 40, "assay")


@pytest.mark.parametrize("higher", [True, False])
def test_private_set_says_which_end_of_the_assay_is_polyreactive(tmp_path, store, higher):
    make(tmp_path, store, truth=Cut("psr", 0.5, higher_is_polyreactive=higher))
    with open_private_catalog(tmp_path):
        assert load_dataset("private-ours").low_assay_is_polyreactive is not higher


def test_private_set_is_not_looked_for_in_the_mirror(made, settings, tmp_path):
    (tmp_path / "mirror").mkdir()
    ensure_prepared(load_dataset("private-ours"), replace(settings, mirror=tmp_path / "mirror"))


def test_private_file_that_changed_is_refused(made, settings):
    write_store(made.labels.address, made.labels.content.replace(b",1,", b",0,", 1))
    with pytest.raises(DigestMismatch) as caught:
        ensure_prepared(load_dataset("private-ours"), settings)
    assert "sha256" in caught.value.render()
    folder = settings.sources / "private-ours"
    assert [p.name for p in folder.iterdir() if "labels" in p.name and not p.name.startswith(".")] == []


def test_private_file_that_grew_is_refused_without_reading_it_all(made, settings):
    write_store(made.labels.address, made.labels.content + b"x" * 10_000_000)
    with pytest.raises(DigestMismatch, match="is not the file"):
        ensure_prepared(load_dataset("private-ours"), settings)


def test_private_file_that_is_gone_is_told(made, settings, tmp_path):
    if made.labels.address.startswith("file"):
        (tmp_path / "store/private-ours" / made.labels.name).unlink()
    else:
        fsspec.filesystem("memory").rm(made.labels.address)
    with pytest.raises(FetchFailed) as caught:
        ensure_prepared(load_dataset("private-ours"), settings)
    assert "there is no such file" in caught.value.render()


def test_credential_in_the_words_of_a_store_is_in_no_message(made, settings, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    def refuse(*_, **__):
        raise PermissionError(f"the key {SECRET} may not read this")

    monkeypatch.setattr(MemoryFileSystem, "open", refuse)
    monkeypatch.setattr("polyreact.datasets.storage.open_regular", refuse)
    with pytest.raises(FetchFailed) as caught:
        ensure_prepared(load_dataset("private-ours"), settings)
    said = f"{caught.value.render()} {caught.value.to_json()} {caught.value.detail}"
    assert "access was denied" in said
    assert SECRET not in said


def test_private_https_file_comes_over_the_network_and_is_verified(settings):
    content = b"sequence_id,label,name\n"
    with serve(whole(content)) as site:
        file = SourceFile(
            "a.labels.csv", site.url, "ours", git_blob_sha1(content), sha256_bytes(content), len(content)
        )
        source = replace(load_source("demo"), id="private-web", files=(file,))
        assert fetch_file(source, file, settings).read_bytes() == content


def test_private_names_are_known_only_while_their_catalogue_is_open(tmp_path):
    make(tmp_path / "private", "memory://store")
    with open_private_catalog(tmp_path / "private"):
        assert load_dataset("private-ours@1").is_private
    with pytest.raises(UnknownName):
        load_dataset("private-ours")


def test_private_catalogue_that_was_added_to_is_read_anew(tmp_path):
    make(tmp_path / "private", "memory://store")
    with open_private_catalog(tmp_path / "private"), pytest.raises(UnknownName):
        load_dataset("private-theirs")
    make(tmp_path / "private", "memory://store", "private-theirs")
    with open_private_catalog(tmp_path / "private"):
        assert load_dataset("private-theirs")


def edit(folder, before, after):
    path = folder / "datasets/private-ours.toml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


ENTRIES = {
    "public-dataset-name": (
        'id = "private-ours"',
        'id = "ours"',
        "every name in a private catalogue begins with it",
    ),
    "name-of-a-published-set": ('id = "private-ours"', 'id = "jain"', "every name in a private catalogue"),
    "public-labels": ("labels_public = false", "labels_public = true", "its labels cannot be public"),
    "for-training": (
        "labels_public = false",
        f'labels_public = false\ntraining_columns = ["assay"]\ntraining_sha256 = "{"0" * 64}"',
        "no submission can learn from its labels",
    ),
    "password": ("memory://store", "s3://me:hunter2secret@store", "user or password"),
    "token": ('labels.csv"\nsha256', 'labels.csv?token=hunter2secret"\nsha256', "looks like a credential"),
    "no-digest": ("\nsha256 = ", "\n# ", "needs a sha256"),
}


@pytest.mark.parametrize(("before", "after", "said"), ENTRIES.values(), ids=ENTRIES.keys())
def test_private_entry_with_a_defect_is_refused(tmp_path, before, after, said):
    make(tmp_path, "memory://store")
    edit(tmp_path, before, after)
    with pytest.raises(InvalidCatalog) as caught:
        parse_sources(tmp_path / "datasets", is_private=True)
    assert said in caught.value.render()
    assert "hunter2secret" not in caught.value.render()


def test_packaged_entry_cannot_have_a_private_name(tmp_path):
    make(tmp_path, "https://example.invalid")
    with pytest.raises(InvalidCatalog, match="private-ours") as caught:
        parse_sources(tmp_path / "datasets")
    assert "only private names begin with it" in caught.value.render()


LABELS = {
    "other-label": (b",1,", b",2,", "neither 0 nor 1"),
    "other-columns": (b",label,", b",Label,", "expected the columns"),
    "other-id": (b"private-ours-0003", b"private-ours-9999", "expected the ids of the inputs"),
    "id-twice": (b"private-ours-0003", b"private-ours-0004", "each id once"),
    "cell-too-many": (b",1,", b",1,1,", "expected the columns"),
    "not-utf-8": (b",1,", b",\xff,", "no CSV in UTF-8"),
}


@pytest.mark.parametrize(("before", "after", "said"), LABELS.values(), ids=LABELS.keys())
def test_private_file_of_another_form_is_refused_without_quoting_it(tmp_path, before, after, said):
    made = build_private_set("private-ours", 1, rows(), TRUTH, "memory://store")
    paths = {}
    for file in made.files:
        paths[file.name] = tmp_path / file.name
        content = file.content.replace(before, after, 1) if file is made.labels else file.content
        paths[file.name].write_bytes(content)
    with pytest.raises(UnexpectedContent) as caught:
        prepare_private(paths)
    assert said in caught.value.render()
    assert "NIGHTJAR" not in caught.value.render()


def test_toml_is_read_back_as_it_was():
    import tomllib

    document = {
        "text": 'a "b" \\ \n\t\x7f ä 🧬',
        "number": 3,
        "cpus": 2.0,
        "yes": True,
        "none": [],
        "limits": {"pids": 1},
        "file": [{"name": "a"}, {"name": "b", "marks": [1, 2]}],
    }
    assert tomllib.loads(render_toml(document)) == document
    inline = {"annotations": [{"name": "assay", "meaning": "x"}]}
    assert tomllib.loads(render_toml({"dataset": [inline]})) == {"dataset": [inline]}
