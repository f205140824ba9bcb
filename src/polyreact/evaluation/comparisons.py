"""Comparisons of a track's submissions, kept beside the records and made again when those are others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.evaluation.score import SCORING_VERSION, compare_records
from polyreact.results.comparison_records import ComparedRecord, ComparisonsRecord
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
    """The comparisons of the track's records as they stand; made and kept where there are none of these.

    With `force` they are made in any case, and written if they differ, also in place of what cannot be read. None
    where nobody has a score; earlier comparisons are then removed. For the holder of the store's lock. Raises
    BadRecord, RecordTooNew, PredictionsLost, CannotWrite, and what preparing the set raises.
    """
    comparisons = ComparisonStore.of(store)
    records = find_comparable(store.read_all(), track)
    if not records:
        comparisons.find_path(track.id).unlink(missing_ok=True)
        return None
    kept = comparisons.find_whole(track.id) if force else comparisons.find(track.id)
    if kept is not None and not force and is_of(kept, records, track):
        return kept
    made = make_comparisons(records, track, store, settings, on_progress)
    if made != kept:
        comparisons.write(made)
    return made


def make_comparisons(
    records: Sequence[Record],
    track: Track,
    store: ResultsStore,
    settings: Settings,
    on_progress: Callable[[str], None] = lambda _line: None,
) -> ComparisonsRecord:
    """The comparisons of these records of a track, which are not kept. Raises as `ensure_comparisons`."""
    dataset = load_dataset(track.dataset, track.revision)
    ensure_prepared(dataset, settings, on_progress)
    on_progress(f"comparing {len(records)} submissions on {track.id}")
    return compare_records(records, track, dataset, store, settings)


def find_comparable(records: Sequence[Record], track: Track) -> tuple[Record, ...]:
    """A track's records whose scores are of the revision that it asks and of this scoring version, in order."""
    asked = (track.id, track.dataset, track.revision)
    found = [record for record in records if (record.track, record.dataset, record.revision) == asked]
    scored = [record for record in found if record.score and record.score.scoring_version == SCORING_VERSION]
    return tuple(sorted(scored, key=lambda record: record.submission.id))


def is_of(kept: ComparisonsRecord, records: Sequence[Record], track: Track) -> bool:
    """Whether comparisons are those of `records`, by this program's rules."""
    dataset = load_dataset(track.dataset, track.revision)
    basis = (kept.dataset, kept.revision, kept.scoring_version, kept.labels_sha256, kept.group_column)
    now = (dataset.id, dataset.revision, SCORING_VERSION, dataset.labels_sha256, dataset.group_column)
    entries = tuple(
        ComparedRecord(submission=record.submission.id, predictions_sha256=record.score.predictions_sha256)
        for record in records
        if record.score is not None
    )
    return basis == now and kept.entries == entries
