"""Comparisons of a track's submissions, kept beside the records and made again when those are others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.evaluation.score import SCORING_VERSION, compare_records
from polyreact.results.comparison_records import ComparisonsRecord
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.track import Track

#: Stands for the submission where something is told of all of them.
COMPARISONS = "comparisons"


def ensure_comparisons(
    track: Track,
    store: ResultsStore,
    settings: Settings,
    on_progress: Callable[[str], None] = lambda _line: None,
    *,
    force: bool = False,
) -> ComparisonsRecord | None:
    """The comparisons of the track's records as they stand; what is missing is made, and all of it kept.

    A pair is made again where the predictions of either submission are others, all pairs where the labels or the
    rules are. With `force` they are made in any case, and written if they differ, also in place of what cannot be
    read. None where nobody has a score; earlier comparisons are then removed. For the holder of the store's lock.
    Raises BadRecord, RecordTooNew, PredictionsLost, CannotWrite, and what preparing the set raises.
    """
    comparisons = ComparisonStore.of(store)
    records = find_comparable(store.read_track(track.id), track)
    if not records:
        comparisons.find_path(track.id).unlink(missing_ok=True)
        return None
    kept = comparisons.find_whole(track.id) if force else comparisons.find(track.id)
    if kept is not None and not force and is_of(kept, records, track):
        return kept
    unchanged = None if force or kept is None else find_unchanged(kept, records, track)
    made = make_comparisons(records, track, store, settings, on_progress, unchanged)
    if made != kept:
        comparisons.write(made)
    return made


def make_comparisons(
    records: Sequence[Record],
    track: Track,
    store: ResultsStore,
    settings: Settings,
    on_progress: Callable[[str], None] = lambda _line: None,
    kept: ComparisonsRecord | None = None,
) -> ComparisonsRecord:
    """The comparisons of these records of a track, which are not kept; those that `kept` has are not made again.

    Raises as `ensure_comparisons`.
    """
    dataset = load_dataset(track.dataset, track.revision)
    ensure_prepared(dataset, settings, on_progress)
    known = 0 if kept is None else len(kept.entries)
    on_progress(
        f"comparing {len(records)} submissions on {track.id}" + (f", {known} of them kept" if known else "")
    )
    return compare_records(records, track, dataset, store, settings, kept)


def find_comparable(records: Sequence[Record], track: Track) -> tuple[Record, ...]:
    """A track's records whose scores are of the revision that it asks and of this scoring version, in order."""
    asked = (track.id, track.dataset, track.revision)
    found = [record for record in records if (record.track, record.dataset, record.revision) == asked]
    scored = [record for record in found if record.score and record.score.scoring_version == SCORING_VERSION]
    return tuple(sorted(scored, key=lambda record: record.submission.id))


def is_of(kept: ComparisonsRecord, records: Sequence[Record], track: Track) -> bool:
    """Whether comparisons are those of `records`, by this program's rules."""
    compared = {entry.submission: entry.predictions_sha256 for entry in kept.entries}
    return _is_by_rules_of_now(kept, track) and compared == _find_digests(records)


def find_unchanged(kept: ComparisonsRecord, records: Sequence[Record], track: Track) -> ComparisonsRecord | None:
    """The part of kept comparisons that is still that of `records`; None where the rules or labels are others."""
    if not _is_by_rules_of_now(kept, track):
        return None
    digest_of = _find_digests(records)
    names = [
        entry.submission for entry in kept.entries if digest_of.get(entry.submission) == entry.predictions_sha256
    ]
    return kept.restrict(names)


def _is_by_rules_of_now(kept: ComparisonsRecord, track: Track) -> bool:
    dataset = load_dataset(track.dataset, track.revision)
    basis = (kept.dataset, kept.revision, kept.scoring_version, kept.labels_sha256, kept.group_column)
    now = (dataset.id, dataset.revision, SCORING_VERSION, dataset.labels_sha256, dataset.group_column)
    return basis == now and not kept.is_relative


def _find_digests(records: Sequence[Record]) -> dict[str, str]:
    return {record.submission.id: record.score.predictions_sha256 for record in records if record.score is not None}
