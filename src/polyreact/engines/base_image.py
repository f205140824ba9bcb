"""A base image made from this host's own Python, for machines that reach no registry.

It holds the interpreter that runs polyreact, its standard library and shared libraries, a shell and pip. The
same host gives the same bytes, and their hash is the image's tag, so it is made once.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import secrets
import shutil
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from polyreact.engines.interface import Engine, Image
from polyreact.engines.python_slice import RootPlan, plan_root
from polyreact.engines.run_folder import open_run_folder
from polyreact.errors import CannotMakeBase, EngineFailed
from polyreact.files import sha256_file, write_atomically
from polyreact.settings import RUNS_FOLDER

BASE_REPOSITORY = "localhost/polyreact/python-base"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin",
    "LANG": "C.UTF-8",
}
_TAG_LENGTH = 12


def python_version() -> str:
    """The version of Python in the base image: the one that runs polyreact."""
    return platform.python_version()


def ensure_base(engine: Engine, cache_folder: Path) -> Image:
    """The base image in this engine, made from this host unless it is there. Raises CannotMakeBase.

    `cache_folder` remembers the tag for this Python, so that the second call reads no library.
    """
    remembered = cache_folder / "base-image" / _host_key()
    if remembered.is_file():
        image = engine.find_image(f"{BASE_REPOSITORY}:{remembered.read_text(encoding='ascii')}")
        if image is not None:
            return image
    try:
        with open_run_folder(cache_folder / RUNS_FOLDER, f"base-{secrets.token_hex(8)}") as folder:
            archive = folder / "root.tar"
            write_root(plan_root(), archive)
            tag = sha256_file(archive)[:_TAG_LENGTH]
            name = f"{BASE_REPOSITORY}:{tag}"
            image = engine.find_image(name) or engine.import_root(archive, name, ENVIRONMENT)
    except (OSError, EngineFailed) as error:
        raise CannotMakeBase(
            "the local base image could not be made from this host's Python",
            cure="Look whether the engine answers and the disk has room, or use a base image from a registry.",
            detail=str(error),
        ) from error
    write_atomically(remembered, tag.encode())
    return image


def write_root(plan: RootPlan, archive: Path) -> None:
    """The plan as a tar file: sorted, without times and owners, so that equal content gives equal bytes."""
    members = {
        **{name: _folder(name, 0o755) for name in _parents(plan)},
        **{name: _folder(name, mode) for name, mode in plan.folders.items()},
        **{name: _link(name, target) for name, target in plan.links.items()},
    }
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted({*members, *plan.files, *plan.texts}):
            if name in plan.files:
                _add_file(tar, name, plan.files[name])
            elif name in plan.texts:
                content = plan.texts[name].encode()
                tar.addfile(_file(name, len(content), 0o644), io.BytesIO(content))
            else:
                tar.addfile(members[name])


def _add_file(tar: tarfile.TarFile, name: str, source: Path) -> None:
    with source.open("rb") as content:
        status = os.fstat(content.fileno())
        mode = 0o755 if status.st_mode & 0o100 else 0o644
        tar.addfile(_file(name, status.st_size, mode), content)


def _file(name: str, size: int, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    return info


def _folder(name: str, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, mode
    return info


def _link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
    return info


def _parents(plan: RootPlan) -> Iterator[str]:
    for name in (*plan.files, *plan.texts, *plan.links):
        yield from (str(parent) for parent in PurePosixPath(name).parents if parent.name)


def _host_key() -> str:
    """Names everything the image is made from, as far as can be seen without reading it."""
    recipe = [Path(__file__), Path(__file__).with_name("python_slice.py")]
    busybox = shutil.which("busybox")
    sources = [Path(sys.executable).resolve(), Path(os.__file__), *([Path(busybox)] if busybox else [])]
    seen = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in (*recipe, *sources)]
    return hashlib.sha256("\n".join([sys.version, sys.base_prefix, *seen]).encode()).hexdigest()[:32]
