"""Whatever bytes a manifest is made of: a manifest, or InvalidManifest with places and printable text."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from polyreact.errors import InvalidManifest
from polyreact.submission.manifest import Manifest, parse_manifest
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


def judge(content):
    """The manifest, or what is said of it; any other exception fails the test."""
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
@settings(max_examples=400, deadline=None)
def test_bytes_of_any_kind_are_a_manifest_or_refused(content):
    assert is_refused(content)


@given(st.text(characters, max_size=200))
@settings(max_examples=400, deadline=None)
def test_text_of_any_kind_is_a_manifest_or_refused(text):
    assert is_refused(text.encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(GOOD)), st.integers(0, 12), st.text(characters, max_size=8))
@settings(max_examples=500, deadline=None)
@example(GOOD.index("parameters: ") + len("parameters: "), 2, "0x" + "f" * 5000)
def test_manifest_with_a_piece_replaced_is_a_manifest_or_refused(start, length, piece):
    is_refused((GOOD[:start] + piece + GOOD[start + length :]).encode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(st.sampled_from(KEYS), values), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_manifest_with_values_of_any_kind_is_a_manifest_or_refused(pairs):
    lines = "".join(f"{key}: {value}\n" for key, value in pairs)
    is_refused(lines.encode("utf-8", "surrogatepass"))


@given(st.text("() -+.ANDORWITHMITlicenseref", max_size=40))
@settings(max_examples=400, deadline=None)
def test_licence_of_any_kind_is_an_expression_or_refused(text):
    is_refused(GOOD.replace("license: MIT", f'license: "{text}"').encode())
