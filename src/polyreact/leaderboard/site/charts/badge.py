"""A badge for a submission's own page: one SVG file that needs no style sheet, font or other file."""

from __future__ import annotations

from polyreact.leaderboard.site.charts.svg import SMALL, escape, fit_text, number, text_width
from polyreact.leaderboard.site.charts.words import Limits, figure_with_limits

_HEIGHT = 20
_PAD = 7.0
_MOST = 260.0
_NAME = "polyreact"
_FONTS = "Verdana,DejaVu Sans,Segoe UI,sans-serif"
# White has a contrast of more than 7 to 1 on both.
_LEFT_FILL = "#3c444b"
_RIGHT_FILL = "#0b5c70"


def build_badge(words: str) -> str:
    """The badge `polyreact | words`, as a file.

    `textLength` holds the words to the width that the badge was drawn for, in whatever font the reader has.
    """
    shown = fit_text(words, _MOST, SMALL)
    left = _width(_NAME) + 2 * _PAD
    right = _width(shown) + 2 * _PAD
    width = number(left + right)
    label = escape(f"{_NAME}: {shown}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{_HEIGHT}" '
        f'viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{label}"><title>{label}</title>'
        f'<clipPath id="r"><rect width="{width}" height="{_HEIGHT}" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{number(left)}" height="{_HEIGHT}" fill="{_LEFT_FILL}"/>'
        f'<rect x="{number(left)}" width="{number(right)}" height="{_HEIGHT}" fill="{_RIGHT_FILL}"/></g>'
        f'<g fill="#fff" font-family="{_FONTS}" font-size="{SMALL:g}">'
        f"{_text(_NAME, _PAD)}{_text(shown, left + _PAD)}</g></svg>\n"
    )


def badge_words(measure: str, value: float, limits: Limits | None, track: str) -> str:
    """`AUROC 0.73 [0.61, 0.82] on jain`."""
    return f"{measure} {figure_with_limits(value, limits)} on {track}"


def _width(words: str) -> float:
    return text_width(words, SMALL)


def _text(words: str, x: float) -> str:
    return (
        f'<text x="{number(x)}" y="14" textLength="{number(_width(words))}">{escape(words)}</text>' if words else ""
    )
