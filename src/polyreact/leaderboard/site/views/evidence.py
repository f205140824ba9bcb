"""What stands behind one score: what the run cost, what ran, from which inputs, and who signed the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from polyreact.leaderboard.board import Board, Cell, TrackBoard
from polyreact.leaderboard.openness import image_words
from polyreact.leaderboard.text import PROSE_LIMIT, clean
from polyreact.results.records import ImageRecord, PackagesRecord, RunRecord

_MIB = 1 << 20
_NOT_MEASURED = "not measured"
#: Longer lists are cut on the page; the file that the record names has all of them.
_PACKAGES_SHOWN = 1_000

PRIVATE_ATTEMPTS = (
    "Whoever tries often may fit the score and not the antibodies: read a score after many runs with caution."
)
PUBLIC_ATTEMPTS = (
    "Attempts before this score are not counted: the antibodies are public, and anybody can try at home."
)
UNSIGNED = "not signed"


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what is to be said of it, with less weight an `aside`; `is_code` for digests and the like."""

    term: str
    words: str
    aside: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class PackageList:
    """The packages that the image says it holds: how many in words, then each by name and version."""

    words: str
    python: tuple[str, ...]
    system: tuple[str, ...]
    note: str


def build_resources(run: RunRecord) -> tuple[Fact, ...]:
    """What the run took, and what it was allowed."""
    rows = run.predictions.rows if run.predictions else 0
    limits = run.limits
    seconds = [Fact("Per 1,000 antibodies", _seconds(1_000 * run.wall_s / rows))] if rows else []
    return (
        Fact("Time", _seconds(run.wall_s), f"of at most {limits.wall_time_s:,} s{_per_part(run)}"),
        *seconds,
        Fact("CPU time", _NOT_MEASURED if run.cpu_s is None else _seconds(run.cpu_s), f"on {limits.cpus:g} CPUs"),
        Fact("Peak memory", _memory(run.peak_memory_bytes), f"of at most {limits.memory_bytes / _MIB:,.0f} MiB"),
        *([Fact("GPU", f"{limits.gpus}, which the submission says that it needs")] if limits.gpus else []),
        Fact("Image", f"{run.image.size_bytes / _MIB:,.0f} MiB"),
    )


def build_provenance(board: TrackBoard, cell: Cell, run: RunRecord) -> tuple[Fact, ...]:
    """Every version and digest that the score hangs on; of a private track none of its rows or labels.

    A digest of few labels tells them to whoever tries them all.
    """
    facts = [
        Fact("Image", clean(run.image.reference, PROSE_LIMIT), is_code=True),
        Fact("Image id", clean(run.image.image_id), is_code=True),
        Fact("Where it is from", image_words(run.image)),
        Fact("Entry point", _entry_point(run.image), is_code=True),
        Fact("Ran", f"{_moment(run.started_at)}, contract {run.contract}, polyreact {clean(run.polyreact)}"),
        Fact("Engine", clean(f"{run.engine.name} {run.engine.version} ({run.engine.runtime})")),
        Fact("Host", clean(f"{run.host.system}, {run.host.architecture}, {run.host.cpus} CPUs")),
        Fact("Sandbox policy", f"sha256:{run.policy_sha256}", is_code=True),
        Fact("Track", f"{board.track.id}, dataset {board.track.dataset}, revision {board.track.revision}"),
    ]
    if cell.score is not None:
        told = f"scoring version {cell.score.scoring_version}, polyreact {clean(cell.score.polyreact)}"
        facts.append(Fact("Scored", told))
    return (*facts, *(() if board.track.is_private else _public_digests(cell, run)))


def _public_digests(cell: Cell, run: RunRecord) -> tuple[Fact, ...]:
    facts = [Fact("Inputs", f"sha256:{run.inputs_sha256}", is_code=True)]
    if run.predictions is not None:
        facts += [
            Fact("Predictions", f"sha256:{run.predictions.sha256}", is_code=True),
            Fact("Their file", clean(run.predictions.file), is_code=True),
        ]
    if cell.score is not None:
        facts.append(Fact("Labels", f"sha256:{cell.score.labels_sha256}", is_code=True))
    return (*facts, _signature(cell))


def build_packages(board: Board, run: RunRecord, *, is_private: bool) -> PackageList | None:
    """The packages of the image that ran; None where the record names none, and on private tracks."""
    named = run.image.packages
    if named is None or is_private:
        return None
    kept = board.packages.get(named.sha256)
    if kept is None:
        return PackageList(_package_words(named), (), (), f"Listed in {named.file} beside the record.")
    shown = (*kept.python[:_PACKAGES_SHOWN],), (*kept.system[:_PACKAGES_SHOWN],)
    is_cut = max(named.python, named.system) > _PACKAGES_SHOWN
    note = f"The first {_PACKAGES_SHOWN:,} of each kind; all of them are listed in {named.file}." if is_cut else ""
    python, system = (tuple(clean(package) for package in packages) for packages in shown)
    return PackageList(_package_words(named), python, system, note)


def attempts_words(board: TrackBoard, cell: Cell) -> str:
    """How often the author was scored before, where that is counted."""
    if cell.earlier_scored_runs is None:
        return "" if board.track.is_private else PUBLIC_ATTEMPTS
    count = cell.earlier_scored_runs
    runs = "no earlier scored run" if count == 0 else f"{count:,} earlier scored {'run' if count == 1 else 'runs'}"
    return f"Its author had {runs} on this track. {PRIVATE_ATTEMPTS}"


def day(moment: datetime) -> str:
    """The day of a moment, in UTC."""
    return f"{_in_utc(moment):%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{_in_utc(moment):%Y-%m-%d %H:%M} UTC"


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _seconds(value: float) -> str:
    if value >= 100:  # noqa: PLR2004 - a tenth of a second says nothing beside it
        return f"{value:,.0f} s"
    return f"{value:.1f} s" if value >= 1 else f"{value:.3f} s"


def _per_part(run: RunRecord) -> str:
    if run.slices:
        return f", in {len(run.slices)} slices together"
    return f" for each of {len(run.folds)} folds" if run.folds else ""


def _memory(value: int | None) -> str:
    return _NOT_MEASURED if value is None else f"{value / _MIB:,.0f} MiB"


def _entry_point(image: ImageRecord) -> str:
    return clean(" ".join((*image.entrypoint, *image.command)), PROSE_LIMIT) or "not recorded"


def _signature(cell: Cell) -> Fact:
    if cell.signature is None:
        return Fact("Signature", UNSIGNED)
    return Fact("Signed by", f"ed25519:{cell.signature.public_key}", is_code=True)


def _package_words(named: PackagesRecord) -> str:
    words = f"{named.python:,} Python and {named.system:,} system packages, as the image itself says"
    return words if named.is_complete else f"{words}; it holds more than could be listed"
