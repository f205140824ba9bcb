import os
from dataclasses import replace

import pytest

from polyreact.datasets.catalog import load_dataset, load_revisions, load_source
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.rebuild import BuildEnded, build_here
from polyreact.datasets.verify import TableState, find_first_difference, verify_datasets
from polyreact.errors import BadSetting, DigestMismatch, FetchFailed, NotPrepared, PreparedMismatch
from polyreact.files import Sha256

DEMO = load_dataset("demo")


def verify(settings, dataset=DEMO, build_again=lambda dataset, paths, _: build_here(dataset, paths)):
    (found,) = verify_datasets([dataset], settings, {}, lambda _: None, build_again)
    return found


def states(found):
    return {check.name: check.state.value for check in found.tables}


def every_file(settings):
    return {path: path.read_bytes() for path in settings.cache.rglob("*") if path.is_file()}


def test_verify_of_a_sound_set_finds_nothing_and_writes_nothing(settings):
    (found,) = verify_datasets([DEMO], settings, os.environ, lambda _: None)  # in a real second process
    assert found.find_failure(was_named=True) is None
    assert (found.verdict, found.rows, found.positives, found.negatives) == ("identical", 300, 135, 165)
    assert states(found) == {
        "inputs": "as catalogued",
        "labels": "as catalogued",
        "annotations": "as catalogued",
        "training": "as catalogued",
    }
    assert found.seconds > 0
    assert not settings.cache.exists()


def test_verify_compares_the_cache_and_leaves_it_alone(settings):
    ensure_prepared(DEMO, settings)
    before = every_file(settings)
    assert verify(settings).find_failure(was_named=True) is None
    assert every_file(settings) == before


def flip(text, row):
    """The table with the label in one row turned round."""
    lines = text.splitlines()
    name, label, rest = lines[row].split(",")
    lines[row] = f"{name},{1 - int(label)},{rest}"
    return "".join(f"{line}\n" for line in lines)


def test_verify_two_builds_that_differ_are_told_by_table_and_id_without_the_label(settings):
    def build_again(dataset, paths, _):
        build = build_here(dataset, paths)
        return replace(build, files={**build.files, "labels": flip(build.files["labels"], 7)})

    found = verify(settings, build_again=build_again)
    error = found.find_failure(was_named=False)
    assert isinstance(error, PreparedMismatch)
    assert states(found)["labels"] == "DIFFERS"
    assert states(found)["inputs"] == "as catalogued"
    assert found.verdict == "DIFFERS"
    (finding,) = error.findings
    assert (finding.where, finding.message) == ("labels", "two builds part at row 7 (demo-0007)")


def test_verify_provenance_that_differs_between_two_builds_is_a_difference(settings):
    def build_again(dataset, paths, _):
        build = build_here(dataset, paths)
        return replace(build, files={**build.files, "provenance": build.files["provenance"].replace("165", "166")})

    (finding,) = verify(settings, build_again=build_again).differences
    assert finding.where == "provenance"


def test_verify_second_build_that_fails_is_a_difference(settings):
    def build_again(*_):
        raise BuildEnded("ended with status 1: MemoryError")

    error = verify(settings, build_again=build_again).find_failure(was_named=False)
    assert isinstance(error, PreparedMismatch)
    assert "ended with status 1: MemoryError" in error.render()


def test_verify_build_other_than_the_catalogue_shows_both_digests_and_counts(settings):
    wrong = replace(DEMO, labels_sha256=Sha256("0" * 64), positives=1)
    found = verify(settings, wrong)
    assert states(found) | {"labels": "DIFFERS"} == states(found)
    text = found.find_failure(was_named=False).render()
    assert "E504" in text
    assert f"expected sha256 {'0' * 64}, found {DEMO.labels_sha256}" in text
    assert "expected 1, found 135" in text


