"""How a source is cited: BibTeX, and CITATION.cff of the benchmark with every source among its references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml

from polyreact import __version__
from polyreact.datasets.catalog import Source
from polyreact.datasets.description import Publication

_BIBTEX_SPECIAL = str.maketrans({character: f"\\{character}" for character in "&%$#_"})
_CFF_HEAD = """\
# Made by scripts/datasheets.py from the catalogue: change src/polyreact/datasets/catalog and run that again.
"""
_MESSAGE = (
    "Please cite the benchmark, and the article of every set that you report a figure on: the references below, "
    "which docs/datasets has as BibTeX."
)
_ABSTRACT = (
    "Runs submitted models of antibody polyreactivity in a sandbox on published sets, scores them, and says which "
    "differences can be told from chance."
)


def render_bibtex(source: Source) -> str:
    """The entry of a source; one without a publication is cited as what it is."""
    publication = source.publication
    if publication is None:
        return _render_entry("misc", source.id, {"title": f"{{{source.title}}}", "note": source.citation})
    first, last = _split_pages(publication)
    authors = [*publication.authors, *(["others"] if publication.and_others else [])]
    fields = {
        "author": " and ".join(authors),
        "title": f"{{{publication.title}}}",
        "journal": publication.journal,
        "volume": publication.volume,
        "pages": f"{first}--{last}" if last else first,
        "year": str(publication.year),
    }
    return _render_entry("article", f"{source.id}{publication.year}", fields, source.doi)


def render_citation_file(sources: Iterable[Source]) -> bytes:
    """CITATION.cff, version 1.2.0 of the format: the benchmark, and every source that was published."""
    value = {
        "cff-version": "1.2.0",
        "message": _MESSAGE,
        "type": "software",
        "title": "The Antibody Polyreactivity Benchmark (polyreact)",
        "abstract": _ABSTRACT,
        "version": __version__,
        "license": "Apache-2.0",
        "keywords": ["antibody", "polyreactivity", "non-specificity", "benchmark"],
        "authors": [{"name": "The polyreact authors"}],
        "references": [
            _describe_reference(source, source.publication) for source in sources if source.publication is not None
        ],
    }
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)
    return f"{_CFF_HEAD}{text}".encode()


def _describe_reference(source: Source, publication: Publication) -> dict[str, object]:
    authors: list[dict[str, str]] = []
    for author in publication.authors:
        family, _, given = author.partition(", ")
        authors.append({"family-names": family, "given-names": given})
    if publication.and_others:
        authors.append({"name": "others"})
    first, last = _split_pages(publication)
    return {
        "type": "article",
        "title": publication.title,
        "authors": authors,
        "journal": publication.journal,
        "volume": publication.volume,
        "start": first,
        **({"end": last} if last else {}),
        "year": publication.year,
        "doi": source.doi,
    }


def _split_pages(publication: Publication) -> tuple[str, str]:
    """The first and the last page; for the number of an article that, and nothing."""
    first, _, last = publication.pages.partition("-")
    return first, last


def _render_entry(kind: str, key: str, fields: Mapping[str, str], doi: str = "") -> str:
    lines = [f"  {name:<8}= {{{value.translate(_BIBTEX_SPECIAL)}}}," for name, value in fields.items()]
    lines += [f"  {'doi':<8}= {{{doi}}},"] if doi else []
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n"
