"""What html-validate finds wrong with the pages of a built site: the content model of HTML, and much of ARIA."""

import json
import subprocess
import sys
from pathlib import Path

from conftest import missing

RULES = Path(__file__).with_name("htmlvalidate.json")
HOME = Path(sys.prefix) / "lib" / "html-validate"
PROGRAM = HOME / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
NODE = Path(sys.prefix) / "bin" / "node"
LONGEST_S = 300


def require_validator():
    """Fail in CI and skip elsewhere where the validator is not installed."""
    if PROGRAM.exists() and NODE.exists():
        return
    command = "sh scripts/install-validator.sh .venv tests/pages html-validate"
    missing("html-validate", f"it is not installed in {HOME} ({command})")


def invalid_lines(folder):
    """One line for each defect of an HTML file in or below `folder`: file, line, rule and what is wrong."""
    require_validator()
    command = [NODE, PROGRAM, "--config", RULES, "--formatter", "json", "."]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert made.returncode in {0, 1}, made.stderr
    inside = folder.resolve()
    return [
        f"{Path(file['filePath']).relative_to(inside)}:{defect['line']} {defect['ruleId']}: {defect['message']}"
        for file in json.loads(made.stdout)
        for defect in file["messages"]
    ]
