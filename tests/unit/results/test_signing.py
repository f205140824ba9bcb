"""Signatures: of one record as it stands, by one key."""

import json
import stat
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from polyreact.errors import CannotWrite, MissingExtra, UnreadableArgument, WrongCommandLine
from polyreact.results.signing import is_good_signature, make_key, parse_key, signed_bytes
from polyreact.results.store import ResultsStore, render_record
from unit.leaderboard.sample_boards import record, score

#: RFC 8032, 7.1, TEST 1: the secret key and its public key.
RFC_SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"  # noqa: S105
RFC_PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.fixture
def key(tmp_path):
    return make_key(tmp_path / "key.pem")


def signed(key, kept):
    return render_record(kept.model_copy(update={"signature": key.sign(kept)}))


def test_key_of_the_standard_has_its_public_key():
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RFC_SECRET))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert parse_key(pem, "a file").public_key == RFC_PUBLIC


def test_key_is_written_for_its_owner_alone_and_read_back(tmp_path, key):
    path = tmp_path / "key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert parse_key(path.read_bytes(), str(path)).public_key == key.public_key


def test_key_is_never_overwritten_nor_shown(tmp_path, key):
    path = tmp_path / "key.pem"
    before = path.read_bytes()
    with pytest.raises(WrongCommandLine, match="never overwritten"):
        make_key(path)
    assert path.read_bytes() == before
    assert repr(key) == f"SigningKey({key.public_key})"


def test_key_in_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        make_key(tmp_path / "file" / "key.pem")


def test_signature_is_of_the_record_and_by_the_key(tmp_path, key):
    kept = record("lab-model", scored=score())
    signature = key.sign(kept)
    assert is_good_signature(render_record(kept), signature)
    assert is_good_signature(signed(key, kept), signature)
    assert not is_good_signature(render_record(record("lab-other", scored=score())), signature)
    other = make_key(tmp_path / "other.pem")
    assert not is_good_signature(render_record(kept), signature.model_copy(update={"public_key": other.public_key}))


def test_signature_holds_whatever_a_document_is_indented_like_and_not_when_a_digit_changes(key):
    kept = record("lab-model", scored=score())
    document = signed(key, kept)
    assert is_good_signature(json.dumps(json.loads(document)).encode(), key.sign(kept))
    digit = repr(kept.score.metrics["roc_auc"].value).encode()
    changed = digit[:-1] + (b"1" if digit[-1:] != b"1" else b"2")
    assert document.count(digit) == 1
    assert not is_good_signature(document.replace(digit, changed), key.sign(kept))


def test_signature_of_a_document_of_an_older_schema_still_holds(key):
    """Symptom to be avoided: a field that a later version reads into old records spoils every signature."""
    kept = record("lab-model", scored=score())
    content = json.loads(render_record(kept))
    del content["score"]["folds"], content["earlier_scored_runs"]
    older = json.dumps(content, indent=2).encode()
    value = key._key.sign(signed_bytes(older)).hex()
    assert is_good_signature(older, key.sign(kept).model_copy(update={"value": value}))


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_text_that_is_no_key_is_refused_and_not_quoted(content):
    with pytest.raises(UnreadableArgument, match=r"^E102  the secret holds no Ed25519") as refused:
        parse_key(content, "the secret")
    assert "AAAA" not in refused.value.render()


def test_signatures_without_the_package_name_the_extra(monkeypatch, tmp_path, key):
    kept = record("lab-model", scored=score())
    signature = key.sign(kept)
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    for call in (
        lambda: make_key(tmp_path / "new.pem"),
        lambda: parse_key(b"", "a file"),
        lambda: is_good_signature(render_record(kept), signature),
    ):
        with pytest.raises(MissingExtra, match="cryptography"):
            call()
    assert not (tmp_path / "new.pem").exists()


def test_record_that_is_written_anew_loses_its_signature(tmp_path, key):
    store = ResultsStore(tmp_path / "results")
    kept = record("lab-model", scored=score())
    store.write(kept, None)
    store.write_signature(kept, key.sign(kept))
    found = store.find("lab-model", "jain")
    assert found.signature == key.sign(kept)
    store.write(found.model_copy(update={"score": score(skill=2.0)}), None)
    assert store.find("lab-model", "jain").signature is None
