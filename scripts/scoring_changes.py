"""Print docs/reference/scoring-changes.md from the documents in results/scoring, without scoring anything.

    python scripts/scoring_changes.py > docs/reference/scoring-changes.md

`polyreact score --all` writes the same page. A test compares the two, so that no figure changes in silence.
"""

from __future__ import annotations

from pathlib import Path

from polyreact.leaderboard.formats.scoring_changes import render_scoring_changes
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore

RESULTS = Path(__file__).parent.parent / "results"


def render() -> str:
    """The whole page."""
    return render_scoring_changes(ScoringHistory.of(ResultsStore(RESULTS)).read_all())


if __name__ == "__main__":
    print(render(), end="")
