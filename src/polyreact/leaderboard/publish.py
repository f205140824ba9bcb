"""What would be uploaded: a folder exactly as GitHub Pages or a Hugging Face Space gets it, and no file besides.

Nothing here talks to anybody. A folder is made anew every time, so that nothing of an earlier one is in it, and
holds the same bytes whenever it is made from the same site.
"""

from __future__ import annotations

import json
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files as package_files
from pathlib import Path, PurePosixPath
from typing import Any

from polyreact.datasets.catalog import is_private_name
from polyreact.errors import CannotWrite, Finding, NotInCheckout, NotPublishable, UnreadableArgument
from polyreact.files import sync_folder, write_atomically
from polyreact.leaderboard.site.addresses import API
from polyreact.leaderboard.site.build import BUILD_FILE

#: What stands in a folder that was prepared here; one without it is somebody's own and is left alone.
MARK = ".polyreact-publish"

LEADERBOARD = "leaderboard.json"
PAGE = "index.html"
NOT_FOUND = "404.html"

_MIB, _GIB = 1 << 20, 1 << 30
#: A published site of GitHub Pages may have 1 GB, one file of a git push 100 MiB; a file of a Space that is no LFS
#: object has 10 MiB, and its storage is 1 GB by default.
_LIMITS = {"pages": (1_000_000_000, 100 * _MIB), "space": (_GIB, 10 * _MIB), "space-app": (_GIB, 10 * _MIB)}
_MOST_FILES = 10_000
#: What a static page is made of. Anything else in a site was put there by hand.
_SUFFIXES = frozenset(
    {".html", ".css", ".js", ".json", ".svg", ".png", ".ico", ".txt", ".xml", ".webmanifest", ".csv", ".woff2"}
    | {".cff"}  # CITATION.cff, which the documentation offers
)
#: What the builders keep for themselves, and what `prepare_pages` writes anew.
_LEFT_OUT = frozenset({BUILD_FILE, ".nojekyll"})
#: Where a site shows the scores of a track, those of a private one as well.
_SCORES = PurePosixPath(API, "tracks")
_SUBMISSIONS = PurePosixPath(API, "submissions")
#: What no entry on a private track may have.
_NEVER_OF_PRIVATE = ("confusion", "reliability", "audit", "folds", "fold_means")
_POLICY = re.compile(r"<meta\s[^>]*http-equiv=[\"']Content-Security-Policy[\"'][^>]*>", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class Target(StrEnum):
    """Where a folder is to go."""

    PAGES = "pages"
    SPACE = "space"
    SPACE_APP = "space-app"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a prepared folder, by its path in it."""

    path: PurePosixPath
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A folder that may be uploaded as it stands."""

    target: Target
    folder: Path
    files: tuple[PublishedFile, ...]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size_bytes for file in self.files)


def prepare_pages(site: Path, out: Path, domain: str | None) -> Prepared:
    """The site as GitHub Pages serves it: as it is, with its own domain where one is given.

    `.nojekyll` keeps Pages from leaving out what it would take for its own, and a 404 page is added where the site
    has none. Raises UnreadableArgument, NotPublishable with every defect, and CannotWrite.
    """
    if domain is not None and not _DOMAIN.fullmatch(domain):
        raise UnreadableArgument(
            f"{domain!r:.80} is no domain",
            consequence="Nothing was written.",
            cure="Give one such as board.example.org, without https:// and without a path.",
        )
    content = _read_site(site)
    content[PurePosixPath(".nojekyll")] = b""
    content.setdefault(PurePosixPath(NOT_FOUND), render_not_found(domain).encode())
    if domain is not None:
        content[PurePosixPath("CNAME")] = f"{domain}\n".encode()
    return _prepare(Target.PAGES, content, out)


def prepare_space(site: Path, space: Path, out: Path) -> Prepared:
    """The site as a static Space, with the README whose head tells Hugging Face so.

    Raises UnreadableArgument, NotInCheckout, NotPublishable with every defect, and CannotWrite.
    """
    content = _read_site(site)
    content[PurePosixPath("README.md")] = _read_own(space / "README.md")
    return _prepare(Target.SPACE, content, out)


