"""The tracks by name, and what of a track makes a run another run."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import fields
from importlib.resources.abc import Traversable

from polyreact.datasets.catalog import Dataset, find_name_defects, load_dataset, load_revisions
from polyreact.datasets.documents import (
    cached_by_catalog,
    catalog_folder,
    find_private_folder,
    parse_entry,
    read_documents,
)
from polyreact.engines.policy import Limits
from polyreact.errors import Finding, InvalidCatalog, UnknownName
from polyreact.files import Sha256, digest_of
from polyreact.metrics.catalog import TABLE_METRICS
from polyreact.tracks.track import Track

#: Those with a test of two submissions on the same antibodies.
RANKING_METRICS = ("roc_auc", "accuracy")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def track_ids() -> tuple[str, ...]:
    """The tracks, in alphabetical order."""
    return tuple(_load_tracks())


def load_track(name: str) -> Track:
    """The track called `name`. Raises UnknownName."""
    tracks = _load_tracks()
    if name not in tracks:
        raise UnknownName("track", name, tracks)
    return tracks[name]


def load_tracks() -> tuple[Track, ...]:
    """Every track, in alphabetical order."""
    return tuple(_load_tracks().values())


def load_public_tracks() -> tuple[Track, ...]:
    """Every track but the private ones, which are run and shown only where they are asked for."""
    return tuple(track for track in load_tracks() if not track.is_private)


def track_digest(track: Track, dataset: Dataset) -> Sha256:
    """Names what a submission was asked: with another digest, its predictions were made of other rows.

    Labels, prose, the standing and the metric are not in it: predictions outlive a change of those and are
    scored again. On a fold track the labels are part of what was asked, with the folds. The limits are in the
    policy's own digest.
    """
    asked: dict[str, object] = {
        "dataset": track.dataset,
        "revision": track.revision,
        "inputs_sha256": dataset.inputs_sha256,
    }
    if track.has_folds:
        asked |= {"folds_by": track.folds_by, "training_sha256": dataset.training_sha256}
    return digest_of(asked)


def parse_tracks(folder: Traversable, *, is_private: bool = False) -> dict[str, Track]:
    """Every track of a catalogue folder. Raises InvalidCatalog at the first wrong entry, with all its defects."""
    tracks = {}
    for name, document in read_documents(folder).items():
        limits = document.get("limits")
        if isinstance(limits, Mapping):
            _validate_limits(limits, name)
        track = parse_entry(Track, {"id": name, **document}, name)
        _validate_track(track, is_private=is_private)
        tracks[name] = track
    return tracks


def _validate_limits(limits: Mapping[str, object], name: str) -> None:
    findings = [Finding(key, "is no limit") for key in sorted(set(limits) - {f.name for f in fields(Limits)})]
    findings += [
        Finding(key, f"must be above zero and finite, found {value}")
        for key, value in limits.items()
        if isinstance(value, int | float) and not (value > 0 and math.isfinite(value))
    ]
    if findings:
        raise InvalidCatalog(f"the limits of track {name} are wrong", findings=findings)


def _validate_track(track: Track, *, is_private: bool) -> None:
    """A track asks of a revision in the catalogue, shows labels and folds only where its dataset has them."""
    known = [dataset.revision for dataset in load_revisions() if dataset.id == track.dataset]
    if known and track.revision not in known:
        expected = " or ".join(map(str, known))
        raise InvalidCatalog(
            f"the track {track.id} does not fit its dataset",
            findings=[Finding("revision", f"expected {expected}, found {track.revision}")],
        )
    dataset = load_dataset(track.dataset, track.revision)
    findings = find_name_defects(track.id, is_private=is_private)
    if not _NAME.fullmatch(track.id):  # files of records are called by it
        findings.append(Finding(track.id, "expected lower-case letters, digits and single hyphens"))
    if track.primary_metric not in {metric.key for metric in TABLE_METRICS}:
        findings.append(
            Finding("primary_metric", f"there is no `{track.primary_metric}` in the tables; {_listed_metrics()}")
        )
    if track.is_ranked and track.primary_metric not in RANKING_METRICS:
        findings.append(Finding("primary_metric", f"ranks need one of {', '.join(RANKING_METRICS)}"))
    if dataset.is_private != is_private:
        findings.append(Finding("dataset", "private tracks ask of private datasets, and no other track does"))
    if not dataset.is_prepared:
        findings.append(Finding("dataset", f"`{dataset.id}` is not prepared by this version"))
    if track.labels_are_public != dataset.labels_public:
        findings.append(Finding("labels_are_public", f"the dataset says {dataset.labels_public}"))
    if track.has_folds and track.folds_by not in dataset.training_columns:
        columns = ", ".join(dataset.training_columns) or "none"
        findings.append(Finding("folds_by", f"`{track.folds_by}` is no training column of it; it has {columns}"))
    if findings:
        raise InvalidCatalog(f"the track {track.id} does not fit its dataset", findings=findings)


def _listed_metrics() -> str:
    return f"known: {', '.join(metric.key for metric in TABLE_METRICS)}"


@cached_by_catalog
def _load_tracks() -> dict[str, Track]:
    tracks = parse_tracks(catalog_folder("polyreact.tracks"))
    private = find_private_folder("tracks")
    if private is not None:
        tracks |= parse_tracks(private, is_private=True)
    return dict(sorted(tracks.items()))
