"""Write what each refusal means into the tables of the submission guide, from the classes in errors.py.

    python scripts/guide_refusals.py

What to do about one is written by hand, in the third column; a test holds that no code is left out.
"""

from __future__ import annotations

import re
from pathlib import Path

from polyreact.errors import HostError, PolyreactError, SettingsError, SubmissionError, UsageError

GUIDE = Path(__file__).parent.parent / "BENCHMARK_SUBMISSION_GUIDE.md"
#: Whom a submitter may meet; the data and the records are the organiser's.
FAMILIES: tuple[type[PolyreactError], ...] = (UsageError, SettingsError, SubmissionError, HostError)
ROW = re.compile(r"^\| (?P<code>E\d{3}) \| (?P<meaning>.+?) \| (?P<cure>.+?) \|$", re.MULTILINE)


def find_meanings() -> dict[str, str]:
    """Every code that may be met, with its meaning."""
    kinds = [kind for family in FAMILIES for kind in family.__subclasses__()]
    return {kind.code: " ".join((kind.__doc__ or "").split()) for kind in kinds}


def fill_in(guide: str) -> str:
    """The guide with the meanings of now; rows of codes that do not exist stay for the test to find."""
    meanings = find_meanings()
    return ROW.sub(
        lambda row: f"| {row['code']} | {meanings.get(row['code'], row['meaning'])} | {row['cure']} |", guide
    )


if __name__ == "__main__":
    GUIDE.write_text(fill_in(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
