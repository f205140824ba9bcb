"""BibTeX entries and CITATION.cff."""

import re
from dataclasses import replace

import pytest
import yaml

from polyreact import __version__
from polyreact.datasets.catalog import load_source, source_ids
from polyreact.datasets.citation import render_bibtex, render_citation_file
from polyreact.datasets.description import Publication

SOURCES = [load_source(name) for name in source_ids()]
#: What the schema of the format, version 1.2.0, wants of these parts; its DOI pattern, letter by letter.
DOI = re.compile(r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$")
REFERENCE_KEYS = {"type", "title", "authors", "journal", "volume", "start", "end", "year", "doi"}


def test_bibtex_of_an_article_has_every_author_and_the_pages():
    entry = render_bibtex(load_source("jain"))
    assert entry.startswith("@article{jain2017,\n")
    assert entry.count(" and ") == 18
    assert "{Jain, T. and Sun, T. and" in entry
    assert "pages   = {944--949}," in entry
    assert "doi     = {10.1073/pnas.1616408114}," in entry
    assert entry.count("{") == entry.count("}")


def test_bibtex_says_that_authors_are_missing():
    assert "Skiba, M. A. and others}" in render_bibtex(load_source("harvey"))


def test_bibtex_of_what_was_not_published_is_a_note():
    assert render_bibtex(load_source("demo")).startswith("@misc{demo,\n")


def test_bibtex_escapes_what_latex_would_take_for_its_own():
    publication = Publication(("Ax, B.",), "Salt & 5 % of_it", "J", "1", "e7", 2020)
    entry = render_bibtex(replace(load_source("jain"), publication=publication))
    assert r"{{Salt \& 5 \% of\_it}}" in entry
    assert "pages   = {e7}," in entry


def test_citation_file_has_the_structure_of_the_format():
    """No validator of the format can be installed beside ours; what its schema wants of these keys is told here."""
    value = yaml.safe_load(render_citation_file(SOURCES))
    assert (value["cff-version"], value["type"], value["version"]) == ("1.2.0", "software", __version__)
    assert value["message"]
    assert value["title"]
    assert all(set(author) == {"name"} for author in value["authors"])
    for reference in value["references"]:
        assert set(reference) <= REFERENCE_KEYS
        assert reference["type"] == "article"
        assert reference["title"]
        assert isinstance(reference["year"], int)
        assert DOI.match(reference["doi"])
        assert all(isinstance(reference.get(key, ""), str) for key in ("volume", "start", "end"))
        for author in reference["authors"]:
            assert set(author) in ({"family-names", "given-names"}, {"name"})
            assert all(author.values())


@pytest.mark.parametrize("source", [source for source in SOURCES if source.doi], ids=lambda source: source.id)
def test_citation_file_refers_to_every_source_that_was_published(source):
    references = {entry["doi"]: entry for entry in yaml.safe_load(render_citation_file(SOURCES))["references"]}
    assert references[source.doi]["year"] == source.publication.year
    assert len(references) == sum(bool(other.doi) for other in SOURCES)
