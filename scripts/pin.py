"""Print what the catalogue must say of a dataset: its counts and the digests of its tables, from the raw files.

    python scripts/pin.py boughter@2

Run it for a new revision, compare the counts with what they should be, and copy the lines into the catalogue.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import build_prepared, find_digests
from polyreact.settings import read_settings


def main() -> None:
    """Print the lines of every dataset named on the command line."""
    settings = read_settings(os.environ, Path.home)
    for name in sys.argv[1:]:
        dataset = load_dataset(name)
        preparation, tables = build_prepared(dataset, settings)
        print(f"# {dataset.reference}\npositives = {preparation.positives}\nnegatives = {preparation.negatives}")
        for table, digest in find_digests(tables).items():
            print(f'{table}_sha256 = "{digest}"')


if __name__ == "__main__":
    main()
