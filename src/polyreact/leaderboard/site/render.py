"""Pages as HTML; the only module that knows the template language."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from polyreact.files import Sha256, sha256_bytes
from polyreact.leaderboard import wording
from polyreact.leaderboard.site import addresses, charts, row_bar
from polyreact.leaderboard.site.markdown import render_markdown
from polyreact.leaderboard.site.page import Page

_PACKAGE = "polyreact.leaderboard.site"
_ASSETS = "assets"

#: The main navigation: page and words.
NAVIGATION = (
    (addresses.OVERVIEW, "Board"),
    (addresses.COMPARE, "Compare"),
    (addresses.DATASETS, "Tracks and datasets"),
    (addresses.SUBMIT, "Submit"),
    (addresses.METHODS, "Methods"),
    (addresses.HISTORY, "History"),
    (addresses.STATUS, "Status"),
    (addresses.DATA_PAGE, "Data"),
)


def render_page(page: Page, *, has_docs: bool = False) -> bytes:
    """The page as it is written; the same page always gives the same bytes.

    With `has_docs` the navigation leads to the documentation, which then stands below `docs/`.
    """
    template = _environment().get_template(page.template)
    return template.render(
        page=page,
        view=page.view,
        site_title=wording.TITLE,
        navigation=(*NAVIGATION, *(((addresses.DOCS, "Docs"),) if has_docs else ())),
        addresses=addresses,
        refer=lambda target: addresses.refer(target, page.path),
        bars=row_bar,
        charts=charts,
    ).encode()


def digest_page(page: Page, *, has_docs: bool = False) -> Sha256:
    """What the bytes of a page hang on: what it shows, and every template."""
    return sha256_bytes(f"{_digest_templates()}\n{has_docs}\n{page!r}".encode())


def read_assets() -> dict[str, bytes]:
    """The files that all pages share, by their paths below the site's folder."""
    folder = resources.files(_PACKAGE) / _ASSETS
    return {f"{_ASSETS}/{file.name}": file.read_bytes() for file in sorted(folder.iterdir(), key=lambda f: f.name)}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["markdown"] = render_markdown
    return environment


@lru_cache(maxsize=1)
def _digest_templates() -> Sha256:
    """Of all templates, and of the code beside them: a chart drawn in another way is another page."""
    digest = sha256()
    root = resources.files(_PACKAGE)
    pending = [root]
    while pending:
        for item in sorted(pending.pop().iterdir(), key=lambda found: found.name):
            if item.is_dir():
                pending.append(item)
            elif item.name.endswith((".html", ".svg", ".py")):
                digest.update(item.name.encode() + b"\0" + item.read_bytes())
    return Sha256(digest.hexdigest())
