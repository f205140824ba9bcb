"""Internal links that lead nowhere: to a file that is not there, or to a place that its page has not."""

from html.parser import HTMLParser
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

#: Attributes that name another file, and those that name a place on the same page.
ADDRESSES = ("href", "src", "data")
PLACES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


class Page(HTMLParser):
    """The ids of a page, and what it refers to."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.addresses, self.places = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if "id" in told:
            self.ids.append(told["id"])
        self.addresses += [told[name] for name in ADDRESSES if told.get(name)]
        self.places += [place for name in PLACES for place in (told.get(name) or "").split()]


def broken_links(folder, elsewhere=()):
    """One line for each reference of a page in or below `folder` that leads nowhere, and for each id given twice.

    References to https addresses are left out; files in `elsewhere`, that others put there, count as present.
    """
    pages = {
        path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} | set(elsewhere)
    found = []
    for name, page in pages.items():
        found += [
            f"{name}: the id {one} stands twice" for one in sorted({i for i in page.ids if page.ids.count(i) > 1})
        ]
        found += [f"{name}: there is no {place} on the page" for place in page.places if place not in page.ids]
        found += [f"{name}: {address}" for address in page.addresses if not _leads(name, address, pages, files)]
    return found


def _leads(name, address, pages, files):
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return False
    path = unquote(parts.path)
    target = normpath((PurePosixPath(name).parent / path).as_posix()) if path else name
    if target not in files:
        return False
    return not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].ids
