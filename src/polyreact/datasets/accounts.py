"""What became of the rows of every published set, kept with the program: counts, no sequence and no label."""

from __future__ import annotations

import json
from importlib import resources

from polyreact.datasets.datasheet import Account, parse_account

#: Beside this module; `scripts/datasheets.py` writes it, and a test compares it with the raw files.
ACCOUNTS_FILE = "accounts.json"


def load_accounts() -> dict[str, Account]:
    """The accounts by key of a dataset (`jain-r1`)."""
    accounts = json.loads((resources.files("polyreact.datasets") / ACCOUNTS_FILE).read_bytes())
    return {key: parse_account(account) for key, account in accounts.items()}