def test_verify_build_without_a_table_of_the_catalogue_differs(settings):
    found = verify(settings, replace(DEMO, training_columns=()))
    assert states(found)["training"] == "DIFFERS"
    assert "found no such table" in found.find_failure(was_named=False).render()


def test_verify_changed_preparation_is_told_by_row_where_the_cache_has_the_catalogued_table(settings, monkeypatch):
    ensure_prepared(DEMO, settings)

    def prepare_changed(dataset, paths):
        build = build_here(dataset, paths)
        return replace(build, files={**build.files, "labels": flip(build.files["labels"], 12)})

    monkeypatch.setattr("polyreact.datasets.verify.build_here", prepare_changed)
    found = verify(settings, build_again=lambda dataset, paths, _: prepare_changed(dataset, paths))
    assert found.damaged == ()
    (finding,) = found.differences
    assert finding.where == "labels"
    assert finding.message.endswith("; first at row 12 (demo-0012)")


@pytest.mark.parametrize("name", ["inputs/demo-r1/inputs.csv", "hidden/demo-r1/labels.csv"])
def test_verify_damaged_cached_file_is_told_with_its_row_and_how_to_make_it_anew(settings, name):
    ensure_prepared(DEMO, settings)
    path = settings.cache / name
    lines = path.read_text().splitlines()
    lines[3] = "demo-0003,changed,secret-word"
    damaged = "\n".join(lines).encode()
    path.write_bytes(damaged)
    found = verify(settings)
    assert found.verdict == "identical, but damaged in the cache"
    assert set(states(found).values()) == {"as catalogued"}
    error = found.find_failure(was_named=False)
    assert isinstance(error, PreparedMismatch)
    text = error.render()
    assert name in text
    assert "first at row 3 (demo-0003)" in text
    assert "polyreact dataset fetch demo@1" in text
    assert "secret-word" not in text
    assert path.read_bytes() == damaged


def test_verify_cached_provenance_of_another_build_is_told(settings):
    ensure_prepared(DEMO, settings)
    path = settings.cache / "inputs/demo-r1/provenance.json"
    path.write_text(path.read_text().replace('"rows": 300', '"rows": 301'))
    (finding,) = verify(settings).damaged
    assert finding.where == "inputs/demo-r1/provenance.json"


def test_verify_cache_that_cannot_be_read_is_a_bad_setting(settings):
    ensure_prepared(DEMO, settings)
    path = settings.cache / "hidden/demo-r1/labels.csv"
    path.unlink()
    path.mkdir()
    with pytest.raises(BadSetting):
        verify(settings)


# --- what cannot be built ---------------------------------------------------------------------------------


@pytest.fixture
def bare(settings, tmp_path):
    """Settings whose mirror holds nothing."""
    (tmp_path / "mirror").mkdir()
    return replace(settings, mirror=tmp_path / "mirror")


def test_verify_absent_raw_file_of_a_prepared_set_is_an_error_with_how_to_get_it(bare):
    found = verify(bare, load_dataset("shehata"))
    (file,) = found.absent
    (known,) = load_source("shehata").files
    assert (file.source, file.name, file.url) == ("shehata", "mmc2.xlsx", known.url)
    assert file.digest == f"sha256 {known.sha256}"
    assert file.place == bare.sources / "shehata" / "mmc2.xlsx"
    assert found.verdict == "cannot be rebuilt here: mmc2.xlsx absent"
    assert (found.rows, set(states(found).values())) == (None, {"-"})
    error = found.find_failure(was_named=False)
    assert isinstance(error, FetchFailed)
    assert all(str(part) in error.render() for part in (file.name, file.url, file.digest, file.place))


def test_verify_absent_raw_files_of_a_set_without_digests_are_an_error_only_where_it_was_named(bare):
    unpinned = replace(load_dataset("shehata"), is_prepared=False)
    found = verify(bare, unpinned)
    assert found.verdict == "cannot be rebuilt here: mmc2.xlsx absent"
    assert found.find_failure(was_named=False) is None
    assert isinstance(found.find_failure(was_named=True), FetchFailed)


