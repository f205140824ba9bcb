"""Curves of a track's submissions, kept beside the records and made again when those are others.

They are written after the record that they are of, each in one step; a kill leaves the old ones, which no board
shows with a new score, or none, and the next evaluation makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.errors import BadRecord, RecordTooNew
from polyreact.evaluation.comparisons import find_comparable
from polyreact.evaluation.score import draw_records
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.curve_store import CurveStore, is_of_score
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.track import Track

#: Stands for the submission where something is told of all of them.
CURVES = "curves"


def ensure_curves(
    track: Track,
    store: ResultsStore,
    settings: Settings,
    on_progress: Callable[[str], None] = lambda _line: None,
    *,
    force: bool = False,
) -> tuple[str, ...]:
    """Make and keep the curves of the track's records that lack those of now; the submissions whose curves changed.

    With `force` all are made, and written if they differ, also in place of what cannot be read. Curves of a record
    that is gone, or has no score by the rules of now, are removed; those of one that cannot be read are left. Of a
    private track there are none. For the holder of the store's lock. Raises BadRecord, RecordTooNew,
    PredictionsLost, CannotWrite, and what preparing the set raises.
    """
    if track.is_private:
        return ()
    curves = CurveStore.of(store)
    records, unreadable = _read_records(track, store)
    names = {record.submission.id for record in records}
    removed = []
    for path in curves.find_paths():
        if path.stem == track.id and path.parent.name not in names | unreadable:
            curves.remove(path)
            removed.append(path.parent.name)
    find = curves.find_whole if force else curves.find
    kept = {record.submission.id: find(record.submission.id, track.id) for record in records}
    lacking = [record for record in records if force or not is_of(kept[record.submission.id], record, track)]
    changed = []
    for made in make_curves(lacking, track, store, settings, on_progress) if lacking else ():
        if made != kept[made.submission]:
            curves.write(made)
            changed.append(made.submission)
    return (*removed, *changed)


def make_curves(
    records: Sequence[Record],
    track: Track,
    store: ResultsStore,
    settings: Settings,
    on_progress: Callable[[str], None] = lambda _line: None,
) -> tuple[CurvesRecord, ...]:
    """The curves of these records of a track, which are not kept. Raises as `ensure_curves`."""
    dataset = load_dataset(track.dataset, track.revision)
    ensure_prepared(dataset, settings, on_progress)
    on_progress(f"drawing the curves of {len(records)} submissions on {track.id}")
    return draw_records(records, track, dataset, store, settings)


def is_of(kept: CurvesRecord | None, record: Record, track: Track) -> bool:
    """Whether curves are those of the record's score, by this program's rules."""
    if kept is None or record.score is None or not is_of_score(kept, record.score):
        return False
    dataset = load_dataset(track.dataset, track.revision)
    basis = (kept.dataset, kept.revision, kept.labels_sha256, kept.group_column, kept.folds_by)
    return basis == (dataset.id, dataset.revision, dataset.labels_sha256, dataset.group_column, track.folds_by)


def _read_records(track: Track, store: ResultsStore) -> tuple[tuple[Record, ...], set[str]]:
    """The track's records that curves are made of, and the submissions whose record cannot be read."""
    records, unreadable = [], set()
    for path in store.find_paths():
        if path.stem == track.id:
            try:
                record = store.find(path.parent.name, track.id)
            except (BadRecord, RecordTooNew):
                unreadable.add(path.parent.name)  # whoever needs the record is told of it
                continue
            if record is not None:
                records.append(record)
    return find_comparable(records, track), unreadable
