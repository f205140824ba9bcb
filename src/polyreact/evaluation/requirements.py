"""A submission's requirements*.txt, for downloading its packages on this host: names, versions and hashes only.

Pip reads options out of such a file (another index, a folder of archives, "build from source"), and building a
source archive runs its code with our rights. So nothing passes but pinned, hashed requirements, and pip is
given those alone, with wheels as the only form, but for the few source releases that were reviewed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import BuildFailed, CannotMakeBase, Finding
from polyreact.settings import RUNS_FOLDER

_HASH = re.compile(r"\s--hash=sha256:[0-9a-f]{64}(?=\s|$)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
#: Source releases that may be downloaded all the same, for the weights inside: to read their metadata pip runs
#: their setup.py here, so each was read before it was listed, and the hash says that it is the one that was read.
REVIEWED_SOURCES = frozenset(
    {
        # reads its own version and README.md, then calls setuptools.setup
        "sapiens==1.0.0 --hash=sha256:41a8242da8ced4c4390ab6167950c6abb53ce84e3a7519282ccd680254d3119a",
    }
)
_WHEELS = "--only-binary"
#: What pip says when the requirements themselves are at fault.
_NOT_TO_BE_HAD = re.compile(r"No matching distribution found|DO NOT MATCH THE HASHES", re.IGNORECASE)
_NO_ANSWER = re.compile(r"Retrying|connection (?:broken|refused)|timed out|resolution", re.IGNORECASE)
_CURE = "Write it with: uv pip compile --generate-hashes --no-emit-index-url requirements.in -o requirements.txt"


def fetch_packages(requirements: Sequence[Path], cache: Path) -> Path:
    """A folder with the packages of requirements files for this Python, downloaded once.

    Raises BuildFailed for requirements that are not pinned, hashed and to be had as wheels (or reviewed source
    releases), and CannotMakeBase where the package index gives no answer.
    """
    lines = list(dict.fromkeys(line for path in requirements for line in _read_requirements(path)))
    key = hashlib.sha256(repr((sys.version_info[:2], lines)).encode()).hexdigest()
    folder = cache / "wheels" / key[:32]
    if folder.is_dir():
        return folder
    sources = [line for line in lines if line in REVIEWED_SOURCES]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open_run_folder(cache / RUNS_FOLDER, f"wheels-{secrets.token_hex(8)}") as place:
        part = place / "wheels"
        part.mkdir()
        clean = place / "requirements.txt"
        for chosen, form in ((sources, "--no-binary"), ([line for line in lines if line not in sources], _WHEELS)):
            if chosen:
                clean.write_text("\n".join(chosen) + "\n", encoding="utf-8")
                _download(clean, part, form)
        if not folder.is_dir():  # another process may have been quicker
            part.rename(folder)
    return folder


def _download(requirements: Path, folder: Path, form: str) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", form, ":all:"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    finished = subprocess.run(
        [*command, "--requirement", str(requirements)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if finished.returncode == 0:
        return
    said = finished.stderr.strip()[-2000:]
    if _NOT_TO_BE_HAD.search(said) and not _NO_ANSWER.search(said):
        raise BuildFailed(
            f"the packages of the requirements cannot be had as wheels for this Python. What pip says:\n\n{said}",
            consequence="Nothing was run.",
            cure=_CURE,
        )
    raise CannotMakeBase(
        f"the packages of the requirements could not be downloaded. What pip says:\n\n{said}",
        consequence="Nothing was built.",
        cure="See whether the package index can be reached, then run the same command again.",
    )


def _read_requirements(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildFailed(f"{path.name} cannot be read: {error}", consequence="Nothing was run.") from error
    lines, findings = [], []
    for number, line in _logical_lines(text):
        problem = _find_problem(line)
        if problem is None:
            lines.append(line)
        else:
            findings.append(Finding(f"line {number}", problem))
    if findings:
        raise BuildFailed(
            f"{path.name} cannot be used with --base local, which takes pinned and hashed packages only",
            findings=findings,
            consequence="Nothing was run.",
            cure=_CURE,
        )
    return lines


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The requirements, continuation lines joined, comments and blank lines left out, each with its first line."""
    collected, first = "", 1
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _COMMENT.sub("", raw).rstrip()
        if not collected:
            first = number
        if line.endswith("\\"):
            collected += line[:-1] + " "
            continue
        collected += line
        if collected.strip():
            yield first, " ".join(collected.split())
        collected = ""
    if collected.strip():
        yield first, " ".join(collected.split())


def _find_problem(line: str) -> str | None:
    if line.startswith("-"):
        return f"`{line[:60]}` is an option; options are not taken"
    bare = _HASH.sub("", line).strip()
    try:
        requirement = Requirement(bare)
    except InvalidRequirement:
        return f"`{bare[:60]}` is not `name==version` with its hashes"
    operators = [specifier.operator for specifier in requirement.specifier]
    if requirement.url or operators != ["=="] or "*" in str(requirement.specifier):
        return f"`{bare[:60]}` is not pinned to one version with =="
    return None if _HASH.search(line) else f"`{bare[:60]}` has no --hash=sha256:..."


def place_packages(packages: Path, context: Path) -> None:
    """Put the packages into a build context of our own, in place of whatever is called `wheels` there."""
    target = context / "wheels"
    if target.is_symlink() or target.is_file():
        target.unlink()
    elif target.is_dir():
        shutil.rmtree(target)
    shutil.copytree(packages, target)
