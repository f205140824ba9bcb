"""Kept embeddings: found by what was embedded and with what, mapped into memory, safe for several processes.

One folder for each revision of an embedder, and in it parts: NumPy files of rows (SHA-256 of the sequence, vector),
each written whole or not at all under a name made from the sequences in it. Nothing is ever changed in place, so
several processes may embed into the same folder, at worst some sequence twice, and one that is killed loses the
part it was making. Whoever goes on makes the parts that were left, from the same sequences, so a vector is the same
bytes with a kill and without. It is read from where it lies; only the digests are held in memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from polyreact.baselines.embedders.interface import Embedder, OnProgress, Progress, Vectors
from polyreact.errors import BadWeights
from polyreact.files import remove_parts, sha256_bytes, write_atomically

_PART_SEQUENCES = 512
_ABOUT = "about.json"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kept:
    """What one folder of the cache holds, for a person."""

    folder: Path
    embedder: str
    revision: str
    sequences: int
    size_bytes: int
    used_at: float


class EmbeddingCache:
    """The kept vectors of one embedder."""

    def __init__(self, root: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._folder = root / f"{embedder.name}-{sha256_bytes(embedder.revision.encode())[:16]}"
        self._row_type = np.dtype([("digest", f"V{_DIGEST_BYTES}"), ("vector", "<f4", (embedder.dimension,))])

    def embed(self, sequences: Sequence[str], on_progress: OnProgress = lambda _progress: None) -> Vectors:
        """The vector of each sequence, in order: kept ones as they are, the others embedded and kept.

        The sequences are valid (`validate_sequences`). Raises what embedding raises, and CannotWrite; what was
        done until then is kept.
        """
        self.fill(sequences, on_progress)
        place = self._index()
        vectors = np.empty((len(sequences), self._embedder.dimension), dtype=np.float32)
        for row, sequence in enumerate(sequences):
            part, number = place[digest_sequence(sequence)]
            vectors[row] = part[number]["vector"]
        return vectors

    def fill(self, sequences: Sequence[str], on_progress: OnProgress = lambda _progress: None) -> None:
        """Embed and keep those of the sequences that are not kept yet; memory does not grow with their number.

        What processes that are gone had half written is removed.
        """
        remove_parts(self._folder)
        kept = self._index()
        missing = sorted({s for s in sequences if digest_sequence(s) not in kept}, key=lambda s: (len(s), s))
        self._describe()
        began, done = time.monotonic(), 0
        for start in range(0, len(missing), _PART_SEQUENCES):
            chosen = missing[start : start + _PART_SEQUENCES]
            self._write(chosen, self._embedder.embed(chosen))
            done += len(chosen)
            on_progress(Progress(done, len(missing), time.monotonic() - began))

    def _write(self, sequences: Sequence[str], vectors: Vectors) -> None:
        rows = np.empty(len(sequences), dtype=self._row_type)
        digests = [digest_sequence(sequence) for sequence in sequences]
        rows["digest"] = np.frombuffer(b"".join(digests), dtype=f"V{_DIGEST_BYTES}")
        rows["vector"] = vectors
        content = io.BytesIO()
        np.save(content, rows, allow_pickle=False)
        write_atomically(self._folder / f"{sha256_bytes(b''.join(digests))}.npy", content.getvalue())

    def _index(self) -> Mapping[bytes, tuple[npt.NDArray[np.void], int]]:
        """Where each kept vector lies: its part, mapped into memory, and the row in it."""
        found: dict[bytes, tuple[npt.NDArray[np.void], int]] = {}
        for path in sorted(self._folder.glob("*.npy")):
            part = self._map(path)
            for number, digest in enumerate(part["digest"]):
                found.setdefault(digest.tobytes(), (part, number))
        return found

    def _map(self, path: Path) -> npt.NDArray[np.void]:
        try:
            part: npt.NDArray[np.void] = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(path) from error
        if part.dtype != self._row_type or part.ndim != 1:
            raise _damaged(path)
        return part

    def _describe(self) -> None:
        about = {"embedder": self._embedder.name, "revision": self._embedder.revision}
        write_atomically(self._folder / _ABOUT, json.dumps(about, indent=2).encode())  # its time says: used now


def digest_sequence(sequence: str) -> bytes:
    """What a vector is found by."""
    return hashlib.sha256(sequence.encode()).digest()


def list_kept(root: Path) -> Iterator[Kept]:
    """What the cache at `root` holds, by name."""
    for about in sorted(root.glob(f"*/{_ABOUT}")):
        told = json.loads(about.read_text(encoding="utf-8"))
        parts = list(about.parent.glob("*.npy"))
        yield Kept(
            folder=about.parent,
            embedder=told["embedder"],
            revision=told["revision"],
            sequences=sum(len(np.load(part, mmap_mode="r", allow_pickle=False)) for part in parts),
            size_bytes=sum(part.stat().st_size for part in parts),
            used_at=about.stat().st_mtime,
        )


def prune(root: Path, *, unused_for_s: float = 0.0, embedder: str | None = None) -> tuple[Kept, ...]:
    """Remove what was not used for so long, of one embedder or of all; what was removed.

    Who maps a file that is removed goes on reading it. Half-written files of processes that are gone go as well.
    """
    chosen = tuple(
        kept
        for kept in list_kept(root)
        if time.time() - kept.used_at >= unused_for_s and embedder in {None, kept.embedder}
    )
    for kept in chosen:
        shutil.rmtree(kept.folder)
    if root.is_dir():
        remove_parts(root)
    return chosen


def _damaged(path: Path) -> BadWeights:
    return BadWeights(
        f"the kept embeddings in {path} are damaged",
        consequence="They were not used.",
        cure=f"Remove them, and they are made again:\n  rm {path}",
    )
