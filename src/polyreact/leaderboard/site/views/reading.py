"""How to read the board: the words and figures of its tables explained, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass

from polyreact.leaderboard import exposure, licences, wording
from polyreact.leaderboard.site.views import parts

PICTURES = (
    "In the pictures the dot is the value and the band its 95 % interval. The thin upright line is chance (an "
    "AUROC of 0.5); the dashed ones are the baselines. All rows of a column share one axis."
)
ADDRESS = (
    "The page's address keeps the order, the search, the filters, the hidden columns and the two chosen entries: "
    "send it, and the reader sees the same view."
)
TIME = (
    "Seconds of the run for 1,000 antibodies, loading of the model included, so that on small sets most of it may "
    "be loading; hosts may differ. On tracks with folds it is the sum of all runs, learning included."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole explanation."""

    notes: tuple[str, ...]
    states: tuple[parts.Term, ...]
    metrics: tuple[parts.MetricHeading, ...]
    counts: str
    training: tuple[parts.Term, ...]
    use: tuple[parts.Term, ...]
    time: str


def build_reading() -> Reading:
    """The same for every page."""
    return Reading(
        notes=(wording.RANKS, wording.INTERVALS, PICTURES, wording.BASELINES, ADDRESS),
        states=parts.build_states(),
        metrics=parts.build_metric_headings(),
        counts=wording.COUNTS,
        training=tuple(parts.Term(kind.value, words) for kind, words in exposure.MEANINGS.items()),
        use=tuple(parts.Term(kind.value, words) for kind, words in licences.MEANINGS.items()),
        time=TIME,
    )
