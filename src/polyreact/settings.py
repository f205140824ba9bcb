"""What the surroundings say, read once at the edge; below the CLI nobody reads the environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from polyreact.errors import BadSetting

#: Ids below belong to the host's own users; the last namespace must end below 2**32.
_LOWEST_MAPPED_ID, _HIGHEST_MAPPED_ID = 1 << 16, (1 << 32) - (1 << 16) - 1
#: In the cache: what is there while something runs, each folder marked with its owner.
RUNS_FOLDER = "runs"
#: In POLYREACT_GPUS: no GPU is given to anybody.
_NO_GPUS = "none"
_GPU = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/=-]{0,119}")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?) ?([KMGT]I?)?B?", re.IGNORECASE)
_EXPONENTS = {"K": 1, "M": 2, "G": 3, "T": 4}


@dataclass(frozen=True, slots=True)
class Settings:
    """`cache` keeps what can be fetched or made again; `mirror` stands in for the network when set.

    `private` is the folder of private tracks: their catalogue, their records and the ledger of their scored runs.
    `first_user_id` is where the ids begin that containers' users are mapped to, or 0: they are not mapped.
    `gpus` are those that submissions may get, None for all that the host shows. `image_budget_bytes` is what all
    images that we pulled may take, None where only the disk bounds them.
    """

    cache: Path
    mirror: Path | None
    engine: str | None
    private: Path | None = None
    first_user_id: int = 0
    gpus: tuple[str, ...] | None = None
    image_budget_bytes: int | None = None

    @property
    def sources(self) -> Path:
        """Raw files, as published."""
        return self.cache / "sources"

    @property
    def inputs(self) -> Path:
        """Prepared inputs: what a submission may see."""
        return self.cache / "inputs"

    @property
    def hidden(self) -> Path:
        """Prepared labels: what only scoring may see."""
        return self.cache / "hidden"

    @property
    def training(self) -> Path:
        """Labels of sets for training: what a fit-predict submission is shown, fold by fold."""
        return self.cache / "training"

    @property
    def weights(self) -> Path:
        """Weights of language models, as published, and graphs made from them."""
        return self.cache / "weights"

    @property
    def embeddings(self) -> Path:
        """Kept embeddings, by what made them."""
        return self.cache / "embeddings"

    @property
    def runs(self) -> Path:
        """Folders of running containers, builds and checks: what a killed process leaves here is removed."""
        return self.cache / RUNS_FOLDER

    @property
    def gpu_locks(self) -> Path:
        """Which run has which GPU of this machine."""
        return self.cache / "gpus"

    @property
    def images(self) -> Path:
        """Which images we pulled and when they were last used; the images themselves are the engine's."""
        return self.cache / "images"


def read_settings(environment: Mapping[str, str], find_home: Callable[[], Path]) -> Settings:
    """Settings from an environment: POLYREACT_CACHE, POLYREACT_MIRROR, POLYREACT_ENGINE, POLYREACT_PRIVATE,
    POLYREACT_USER_NAMESPACE, POLYREACT_GPUS, POLYREACT_IMAGE_BUDGET.

    `find_home` is asked only where nothing else says where the cache is; a RuntimeError of its means that there
    is no home. Raises BadSetting then, where POLYREACT_MIRROR names no folder, and where an id, a GPU or a size is
    none.
    """
    cache, private = environment.get("POLYREACT_CACHE"), environment.get("POLYREACT_PRIVATE")
    return Settings(
        cache=(Path(cache) if cache else _find_cache(environment, find_home)).absolute(),
        mirror=_read_mirror(environment.get("POLYREACT_MIRROR", "")),
        engine=environment.get("POLYREACT_ENGINE") or None,
        private=Path(private).absolute() if private else None,
        first_user_id=_read_user_id(environment.get("POLYREACT_USER_NAMESPACE", "")),
        gpus=_read_gpus(environment.get("POLYREACT_GPUS", "")),
        image_budget_bytes=_read_size(environment.get("POLYREACT_IMAGE_BUDGET", "")),
    )


def _find_cache(environment: Mapping[str, str], find_home: Callable[[], Path]) -> Path:
    cache_home = environment.get("XDG_CACHE_HOME")
    try:
        return (Path(cache_home) if cache_home else find_home() / ".cache") / "polyreact"
    except RuntimeError as error:
        raise BadSetting(
            "this user has no home folder, so there is no place for the cache",
            cure="Set POLYREACT_CACHE (or HOME) to a folder that you may write to.",
        ) from error


def _read_user_id(value: str) -> int:
    """The first of 65536 ids that nobody on the host has; those below 65536 are the host's own."""
    if not value:
        return 0
    if not re.fullmatch(r"[0-9]{1,10}", value) or not _LOWEST_MAPPED_ID <= int(value) <= _HIGHEST_MAPPED_ID:
        raise BadSetting(
            f"POLYREACT_USER_NAMESPACE is {value!r:.40}, which is no first id of a user namespace",
            cure=f"Give a number from {_LOWEST_MAPPED_ID} to {_HIGHEST_MAPPED_ID}, such as 100000, or unset it.",
        )
    return int(value)


def _read_gpus(value: str) -> tuple[str, ...] | None:
    """Names between commas; whether there are such GPUs is seen when one is wanted."""
    if not value:
        return None
    names = tuple(name.strip() for name in value.split(","))
    if names == (_NO_GPUS,):
        return ()
    if not all(_GPU.fullmatch(name) for name in names) or _NO_GPUS in names:
        raise BadSetting(
            f"POLYREACT_GPUS is {value!r:.80}, which is no list of GPUs",
            cure="Give numbers or names between commas (0,1), or `none`, or unset it: all of this machine.",
        )
    return names


def _read_size(value: str) -> int | None:
    """Bytes, with or without a unit: 50GB are 50 * 10**9, 50GiB are 50 * 2**30."""
    if not value:
        return None
    told = _SIZE.fullmatch(value.strip())
    if told is None or float(told[1]) == 0:
        raise BadSetting(
            f"POLYREACT_IMAGE_BUDGET is {value!r:.40}, which is no size",
            cure="Give bytes, or a number with a unit, such as 50GB or 46.5GiB; or unset it: as the disk allows.",
        )
    unit = (told[2] or "").upper()
    base = 1024 if unit.endswith("I") else 1000
    return int(float(told[1]) * (base ** _EXPONENTS[unit[0]] if unit else 1))


def _read_mirror(value: str) -> Path | None:
    if not value:
        return None
    mirror = Path(value).absolute()
    if not mirror.is_dir():
        raise BadSetting(
            f"POLYREACT_MIRROR is `{value}`, and there is no such folder",
            cure="Point it at a folder holding <dataset>/<file>, or unset it to fetch from the public addresses.",
        )
    return mirror
