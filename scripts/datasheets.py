"""Write docs/datasets (a page for each source, an index, Croissant files) and CITATION.cff from the catalogue.

    python scripts/datasheets.py             from the accounts as they are committed
    python scripts/datasheets.py --prepare   from new accounts: every set whose raw files can be had is made first

A test compares what is committed with what this writes, and the accounts with the raw files.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from polyreact.cli.dataset_card import load_overlaps, read_accounts
from polyreact.datasets.accounts import ACCOUNTS_FILE, load_accounts
from polyreact.datasets.catalog import load_revisions, load_source, source_ids
from polyreact.datasets.citation import render_citation_file
from polyreact.datasets.croissant import find_obstacles, render_croissant
from polyreact.datasets.datasheet import Account, render_account, render_index, render_page
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import DatasetError
from polyreact.files import write_atomically
from polyreact.settings import Settings, read_settings

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = Path("docs/datasets")
ACCOUNTS = Path("src/polyreact/datasets") / ACCOUNTS_FILE


def prepare_accounts(settings: Settings) -> dict[str, Account]:
    """The accounts of every set whose raw files can be had; the others keep theirs, which is said on stderr."""
    accounts = load_accounts() if (REPOSITORY / ACCOUNTS).exists() else {}
    prepared = []
    for dataset in load_revisions():
        if dataset.is_prepared:
            try:
                ensure_prepared(dataset, settings)
                prepared.append(dataset)
            except DatasetError as error:
                print(f"{dataset.reference} keeps the account it has: {error}", file=sys.stderr)
    return accounts | read_accounts(prepared, settings)


def render_all(accounts: Mapping[str, Account]) -> dict[Path, bytes]:
    """Every file, by its path in the repository."""
    sources = [load_source(name) for name in source_ids()]
    overlaps = load_overlaps(REPOSITORY / "results")
    by_key = {key: render_account(accounts[key]) for key in sorted(accounts)}
    pages = {PAGES / f"{source.id}.md": render_page(source, accounts, overlaps).encode() for source in sources}
    croissants = {
        PAGES / "croissant" / f"{dataset.key}.json": render_croissant(dataset, source)
        for source in sources
        for dataset in source.datasets
        if not find_obstacles(dataset, source)
    }
    return {
        PAGES / "README.md": render_index(sources).encode(),
        ACCOUNTS: (json.dumps(by_key, indent=2, ensure_ascii=False) + "\n").encode(),
        Path("CITATION.cff"): render_citation_file(sources),
        **pages,
        **croissants,
    }


def find_stale(paths: Mapping[Path, bytes]) -> list[Path]:
    """Files of docs/datasets that nothing writes any more."""
    kept = {REPOSITORY / path for path in paths}
    return [path for path in sorted((REPOSITORY / PAGES).rglob("*")) if path.is_file() and path not in kept]


if __name__ == "__main__":
    prepare = sys.argv[1:] == ["--prepare"]
    if sys.argv[1:] and not prepare:
        sys.exit(__doc__)
    made = render_all(prepare_accounts(read_settings(os.environ, Path.home)) if prepare else load_accounts())
    for path, content in made.items():
        write_atomically(REPOSITORY / path, content)
    for path in find_stale(made):
        path.unlink()