def prepare_space_app(site: Path, space: Path, out: Path) -> Prepared:
    """The Gradio app as a Space: its entry point, this very package as source, and the board.

    A Space installs requirements.txt before the files of its repository are there, so a wheel among them could not
    be named in it; source beside app.py needs no installing and is found first. Raises as `prepare_space`.
    """
    app, package = space / "app", Path(str(package_files("polyreact")))
    content = {PurePosixPath(name): _read_own(app / name) for name in ("README.md", "app.py", "requirements.txt")}
    content[PurePosixPath("LICENSE")] = _read_own(space.parent / "LICENSE")
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content[PurePosixPath("polyreact", *path.relative_to(package).parts)] = path.read_bytes()
    site_content = _read_site(site)
    content[PurePosixPath(LEADERBOARD)] = site_content[PurePosixPath(LEADERBOARD)]
    return _prepare(Target.SPACE_APP, content, out)


def upload_commands(prepared: Prepared, repository: str) -> tuple[str, ...]:
    """What a person runs to upload a prepared folder, in order; a token is asked for by the tools themselves."""
    folder = prepared.folder
    if prepared.target is Target.PAGES:
        return (
            f"git -C {folder} init --quiet --initial-branch gh-pages",
            f"git -C {folder} add --all",
            f'git -C {folder} commit --quiet --message "The leaderboard"',
            f'git -C {folder} push --force "$(git remote get-url origin)" gh-pages',
        )
    sdk = "static" if prepared.target is Target.SPACE else "gradio"
    return (
        "hf auth login",
        f"hf repos create {repository} --type space --space-sdk {sdk} --exist-ok",
        f'hf upload {repository} {folder} . --type space --delete "*" --commit-message "The leaderboard"',
    )


def render_not_found(domain: str | None) -> str:
    """A page for addresses that lead nowhere, whole in itself: it is shown at any depth of the site.

    Only a domain of its own tells where the board stands; without one that is below a path nobody here knows.
    """
    way = "<p>The board stands at the beginning of this site's address.</p>"
    if domain is not None:
        way = f'<p><a href="https://{domain}/">To the board</a></p>'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>There is no such page</title>\n</head>\n'
        f"<body>\n<h1>There is no such page</h1>\n{way}\n</body>\n</html>\n"
    )


def _read_site(site: Path) -> dict[PurePosixPath, bytes]:
    """Every file of a built site, by its path in it. Raises UnreadableArgument, and NotPublishable."""
    if not (site / PAGE).is_file() or not (site / LEADERBOARD).is_file():
        raise UnreadableArgument(
            f"there is no site in {site}: {PAGE} and {LEADERBOARD} make one",
            consequence="Nothing was written.",
            cure=f"Build it first: polyreact leaderboard build --site {site}",
        )
    findings: list[Finding] = []
    content: dict[PurePosixPath, bytes] = {}
    for path in sorted(path for path in site.rglob("*") if path.relative_to(site).as_posix() not in _LEFT_OUT):
        name = PurePosixPath(*path.relative_to(site).parts)
        defect = _find_file_defect(path, name)
        if defect is not None:
            findings.append(Finding(str(name), defect))
        elif path.is_file():
            content[name] = path.read_bytes()
            findings += [Finding(str(name), found) for found in _find_content_defects(name, content[name])]
    if findings:
        raise NotPublishable(
            f"{site} holds what may not be published",
            findings=findings,
            consequence="Nothing was written.",
            cure=f"Build it anew into an empty folder: make site, or polyreact leaderboard build --site {site}",
        )
    return content


def _find_file_defect(path: Path, name: PurePosixPath) -> str | None:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return None
    defects = {
        "is a link, which may lead out of the folder": stat.S_ISLNK(mode),
        "is no regular file": not stat.S_ISREG(mode),
        "is hidden; a site that was built here has no such file": any(part.startswith(".") for part in name.parts),
        f"is no part of a static page: expected {', '.join(sorted(_SUFFIXES))}": path.suffix not in _SUFFIXES,
        "is named like data of a private track": is_private_name(path.name)
        and path.suffix in {".csv", ".json"}
        and name.parent != _SCORES,
    }
    return next((words for words, is_so in defects.items() if is_so), None)


