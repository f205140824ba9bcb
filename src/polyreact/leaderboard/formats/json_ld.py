"""The results as a schema.org Dataset (JSON-LD), for the search engines of data sets."""

from __future__ import annotations

import json

from polyreact.leaderboard import wording
from polyreact.leaderboard.board import Board
from polyreact.leaderboard.text import clean
from polyreact.metrics.catalog import METRICS

_MEDIA = {"json": "application/json", "csv": "text/csv"}


def render_json_ld(board: Board, address: str, files: tuple[str, ...]) -> str:
    """The description, safe inside a script element; `files` are paths below the site's folder."""
    tracks = [b.track for b in board.tracks if not b.track.is_private]
    document = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{wording.TITLE}: results",
        "description": wording.INTRODUCTION,
        "license": "https://spdx.org/licenses/Apache-2.0.html",
        "isAccessibleForFree": True,
        "keywords": ["antibody", "polyreactivity", "non-specificity", "benchmark", "machine learning"],
        "creator": {"@type": "Organization", "name": "The polyreact authors"},
        "measurementTechnique": [clean(track.title) for track in tracks],
        "variableMeasured": [metric.title for metric in METRICS],
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": _MEDIA[path.rpartition(".")[2]],
                "contentUrl": f"{address}{path}",
            }
            for path in files
        ],
    } | ({"url": address} if address else {})
    return escape_for_script(json.dumps(document, ensure_ascii=True, indent=1))


def escape_for_script(text: str) -> str:
    """JSON in which nothing can end a script element or begin a comment."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
