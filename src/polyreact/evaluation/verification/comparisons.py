"""Whether the kept comparisons of a track are those of its predictions: all pairs made again, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from polyreact.datasets.catalog import load_dataset
from polyreact.errors import DatasetError, RecordTooNew, ResultsError
from polyreact.evaluation.comparisons import COMPARISONS, find_comparable, make_comparisons
from polyreact.evaluation.verification.findings import (
    NONE,
    Difference,
    Verification,
    Verifier,
    describe_unreadable,
    find_differences,
    hide_figures,
    read_whole,
)
from polyreact.results.comparison_records import ComparisonsRecord
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.records import Record
from polyreact.tracks.catalog import load_track, track_ids
from polyreact.tracks.track import Track

#: Kept by a program before the figures of entries were: there is nothing to compare bit for bit.
TOO_OLD = (
    "they are of schema version 1, which has not the figures that differences are made of: polyreact score --all"
)
_HEADING = (
    "track",
    "dataset",
    "revision",
    "scoring_version",
    "labels_sha256",
    "interval_level",
    "group_column",
    "rows",
)


def verify_comparisons(verifier: Verifier, submissions: Sequence[str] = ()) -> Iterator[Verification]:
    """Verify the comparisons of each track on which one of these submissions has a score; of all where none is
    named.

    A track whose records cannot be read is left to `verify_records`.
    """
    whole = read_whole(verifier.store)
    for name in sorted({record.track for record in whole} & set(track_ids())):
        track = load_track(name)
        compared = find_comparable(whole, track)
        if compared and (not submissions or {record.submission.id for record in compared} & set(submissions)):
            verifier.on_progress(f"verifying the comparisons on {name}")
            yield _verify(track, compared, verifier)


def _verify(track: Track, records: Sequence[Record], verifier: Verifier) -> Verification:
    found = Verification(COMPARISONS, track.id, again="make them again:\n  polyreact score --all")
    try:
        kept = ComparisonStore.of(verifier.store).find(track.id)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except ResultsError as error:
        defects = describe_unreadable(error)
        return replace(found, differences=(Difference(COMPARISONS, "those of the records", defects),))
    if kept is None:
        return replace(found, differences=(Difference(COMPARISONS, f"those of {len(records)} records", NONE),))
    if kept.is_relative:
        return replace(found, absent=TOO_OLD)
    try:
        verifier.prepare(load_dataset(track.dataset, track.revision))
        made = make_comparisons(records, track, verifier.store, verifier.settings)
    except (DatasetError, ResultsError) as error:
        return replace(found, absent=f"{error.code}  {error.summary}")
    return replace(found, differences=hide_figures(_find_differences(made, kept), verifier))


def _find_differences(made: ComparisonsRecord, kept: ComparisonsRecord) -> Iterator[Difference]:
    """Of pairs, those that both have; what one of them lacks is told by the entries."""
    for name in _HEADING:
        yield from find_differences(getattr(made, name), getattr(kept, name), f"{COMPARISONS}.{name}")
    expected, found = ([entry.model_dump() for entry in record.entries] for record in (made, kept))
    yield from find_differences(expected, found, f"{COMPARISONS}.entries")
    names = [name for name in made.places if name in kept.places]
    first, second = np.triu_indices(len(names), 1)
    for place in np.flatnonzero(made.select(names) != kept.select(names)).tolist():
        one, other = names[first[place]], names[second[place]]
        expects, has = (record.find_pair(one, other).model_dump() for record in (made, kept))
        yield from find_differences(expects, has, f"{COMPARISONS}.pairs.{one} {other}")
