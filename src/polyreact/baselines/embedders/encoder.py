"""A transformer that reads one token per residue, and the mean over residues of what it writes.

The mean is taken over residues only: neither the tokens that mark begin and end nor padding count, for whether a
token counts is told by the sequence it belongs to, never by the longest one of its batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from polyreact.errors import BadWeights
from polyreact.files import Sha256, digest_of, sha256_bytes
from polyreact.numbering import UNKNOWN_RESIDUE
from polyreact.sequences import STANDARD_AMINO_ACIDS

#: Part of every revision: another way to pool gives other vectors.
POOLING = "mean over residues of the last layer"
LETTERS = "".join(sorted(STANDARD_AMINO_ACIDS)) + UNKNOWN_RESIDUE


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The token of each of the 20 letters and X, and those that mark begin and end and fill up a batch.

    `after_begin` are those that stand between begin and the first residue, where a model is told what it reads.
    """

    token_of: Mapping[str, int]
    begin: int
    end: int
    padding: int
    after_begin: tuple[int, ...] = ()

    @property
    def first(self) -> int:
        """The place of the first residue."""
        return 1 + len(self.after_begin)

    def encode(self, sequence: str) -> list[int]:
        """The tokens of a sequence between those of begin and end."""
        return [self.begin, *self.after_begin, *(self.token_of[letter] for letter in sequence), self.end]


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences side by side, filled up to the longest; all of shape (sequences, tokens).

    `attention` is 1 for a token and 0 for padding, `residues` is 1 for a residue and 0 for all else.
    """

    tokens: npt.NDArray[np.int64]
    attention: npt.NDArray[np.int64]
    residues: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A model with its vocabulary. `module` maps tokens and attention to states of shape (n, tokens, dimension).

    `weights_sha256` is the digest of the tensors themselves, so the same weights from another place are the same.
    """

    name: str
    module: torch.nn.Module
    vocabulary: Vocabulary
    dimension: int
    longest: int
    weights_sha256: Sha256

    @property
    def revision(self) -> str:
        """The weights, the vocabulary and the pooling."""
        vocabulary = self.vocabulary
        marks: dict[str, object] = {"<": vocabulary.begin, ">": vocabulary.end}
        if vocabulary.after_begin:
            marks["<<"] = list(vocabulary.after_begin)
        tokens = digest_of({**vocabulary.token_of, **marks})
        return f"{self.name} {self.weights_sha256[:16]} {tokens[:8]}, {POOLING}"


class PooledEncoder(torch.nn.Module):
    """The whole way from tokens to one vector per sequence, as one graph."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, tokens: torch.Tensor, attention: torch.Tensor, residues: torch.Tensor) -> torch.Tensor:
        """Of shape (n, dimension)."""
        states = self.module(input_ids=tokens, attention_mask=attention).last_hidden_state
        kept = residues.unsqueeze(-1)
        pooled: torch.Tensor = (states.to(torch.float32) * kept).sum(dim=1) / kept.sum(dim=1)
        return pooled


def build_batch(sequences: Sequence[str], vocabulary: Vocabulary) -> Batch:
    """Sequences as a batch, in the order they are given."""
    lengths = [len(sequence) for sequence in sequences]
    first = vocabulary.first
    shape = len(sequences), first + max(lengths) + 1
    tokens = np.full(shape, vocabulary.padding, dtype=np.int64)
    attention = np.zeros(shape, dtype=np.int64)
    residues = np.zeros(shape, dtype=np.float32)
    for row, (sequence, length) in enumerate(zip(sequences, lengths, strict=True)):
        end = first + length
        tokens[row, : end + 1] = vocabulary.encode(sequence)
        attention[row, : end + 1] = 1
        residues[row, first:end] = 1
    return Batch(tokens, attention, residues)


def read_vocabulary(path: Path, begin: str, end: str, padding: str, unknown: str) -> Vocabulary:
    """The vocabulary of a file, as `parse_vocabulary` reads it. Raises BadWeights where a token is missing."""
    return parse_vocabulary(path.read_text(encoding="utf-8"), (begin,), end, padding, unknown)


def parse_vocabulary(text: str, beginning: tuple[str, ...], end: str, padding: str, unknown: str) -> Vocabulary:
    """The vocabulary of a text with one token a line, numbered from 0. Raises BadWeights where a token is missing.

    `beginning` stands before the first residue. `unknown` is the token for X: the model's own where it has one,
    otherwise the one for anything unknown.
    """
    number_of = {token: number for number, token in enumerate(text.split())}
    unknown = UNKNOWN_RESIDUE if UNKNOWN_RESIDUE in number_of else unknown
    missing = [t for t in (*sorted(STANDARD_AMINO_ACIDS), *beginning, end, padding, unknown) if t not in number_of]
    if missing:
        raise BadWeights(f"the vocabulary lacks {', '.join(missing)}, so it is not of this kind of model")
    token_of = {letter: number_of[letter] for letter in sorted(STANDARD_AMINO_ACIDS)}
    begin, *after_begin = (number_of[token] for token in beginning)
    return Vocabulary(
        token_of | {UNKNOWN_RESIDUE: number_of[unknown]},
        begin,
        number_of[end],
        number_of[padding],
        tuple(after_begin),
    )


def load_strictly(module: torch.nn.Module, tensors: Mapping[str, torch.Tensor], name: str) -> None:
    """Put `tensors` into a module, every one and no other. Raises BadWeights where names or shapes differ.

    A model in which one tensor is silently left as it was drawn works and is worthless.
    """
    try:
        module.load_state_dict(dict(tensors), strict=True)
    except RuntimeError as error:
        raise BadWeights(
            f"the weights of {name} are not those of its architecture", detail=str(error), consequence="Not used."
        ) from error


def freeze(module: torch.nn.Module) -> torch.nn.Module:
    """The module for embedding: nothing is dropped by chance, nothing is learned."""
    return module.eval().requires_grad_(requires_grad=False)


def digest_weights(module: torch.nn.Module) -> Sha256:
    """The SHA-256 over the names, shapes and values of a module's tensors, by name.

    The frequencies of rotations are computed and no weights, so they are left out.
    """
    lines = []
    for name, tensor in sorted(module.state_dict().items()):
        if name.endswith(".inv_freq"):
            continue
        values = tensor.detach().to("cpu").contiguous()
        content = values.view(torch.uint8).numpy().tobytes() if values.dim() else values.numpy().tobytes()
        lines.append(f"{name} {tuple(values.shape)} {values.dtype} {sha256_bytes(content)}")
    return sha256_bytes("\n".join(lines).encode())
