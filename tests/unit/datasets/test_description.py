"""What the catalogue says in words, and what it refuses."""

import pytest

from polyreact.datasets.catalog import load_source, parse_sources, source_ids
from polyreact.datasets.description import Publication
from polyreact.errors import InvalidCatalog

HEAD = 'title = "t"\ndoi = "10.1/x"\nspecies = "s"\nassay = "a"\n'
PUBLICATION = """
[publication]
authors = ["Ax, B. C.", "De Vil, E."]
title = "A title"
journal = "J Tests"
volume = "3"
pages = "1-2"
year = 2020
"""
DATASHEET = """
[datasheet]
summary = "s"
construction = ["one step"]
licence = "l"
redistribution = "r"
"""


def parse(tmp_path, text):
    (tmp_path / "made.toml").write_text(text)
    return parse_sources(tmp_path)["made"]


def test_citation_is_made_from_the_publication(tmp_path):
    assert parse(tmp_path, HEAD + PUBLICATION).citation == "Ax BC, De Vil E. A title. J Tests 3:1-2 (2020)"


@pytest.mark.parametrize(
    ("authors", "and_others", "expected"),
    [
        (("Ax, B.", "By, C.", "Cz, D."), False, "Ax B, By C, Cz D. "),
        (("Ax, B.", "By, C.", "Cz, D."), True, "Ax B, By C, Cz D, et al. "),
        (("Ax, B.", "By, C.", "Cz, D.", "Du, E. F."), False, "Ax B, By C, Cz D, et al. "),
    ],
)
def test_citation_names_three_authors_and_says_that_there_are_more(authors, and_others, expected):
    publication = Publication(authors, "T", "J", "1", "2", 2020, and_others=and_others)
    assert publication.citation.startswith(expected)


def test_source_without_publication_keeps_its_own_citation(tmp_path):
    source = parse(tmp_path, f'citation = "me"\n{HEAD}')
    assert (source.citation, source.publication, source.datasheet) == ("me", None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'citation = "me"\n{HEAD}{PUBLICATION}', "citation"),
        (HEAD + PUBLICATION.replace('"Ax, B. C."', '"B. C. Ax"'), "authors"),
        (HEAD + PUBLICATION.replace("year", "yaer"), "yaer"),
        (HEAD + PUBLICATION.replace("year = 2020\n", ""), "year"),
        (HEAD + PUBLICATION + DATASHEET.replace("licence", "license"), "license"),
        (HEAD + PUBLICATION + DATASHEET.replace('["one step"]', "[]"), "construction"),
        (HEAD + PUBLICATION + DATASHEET.replace('"l"', '""'), "licence"),
        (HEAD + PUBLICATION + DATASHEET + 'licence_ids = ["CC BY 4.0"]\n', "licence_ids"),
    ],
)
def test_description_that_is_wrong_is_refused(tmp_path, text, told):
    with pytest.raises(InvalidCatalog) as error:
        parse(tmp_path, text)
    assert told in error.value.render()


@pytest.mark.parametrize("name", source_ids())
def test_every_source_says_who_may_pass_it_on_and_every_column_what_it_means(name):
    source = load_source(name)
    assert source.datasheet is not None
    assert source.datasheet.licence.strip()
    assert source.datasheet.redistribution.strip()
    assert bool(source.publication) == bool(source.doi)
    for dataset in source.datasets:
        assert all(annotation.meaning.strip() for annotation in dataset.annotations)


@pytest.mark.parametrize("name", source_ids())
def test_licence_that_allows_nothing_is_named_by_no_identifier(name):
    """Jain and Shehata state no licence, so nobody may read one out of the metadata."""
    sheet = load_source(name).datasheet
    assert bool(sheet.licence_ids) == (name not in {"jain", "shehata"})
    assert ("not redistribute" in sheet.redistribution or "never redistribute" in sheet.redistribution) == (
        not sheet.licence_ids
    )