def test_verify_file_known_by_git_blob_only_is_told_so(bare):
    (file,) = [file for file in verify(bare, load_dataset("harvey")).absent if file.name == "train.csv"]
    assert file.digest == "git blob d53e502b6f25fa1de1fc0a5851178fadc2a11b51"


def test_verify_set_without_a_preparation_is_an_error_only_where_it_was_named(settings):
    found = verify(settings, replace(DEMO, is_prepared=False, preparation=""))
    assert found.verdict == "cannot be rebuilt: E505"
    assert found.find_failure(was_named=False) is None
    assert isinstance(found.find_failure(was_named=True), NotPrepared)


def test_verify_set_without_digests_that_can_be_built_shows_those_found(settings):
    unpinned = replace(
        DEMO, is_prepared=False, training_columns=(), inputs_sha256=Sha256(""), labels_sha256=Sha256("")
    )
    found = verify(settings, unpinned)
    assert found.find_failure(was_named=True) is None
    assert "the catalogue has no digest" in found.verdict
    digests = {check.name: check.found for check in found.tables if check.state is TableState.UNCATALOGUED}
    assert digests == {
        "inputs": DEMO.inputs_sha256,
        "labels": DEMO.labels_sha256,
        "annotations": DEMO.annotations_sha256,
    }
    assert states(found)["training"] == "-"


def test_verify_raw_file_that_is_another_is_the_error_of_that_set_and_the_next_follows(bare):
    (bare.mirror / "shehata").mkdir()
    (bare.mirror / "shehata" / "mmc2.xlsx").write_bytes(b"<html>not found</html>")
    other, sound = verify_datasets([load_dataset("shehata"), DEMO], bare, os.environ, lambda _: None)
    assert isinstance(other.find_failure(was_named=False), DigestMismatch)
    assert other.verdict == "cannot be rebuilt: E502"
    assert sound.find_failure(was_named=True) is None


def test_verify_looks_for_a_raw_file_of_several_sets_once(bare):
    said = []
    sets = [dataset for dataset in load_revisions() if dataset.source == "jain"]
    found = list(verify_datasets(sets, bare, {}, said.append))
    assert len(found) == 3
    assert all(one.absent for one in found)
    assert said.count("copying jain/pnas.1616408114.sd02.xlsx from the mirror") == 1


def test_verify_looks_once_for_a_raw_file_that_is_another_too(bare):
    (bare.mirror / "jain").mkdir(parents=True, exist_ok=True)
    (bare.mirror / "jain" / "pnas.1616408114.sd02.xlsx").write_bytes(b"another file")
    said = []
    sets = [dataset for dataset in load_revisions() if dataset.source == "jain"]
    found = list(verify_datasets(sets, bare, {}, said.append))
    assert [one.verdict for one in found] == ["cannot be rebuilt: E502"] * 3
    assert said.count("copying jain/pnas.1616408114.sd02.xlsx from the mirror") == 1


@pytest.mark.parametrize(
    ("expected", "found", "where"),
    [
        ("id,label\na,0\nb,1\n", "id,label\na,0\nb,0\n", "row 2 (b)"),
        ("id,label\na,0\nb,1\n", "id,lable\na,0\nb,1\n", "the heading"),
        ("id,label\na,0\nb,1\n", "id,label\na,0\n", "row 2 (b)"),
        ("id,label\na,0\n", "id,label\na,0\nb,1\n", "row 2"),
        ("id,label\na,0\n", "id,label\r\na,0\r\n", "the heading"),
        ("id,label\na,0\n", "", "the heading"),
        ("id,label\na,0\n", "id,label\na,0", "row 2"),
    ],
)
def test_first_difference_is_a_row_and_its_id(expected, found, where):
    assert find_first_difference(expected.encode(), found.encode()) == where
