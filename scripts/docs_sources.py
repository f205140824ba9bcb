"""The Markdown files of this repository, laid out as the site's sources.

Every page stays where a reader of the repository looks for it, and is read there as plain Markdown. The site has
other places: pages of the repository's root stand in the section that they belong to, and a README is the start of
its folder. So the files are copied under their new names, and the links between them are written again. The
navigation is made from what the pages say: a start page's lists and tables name the pages below it, in order.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

DOCS = "docs"
BOARD = "LEADERBOARD.md"
START = "index.md"
#: Where a page from outside of `docs/` stands on the site.
PLACES = {
    "BENCHMARK_SUBMISSION_GUIDE.md": "reference/submission-guide.md",
    "CHANGELOG.md": "reference/changelog.md",
    "ARCHITECTURE.md": "explanation/architecture.md",
    "CONTRIBUTING.md": "explanation/contributing.md",
    "SECURITY.md": "explanation/security.md",
    "tests/submissions/README.md": "explanation/hostile-submissions.md",
    "space/README.md": "reference/space.md",
}
#: What a link to a folder means.
FOLDERS = {"zoo": "docs/reference/README.md"}

_LINK = re.compile(r"\[(?P<text>(?:`[^`]*`|[^\]`])*)\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(r"^(?:[-*|]|\d+\.) .*(?:\n {2,}.*)*", re.MULTILINE)


class BrokenLink(Exception):
    """A page links to something that the site does not have."""

    def __init__(self, page: str, target: str) -> None:
        super().__init__(
            f"{page}: the link to `{target}` leads to nothing that the site has.\n"
            "Mend the link, or give the file a place in PLACES of scripts/docs_sources.py."
        )


def find_pages(repository: Path) -> dict[str, str]:
    """The site's name of each page, by its name in the repository."""
    pages = {page: place for page, place in PLACES.items() if (repository / page).is_file()}
    for path in sorted((repository / DOCS).rglob("*.md")):
        within = path.relative_to(repository / DOCS).as_posix()
        pages[f"{DOCS}/{within}"] = re.sub(r"(^|/)README\.md$", rf"\1{START}", within)
    for path in sorted(repository.glob("zoo/*/README.md")):
        pages[path.relative_to(repository).as_posix()] = f"reference/baseline-{path.parent.name}.md"
    return pages


def write_sources(repository: Path, folder: Path) -> None:
    """Write the site's sources into `folder`. Raises BrokenLink."""
    pages = find_pages(repository)
    texts = {place: "".join(_rewrite(repository, pages, page, folder)) for page, place in pages.items()}
    for place, entries in find_navigation(texts).items():
        texts[place] += entries
    for place, text in texts.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _rewrite(repository: Path, pages: Mapping[str, str], page: str, folder: Path) -> Iterator[str]:
    text = (repository / page).read_text(encoding="utf-8")
    end = 0
    for fence in _FENCE.finditer(text):
        yield _rewrite_links(repository, pages, page, text[end : fence.start()], folder)
        yield fence.group()
        end = fence.end()
    yield _rewrite_links(repository, pages, page, text[end:], folder)


def _rewrite_links(repository: Path, pages: Mapping[str, str], page: str, text: str, folder: Path) -> str:
    here = posixpath.dirname(pages[page])

    def rewrite(link: re.Match[str]) -> str:
        path, hash_sign, anchor = link["target"].partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return link.group()
        named = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        if named == BOARD:
            return f'<a href="{posixpath.relpath("../index.html", here or ".")}">{link["text"]}</a>'
        place = _find_place(repository, pages, named, folder)
        if place is None:
            raise BrokenLink(page, link["target"])
        return f"[{link['text']}]({posixpath.relpath(place, here or '.')}{hash_sign}{anchor})"

    return _LINK.sub(rewrite, text)


def _find_place(repository: Path, pages: Mapping[str, str], named: str, folder: Path) -> str | None:
    """Where the file `named` stands on the site; one that is no page is copied there, to be downloaded."""
    for candidate in (named, f"{named}/README.md", FOLDERS.get(named, "")):
        if candidate in pages:
            return pages[candidate]
    source = repository / named
    if named.startswith("../") or not source.is_file() or source.suffix not in {".cff", ".json", ".svg", ".png"}:
        return None
    place = named.removeprefix(f"{DOCS}/")
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / place)
    return place


def find_navigation(texts: Mapping[str, str]) -> dict[str, str]:
    """What is to be put at the end of each start page, so that Sphinx knows the pages below it.

    First the pages of its folder that its lists and tables name, and the start pages of the folders below, in their
    order; then, shown on it, those that it does not name.
    """
    navigation = {}
    for start in sorted(place for place in texts if PurePosixPath(place).name == START):
        below = [place for place in texts if place != start and _find_start(place) == start]
        named = [place for place in _named_in_entries(start, texts[start]) if place in below]
        others = sorted(set(below) - set(named))
        navigation[start] = _toctree(start, named, ":hidden:") + _toctree(start, others, ":maxdepth: 1")
    return navigation


def _find_start(place: str) -> str:
    """The start page that a page belongs to: that of its folder, for a start page that of the folder above."""
    folder = posixpath.dirname(place)
    if posixpath.basename(place) == START:
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, START)


def _named_in_entries(start: str, text: str) -> list[str]:
    """What lists and tables link to, each once, in order."""
    folder = posixpath.dirname(start)
    links = (link for entry in _ENTRY.findall(_FENCE.sub("", text)) for link in _LINK.finditer(entry))
    return list(dict.fromkeys(posixpath.normpath(posixpath.join(folder, link["target"])) for link in links))


def _toctree(start: str, places: Sequence[str], option: str) -> str:
    if not places:
        return ""
    names = [posixpath.relpath(place, posixpath.dirname(start) or ".").removesuffix(".md") for place in places]
    return "\n".join(["", "```{toctree}", option, "", *names, "```", ""])
