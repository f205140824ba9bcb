"""The pages written to a folder; the only module that knows the template language."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from polyreact.files import write_atomically
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.site import charts
from polyreact.leaderboard.site.view import build_view

_TEMPLATES = Path(__file__).parent / "templates"
PAGE = "index.html"
STYLE = "style.css"


def render_page(board: Board) -> str:
    """The page as HTML; the same board always gives the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template(PAGE)
    return template.render(page=build_view(board), bar_width=charts.WIDTH, bar_height=charts.HEIGHT)


def build_site(board: Board, folder: Path) -> Path:
    """Write the page and its style sheet to `folder`, each whole or not at all, and return the page's path.

    The page links to `leaderboard.json` beside it, which the caller writes. It works from a file, from any
    sub-path of a server, and without JavaScript. Raises CannotWrite.
    """
    page = folder / PAGE
    write_atomically(folder / STYLE, (_TEMPLATES / STYLE).read_bytes())
    write_atomically(page, render_page(board).encode())
    return page
