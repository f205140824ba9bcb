"""Builds the wheel and the source archive into a folder, with the build backend that is installed: no network.

python scripts/build_distribution.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from hatchling.build import build_sdist, build_wheel


def main() -> None:
    """The command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for build in (build_sdist, build_wheel):
        print(folder / build(str(folder)))


if __name__ == "__main__":
    main()
