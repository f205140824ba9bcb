"""The leakage audit: how near a track's antibodies stand to what a submission declares it was made from.

Never labels: it says which antibodies have a near neighbour, and `evaluation.score` makes the metrics without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from polyreact.datasets.catalog import Dataset, dataset_ids, find_related_datasets, is_private_name, load_revisions
from polyreact.datasets.overlap import measure_overlap
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.errors import BadRecord, DatasetError
from polyreact.results.overlap_store import KeptOverlap, OverlapStore
from polyreact.settings import Settings
from polyreact.tracks.track import Standing, Track

SYNTHETIC = "the antibodies of this track are synthetic"


@dataclass(frozen=True, slots=True)
class Auditor:
    """What an audit needs besides the sets. `on_progress` takes a line that stays, `on_show` a passing one."""

    store: OverlapStore
    settings: Settings
    on_progress: Callable[[str], None] = lambda _line: None
    on_show: Callable[[str], None] = lambda _line: None


@dataclass(frozen=True, slots=True)
class Audit:
    """The declared training sets that a track was compared with, and why others were not.

    `declared` is what the manifest names, however it was used. `not_audited` are sentences for the public.
    """

    declared: tuple[str, ...] | str
    overlaps: tuple[KeptOverlap, ...] = ()
    not_audited: tuple[str, ...] = ()


def audit_training_data(
    training_data: Mapping[str, Sequence[str]] | str, track: Track, dataset: Dataset, auditor: Auditor
) -> Audit:
    """Compare a track's dataset with every prepared revision of each declared set: a manifest names no revision.

    A set that cannot be had here is no reason to withhold a score: it is named among those not audited. Raises
    BadRecord and RecordTooNew for a kept overlap, CannotWrite, and NotPrepared for the track's own dataset.
    """

    def find(reference: Dataset, reasons: list[str]) -> KeptOverlap | None:
        try:
            return ensure_overlap(dataset, reference, auditor)
        except DatasetError as error:
            auditor.on_progress(f"{reference.reference} is left out of the audit: {error.code}  {error.summary}")
            reasons.append(f"{reference.key} could not be had ({error.code})")
            return None

    return _audit(training_data, track, dataset, find)


def recall_audit(
    training_data: Mapping[str, Sequence[str]] | str,
    track: Track,
    dataset: Dataset,
    store: OverlapStore,
    told: Sequence[str],
) -> Audit:
    """The same audit from the kept overlaps alone: nothing is measured, fetched or written.

    Which sets could not be had when it was made is known from `told` only, what the record says was not audited;
    of a set whose overlap is kept it is not believed.
    Raises BadRecord, also where an overlap that the audit needs is not kept, and RecordTooNew.
    """

    def find(reference: Dataset, reasons: list[str]) -> KeptOverlap | None:
        kept = store.find(dataset, reference)
        not_had = [reason for reason in told if reason.startswith(f"{reference.key} could not be had (")]
        if kept is None and not_had:
            reasons.extend(not_had)
        elif kept is None:
            raise BadRecord(
                f"there is no current overlap of {dataset.key} with {reference.key} in {store.folder}",
                cure=f"polyreact dataset overlap {dataset.reference} {reference.reference}",
            )
        return kept

    return _audit(training_data, track, dataset, find)


def _audit(
    training_data: Mapping[str, Sequence[str]] | str,
    track: Track,
    dataset: Dataset,
    find: Callable[[Dataset, list[str]], KeptOverlap | None],
) -> Audit:
    if isinstance(training_data, str):
        return Audit(training_data, not_audited=(f"training data {training_data}",))
    audit = Audit(tuple(sorted(training_data)))
    if not audit.declared:
        return replace(audit, not_audited=("no training data declared",))
    if track.standing is Standing.DEMO:
        return replace(audit, not_audited=(SYNTHETIC,))
    overlaps: list[KeptOverlap] = []
    reasons: list[str] = []
    for reference in _find_revisions(audit.declared, dataset, reasons):
        kept = find(reference, reasons)
        if kept is not None:
            overlaps.append(kept)
    return replace(audit, overlaps=tuple(overlaps), not_audited=tuple(reasons))


def ensure_overlap(test: Dataset, reference: Dataset, auditor: Auditor, *, force: bool = False) -> KeptOverlap:
    """The overlap of two sets as it is kept; made and kept where there is none of these sequences.

    Raises BadRecord, RecordTooNew and CannotWrite, and what preparing the sets raises.
    """
    kept = None if force else auditor.store.find(test, reference)
    if kept is not None:
        return kept
    name = f"overlap of {test.reference} with {reference.reference}"
    for dataset in (test, reference):
        ensure_prepared(dataset, auditor.settings, auditor.on_progress)
    auditor.on_progress(f"measuring the {name}")
    overlap = measure_overlap(
        read_inputs(test, auditor.settings),
        read_inputs(reference, auditor.settings),
        lambda region, done, total: auditor.on_show(f"{name}: {region}, {done:,} of {total:,}"),
    )
    return auditor.store.write(test, reference, overlap)


def _find_revisions(declared: Sequence[str], dataset: Dataset, reasons: list[str]) -> Iterator[Dataset]:
    """The revisions to compare with; for a declared set that has none, the reason is added."""
    for name in declared:
        if name not in dataset_ids():
            reasons.append(f"{name} is no dataset of the catalogue")
        elif is_private_name(name) and not dataset.is_private:
            reasons.append(f"{name} is a private set")  # how near it stands would be published
        elif dataset.id in find_related_datasets(name):
            reasons.append(f"{name} holds the same antibodies as this track")
        else:
            prepared = [found for found in load_revisions() if found.id == name and found.is_prepared]
            if not prepared:
                reasons.append(f"{name} is not prepared by this version")
            yield from prepared