def _find_content_defects(name: PurePosixPath, content: bytes) -> Iterator[str]:
    if name.suffix == ".html":
        text = content.decode("utf-8", "replace")
        policy = _POLICY.search(text)
        if policy is None:
            yield "has no Content-Security-Policy"
        elif "default-src" not in policy[0] or "http:" in policy[0] or "*" in policy[0]:
            yield "has a Content-Security-Policy that lets other hosts in"
    if name == PurePosixPath(LEADERBOARD):
        yield from _find_private_defects(content, lambda board: [(t, t["entries"]) for t in board["tracks"]])
    elif name.parent == _SCORES and name.suffix == ".json":
        yield from _find_private_defects(content, lambda one: [(one["track"], one["entries"])])
    elif name.parent == _SUBMISSIONS and name.suffix == ".json":
        yield from _find_private_defects(content, lambda one: [({"id": c["track"]}, [c]) for c in one["cells"]])


def _find_private_defects(
    content: bytes, read: Callable[[Any], Sequence[tuple[dict[str, Any], Sequence[dict[str, Any]]]]]
) -> Iterator[str]:
    """What of a private track is more than scores and the number of earlier runs; `read` gives tracks and cells."""
    try:
        for track, cells in read(json.loads(content)):
            if not is_private_name(track["id"]):
                continue
            told = [key for key in ("positives", "negatives", "pairs", "resolution") if track.get(key)]
            for cell in cells:
                told += [key for key in _NEVER_OF_PRIVATE if cell.get(key)]
                told += ["inputs_sha256"] if (cell.get("run") or {}).get("inputs_sha256") else []
                measured = (cell.get("metrics") or {}).values()
                told += ["intervals"] if any(metric.get("interval") for metric in measured) else []
            if told:
                yield f"tells more than scores of track {track['id']}: {', '.join(dict.fromkeys(told))}"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        yield f"cannot be read as what it is named: {type(error).__name__}"


def _read_own(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotInCheckout(
            f"there is no {path} here",
            consequence="Nothing was written.",
            cure="Run it inside a clone of the benchmark, or say where its space/ is: --space FOLDER",
        ) from error


def _prepare(target: Target, content: dict[PurePosixPath, bytes], out: Path) -> Prepared:
    files = tuple(PublishedFile(path, len(content[path])) for path in sorted(content))
    _validate_size(target, files)
    _replace_folder(out, content)
    return Prepared(target, out, files)


def _validate_size(target: Target, files: Sequence[PublishedFile]) -> None:
    most, largest = _LIMITS[target]
    findings = [
        Finding(str(file.path), f"has {file.size_bytes:,} bytes; one file may have {largest:,}")
        for file in files
        if file.size_bytes > largest
    ]
    total = sum(file.size_bytes for file in files)
    if total > most:
        findings.append(Finding("", f"all files together have {total:,} bytes; {target} takes {most:,}"))
    if len(files) > _MOST_FILES:
        findings.append(Finding("", f"there are {len(files):,} files; expected at most {_MOST_FILES:,}"))
    if findings:
        raise NotPublishable(
            f"the folder is too large for {target}", findings=findings, consequence="Nothing was written."
        )


def _replace_folder(out: Path, content: dict[PurePosixPath, bytes]) -> None:
    """Write the files into a new folder, then put it in the place of an earlier one that was made here.

    The mark stands beside the folder, which holds nothing that is not uploaded.
    """
    mark = out.parent / f".{out.name}{MARK}"
    if out.is_symlink() or (out.exists() and not mark.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise CannotWrite(
            f"{out} was not prepared here, and would be replaced",
            consequence="Nothing was written; what stood there before is untouched.",
            cure="Name a folder that is empty or absent: --out FOLDER",
        )
    write_atomically(mark, b"What stands in the folder of this name may be replaced.\n")
    try:
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as place:
            made = Path(place, "made")
            for path, data in content.items():
                target = made / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            if out.exists():
                out.rename(Path(place, "earlier"))
            made.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        raise CannotWrite(
            f"cannot write {out}: {error.strerror or error}",
            consequence="Nothing half-written was left.",
            cure="Free some space or choose another folder, then run the same command again.",
        ) from error
