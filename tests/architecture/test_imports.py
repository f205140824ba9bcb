"""Imports flow down only, and asking for help costs little."""

import json
import subprocess
import sys
from pathlib import Path

from architecture.sources import REPOSITORY

HEAVY = (
    "numpy",
    "pydantic",
    "rich",
    "jinja2",
    "yaml",
    "urllib3",
    "openpyxl",
    "packaging",
    "immunum",
    "scipy",
    "distributed",
    "torch",
)
ASK_FOR_HELP = """
import json, sys
from polyreact.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def test_import_contracts_hold():
    program = Path(sys.executable).parent / "lint-imports"
    finished = subprocess.run([program, "--no-cache"], cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "0 broken" in finished.stdout


def test_help_imports_no_library_but_click():
    finished = subprocess.run([sys.executable, "-c", ASK_FOR_HELP], check=True, capture_output=True, text=True)
    imported = set(json.loads(finished.stderr))
    assert "Commands:" in finished.stdout
    assert "click" in imported
    assert not imported & set(HEAVY)
    commands = {name for name in imported if name.startswith("polyreact.cli.")}
    assert commands == {"polyreact.cli.main", "polyreact.cli.lazy"}
