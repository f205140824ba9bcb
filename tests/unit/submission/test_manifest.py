"""Manifests: every refusal names its line and column, and all of them come at once."""

import os
import re
from pathlib import Path

import pytest

from polyreact.datasets.catalog import dataset_ids
from polyreact.errors import InvalidManifest, UnreadableArgument
from polyreact.submission.manifest import Mode, Use, parse_manifest, read_manifest
from unit.submission.manifests import DIGEST, GOOD, line_of, lines_of

DATASETS = ("boughter", "jain")
REPOSITORY = Path(__file__).parents[3]


def parse(text):
    content = text.encode() if isinstance(text, str) else text
    return parse_manifest(content, source="my.yaml", datasets=DATASETS)


def defects_of(text):
    with pytest.raises(InvalidManifest) as caught:
        parse(text)
    return [(finding.where, finding.message) for finding in caught.value.findings]


def test_manifest_that_is_good_is_read_whole():
    manifest = parse(GOOD)
    assert manifest.name == "lab-model"
    assert manifest.image_reference.digest == DIGEST
    assert manifest.authors == ("Ada Lovelace", "Jane Roe")
    assert manifest.training_data == {"boughter": (Use.LABELS, Use.MODEL_SELECTION)}
    assert (manifest.score_is_probability, manifest.threshold, manifest.parameters) == (True, 0.5, 12)
    assert manifest.mode is Mode.PREDICT
    assert not manifest.is_baseline


def test_manifest_without_optional_keys_is_valid():
    optional = ("title", "paper", "code", "score_is_probability", "threshold", "parameters", "mode")
    manifest = parse(lines_of(**dict.fromkeys(optional)))
    assert manifest.title is None
    assert manifest.score_is_probability is False
    assert manifest.independent is False


def test_independence_is_claimed_by_submissions_that_predict():
    assert parse(lines_of(independent="true")).independent is True
    assert parse(lines_of(independent="false", mode="fit-predict")).independent is False


@pytest.mark.parametrize("word", ["unknown", "proprietary", "{}"])
def test_training_data_may_be_a_word_or_nothing(word):
    assert parse(lines_of(training_data=word)).training_data == ({} if word == "{}" else word)


@pytest.mark.parametrize(
    "image", [f"localhost/lab/model@{DIGEST}", "registry.example/lab/model:1.0", "registry.example/lab/model"]
)
def test_image_without_digest_is_a_valid_manifest_and_refused_only_by_ranked_runs(image):
    assert str(parse(lines_of(image=image)).image_reference) == image


