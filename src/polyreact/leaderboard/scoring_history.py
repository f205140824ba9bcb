"""What each scoring version changed, as finished strings for the page and the reference, and as data for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polyreact.errors import RecordTooNew
from polyreact.leaderboard.text import DECIMALS, NOTE_LIMIT, PROSE_LIMIT, clean, format_number
from polyreact.metrics.catalog import METRICS, METRICS_BY_KEY
from polyreact.results.records import MetricRecord
from polyreact.results.scoring_history import FigureRecord, RescoringRecord, ScoringHistoryRecord
from polyreact.results.scoring_versions import SCORING_VERSIONS

HEADINGS = ("Submission", "Track", "Part", "Metric", "From version", "Old", "New", "Note")

INTRODUCTION = (
    "When the rules of scoring change, the stored predictions do not: they are scored anew, and every figure that "
    "is another one then stands here, with the old one beside it. Scores of different versions are never in one "
    "ranking."
)

FIRST = "Nothing was scored before it."
NOT_YET = "No record was scored anew for it yet."
#: More than any two different numbers need to be told apart.
_MOST_DECIMALS = 17


@dataclass(frozen=True, slots=True)
class ChangedFigureRow:
    """One figure as it was and as it is, one string for every one of HEADINGS."""

    submission: str
    track: str
    part: str
    metric: str
    previous_version: str
    old: str
    new: str
    note: str

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of HEADINGS."""
        values = (self.submission, self.track, self.part, self.metric)
        return (*values, self.previous_version, self.old, self.new, self.note)


@dataclass(frozen=True, slots=True)
class ScoringVersionSection:
    """One scoring version: what it brought, what that did to the records, and every figure that changed."""

    version: int
    summary: str
    words: str
    new_metrics: str
    rows: tuple[ChangedFigureRow, ...]


def build_scoring_history(
    documents: Sequence[ScoringHistoryRecord], versions: Mapping[int, str] = SCORING_VERSIONS
) -> tuple[ScoringVersionSection, ...]:
    """A section for every scoring version there was, the newest first; the order of the documents changes nothing.

    Raises RecordTooNew for a document of a version that is not among `versions`.
    """
    by_version = _by_version(documents, versions)
    return tuple(
        ScoringVersionSection(
            version=version,
            summary=clean(versions[version], NOTE_LIMIT),
            words=_count_words(by_version.get(version), is_first=version == min(versions)),
            new_metrics=_new_metrics(by_version.get(version)),
            rows=_rows(by_version.get(version)),
        )
        for version in sorted(versions, reverse=True)
    )


def describe_scoring_history(
    documents: Sequence[ScoringHistoryRecord], versions: Mapping[int, str] = SCORING_VERSIONS
) -> list[dict[str, object]]:
    """The same for other programs, with every figure as it is kept. Raises RecordTooNew."""
    by_version = _by_version(documents, versions)
    return [
        {
            "scoring_version": version,
            "summary": versions[version],
            "rescored": [
                section.model_dump(mode="json")
                for section in (by_version[version].rescored if version in by_version else ())
            ],
        }
        for version in sorted(versions, reverse=True)
    ]


def format_change(old: float | None, new: float | None) -> tuple[str, str]:
    """Both values with three decimals, or as many as it takes to see that they are two."""
    if old is None or new is None:
        return _or_absent(old), _or_absent(new)
    for decimals in range(DECIMALS, _MOST_DECIMALS):
        if round(old, decimals) != round(new, decimals):
            return format_number(old, decimals), format_number(new, decimals)
    return repr(old), repr(new)


def _or_absent(value: float | None) -> str:
    return "n/a" if value is None else format_number(value)


def _by_version(
    documents: Sequence[ScoringHistoryRecord], versions: Mapping[int, str]
) -> dict[int, ScoringHistoryRecord]:
    for document in documents:
        if document.scoring_version not in versions:
            raise RecordTooNew(
                f"records were moved to scoring version {document.scoring_version}; this program knows up to "
                f"{max(versions)}",
                cure="Update polyreact.",
            )
    return {document.scoring_version: document for document in documents}


def _count_words(document: ScoringHistoryRecord | None, *, is_first: bool) -> str:
    if document is None or not document.rescored:
        return FIRST if is_first else NOT_YET
    sections = document.rescored
    places = len({(section.submission, section.track) for section in sections})
    before = " and ".join(map(str, sorted({section.previous_version for section in sections})))
    changed = sum(len(section.changed) for section in sections)
    unchanged = sum(section.unchanged for section in sections)
    records = "record was" if places == 1 else "records were"
    figures = "figure" if changed == 1 else "figures"
    return (
        f"{places:,} {records} scored anew, from version {before}. "
        f"{changed:,} {figures} changed; {unchanged:,} stayed the same, bit for bit."
    )


def _new_metrics(document: ScoringHistoryRecord | None) -> str:
    """The titles, in the order in which metrics are shown; those that this version does not know come last."""
    keys = {key for section in (document.rescored if document else ()) for key in section.new_metrics}
    known = [metric.key for metric in METRICS if metric.key in keys]
    return ", ".join(_title(key) for key in (*known, *sorted(keys.difference(known))))


def _rows(document: ScoringHistoryRecord | None) -> tuple[ChangedFigureRow, ...]:
    sections = document.rescored if document is not None else ()
    return tuple(_row(section, figure) for section in sections for figure in section.changed)


def _row(section: RescoringRecord, figure: FigureRecord) -> ChangedFigureRow:
    old, new = format_change(figure.old.value, figure.new.value)
    return ChangedFigureRow(
        submission=clean(section.submission),
        track=clean(section.track),
        part=clean(figure.part),
        metric=_title(figure.metric),
        previous_version=str(section.previous_version),
        old=old,
        new=new,
        note=clean("; ".join(_reasons(figure.old, figure.new)), PROSE_LIMIT),
    )


def _reasons(old: MetricRecord, new: MetricRecord) -> list[str]:
    told = (("before", old), ("now", new))
    return [f"not available {when}: {figure.reason}" for when, figure in told if figure.value is None]


def _title(key: str) -> str:
    metric = METRICS_BY_KEY.get(key)
    return clean(key) if metric is None else metric.title
