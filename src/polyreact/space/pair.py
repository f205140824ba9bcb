"""Two submissions on one track: which is better, or that they cannot be told apart, or why nothing is known."""

from __future__ import annotations

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.formats.markdown import escape
from polyreact.leaderboard.text import PROSE_LIMIT
from polyreact.results.comparison_records import PairRecord
from polyreact.space.cells import result_words
from polyreact.space.document import Leaderboard, ShownTrack

SAME = "Choose two different models."

ALONE = (
    "Differences are of the first less the second on the same antibodies, and where one is better, how far it "
    "leads. A pair is taken alone here; ranks adjust for all pairs."
)


def describe_pair(board: Leaderboard, shown: ShownTrack, first: str, second: str) -> str:
    """The comparison as Markdown; `first` and `second` are ids of the board."""
    if first == second:
        return SAME
    names = board.names
    for name in (first, second):
        cell = shown.find_cell(name)
        if cell is None or cell.state is not CellState.SCORE:
            state = result_words(cell) if cell else CellState.MISSING.value
            return f"{escape(names[name])} has no score on {shown.id}: {escape(state)}."
    pair = _find_pair(shown, first, second)
    if pair is None:
        return _absent(shown, first, second)
    heading = wording.pair_heading(shown.track)
    lines = [
        f"- **{metric}**: {escape(wording.pair_words(found, names[first], names[second]), PROSE_LIMIT)}"
        for metric, found in ((heading, pair.auroc), ("Accuracy", pair.accuracy))
    ]
    if pair.agreement is not None:
        told = wording.agreement_words(pair.agreement, names[first], names[second])
        lines.append(f"- **Agreement**: {escape(told, PROSE_LIMIT)}")
    return "\n".join([*lines, "", ALONE])


def _find_pair(shown: ShownTrack, first: str, second: str) -> PairRecord | None:
    for pair in shown.pairs.listed if shown.pairs else ():
        if (pair.first, pair.second) == (first, second):
            return pair
        if (pair.first, pair.second) == (second, first):
            return pair.turned()
    return None


def _absent(shown: ShownTrack, first: str, second: str) -> str:
    if shown.track.is_private:
        return "Comparisons on private tracks are not published."
    return (
        "This pair is not among those that leaderboard.json lists. In a clone of the benchmark:\n\n"
        f"```sh\npolyreact compare {first} {second} --track {shown.id}\n```"
    )
