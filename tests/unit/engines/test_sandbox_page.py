from __future__ import annotations

import re
from pathlib import Path

from polyreact.engines.behaviours import BEHAVIOURS

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "sandbox.md"


def test_sandbox_page_names_every_behaviour_and_no_other() -> None:
    """Symptom: oci.py sent its reader to a page that was not there. It mattered since nobody could tell which

    setting may go when an engine refuses it.
    """
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    named = {name for row in rows[1:] for name in re.findall(r"`([a-z-]+)`", row.split("|")[3])}
    assert named == {behaviour.name for behaviour in BEHAVIOURS}
