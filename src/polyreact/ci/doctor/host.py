"""This host: its container engine, the prepared sets, and the folder of private tracks."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator

from polyreact.ci.doctor.interface import Diagnosis, cannot_tell, not_ok, ok
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import is_prepared
from polyreact.engines.interface import Engine
from polyreact.errors import PolyreactError
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_public_tracks, load_tracks
from polyreact.tracks.track import Track

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def diagnose_host(
    settings: Settings, load_engine: Callable[[], Engine], *, is_root: bool
) -> Iterator[Callable[[], Diagnosis]]:
    """One line for each thing; `load_engine` raises what choosing an engine raises."""
    yield lambda: diagnose_engine(load_engine, is_root=is_root)
    yield lambda: diagnose_data(settings)
    yield lambda: diagnose_private(settings)


def diagnose_engine(load_engine: Callable[[], Engine], *, is_root: bool) -> Diagnosis:
    """An engine answers and can hold every limit that ranked runs need; no container is started."""
    try:
        engine = load_engine()
        facts, missing = engine.probe(), engine.missing_limits()
    except PolyreactError as error:
        return not_ok("engine", error.summary, error.cure or "Install one: sudo make engine")
    if not engine.is_sandbox:
        return not_ok("engine", f"{facts.name} is no sandbox", "Name one: polyreact admin doctor --engine podman")
    if not is_root:
        missing = (*missing, "the size of /output")
    if missing:
        return not_ok(
            "engine",
            f"{facts.name} {facts.version} cannot hold here, for this user: {', '.join(missing)}",
            "Ranked runs need root on Linux: sudo --preserve-env polyreact admin doctor",
        )
    return ok("engine", f"{facts.name} {facts.version}, {facts.runtime}; `polyreact engine check` tries it out")


def diagnose_data(settings: Settings) -> Diagnosis:
    """Every set of a public track is prepared, byte for byte as the catalogue says."""
    return _diagnose_sets("data", load_public_tracks(), settings)


def diagnose_private(settings: Settings) -> Diagnosis:
    """The folder of private tracks is closed to others, and what its tracks are asked of is prepared."""
    folder = settings.private
    if folder is None:
        return ok("private", "no private tracks: POLYREACT_PRIVATE is not set")
    try:
        mode = folder.stat().st_mode
        private = tuple(track for track in load_tracks() if track.is_private)
    except OSError as error:
        return not_ok(
            "private", f"{folder} cannot be read: {error.strerror}", "Name the folder in POLYREACT_PRIVATE."
        )
    except PolyreactError as error:
        return not_ok("private", error.summary, error.cure)
    if mode & _OTHERS:
        return not_ok("private", f"{folder} is open to other users", f"chmod 700 {folder}")
    if not private:
        return not_ok("private", f"{folder} holds no track", "Make one: polyreact track new-private --help")
    return _diagnose_sets("private", private, settings)


def _diagnose_sets(name: str, tracks: Iterable[Track], settings: Settings) -> Diagnosis:
    datasets = {track.dataset: load_dataset(track.dataset) for track in tracks}
    try:
        absent = [title for title, dataset in datasets.items() if not is_prepared(dataset, settings)]
    except PolyreactError as error:
        return cannot_tell(name, error.summary, error.cure)
    if absent:
        return not_ok(
            name,
            f"not prepared in {settings.cache}, or not as catalogued: {', '.join(absent)}",
            f"polyreact dataset fetch {' '.join(absent)}",
        )
    return ok(name, f"{len(datasets)} sets, each file with the digest of the catalogue")