BAD_VALUES = {
    "name leaves the folder": ("name", "../../etc/x", "7", "must be `<owner>-<model>`"),
    "name with a slash": ("name", "a/b", "7", "must be `<owner>-<model>`"),
    "name without an owner": ("name", "model", "7", "must be `<owner>-<model>`"),
    "name in upper case": ("name", "Lab-model", "7", "must be `<owner>-<model>`"),
    "name with a newline": ("name", r'"lab-model\n"', "7", "must be `<owner>-<model>`"),
    "name that is a number": ("name", "12", "7", "should be a valid string"),
    "name that is too long": ("name", "a-" + "b" * 80, "7", "at most 80 characters"),
    "image with options": ("image", "--privileged -v /:/host a/b", "8", "is not of the form registry/repository"),
    "image that is an option": ("image", '"--volume=/:/host"', "8", "is not of the form registry/repository"),
    "image without a registry": ("image", "python:3.12", "8", "is not of the form registry/repository"),
    "image with a short digest": ("image", "registry.example/a/b@sha256:abc", "8", "is not of the form"),
    "image with an upper-case digest": (
        "image",
        f"registry.example/a/b@{DIGEST.upper()}",
        "8",
        "is not of the form",
    ),
    "image with another hash": ("image", "registry.example/a/b@md5:" + "ab" * 16, "8", "is not of the form"),
    "image of 600 characters": ("image", "registry.example/" + "a" * 600, "8", "at most 512 characters"),
    "no authors": ("authors", "[]", "10", "must name at least one"),
    "authors as text": ("authors", "Jane Roe", "10", "must be a list (it is 'Jane Roe')"),
    "author that is a number": ("authors", "[5]", "11", "valid string"),
    "contact that is no address": ("contact", "ask around", "10", "neither an e-mail address nor an https"),
    "contact over http": ("contact", "http://example.org", "10", "neither an e-mail address nor an https"),
    "license in words": ("license", "free for all", "10", "is not an SPDX expression"),
    "license of brackets": ("license", '"((((MIT"', "10", "is not an SPDX expression"),
    "paper over http": ("paper", "http://example.org/x", "8", "is not an https address"),
    "paper as a script": ("paper", "javascript:alert(1)", "8", "is not an https address"),
    "paper without a host": ("paper", "https:///x", "8", "is not an https address"),
    "paper with a user": ("paper", "https://doi.org@evil.example/", "8", "is not an https address"),
    "paper with a quote": ("paper", """'https://example.org/"onclick="x'""", "8", "is not an https address"),
    "paper with an unclosed bracket": ("paper", '"https://[::1"', "8", "is not an https address"),
    "paper behind a control character": ("paper", r'"\x01https://example.org/"', "8", "is not an https address"),
    "paper with a bidi character": ("paper", r'"https://example.org/\u202e"', "8", "is not an https address"),
    "code over ftp": ("code", "ftp://example.org", "7", "is not an https address"),
    "title with an escape": ("title", r'"\e[31mred"', "8", "control character U+001B"),
    "title with a bidi character": ("title", r'"abc\u202Ecba"', "8", "control character U+202E"),
    "title with a line break": ("title", r'"a\nb"', "8", "holds a line break"),
    "title with a line separator": ("title", r'"a\u2028b"', "8", "control character U+2028"),
    "title with half a character": ("title", r'"\ud800"', "8", "should be a valid string"),
    "title that is blank": ("title", '" "', "8", "is blank"),
    "title that is empty": ("title", '""', "8", "at least 1 character"),
    "description with NUL": ("description", r'"a\0b"', "14", "control character U+0000"),
    "training data that is a number": ("training_data", "5", "16", "'unknown' or 'proprietary'"),
    "training data that is another word": ("training_data", "secret", "16", "'unknown' or 'proprietary'"),
    "dataset that is not catalogued": ("training_data", "{atlantis: [labels]}", "27", "not a dataset of the cat"),
    "use that is not known": ("training_data", "{jain: [guessing]}", "24", "should be 'labels', 'sequences' or"),
    "dataset without a use": ("training_data", "{jain: []}", "23", "must name at least one"),
    "probability as a word": ("score_is_probability", '"yes"', "23", "valid boolean"),
    "probability as a number": ("score_is_probability", "1", "23", "valid boolean"),
    "threshold NaN": ("threshold", ".nan", "12", "finite number"),
    "threshold infinite": ("threshold", "-.inf", "12", "finite number"),
    "threshold beyond a double": ("threshold", "1.0e+400", "12", "finite number"),
    "threshold as text": ("threshold", '"0.5"', "12", "valid number"),
    "threshold true": ("threshold", "true", "12", "valid number"),
    "parameters negative": ("parameters", "-1", "13", "greater than or equal to 0"),
    "parameters of 5000 digits": ("parameters", "9" * 5000, "13", "too large or malformed"),
    "parameters of 5000 hex digits": ("parameters", "0x" + "f" * 5000, "13", "too large or malformed"),
    "parameters of twenty digits": ("parameters", "9" * 20, "13", "less than or equal to"),
    "parameters not whole": ("parameters", "1.5", "13", "valid integer"),
    "parameters without digits": ("parameters", "0x_", "13", "too large or malformed"),
    "parameters true": ("parameters", "true", "13", "valid integer"),
    "address with a port that is none": ("code", "https://a:b/", "7", "is not an https address"),
    "independent as a word": ("independent", '"yes"', "14", "valid boolean"),
    "independent as a number": ("independent", "1", "14", "valid boolean"),
    "mode that is not known": ("mode", "train", "7", "should be 'predict' or 'fit-predict'"),
    "key that is not known": ("privileged", "true", "13", "is not a key of a manifest"),
}


