"""The colours of curves: apart also for those who see fewer colours, and far enough from the paper."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from polyreact.leaderboard.site import charts

ASSETS = Path(charts.__file__).parents[1] / "assets"
# Linear RGB as seen by the colour-blind: Machado, Oliveira and Fernandes 2009, severity 1.0.
SIGHTS = {
    "common": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)
# A just noticeable difference is about 2.3.
LEAST_DIFFERENCE = 20
LEAST_CONTRAST = 3


def palette(scheme):
    """The series' colours and the paper, of light or dark."""
    tokens = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    place = 0 if scheme == "light" else 1

    def read(name):
        ((light, dark),) = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\);", tokens)
        return whole((light, dark)[place])

    return read("paper"), [read(f"series-{number}") for number in range(1, 7)]


def whole(colour):
    """Six digits for `#fff`."""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_are_apart(scheme, sight):
    _, colours = palette(scheme)
    for one, other in combinations(colours, 2):
        assert difference(seen(one, sight), seen(other, sight)) >= LEAST_DIFFERENCE, (one, other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_stand_out_from_the_paper(scheme):
    paper, colours = palette(scheme)
    for colour in colours:
        low, high = sorted(times(TO_XYZ, linear(each))[1] for each in (paper, colour))
        assert (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST, colour


def test_print_has_the_colours_of_light():
    printed = (ASSETS / "charts.css").read_text(encoding="utf-8")
    _, light = palette("light")
    assert re.findall(r"--series-\d: (#\w+);", printed) == light


def linear(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def seen(colour, sight):
    """The colour in CIELAB."""
    channels = [min(1, max(0, c)) for c in times(SIGHTS[sight], linear(colour))]
    x, y, z = (
        share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116
        for share in (value / white for value, white in zip(times(TO_XYZ, channels), WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
