"""`polyreact results`: verify, keygen, sign."""

import json

import pytest

from polyreact.cli.results import KEY_VARIABLE


@pytest.fixture
def published(polyreact, tmp_path):
    """An entry with a record on the demo track; the path of the record."""
    polyreact("submission", "new", "lab-model", "entry")
    assert polyreact("evaluate", "run", "entry", "--engine", "process", "--track", "demo").status == 0
    return tmp_path / "results" / "lab-model" / "demo.json"


@pytest.fixture
def public_key(polyreact):
    ended = polyreact("results", "keygen", "--output", "key.pem")
    assert ended.status == 0
    assert "keep it secret" in ended.err
    return ended.out.strip()


def change_digit(path):
    document = json.loads(path.read_bytes())
    document["score"]["metrics"]["roc_auc"]["value"] = 0.999
    path.write_text(json.dumps(document))


def test_verify_tells_a_person_one_line_a_record_and_a_summary(polyreact, published):
    ended = polyreact("results", "verify")
    assert ended.status == 0
    assert [line.split() for line in ended.out.splitlines()] == [
        ["submission", "track", "verdict"],
        ["lab-model", "demo", "verified"],
        ["comparisons", "demo", "verified"],
        ["curves", "of", "lab-model", "demo", "verified"],
        [],
        ["3", "records:", "3", "verified"],
    ]
    assert ended.err.startswith("verifying lab-model on demo\n")


def test_verify_of_a_changed_digit_ends_with_3_and_names_it(polyreact, published):
    change_digit(published)
    ended = polyreact("results", "verify", "lab-model")
    assert ended.status == 3
    assert "DIFFERS score.metrics.roc_auc.value: expected 0." in " ".join(ended.out.split())
    assert "found 0.999" in ended.out
    assert "3 records: 2 verified, 1 DIFFERS" in ended.out
    assert "E321  what is published of lab-model on demo does not hold" in ended.err


def test_verify_tells_a_script(polyreact, published):
    change_digit(published)
    ended = polyreact("results", "verify", "--json")
    assert ended.status == 3
    found, compared, drawn = ended.data
    assert (drawn["submission"], drawn["verdict"]) == ("curves of lab-model", "verified")
    assert (compared["submission"], compared["verdict"]) == ("comparisons", "verified")
    assert (found["submission"], found["track"], found["verdict"]) == ("lab-model", "demo", "DIFFERS")
    assert found["differences"][0]["what"] == "score.metrics.roc_auc.value"
    assert found["differences"][0]["found"] == "0.999"
    assert (found["error"]["code"], found["signed_by"], found["absent"]) == ("E321", None, "")


def test_verify_of_a_record_that_cannot_be_verified_here_ends_with_5(polyreact, published):
    document = json.loads(published.read_bytes()) | {"schema_version": 99}
    published.write_text(json.dumps(document))
    ended = polyreact("results", "verify")
    assert ended.status == 5
    assert "cannot be verified here" in ended.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody-known"], "E101"),
        (["--results", "nowhere"], "E102"),
        (["--public-key", "abc"], "E103"),
        (["--private"], "E201"),
    ],
)
def test_verify_of_something_that_is_not_there_ends_with_2(polyreact, published, arguments, code):
    ended = polyreact("results", "verify", *arguments, "--json")
    assert (ended.status, ended.data["error"]["code"]) == (2, code)


def test_signed_records_are_verified_by_their_key_and_no_other(polyreact, published, public_key, tmp_path):
    ended = polyreact("results", "sign", "--key", "key.pem")
    assert ended.status == 0
    assert ended.out.splitlines()[1].split() == ["lab-model", "demo", "signed"]
    assert f"public key {public_key}" in ended.out
    assert "signed already" in polyreact("results", "sign", "--key", "key.pem").out
    ended = polyreact("results", "verify", "--public-key", public_key)
    assert (ended.status, f"signed by {public_key}" in ended.out) == (0, True)
    other = polyreact("results", "keygen", "--output", "other.pem").out.strip()
    ended = polyreact("results", "verify", "--public-key", other)
    assert ended.status == 3
    told = " ".join(ended.out.split())
    assert f"signature: expected one by {other}, found one by {public_key}" in told
    assert "signed anew" in polyreact("results", "sign", "--key", "other.pem").out
    assert polyreact("results", "verify", "--public-key", other).status == 0


def test_key_may_stand_in_the_environment_and_is_never_printed(
    polyreact, published, public_key, tmp_path, monkeypatch
):
    pem = (tmp_path / "key.pem").read_text()
    monkeypatch.setenv(KEY_VARIABLE, pem)
    ended = polyreact("results", "sign", "lab-model", "--json")
    assert ended.status == 0
    assert ended.data == {
        "public_key": public_key,
        "records": [{"submission": "lab-model", "track": "demo", "what": "signed"}],
    }
    assert not any(line in ended.out + ended.err for line in pem.splitlines()[1:-1])


def test_signing_without_a_key_ends_with_2_and_signs_nothing(polyreact, published):
    before = published.read_bytes()
    ended = polyreact("results", "sign")
    assert (ended.status, "there is no key" in ended.err) == (2, True)
    (published.parent / "bad.pem").write_text("no key")
    assert polyreact("results", "sign", "--key", published.parent / "bad.pem").status == 2
    assert published.read_bytes() == before


def test_signing_in_a_folder_without_records_makes_nothing(polyreact, public_key, tmp_path):
    ended = polyreact("results", "sign", "--key", "key.pem", "--results", "nowhere")
    assert ended.status == 2
    assert not (tmp_path / "nowhere").exists()