@pytest.mark.parametrize(("key", "text", "column", "message"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_manifest_with_a_bad_value_is_refused_there(key, text, column, message):
    (where, said), *more = defects_of(lines_of(**{key: text}))
    line = line_of(key) if f"\n{key}:" in f"\n{GOOD}" else len(GOOD.splitlines()) + 1
    assert where == f"line {line}:{column}"
    assert message in said
    assert not more


def test_fit_predict_that_claims_independence_is_refused_at_the_claim_and_nowhere_else():
    (where, said), *more = defects_of(lines_of(independent="true", mode="fit-predict"))
    assert where == "line 16:14"
    assert said.startswith("`independent` cannot be true of a fit-predict submission")
    assert not more


NOT_PLAIN_YAML = {
    "not YAML": ("name: [a, b\n", "line 2:1", "this is not YAML"),
    "tab as indentation": ("a:\n\t- b\n", "line 2:1", "this is not YAML"),
    "empty": ("", "line 1", "the file is empty"),
    "only a comment": ("# nothing\n", "line 1", "the file is empty"),
    "a list": ("- name\n", "line 1", "a mapping of keys to values"),
    "a word": ("name\n", "line 1", "a mapping of keys to values"),
    "duplicate key": (GOOD + "name: other-model\n", "line 16:1", "`name` was already given on line 1"),
    "anchor": (lines_of(title="&a x"), "line 2:8", "`&a` is an anchor"),
    "alias": ("name: &a x\ntitle: *a\n", "line 2:8", "`*a` is an alias"),
    "merge key": (lines_of(**{"<<": "{}"}), "line 16:5", "is not a key of a manifest"),
    "tag of an object": (lines_of(title="!!python/object:os.system x"), "line 2:8", "is a tag"),
    "tag with an escape": (lines_of(title="!%1b[31m x"), "line 2:8", r"\x1b[31m"),
    "two documents": (GOOD + "---\nname: b-c\n", "line 16:1", "a second document"),
    "deep nesting": ("a: " + "[" * 5000, "line 1:11", "more than 8 deep"),
    "many values": ("authors: [" + "1," * 5000 + "]", "line 1:4005", "more than 2000 keys and values"),
    "deep mapping": ("a: " + "{b: " * 5000, "line 1:32", "more than 8 deep"),
    "key that is a list": ("? [a]\n: b\n", "line 1:3", "a key must be a plain word"),
    "key with an escape": ('"\\e[31mred": 1\n', "line 1:1", r"'\x1b[31mred' holds control characters"),
    "key of half a character": ('training_data: {"\\ud800": [labels]}\n', "line 1:17", "control characters"),
    "over 64 KiB": ("#" * (64 * 1024 + 1), "line 1", "more than the 65536"),
    "NUL": ("name: a\0b\n", "line 1", "special characters are not allowed"),
    "UTF-16": ("name: a-b\n".encode("utf-16"), "line 1", "byte 0xff is not UTF-8"),
    "UTF-16 without its mark": ("name: a-b\n".encode("utf-16-le"), "line 1", "special characters are not allowed"),
    "latin-1": ("name: a-b\ntitle: Zoë\n".encode("latin-1"), "line 2", "byte 0xeb is not UTF-8"),
}


@pytest.mark.parametrize(("text", "where", "message"), NOT_PLAIN_YAML.values(), ids=NOT_PLAIN_YAML)
def test_file_that_is_no_plain_mapping_is_refused_there(text, where, message):
    places = dict(defects_of(text))
    assert where in places
    assert message in places[where]


@pytest.mark.parametrize("key", ["name", "image", "authors", "contact", "license", "description", "training_data"])
def test_key_that_is_missing_is_named(key):
    assert defects_of(lines_of(**{key: None})) == [("line 1:1", f"`{key}` is missing")]


def test_defects_are_told_all_at_once_in_the_order_of_the_file():
    spoiled = lines_of(name="../x", image="a b", contact=None, paper="http://x.org", threshold=".nan", extra="1")
    told = defects_of(spoiled)
    assert [re.findall(r"`(\w+)`", message)[0] for _, message in told] == [
        "contact",
        "name",
        "image",
        "paper",
        "threshold",
        "extra",
    ]
    lines = [int(where.removeprefix("line ").split(":")[0]) for where, _ in told]
    assert lines == sorted(lines)


def test_message_never_holds_what_a_terminal_would_obey():
    with pytest.raises(InvalidManifest) as caught:
        parse(lines_of(title=r'"\e]0;owned\a"', **{r'"k\e[2J"': "1"}))
    assert caught.value.render().replace("\n", "").isprintable()


def test_value_that_is_long_is_cut_in_the_message():
    ((_, message),) = defects_of(lines_of(contact="x" * 150))
    assert len(message) < 200
    assert "..." in message


def test_file_named_after_another_submission_is_refused(tmp_path):
    path = tmp_path / "other-model.yaml"
    path.write_text(GOOD)
    with pytest.raises(InvalidManifest, match=re.escape(str(path))) as caught:
        read_manifest(path)
    assert "must be called `lab-model.yaml`" in caught.value.findings[0].message


@pytest.mark.parametrize("name", ["lab-model.yaml", "submission.yaml"])
def test_file_with_a_fitting_name_is_read(tmp_path, name):
    (tmp_path / name).write_text(GOOD)
    manifest, digest = read_manifest(tmp_path / name)
    assert manifest.name == "lab-model"
    assert re.fullmatch(r"[0-9a-f]{64}", digest)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_file_that_cannot_be_read_is_a_usage_error(tmp_path, name):
    with pytest.raises(UnreadableArgument, match="cannot read ") as caught:
        read_manifest(tmp_path / name)
    assert "Give the path of a manifest" in caught.value.cure


@pytest.mark.parametrize(
    "path", sorted(REPOSITORY.glob("zoo/*/submission.yaml")), ids=lambda path: path.parent.name
)
def test_manifest_of_every_baseline_is_valid_and_marked_as_ours(path):
    manifest, _ = read_manifest(path, datasets=dataset_ids())
    assert manifest.is_baseline


def test_zoo_holds_baselines():
    assert len(list(REPOSITORY.glob("zoo/*/submission.yaml"))) >= 2


def test_manifest_that_is_a_pipe_or_endless_is_refused_at_once(tmp_path):
    """Symptom: a pipe hung `submission check`, a huge file was read whole. Cause: no limit before the 64 KiB rule.

    It mattered since the manifests of strangers are read in CI.
    """
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(UnreadableArgument, match="not a regular file"):
        read_manifest(tmp_path / "pipe.yaml")
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(1 << 40)
    with pytest.raises(InvalidManifest) as caught:
        read_manifest(tmp_path / "huge.yaml")
    assert "more than the 65536" in caught.value.findings[0].message
