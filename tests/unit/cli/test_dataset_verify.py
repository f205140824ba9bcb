"""`polyreact dataset verify`."""

from polyreact.datasets.catalog import load_dataset


def test_verify_tells_a_person(polyreact):
    ended = polyreact("dataset", "verify", "demo")
    assert ended.status == 0
    heading, row = ended.out.splitlines()
    assert heading.split() == [
        "dataset", "revision", "rows", "inputs", "labels", "annotations", "training", "verdict", "seconds",
    ]  # fmt: skip
    assert row.split()[:7] == ["demo", "1", "300", "as", "catalogued", "as", "catalogued"]
    assert "identical" in row
    assert ended.err == "verifying demo@1\n"


def test_verify_tells_a_script(polyreact):
    ended = polyreact("dataset", "verify", "demo", "demo@1", "--json")
    assert ended.status == 0
    assert len(ended.data) == 2
    first = ended.data[0]
    assert first["tables"]["inputs"] == {
        "state": "as catalogued",
        "expected": load_dataset("demo").inputs_sha256,
        "found": load_dataset("demo").inputs_sha256,
    }
    assert (first["dataset"], first["revision"], first["rows"]) == ("demo", 1, 300)
    assert (first["verdict"], first["error"], first["absent"], first["damaged"]) == ("identical", None, [], [])


def test_verify_that_fails_ends_with_5_and_one_json_document(polyreact, tmp_path):
    assert polyreact("dataset", "fetch", "demo").status == 0
    (tmp_path / "cache" / "inputs" / "demo-r1" / "inputs.csv").write_text("sequence_id\n")
    ended = polyreact("dataset", "verify", "demo", "--json")
    assert ended.status == 5
    assert ended.data[0]["error"]["code"] == "E504"
    assert ended.data[0]["damaged"][0]["where"] == "inputs/demo-r1/inputs.csv"
    assert "E504" in ended.err


def test_verify_lists_absent_files_and_goes_on(polyreact, tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("POLYREACT_MIRROR", str(tmp_path / "mirror"))
    ended = polyreact("dataset", "verify", "shehata", "harvey", "demo")
    assert ended.status == 5
    rows = {line.split()[0]: line for line in ended.out.splitlines() if line}
    assert "mmc2.xlsx absent" in rows["shehata"]
    assert "identical" in rows["demo"]
    listed = ended.out.partition("absent raw files")[2]
    assert "shehata/mmc2.xlsx, needed by shehata@1" in listed
    assert str(tmp_path / "cache" / "sources" / "harvey" / "train.csv") in listed
    assert "git blob d53e502b6f25fa1de1fc0a5851178fadc2a11b51" in listed
    assert ended.err.count("E501") == 2  # both were named


def test_verify_all_takes_every_revision(polyreact, tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("POLYREACT_MIRROR", str(tmp_path / "mirror"))
    ended = polyreact("dataset", "verify", "--all", "--json")
    found = {(one["dataset"], one["revision"]): one["error"] for one in ended.data}
    assert {("boughter", 1), ("boughter", 2), ("harvey", 1)} <= set(found)
    assert found["harvey", 1] is None  # the catalogue holds no digest of it
    assert found["boughter", 1]["code"] == "E501"


def test_verify_of_nothing_and_of_all_and_one_are_usage_errors(polyreact):
    assert polyreact("dataset", "verify").status == 2
    assert polyreact("dataset", "verify", "--all", "demo").status == 2
    assert polyreact("dataset", "verify", "atlantis").status == 2
