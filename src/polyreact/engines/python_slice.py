"""Which files of this host make a root file system that runs this Python: interpreter, libraries, a shell, pip."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from polyreact.errors import CannotMakeBase

_DEBIAN_PREFIX = Path("/usr")
_EXCLUDED_FOLDERS = {
    "__pycache__", "site-packages", "dist-packages", "test", "tests", "tkinter", "idlelib", "ensurepip",
    "turtledemo",
}  # fmt: skip
_EXCLUDED_NAMES = {"EXTERNALLY-MANAGED"}
#: Wheels expect these of every Linux, and the interpreter alone does not name them.
_EXPECTED_LIBRARIES = (
    "libstdc++.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "libm.so.6",
    "libresolv.so.2", "libnss_files.so.2",
)  # fmt: skip
_APPLETS = (
    "sh", "ls", "cat", "cp", "mv", "rm", "mkdir", "rmdir", "ln", "chmod", "echo", "printf", "true", "false", "test",
    "find", "grep", "sed", "head", "tail", "wc", "sort", "tar", "gzip", "id", "sleep", "touch", "env", "dirname",
    "basename", "uname", "sha256sum",
)  # fmt: skip
_FOLDERS = ("data", "output", "proc", "dev", "sys", "etc", "root", "run", "var")
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
#: Debian's pip reads this list of certificate authorities even when it is told to ask no index.
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_LIBRARY = re.compile(r"^\s*(?:(\S+) => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RootPlan:
    """A root file system to be: every path without its leading slash."""

    files: dict[str, Path] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)


def plan_root() -> RootPlan:
    """The root file system for the interpreter that runs this program. Raises CannotMakeBase."""
    plan = RootPlan(texts=dict(_TEXTS), folders={**dict.fromkeys(_FOLDERS, 0o755), "tmp": 0o1777})
    binaries = [*_add_python(plan), *_add_shell(plan)]
    _add_libraries(plan, binaries)
    _add_pip(plan)
    return plan


def _add_python(plan: RootPlan) -> list[Path]:
    """The interpreter and its standard library; what of it is machine code."""
    interpreter = Path(sys.executable).resolve()
    base, prefix = Path(sys.base_prefix).resolve(), _target_prefix()
    library = Path(sysconfig.get_path("stdlib")).resolve()
    if not interpreter.is_file() or not (library / "os.py").is_file() or not library.is_relative_to(base):
        raise CannotMakeBase(
            f"this Python ({interpreter}) has no standard library in files below {base}",
            cure="Run polyreact under an ordinary CPython, or use an image from a registry as the base.",
        )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    plan.files[f"{prefix}/bin/{version}"] = interpreter
    for alias in ("python", "python3"):
        plan.links[f"{prefix}/bin/{alias}"] = version
    modules = []
    for path in _walk(library):
        plan.files[f"{prefix}/{path.relative_to(base)}"] = path
        if path.suffix == ".so":
            modules.append(path)
    return [interpreter, *modules]


def _add_shell(plan: RootPlan) -> list[Path]:
    """A shell for the RUN lines of a Dockerfile: static busybox, or the host's own sh."""
    busybox = shutil.which("busybox")
    if busybox is not None and not _libraries_of([Path(busybox)]):
        plan.files["bin/busybox"] = Path(busybox)
        plan.links.update({f"bin/{applet}": "busybox" for applet in _APPLETS})
        plan.links["usr/bin/env"] = "../../bin/busybox"
        return []
    shell = Path("/bin/sh").resolve()
    plan.files["bin/sh"] = shell
    return [shell]


def _add_libraries(plan: RootPlan, binaries: list[Path]) -> None:
    """Every shared library, all in the folder of the C library, where the loader looks by itself."""
    found = _libraries_of(binaries)
    c_library = next((path for name, path in found.items() if name.startswith("libc.so")), None)
    if c_library is None:
        raise CannotMakeBase(
            "`ldd` names no C library for this Python",
            cure="Install ldd (Debian: libc-bin), or use an image from a registry as the base.",
        )
    folders = {path.parent for path in found.values()}
    expected = [folder / name for name in _EXPECTED_LIBRARIES for folder in folders if (folder / name).is_file()]
    found |= {path.name: path for path in expected} | _libraries_of(expected)
    for name, path in found.items():
        # The loader is named by its whole path in every program; it alone must stay where it is.
        place = path if name.startswith("ld-") else c_library.parent / name
        plan.files[str(place).lstrip("/")] = path.resolve()


def _add_pip(plan: RootPlan) -> None:
    """Pip, so that a Dockerfile can install packages that lie beside it."""
    spec = importlib.util.find_spec("pip")
    if spec is None or spec.origin is None:
        raise CannotMakeBase("pip is not installed beside polyreact", cure="To install it: python -m ensurepip")
    package = Path(spec.origin).parent
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    place = "usr/lib/python3/dist-packages" if _is_distribution_python() else f"usr/local/lib/{minor}/site-packages"
    if _AUTHORITIES.is_file():
        plan.files[str(_AUTHORITIES).lstrip("/")] = _AUTHORITIES
    for folder in (package, *package.parent.glob("pip-*.dist-info")):
        for path in _walk(folder):
            plan.files[f"{place}/{path.relative_to(package.parent)}"] = path


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _EXCLUDED_FOLDERS and not path.name.startswith("config-") and not path.is_symlink():
                yield from _walk(path)
        elif path.is_file() and path.suffix not in {".pyc", ".a"} and path.name not in _EXCLUDED_NAMES:
            yield path


def _libraries_of(binaries: Iterable[Path]) -> dict[str, Path]:
    """The libraries that programs and modules need, by the name they ask for; empty for static ones."""
    names = [str(path) for path in binaries]
    ldd = shutil.which("ldd")
    if ldd is None or not names:
        return {}
    listed = subprocess.run([ldd, *names], check=False, capture_output=True, text=True, timeout=120)
    return {name or PurePosixPath(path).name: Path(path) for name, path in _LIBRARY.findall(listed.stdout)}


def _is_distribution_python() -> bool:
    """Debian's own Python keeps its packages elsewhere and must stay in /usr to find them."""
    return Path(sys.base_prefix) == _DEBIAN_PREFIX


def _target_prefix() -> str:
    return "usr" if _is_distribution_python() else "usr/local"
