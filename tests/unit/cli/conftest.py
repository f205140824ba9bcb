"""The command line, called as the program does it."""

import json
from dataclasses import dataclass

import pytest

from polyreact.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How the program ended and what it printed."""

    status: int
    out: str
    err: str

    @property
    def data(self):
        """What it printed on stdout, as JSON."""
        return json.loads(self.out)


@pytest.fixture
def polyreact(capsys, tmp_path, monkeypatch):
    """Run the program with these arguments, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return run
