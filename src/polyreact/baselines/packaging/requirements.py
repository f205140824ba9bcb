"""The packages of an image: out of one locked list, what a model needs and all that it needs in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from polyreact.baselines.packaging.contents import Contents, Head

LOCKED = "requirements.txt"
_HEADS = {Head.LINEAR: (), Head.TREES: ("xgboost-cpu",), Head.ESTIMATOR: ("scikit-learn", "skops")}
_GRAPHS = ("numpy", "onnx")
_HUB = ("huggingface-hub",)
_NAME = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


def choose_packages(contents: Contents) -> tuple[str, ...]:
    """The packages that are installed in the image, by name, without those that these need."""
    numbered = ("immunum",) if contents.is_numbered else ()
    encoded = ("onnxruntime",) if contents.has_encoder else ()
    return ("numpy", *numbered, *encoded, *_HEADS[contents.head])


def choose_build_packages(contents: Contents) -> tuple[str, ...]:
    """Those that only the build needs."""
    return (*_GRAPHS, *(_HUB if contents.is_of_hub else ())) if contents.has_encoder else ()


def render_requirements(names: Iterable[str]) -> str:
    """Requirements of these packages and of all that they need, pinned and hashed, by name."""
    entries, needs = _read_locked()
    wanted: set[str] = set()
    open_ends = list(names)
    while open_ends:
        name = open_ends.pop()
        if name not in wanted:
            wanted.add(name)
            open_ends += needs[name]
    return "".join(entries[name] for name in sorted(wanted))


@cache
def _read_locked() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The entry of each package in the list, and what each one needs, which the list says from the other end."""
    text = files("polyreact.baselines.packaging").joinpath(LOCKED).read_text(encoding="utf-8")
    entries: dict[str, str] = {}
    asked_by: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        found = _NAME.match(line)
        if found:
            name = found[1]
            entries[name], asked_by[name] = "", []
        if line.lstrip().startswith("#"):
            if " -r " in line:  # the list of names that the locked one was made from
                continue
            asked_by[name] += re.findall(r"[a-z0-9][a-z0-9-]*", line.replace("via", ""))
        elif name:
            entries[name] += f"{line}\n"
    needs = {name: [other for other, asking in asked_by.items() if name in asking] for name in entries}
    return entries, needs
