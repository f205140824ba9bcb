"""Whatever bytes a manifest is made of: a manifest, or InvalidManifest with places and printable text.

Ten thousand of them, each within 2 s and 200 MB.
"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polyreact.errors import InvalidManifest
from polyreact.submission.manifest import Manifest, parse_manifest
from polyreact.submission.yaml_source import MAX_BYTES
from property.bounds import bounded_memory, bounded_time
from unit.submission.manifests import GOOD

KEYS = [*Manifest.model_fields, "unknown-key", "name"]
yaml_scalars = st.sampled_from(
    [".inf", "0x_", "1:30", "2024-01-01", "~", "yes", "&a b", "*a", "!!int x", "<<", "[", "{", "|", ">", "'", '"']
)
values = st.recursive(
    yaml_scalars | st.text(max_size=20) | st.integers().map(str) | st.floats().map(str),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(st.text(max_size=5), inner, max_size=3).map(str)
    ),
    max_leaves=6,
)
characters = st.characters() | st.sampled_from("\0\t\r\n\x1b\x85\u2028\u202e\ufeff&*!%@`|>:?-[]{}#'\"\\")


@pytest.fixture(autouse=True, scope="module")
def _little_memory():
    with bounded_memory():
        yield


def judge(content):
    """The manifest, or what is said of it; any other exception fails the test."""
    with bounded_time():
        try:
            return parse_manifest(content, source="m.yaml", datasets=("jain", "boughter"))
        except InvalidManifest as error:
            return error


def is_refused(content):
    """Whether the content was refused; then the message can be printed, else the manifest can be used."""
    judged = judge(content)
    if isinstance(judged, Manifest):
        assert str(judged.image_reference) == judged.image
        return False
    assert judged.findings
    assert all(finding.where.startswith("line ") for finding in judged.findings)
    assert judged.render().replace("\n", "").isprintable()
    return True


@given(st.binary(max_size=300))
@settings(max_examples=1900, deadline=None)
def test_bytes_of_any_kind_are_a_manifest_or_refused(content):
    assert is_refused(content)


@given(st.text(characters, max_size=200))
@settings(max_examples=1900, deadline=None)
def test_text_of_any_kind_is_a_manifest_or_refused(text):
    assert is_refused(text.encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(characters, max_size=8))
@settings(max_examples=2200, deadline=None)
@example(GOOD.index("parameters: ") + len("parameters: "), 2, "0x" + "f" * 5000)
def test_manifest_with_a_piece_replaced_is_a_manifest_or_refused(start, length, piece):
    is_refused((GOOD[:start] + piece + GOOD[start + length :]).encode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(st.sampled_from(KEYS), values), min_size=1, max_size=6))
@settings(max_examples=1900, deadline=None)
def test_manifest_with_values_of_any_kind_is_a_manifest_or_refused(pairs):
    lines = "".join(f"{key}: {value}\n" for key, value in pairs)
    is_refused(lines.encode("utf-8", "surrogatepass"))


@given(st.text("() -+.ANDORWITHMITlicenseref", max_size=40))
@settings(max_examples=1900, deadline=None)
def test_licence_of_any_kind_is_an_expression_or_refused(text):
    is_refused(GOOD.replace("license: MIT", f'license: "{text}"').encode())


@given(
    st.sampled_from(
        ["", "authors: ", "authors: [", "training_data: {", "description: ", "a: &a [", "? ", "- ", "{"]
    ),
    st.text(characters, min_size=1, max_size=12)
    | st.sampled_from(["1,", "{},", "- \n", "x:\n", "a: 1\n", ":1", "[", " a\n"]),
)
@settings(max_examples=200, deadline=None)
def test_manifest_as_large_as_it_may_be_is_refused_within_its_bounds(start, piece):
    """Symptom: 3.4 s for 64 KiB. Cause: a list of 32,000 values is read one by one, twice."""
    content = (start + piece * (MAX_BYTES // len(piece.encode("utf-8", "surrogatepass")) + 1)).encode(
        "utf-8", "surrogatepass"
    )
    is_refused(content[:MAX_BYTES])
