"""Whether the kept curves are those of the scores beside them: drawn again from the stored predictions.

Private tracks have none, and there is nothing to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from polyreact.datasets.catalog import load_dataset
from polyreact.errors import DatasetError, RecordTooNew, ResultsError
from polyreact.evaluation.comparisons import find_comparable
from polyreact.evaluation.curves import CURVES, make_curves
from polyreact.evaluation.verification.findings import (
    NONE,
    Difference,
    Verification,
    Verifier,
    describe_unreadable,
    find_differences,
    read_whole,
)
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.curve_store import CurveStore
from polyreact.results.records import Record
from polyreact.tracks.catalog import load_track, track_ids
from polyreact.tracks.track import Track


def verify_curves(verifier: Verifier, submissions: Sequence[str] = ()) -> Iterator[Verification]:
    """Verify the curves of these submissions on every track, of all where none is named.

    Every score of now must have its curves, and there must be no others. A record that cannot be read is left to
    `verify_records`, and so are its curves.
    """
    if verifier.store.is_private:
        return
    store = CurveStore.of(verifier.store)
    for name in track_ids():
        track = load_track(name)
        if not track.is_private:
            yield from _verify_track(track, store, verifier, submissions)


def _verify_track(
    track: Track, store: CurveStore, verifier: Verifier, submissions: Sequence[str]
) -> Iterator[Verification]:
    whole = {record.submission.id: record for record in read_whole(verifier.store) if record.track == track.id}
    drawn = {record.submission.id: record for record in find_comparable(list(whole.values()), track)}
    kept = {path.parent.name: path for path in store.find_paths() if path.stem == track.id}
    unreadable = {path.parent.name for path in verifier.store.find_paths() if path.stem == track.id} - set(whole)
    names = [name for name in sorted({*drawn, *kept} - unreadable) if not submissions or name in submissions]
    if not names:
        return
    verifier.on_progress(f"verifying the curves on {track.id}")
    made = _draw([drawn[name] for name in names if name in drawn], track, verifier)
    for name in names:
        yield _verify(name, track, kept.get(name), store, made)


def _draw(records: Sequence[Record], track: Track, verifier: Verifier) -> Mapping[str, CurvesRecord | str]:
    """The curves of each record, or why they cannot be drawn here."""
    made: dict[str, CurvesRecord | str] = {}
    for record in records:
        try:
            verifier.prepare(load_dataset(track.dataset, track.revision))
            (made[record.submission.id],) = make_curves([record], track, verifier.store, verifier.settings)
        except (DatasetError, ResultsError) as error:
            made[record.submission.id] = f"{error.code}  {error.summary}"
    return made


def _verify(
    submission: str, track: Track, path: Path | None, store: CurveStore, made: Mapping[str, CurvesRecord | str]
) -> Verification:
    again = "make them again:\n  polyreact score --all"
    found = Verification(f"{CURVES} of {submission}", track.id, again=again)
    if path is None:
        return replace(found, differences=(Difference(CURVES, "those of the score", NONE),))
    try:
        kept = store.read(path)
    except RecordTooNew as error:
        return replace(found, absent=error.summary)
    except ResultsError as error:
        return replace(found, differences=(Difference(CURVES, "those of the score", describe_unreadable(error)),))
    expected = made.get(submission)
    if expected is None:
        return replace(found, differences=(Difference(CURVES, NONE, "some of a score that is not there"),))
    if isinstance(expected, str):
        return replace(found, absent=expected)
    return replace(found, differences=tuple(find_differences(_name(expected), _name(kept), CURVES)))


def _name(curves: CurvesRecord) -> dict[str, object]:
    """The record with each point named by where it is on its axis, and its columns by their names."""
    named = curves.model_dump()
    named["roc"]["points"] = {f"at {point[0]}": point._asdict() for point in curves.roc.points}
    named["precision_recall"]["points"] = {
        f"at {point[0]}": point._asdict() for point in curves.precision_recall.points
    }
    named["distribution"]["bins"] = [each._asdict() for each in curves.distribution.bins]
    return named
