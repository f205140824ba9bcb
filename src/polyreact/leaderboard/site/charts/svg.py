"""SVG as text: numbers, escaped and fitted words, and the frame that makes a chart accessible.

The pages' content security policy refuses style attributes, style elements and scripts: what is written here has
classes and presentation attributes only, and its colours stand in charts.css.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from math import isfinite

from polyreact.leaderboard.text import NAME_LIMIT, cut

#: Charts are this many units wide and shown 328 px wide on the narrowest phones, so 12.5 units are 11.4 px there.
WIDTH = 360
FONT = 12.5
SMALL = 11.5
#: How much wider bold text is.
BOLD = 1.13

_ELLIPSIS = "\u2026"
_ID = re.compile(r"[a-z][a-z0-9-]*")
# XML 1.0 knows no way to write these.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NARROW = frozenset("ijl.,:;'|!I ")
_SLIM = frozenset('ftr()[]-/"*')
_BROAD = frozenset("mwMW@%")


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished chart, and what it shows in a sentence or a few; `{{ chart }}` in a template prints the SVG."""

    svg: str
    summary: str

    def __html__(self) -> str:
        """What Jinja prints without escaping it again."""
        return self.svg


def render_chart(
    chart_id: str, kind: str, height: float, title: str, summary: str, body: str, *, width: float = WIDTH
) -> Chart:
    """A chart with its title and description, which screen readers speak.

    `title` and `summary` are plain text, `body` is SVG. A chart that is wider than others says its width in pixels:
    it is not shrunk to a phone, but scrolls sideways in the box that the page gives it. Raises ValueError unless
    `chart_id` is lower-case letters, digits and hyphens: it comes from the page, never from a manifest, and is the
    only one of the page.
    """
    wide = f' width="{number(width)}"' if width > WIDTH else ""
    svg = (
        f'<svg class="chart {kind}{" wide" if wide else ""}" viewBox="0 0 {number(width)} {number(height)}"{wide} '
        f'role="img" font-size="{FONT}" aria-labelledby="{checked_id(chart_id)}-title {chart_id}-desc">'
        f'<title id="{chart_id}-title">{escape(title)}</title><desc id="{chart_id}-desc">{escape(summary)}</desc>'
        f"{body}</svg>"
    )
    return Chart(svg, summary)


def checked_id(name: str) -> str:
    """`name`, if it can be an id in HTML, CSS and a link; raises ValueError."""
    if not _ID.fullmatch(name):
        message = f"a chart's id is lower-case letters, digits and hyphens, not {name!r}"
        raise ValueError(message)
    return name


def checked(values: Iterable[float], what: str) -> None:
    """Raises ValueError where one of the values is not finite."""
    if not all(map(isfinite, values)):
        message = f"{what}: all values must be finite numbers"
        raise ValueError(message)


def checked_shares(rows: Iterable[Iterable[float]], what: str) -> None:
    """Raises ValueError where one of the values is not a finite number from 0 to 1."""
    values = list(chain.from_iterable(rows))
    checked(values, what)
    if values and (min(values) < 0 or max(values) > 1):
        message = f"{what}: all values must be from 0 to 1"
        raise ValueError(message)


def number(value: float) -> str:
    """A coordinate with at most one decimal: a tenth of a unit is less than a tenth of a pixel on a phone."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def escape(text: str) -> str:
    """Text that is safe between tags and in attributes, of HTML and of XML."""
    return html.escape(_UNWRITABLE.sub("\ufffd", text))


def render_text(x: float, y: float, words: str, classes: str = "", anchor: str = "") -> str:
    """A line of text on the base line `y`; `anchor` is `middle`, `end` or, from the left, nothing."""
    kind = f' class="{classes}"' if classes else ""
    hold = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{number(x)}" y="{number(y)}"{kind}{hold}>{escape(words)}</text>'


def text_width(text: str, size: float = FONT) -> float:
    """How wide `text` is in Verdana or DejaVu Sans, the widest of the usual fonts; nobody knows a reader's."""
    return size * sum(map(_em, text))


def fit_text(text: str, width: float, size: float = FONT) -> str:
    """`text` on one line, or as much of its beginning as `width` holds and an ellipsis."""
    line = " ".join(text[: 4 * WIDTH].split())
    if text_width(line, size) <= width:
        return line
    room = width / size - _em(_ELLIPSIS)
    end = 0
    for character in line:
        room -= _em(character)
        if room < 0:
            break
        end += 1
    return line[:end].rstrip() + _ELLIPSIS


def full_name(name: str) -> str:
    """`name` as titles and sentences have it: longer than what fits into a chart, but with an end."""
    return cut(name[: 2 * NAME_LIMIT], NAME_LIMIT)


def isolated(name: str) -> str:
    """The full name for the middle of a sentence; one from right to left leaves the words around it in place."""
    words = full_name(name)
    if any(unicodedata.bidirectional(character) in {"R", "AL", "AN"} for character in words):
        return f"\u2068{words}\u2069"
    return words


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.3
    if character in _SLIM:
        return 0.4
    if character in _BROAD:
        return 0.93
    if character < "\x7f":
        return 0.7 if character.isupper() else 0.61
    if unicodedata.category(character).startswith("M"):
        return 0.0
    return 1.15 if unicodedata.east_asian_width(character) in {"W", "F"} else 0.7
