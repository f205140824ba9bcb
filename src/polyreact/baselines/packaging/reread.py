"""A packaged folder read again, so that its programs can be written anew without training its model anew."""

from __future__ import annotations

import json
from pathlib import Path

from polyreact.baselines.embedders.catalog import EmbedderChoice
from polyreact.baselines.packaging.contents import HEAD_FILES, Contents, find_head
from polyreact.baselines.parts import Part
from polyreact.submission.contract import MANIFEST_FILE
from polyreact.submission.manifest import read_manifest

_OWN = ("model.json", "encoder.json", "golden.json")


def read_contents(folder: Path) -> Contents:
    """The contents of a folder that `polyreact package` wrote. Raises InvalidManifest, and OSError for another."""
    document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    manifest, _ = read_manifest(folder / MANIFEST_FILE)
    weights = [path.relative_to(folder).as_posix() for path in folder.glob("weights/*")]
    names = [name for name in (*_OWN, *HEAD_FILES.values(), *weights) if (folder / name).is_file()]
    return Contents(
        embedder=EmbedderChoice(**document["embedder"]),
        parts=tuple(map(Part, document["parts"])),
        head=find_head(document["classifier"]["name"]),
        mode=manifest.mode,
        threshold=document["threshold"],
        is_probability=manifest.score_is_probability,
        files={name: (folder / name).read_bytes() for name in names},
    )
