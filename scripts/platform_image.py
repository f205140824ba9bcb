"""Builds the image of polyreact itself out of the clone, and tells its name.

    python scripts/platform_image.py [--base IMAGE|local] [--engine docker|podman]

What goes into it is listed in CONTENT; nothing else of the clone is in reach of the build.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from polyreact.cli.surroundings import load_engine, load_settings
from polyreact.engines.interface import Engine
from polyreact.evaluation.build import build_folder
from polyreact.images import ImageReference
from polyreact.settings import Settings

CLONE = Path(__file__).parents[1]
NAME = "polyreact-platform"
#: Path in the clone -> path in the build; the rest of the clone stays out.
CONTENT = {
    "Containerfile": "Dockerfile",
    "LICENSE": "LICENSE",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "requirements/ci.txt": "requirements.txt",
    "src": "src",
}


def lay_out(folder: Path) -> None:
    """Copy what the image is built from into an empty folder."""
    for source, target in CONTENT.items():
        if (CLONE / source).is_dir():
            shutil.copytree(CLONE / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(CLONE / source, folder / target)


def build_platform_image(engine: Engine, settings: Settings, base: str | None) -> ImageReference:
    """The image with its digest, built unless the same content was built before."""
    with tempfile.TemporaryDirectory(prefix="polyreact-image-") as folder:
        lay_out(Path(folder))
        reference, _image = build_folder(
            Path(folder), NAME, engine, settings, base, lambda line: print(line, file=sys.stderr)
        )
    return reference


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", help="an image, or `local`; default: the one that the Containerfile names")
    parser.add_argument("--engine", help="docker or podman; default: the one that answers")
    given = parser.parse_args()
    settings = load_settings()
    print(build_platform_image(load_engine(given.engine, settings), settings, given.base))


if __name__ == "__main__":
    main()
