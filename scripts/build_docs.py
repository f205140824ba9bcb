"""Build the documentation into the site's folder, as `docs/` beside the leaderboard.

    python scripts/build_docs.py [--site build/site]

Needs the requirements of the group `docs`, and polyreact itself, whose docstrings are read. The pages work from any
address, from a file too, and the same sources give the same bytes. A warning of Sphinx is an error.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from docs_sources import BrokenLink, write_sources

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = "docs"
#: The distributions whose scripts and styles are in the site.
FOREIGN = ("pydata-sphinx-theme", "Sphinx")
#: What Sphinx and the theme write and no page uses.
UNUSED = (
    ".buildinfo",
    "objects.inv",
    "_static/scripts/fontawesome.js*",
    "_static/vendor/fontawesome/webfonts/fa-brands-*",
    "_static/vendor/fontawesome/webfonts/fa-regular-*",
    "_static/**/*.map",
    "_static/webpack-macros.html",
)


def build_docs(repository: Path, site: Path) -> Path:
    """Write the pages of `repository` to `site`/docs, whole or not at all, and return the path of the first.

    Raises BrokenLink, and CalledProcessError where Sphinx warned: it has said of what by then.
    """
    site.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".docs-", dir=site) as name:
        work = Path(name)
        write_sources(repository, work / "sources")
        _run_sphinx(repository / "docs", work)
        _remove_unused(work / "pages")
        _add_licences(work / "pages" / "_static")
        target = site / PAGES
        if target.exists():
            target.rename(work / "before")
        (work / "pages").rename(target)
    # GitHub Pages leaves out folders such as _static unless it finds this.
    (site / ".nojekyll").touch()
    return target / "index.html"


def _run_sphinx(configuration: Path, work: Path) -> None:
    places = ["-c", str(configuration), "-d", str(work / "doctrees"), str(work / "sources"), str(work / "pages")]
    # Nothing of the surroundings may reach a page: neither today's date nor the order of a set.
    environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "sphinx", "--builder", "html", "-q", "-W", "--keep-going", "-n", *places]
    subprocess.run(command, check=True, env=environment)


def _remove_unused(pages: Path) -> None:
    for pattern in UNUSED:
        for path in pages.glob(pattern):
            path.unlink()


def _add_licences(static: Path) -> None:
    for name in FOREIGN:
        found = distribution(name)
        licences = [file for file in found.files or () if file.parent.name == "licenses" or file.name == "LICENSE"]
        (licence,) = [file for file in licences if file.name.startswith("LICENSE")]
        shutil.copyfile(str(licence.locate()), static / f"LICENSE.{name.lower()}.txt")


def main() -> int:
    """Exit status 1: a page is at fault, and which was said."""
    parser = argparse.ArgumentParser(description="Build the documentation into the site's folder.")
    parser.add_argument(
        "--site", type=Path, default=Path("build/site"), help="the leaderboard's site (%(default)s)"
    )
    try:
        page = build_docs(REPOSITORY, parser.parse_args().site)
    except BrokenLink as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Sphinx ended with status {error.returncode}; what was there before was kept.", file=sys.stderr)
        return 1
    print(f"written: {page}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
