"""The grammar of image references: what passes here reaches an engine's command line."""

import time

import pytest

from polyreact.images import ImageReference, parse_image_reference

DIGEST = "sha256:" + "0f" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ghcr.io/lab/model", ImageReference("ghcr.io", "lab/model")),
        ("ghcr.io/lab/model:1.0", ImageReference("ghcr.io", "lab/model", "1.0")),
        (f"ghcr.io/lab/model@{DIGEST}", ImageReference("ghcr.io", "lab/model", None, DIGEST)),
        (f"docker.io/library/python:3.12-slim@{DIGEST}", None),
        ("registry.example.org:5000/a/b/c/d", ImageReference("registry.example.org:5000", "a/b/c/d")),
        ("host:443/model:V1_x", ImageReference("host:443", "model", "V1_x")),
        ("localhost/lab/model:abc", ImageReference("localhost", "lab/model", "abc")),
        ("localhost:5000/model", ImageReference("localhost:5000", "model")),
        ("10.0.0.1:5000/model", ImageReference("10.0.0.1:5000", "model")),
        ("ghcr.io/a/b__c.d---e_f", ImageReference("ghcr.io", "a/b__c.d---e_f")),
    ],
)
def test_reference_of_the_grammar_is_read_and_written_back_the_same(text, expected):
    reference = parse_image_reference(text)
    assert isinstance(reference, ImageReference)
    assert str(reference) == text
    assert expected is None or reference == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "python",
        "library/python",
        "ghcr.io",
        "ghcr.io/",
        "/ghcr.io/a",
        "ghcr.io//a",
        "ghcr.io/a/",
        "ghcr.io/A/b",
        "GHCR.io/a/b",
        "ghcr.io/a b",
        " ghcr.io/a/b",
        "ghcr.io/a/b\n",
        "ghcr.io/a/b\0",
        "ghcr.io/a/../b",
        "../a/b",
        "ghcr.io/-a/b",
        "ghcr.io/a___b",
        "ghcr.io/a/b:",
        "ghcr.io/a/b:-x",
        "ghcr.io/a/b:" + "x" * 129,
        "ghcr.io/a/b@",
        "ghcr.io/a/b@sha256:" + "0f" * 31,
        "ghcr.io/a/b@sha256:" + "0F" * 32,
        "ghcr.io/a/b@sha512:" + "0f" * 64,
        f"ghcr.io/a/b@{DIGEST}x",
        f"ghcr.io/a/b@{DIGEST}@{DIGEST}",
        "ghcr.io:123456/a/b",
        "ghcr.io:\u0663/a/b",
        "-v=/:/host/a",
        "--privileged",
        "--privileged -v /:/host a/b",
        "https://ghcr.io/a/b",
        "user@ghcr.io/a/b",
        "oci-archive:/tmp/x.tar",
        "docker-daemon:a/b",
        "ghcr.io/a/b;id",
        "ghcr.io/a/$(id)",
        "ghcr.io/a/b,type=bind",
    ],
)
def test_text_outside_the_grammar_is_refused_with_a_sentence(text):
    problem = parse_image_reference(text)
    assert isinstance(problem, str)
    assert problem.startswith("is not of the form")


def test_reference_that_is_too_long_is_refused():
    assert parse_image_reference("ghcr.io/" + "a" * 600) == "is 608 characters long; at most 512 are allowed"


@pytest.mark.parametrize(
    ("text", "is_local"), [("localhost/a/b", True), ("localhost:5000/a/b", False), ("ghcr.io/localhost/b", False)]
)
def test_only_the_bare_localhost_means_this_machine(text, is_local):
    reference = parse_image_reference(text)
    assert isinstance(reference, ImageReference)
    assert reference.is_local is is_local


@pytest.mark.parametrize("part", ["a", "a.", "a-", "a.a-", "-", "a_", "a__", "a/", "0:", ".-"])
def test_hostile_text_of_full_length_is_judged_quickly(part):
    text = (part * 512)[:511]
    started = time.monotonic()
    for suffix in ("", "!", "/"):
        parse_image_reference(text + suffix)
        parse_image_reference("a.b/" + text[4:] + suffix)
    assert time.monotonic() - started < 1
