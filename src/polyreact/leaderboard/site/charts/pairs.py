"""Every two entries of a track: which is better, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import combinations

from polyreact.leaderboard.site.charts.axes import line
from polyreact.leaderboard.site.charts.svg import (
    WIDTH,
    Chart,
    escape,
    fit_text,
    full_name,
    number,
    render_chart,
    render_text,
)
from polyreact.leaderboard.site.charts.words import counted

MOST_ENTRIES = 30
_CELL = 20.0
_NAME = 132.0
_LEFT = 160.0
_TOP = 52.0
_FOOT = 6.0
_GAP = 1.0


class Verdict(Enum):
    """What is known of a row's entry against a column's; the value is the cell's sign."""

    BETTER = "+"
    WORSE = "\u2212"
    UNDECIDED = "?"


_OPPOSITES = {
    Verdict.BETTER: Verdict.WORSE,
    Verdict.WORSE: Verdict.BETTER,
    Verdict.UNDECIDED: Verdict.UNDECIDED,
    None: None,
}
_KEY = (
    (Verdict.BETTER, "row better", 4.0),
    (Verdict.WORSE, "row worse", 118.0),
    (Verdict.UNDECIDED, "cannot be told", 230.0),
)


def build_pair_matrix(
    chart_id: str, track: str, names: Sequence[str], verdicts: Sequence[Sequence[Verdict | None]]
) -> Chart:
    """A square of verdicts, row against column, `None` on the diagonal; of more than 30 entries the first 30.

    The page has the same pairs as a table beside it. Raises ValueError where the square is not one, or says two
    things of the same pair.
    """
    _check(names, verdicts)
    count = min(len(names), MOST_ENTRIES)
    rows = [list(row[:count]) for row in verdicts[:count]]
    # Cells keep their size, so that their signs stay legible however many there are.
    side = _CELL * count
    height = _TOP + side + _FOOT
    body = [
        *(_key(kind, words, x) for kind, words, x in _KEY),
        *(line(_cells(rows, kind), f"cell {kind.name.lower()}") for kind in Verdict),
        _numbers(count),
        *(_row(index, names[index], row) for index, row in enumerate(rows)),
    ]
    left_out = len(names) - count
    if left_out:
        words = f"{counted(left_out, 'more entry is', 'more entries are')} in the table and not drawn"
        body.append(render_text(4, height + 12, words, "note"))
        height += 20
    title = f"{counted(len(names), 'entry', 'entries')} on {track}, pair by pair"
    return render_chart(
        chart_id,
        "pairs",
        height,
        title,
        f"{title}: {_spoken(verdicts)}.",
        "".join(body),
        width=max(float(WIDTH), _LEFT + side + _FOOT),
    )


def _check(names: Sequence[str], verdicts: Sequence[Sequence[Verdict | None]]) -> None:
    count = len(names)
    if len(verdicts) != count or any(len(row) != count for row in verdicts):
        message = f"the verdicts of {count} entries are {count} rows of {count}"
        raise ValueError(message)
    for i in range(count):
        if verdicts[i][i] is not None:
            message = f"entry {i + 1} is compared with itself"
            raise ValueError(message)
        for j in range(i):
            if verdicts[j][i] is not _OPPOSITES[verdicts[i][j]]:
                message = f"two verdicts of entries {j + 1} and {i + 1} contradict each other"
                raise ValueError(message)


def _key(kind: Verdict, words: str, x: float) -> str:
    side = f"{_CELL - _GAP:g}"
    return (
        f'<path class="cell {kind.name.lower()}" d="M{number(x)} 4h{side}v{side}h-{side}z"/>'
        + render_text(x + _CELL / 2, 18, kind.value, "sign", "middle")
        + render_text(x + _CELL + 6, 18, words, "note")
    )


def _cells(rows: Sequence[Sequence[Verdict | None]], kind: Verdict) -> str:
    side = f"{_CELL - _GAP:g}"
    return "".join(
        f"M{number(_LEFT + _CELL * j)} {number(_TOP + _CELL * i)}h{side}v{side}h-{side}z"
        for i, row in enumerate(rows)
        for j, verdict in enumerate(row)
        if verdict is kind
    )


def _numbers(count: int) -> str:
    return "".join(
        render_text(_LEFT + _CELL * index + _CELL / 2, _TOP - 6, str(index + 1), "tick", "middle")
        for index in range(count)
    )


def _row(index: int, name: str, row: Sequence[Verdict | None]) -> str:
    y = _TOP + _CELL * index + 14
    signs = [(j, verdict.value) for j, verdict in enumerate(row) if verdict is not None]
    # One element for a row's signs, each at its own x: a third of the bytes of one element each.
    places = " ".join(number(_LEFT + _CELL * j + _CELL / 2) for j, _ in signs)
    text = "".join(sign for _, sign in signs)
    label = (
        f"<g><title>{escape(full_name(name))}</title>{render_text(4, y, fit_text(name, _NAME))}</g>"
        + render_text(_LEFT - 5, y, str(index + 1), "tick", "end")
    )
    return (
        f'{label}<text class="sign" text-anchor="middle" y="{number(y)}" x="{places}">{text}</text>'
        if signs
        else label
    )


def _spoken(verdicts: Sequence[Sequence[Verdict | None]]) -> str:
    pairs = list(combinations(range(len(verdicts)), 2))
    if not pairs:
        return "nothing to compare"
    apart = sum(verdicts[i][j] in {Verdict.BETTER, Verdict.WORSE} for i, j in pairs)
    losses = [sum(verdict is Verdict.WORSE for verdict in row) for row in verdicts]
    return (
        f"{apart} of {counted(len(pairs), 'pair', 'pairs')} can be told apart, and "
        f"{counted(losses.count(0), 'entry is', 'entries are')} worse than none"
    )
