"""What verifying finds, in the words that every kind of thing verified shares; nothing is verified here.

`verify_records`, `verify_comparisons`, `verify_curves`, `verify_history` and `verify_trust` each look at one kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from polyreact.datasets.catalog import Dataset, is_private_name
from polyreact.datasets.prepared import prepare_once
from polyreact.errors import DatasetError, EntryRefuted, Finding, PolyreactError, ResultsError
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.visible import visible_lines

OnProgress = Callable[[str], None]

NONE = "none"
#: The fields by which the parts of an audit are told apart.
_NAMES = ("reference", "region", "cut", "submission", "first", "second")


class Verdict(StrEnum):
    """What was found of a record."""

    VERIFIED = "verified"
    DIFFERS = "DIFFERS"
    CANNOT = "cannot be verified here"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not hold: what, as it should be, and as it stands. Of private tracks only what."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        if not self.expected and not self.found:
            return f"{self.what} is not what it should be"
        return f"{self.what}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of one record, of the comparisons of a track, or of another document beside the records.

    `absent` says what is not here to verify all of it, `signed_by` whose it is, `note` what else is to be known,
    and `again` how it is made again if it does not hold, if it can be. `track` is empty where it is of several.

    The differences stand in the order in which they were found; there may be some though a part is absent.
    """

    submission: str
    track: str
    differences: tuple[Difference, ...] = ()
    absent: str = ""
    signed_by: str = ""
    note: str = ""
    again: str = ""

    @property
    def verdict(self) -> Verdict:
        """A difference counts more than what could not be looked at."""
        if self.differences:
            return Verdict.DIFFERS
        return Verdict.CANNOT if self.absent else Verdict.VERIFIED

    def find_failure(self) -> EntryRefuted | None:
        """The error that this amounts to, with every difference; None where none was found."""
        if not self.differences:
            return None
        copy = (
            "Bring the files back from a copy" if is_private_name(self.track) else "Take the files from git again"
        )
        where = f" on {self.track}" if self.track else ""
        return EntryRefuted(
            f"what is published of {self.submission}{where} does not hold",
            findings=[Finding("", str(difference)) for difference in self.differences],
            consequence="Nothing was changed.",
            cure=f"{copy}, or {self.again}" if self.again else f"{copy}.",
        )


@dataclass(frozen=True, slots=True)
class Verifier:
    """What verifying needs besides the records. With `public_key` every record must be signed by that key."""

    store: ResultsStore
    settings: Settings
    public_key: str | None = None
    on_progress: OnProgress = lambda _line: None
    _unprepared: dict[str, DatasetError] = field(default_factory=dict)

    def prepare(self, dataset: Dataset) -> None:
        """As ensure_prepared, and what cannot be had is looked for once."""
        prepare_once(dataset, self.settings, self.on_progress, self._unprepared)


def read_whole(store: ResultsStore) -> tuple[Record, ...]:
    """The records that belong here and can be read; `verify_records` tells of the others."""
    records = []
    for path in store.find_paths():
        if is_private_name(path.stem) != store.is_private:
            continue
        with contextlib.suppress(ResultsError):
            records.append(store.find(path.parent.name, path.stem))
    return tuple(record for record in records if record is not None)


def describe_unreadable(error: ResultsError) -> str:
    """What is wrong with a kept document that cannot be read, in one text."""
    return visible_lines("; ".join([error.summary, *map(str, error.findings)]))


def hide_figures(differences: Iterable[Difference], verifier: Verifier) -> tuple[Difference, ...]:
    """Of private tracks only what differs is told: with few rows, labels could be worked out from the figures."""
    if not verifier.store.is_private:
        return tuple(differences)
    return tuple(replace(difference, expected="", found="") for difference in differences)


def find_differences(expected: object, found: object, what: str) -> Iterator[Difference]:
    """Where two values of a record part, each by its name; figures are the same only if all their bits are."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in [*expected, *(key for key in found if key not in expected)]:
            yield from find_differences(expected.get(key), found.get(key), f"{what}.{key}")
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        yield from find_differences(_by_name(expected), _by_name(found), what)
    elif repr(expected) != repr(found):
        yield Difference(what, show(expected), show(found))


def _by_name(values: Sequence[object]) -> dict[str, object]:
    """A list of a record with its parts named by what they are of, else by their place."""
    named: dict[str, object] = {}
    for place, value in enumerate(values, start=1):
        parts = [value[key] for key in _NAMES if key in value] if isinstance(value, Mapping) else []
        name = " ".join(map(str, parts)) or str(place)
        named[name if name not in named else f"{name} ({place})"] = value
    return named


def show(value: object) -> str:
    """A value of a record in a few words."""
    if value is None:
        return NONE
    shown = "some" if isinstance(value, Mapping | list | tuple) else str(value)
    return visible_lines(shown).replace("\n", " ")


def worst_status(found: Iterable[Verification]) -> int:
    """0 where all is verified; 3 where something differs, else 5 where something could not be verified here."""
    verdicts = {one.verdict for one in found}
    kinds: tuple[tuple[Verdict, type[PolyreactError]], ...] = (
        (Verdict.DIFFERS, EntryRefuted),
        (Verdict.CANNOT, DatasetError),
    )
    return next((kind.exit_status for verdict, kind in kinds if verdict in verdicts), 0)
