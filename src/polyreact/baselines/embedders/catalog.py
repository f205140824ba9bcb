"""The embedders by name. What needs torch is imported only where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyreact.baselines.embedders.descriptors import Descriptors, PhysicalProperty
from polyreact.baselines.embedders.interface import Embedder
from polyreact.baselines.embedders.kmer import KmerShares
from polyreact.baselines.embedders.one_hot import OneHot
from polyreact.errors import UnknownName

if TYPE_CHECKING:
    from polyreact.baselines.embedders.encoder import Encoder


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """Which embedder, and what it takes; each uses what it needs.

    `model` and `revision` name a model of the hub, `model` a folder or the wheel of IgLM as well; `seed` draws the
    random encoder; `k` is that of k-mers; `runtime` and `token_budget` say how an encoder is computed.
    """

    name: str
    runtime: str = "onnx"
    model: str = ""
    revision: str = ""
    seed: int = 0
    k: int = 1
    token_budget: int = 0


_CHEAP: Mapping[str, Callable[[EmbedderChoice], Embedder]] = {
    "charge": lambda _choice: PhysicalProperty("charge"),
    "descriptors": lambda _choice: Descriptors(),
    "isoelectric-point": lambda _choice: PhysicalProperty("isoelectric_point"),
    "kmer": lambda choice: KmerShares(choice.k),
    "one-hot": lambda _choice: OneHot(),
}
_ENCODERS = ("antiberty", "hub", "iglm", "random-encoder", "sapiens")
EMBEDDERS = tuple(sorted((*_CHEAP, *_ENCODERS)))


def load_embedder(choice: EmbedderChoice, weights: Path, *, is_heavy: bool) -> Embedder:
    """The embedder for heavy chains or for light ones; `weights` is where archives and graphs are kept.

    Raises UnknownName, and what loading its weights raises.
    """
    if choice.name in _CHEAP:
        return _CHEAP[choice.name](choice)
    if choice.name not in _ENCODERS:
        raise UnknownName("embedder", choice.name, EMBEDDERS)
    runtimes = _module("runtimes")
    if choice.runtime not in list(runtimes.Runtime):
        raise UnknownName("runtime", choice.runtime, list(runtimes.Runtime))
    encoder = load_encoder(choice, weights, is_heavy=is_heavy)
    embedder: Embedder = runtimes.build_embedder(
        encoder, runtimes.Runtime(choice.runtime), weights / "graphs", choice.token_budget or None
    )
    return embedder


def load_encoder(choice: EmbedderChoice, weights: Path, *, is_heavy: bool) -> Encoder:
    """The encoder of an embedder that has one. Raises UnknownName, and what loading its weights raises."""
    load: Mapping[str, Callable[[], Any]] = {
        "antiberty": lambda: _module("antiberty").load_antiberty(weights),
        "iglm": lambda: _module("iglm").load_iglm(Path(choice.model), is_heavy=is_heavy),
        "sapiens": lambda: _module("sapiens").load_sapiens(weights, is_heavy=is_heavy),
        "random-encoder": lambda: _module("random_encoder").build_random_encoder(choice.seed),
        "hub": lambda: _module("hub").load_from_hub(Path(choice.model).name, choice.model, choice.revision),
    }
    if choice.name not in load:
        raise UnknownName("encoder", choice.name, load)
    encoder: Encoder = load[choice.name]()
    return encoder


def _module(name: str) -> Any:
    return import_module(f"polyreact.baselines.embedders.{name}")
