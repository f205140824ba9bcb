"""The documentation as a site, built once for all tests that look at it, and what its pages hold."""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

REPOSITORY = Path(__file__).parent.parent
SCRIPT = REPOSITORY / "scripts" / "build_docs.py"
#: Elements whose content is fetched or run, and the attribute that says from where.
SOURCES = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


def build(site):
    """Build the documentation as `make docs` does."""
    subprocess.run([sys.executable, str(SCRIPT), "--site", str(site)], check=True, capture_output=True, text=True)
    return site / "docs"


def load_sources():
    """scripts/docs_sources.py."""
    spec = importlib.util.spec_from_file_location("docs_sources", REPOSITORY / "scripts" / "docs_sources.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Page:
    """What of a page matters to its links and to its policy."""

    policy: str = ""
    anchors: set = field(default_factory=set)
    links: list = field(default_factory=list)
    fetched: list = field(default_factory=list)
    inline: list = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.page.policy = values["content"]
        self.page.anchors.update(filter(None, [values.get("id"), values.get("name")]))
        if tag == "a" and values.get("href"):
            self.page.links.append(values["href"])
        if tag in SOURCES and values.get(SOURCES[tag]):
            self.page.fetched.append(values[SOURCES[tag]])
        if (tag == "script" and "src" not in values) or tag == "style":
            self.page.inline.append(tag)
        self.page.inline += [name for name in values if name == "style" or name.startswith("on")]


def read_page(path):
    """Parse one page."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def find_broken(docs, pages):
    """Every link or fetched file of `pages` (by path) that leads to nothing, as (page, address)."""
    board = docs.parent / "index.html"
    broken = []
    for path, page in pages.items():
        for address in [*page.links, *page.fetched]:
            parts = urlsplit(address)
            if parts.scheme in {"https", "http", "mailto", "data"}:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target == board.resolve():
                continue
            known = pages[target].anchors if target in pages else None
            if not target.is_file() or (
                parts.fragment and known is not None and unquote(parts.fragment) not in known
            ):
                broken.append((path.relative_to(docs).as_posix(), address))
    return broken
