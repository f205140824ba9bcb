"""Where each page stands below the site's folder, and how one page refers to another.

All references are relative, so that the site works from a file, from a sub-path and behind any host. A name of a
submission becomes part of a path only if it looks like one: no record leads out of the folder, and as no name has
two hyphens in a row, a pair of names joined by two can be told apart again.
"""

from __future__ import annotations

import re
from posixpath import dirname, relpath

from polyreact.errors import BadRecord
from polyreact.submission.manifest import MAX_NAME_LENGTH

OVERVIEW = "index.html"
DATASETS = "datasets.html"
HISTORY = "history.html"
#: The index of the pages that compare two submissions.
COMPARE = "compare.html"
#: Where the documentation begins, if it was built.
DOCS = "docs/index.html"
SUBMIT = "submit.html"
METHODS = "methods.html"
STATUS = "status.html"
DATA_PAGE = "data.html"
FEED = "feed.xml"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
#: The board for programs, beside the pages.
DATA = "leaderboard.json"
#: Documents for programs; the version is that of their schemas.
API = "api/v1"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def track_page(track: str) -> str:
    """The board of one track."""
    return f"tracks/{track}.html"


def submission_page(submission: str) -> str:
    """Everything about one submission. Raises BadRecord, as all that follow, for a name that is none."""
    return f"submissions/{_validate_name(submission)}.html"


def badge(submission: str, track: str) -> str:
    """A picture of its place on a track, for its own page."""
    return f"badges/{_validate_name(submission)}/{track}.svg"


def comparison_page(first: str, second: str) -> str:
    """Two submissions side by side, the same page in whichever order they are named."""
    one, other = sorted((_validate_name(first), _validate_name(second)))
    return f"compare/{one}--{other}.html"


def error_reference(code: str) -> str:
    """What a code means, in the documentation."""
    return f"docs/reference/errors.html#{code.lower()}"


def source_page(source: str) -> str:
    """The datasheet of a source."""
    return f"datasets/{source}.html"


def croissant(dataset: str) -> str:
    """The Croissant description (JSON-LD) of a dataset at a revision, `jain-r1`."""
    return f"datasets/{dataset}/croissant.json"


def release_page(release: str) -> str:
    """The board as it was released."""
    return f"history/{release}.html"


def embedded_table(track: str) -> str:
    """The table of one track, for a frame in a page of somebody else's."""
    return f"embed/{track}.html"


def track_data(track: str) -> str:
    """The board of one track for programs."""
    return f"{API}/tracks/{track}.json"


def track_table(track: str) -> str:
    """The board of one track as CSV."""
    return f"{API}/tracks/{track}.csv"


def pairs_table(track: str) -> str:
    """The comparisons of one track as CSV."""
    return f"{API}/pairs/{track}.csv"


def submission_data(submission: str) -> str:
    """Everything about one submission for programs."""
    return f"{API}/submissions/{_validate_name(submission)}.json"


MANIFEST_SCHEMA = f"{API}/schemas/manifest.json"


def refer(target: str, page: str) -> str:
    """What `page` writes in order to lead to `target`, both below the site's folder; a fragment may follow."""
    path, hash_sign, fragment = target.partition("#")
    return relpath(path, dirname(page) or ".") + hash_sign + fragment


def _validate_name(submission: str) -> str:
    if len(submission) > MAX_NAME_LENGTH or _NAME.fullmatch(submission) is None:
        raise BadRecord(
            f"a record is of the submission {submission[:MAX_NAME_LENGTH]!r}, and no manifest may have that name",
            consequence="No site was written.",
            cure="A name is `<owner>-<model>` in lower-case letters, digits and single hyphens, at most "
            f"{MAX_NAME_LENGTH} characters. Correct the record, or take it away.",
        )
    return submission
