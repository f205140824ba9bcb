"""The corpus of submissions in tests/submissions: what each tries, what is expected, and the image it comes as.

All images are written into one archive that an engine loads at once: they share the base made from this host's
Python and a layer with all programs, and differ in what their configuration says. No registry is needed.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import sys
import tarfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polyreact.engines.base_image import ENVIRONMENT, write_root
from polyreact.engines.python_slice import plan_root

CORPUS = Path(__file__).parent / "submissions"
REPOSITORY = "localhost/polyreact-corpus"
#: What the bomb unpacks to, and the most that the engines of these tests take.
BOMB_BYTES = 160 << 20
MAX_IMAGE_BYTES = 128 << 20

#: Not for docker and podman to read: they say what is to be built, and not what its configuration holds.
_OURS = {"architecture", "layers", "links", "served", "huge_environment", "long_variable"}
_KEYS = {
    "tries",
    "outcome",
    "code",
    "says",
    "afterwards",
    "log",
    "log_lacks",
    "runs",
    "otherwise",
    "limits",
    "image",
}
_PYTHON = Path(sys.executable).resolve()
_NONSENSE = b"\x00\x01this is no program\n"


@dataclass(frozen=True)
class Condition:
    """One folder of the corpus. `log` and `log_lacks` are what the shown log must hold and must not.

    `otherwise` is the code where the same program is asked for fewer antibodies than the demo's.
    """

    name: str
    tries: str
    outcome: str
    afterwards: str
    code: str = ""
    says: str = ""
    log: tuple[str, ...] = ()
    log_lacks: tuple[str, ...] = ()
    runs: int = 1
    otherwise: str = ""
    limits: Mapping[str, Any] = field(default_factory=dict)
    image: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return f"{REPOSITORY}/{self.name}:1"


def read_conditions() -> tuple[Condition, ...]:
    """Every folder with an expected.toml, in the order of their names."""
    return tuple(_read_condition(path.parent) for path in sorted(CORPUS.glob("*/expected.toml")))


def _read_condition(folder: Path) -> Condition:
    told = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    unknown = set(told) - _KEYS
    if unknown:
        raise ValueError(f"{folder.name}: {unknown}")
    return Condition(folder.name, **{key: tuple(v) if isinstance(v, list) else v for key, v in told.items()})


def write_archive(conditions: Iterable[Condition], path: Path) -> None:
    """The images of these conditions, in the form of `docker save`; those that a registry serves are left out."""
    base = path.with_suffix(".base")
    write_root(plan_root(), base)
    layers = {"base.tar": base.read_bytes(), "programs.tar": _programs_layer()}
    layers |= {f"small-{number}.tar": _layer({f"small/{number}": b"x"}) for number in range(98)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in layers.items()}
    manifest = []
    with tarfile.open(path, "w") as tar:
        for name, content in layers.items():
            _add(tar, name, content)
        for condition in conditions:
            if "served" in condition.image:
                continue
            names = ["base.tar", "programs.tar"]
            names += [f"small-{number}.tar" for number in range(condition.image.get("layers", 2) - 2)]
            if "links" in condition.image:
                links = _layer({}, condition.image["links"])
                digests["links.tar"] = hashlib.sha256(links).hexdigest()
                _add(tar, "links.tar", links)
                names.append("links.tar")
            config = json.dumps(_config(condition, [digests[name] for name in names])).encode()
            config_name = f"{hashlib.sha256(config).hexdigest()}.json"
            _add(tar, config_name, config)
            manifest.append({"Config": config_name, "RepoTags": [condition.reference], "Layers": names})
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    base.unlink()


def _config(condition: Condition, diff_ids: list[str]) -> dict[str, Any]:
    told = condition.image
    variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, "PYTHONPATH": "/corpus"}.items()]
    if "huge_environment" in told:
        variables += [f"V{number}={'x' * 10_000}" for number in range(told["huge_environment"] // 10_000)]
    if "long_variable" in told:
        variables.append(f"LONG={'x' * told['long_variable']}")
    entrypoint = ["python3", f"/corpus/{condition.name}/predict.py"]
    settings = {key: value for key, value in told.items() if key not in _OURS}
    settings["Env"] = [*variables, *settings.get("Env", [])]
    return {
        "architecture": told.get("architecture", _ARCHITECTURES.get(platform.machine(), platform.machine())),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Entrypoint": entrypoint, **settings},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in diff_ids]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "a test"} for _ in diff_ids],
    }


_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def _programs_layer() -> bytes:
    """All programs, an interpreter that is to run as root, and files that only look like programs."""
    files = {f"corpus/{path.relative_to(CORPUS)}": path.read_bytes() for path in sorted(CORPUS.rglob("*.py"))}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            _add(tar, name, content, mode=0o644)
        _add(tar, "corpus/nonsense", _NONSENSE, mode=0o755)
        _add(tar, "corpus/no-interpreter", b"#!/no/such/interpreter\n", mode=0o755)
        for folder in ("corpus/open", "corpus/elsewhere", "corpus/outside", "scratch"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(info)
        interpreter = next(name for name, source in plan_root().files.items() if source == _PYTHON)
        _add(tar, str(Path(interpreter).with_name("set-user-id")), _PYTHON.read_bytes(), mode=0o6755)
    return buffer.getvalue()


def _layer(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            _add(tar, name, content)
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    tar.addfile(info, io.BytesIO(content))
