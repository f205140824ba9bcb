"""Sequences in batches of like length under a budget of tokens; where memory runs out, in smaller ones.

Padding costs as much as residues, so sequences are sorted by length and a batch is as wide as its longest one.
Order and batches change nothing in a vector; they are the caller's rows again when all is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from polyreact.baselines.embedders.interface import Vectors
from polyreact.errors import NotEnoughMemory

#: Of a batch, padding included. On a CPU larger ones gain nothing, for what they hold no longer fits its caches.
TOKEN_BUDGET = 512
#: Tokens that mark begin and end.
_MARKS = 2
#: What libraries say where memory runs out: torch on CPU and GPU, ONNX Runtime, the system.
_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "failed to allocate memory",
    "bad_alloc",
)

EmbedBatch = Callable[[Sequence[str]], Vectors]


def plan_batches(sequences: Sequence[str], token_budget: int) -> Iterator[list[int]]:
    """The indices of the sequences, batch by batch, from the shortest to the longest; each index once.

    A batch filled up to its longest sequence has at most `token_budget` tokens; a sequence that alone has more is
    a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(sequences)), key=lambda i: (len(sequences[i]), sequences[i])):
        width = len(sequences[index]) + _MARKS
        if batch and width * (len(batch) + 1) > token_budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


class Batcher:
    """Embeds any number of sequences, `workers` batches at a time, and remembers the budget that memory allowed.

    One batch per thread wastes less than one batch over all threads: nobody waits after every layer, and a vector
    does not depend on how many threads there are.
    """

    def __init__(
        self, embed_batch: EmbedBatch, dimension: int, token_budget: int = TOKEN_BUDGET, workers: int = 1
    ) -> None:
        self._embed_batch = embed_batch
        self._dimension = dimension
        self._workers = workers
        self.token_budget = token_budget

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The vector of each sequence, in order.

        Where a batch runs out of memory it is halved, and later ones are no larger. Raises NotEnoughMemory where
        one sequence alone is too much.
        """
        vectors = np.empty((len(sequences), self._dimension), dtype=np.float32)
        waiting = list(plan_batches(sequences, self.token_budget))
        with ThreadPoolExecutor(self._workers) as pool:
            while waiting:
                wave, waiting = waiting[: self._workers], waiting[self._workers :]
                chosen = [[sequences[index] for index in batch] for batch in wave]
                too_large = []
                for batch, done in zip(wave, pool.map(self._try, chosen), strict=True):
                    if isinstance(done, BaseException):
                        too_large.append(batch)
                        self._shrink([sequences[index] for index in batch], done)
                    else:
                        vectors[batch] = done
                if too_large:
                    left = [index for batch in (*too_large, *waiting) for index in batch]
                    planned = plan_batches([sequences[index] for index in left], self.token_budget)
                    waiting = [[left[place] for place in batch] for batch in planned]
        return vectors

    def _try(self, chosen: Sequence[str]) -> Vectors | BaseException:
        """The vectors of a batch, or the error that memory did not suffice."""
        try:
            return self._embed_batch(chosen)
        except Exception as error:  # ONNX Runtime's errors have no narrower class in common with torch's
            if not is_out_of_memory(error):
                raise
            return error

    def _shrink(self, chosen: Sequence[str], error: BaseException) -> None:
        """Halve the budget. Raises NotEnoughMemory where one sequence alone is too much."""
        width = max(map(len, chosen)) + _MARKS
        if len(chosen) == 1:
            raise NotEnoughMemory(
                f"memory does not suffice to embed one sequence of {len(chosen[0])} residues",
                cure="Free some memory, choose a smaller model, or run on a larger machine.",
                detail=str(error),
            ) from error
        self.token_budget = min(self.token_budget, max(width, width * len(chosen) // 2))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of any of the libraries means that memory did not suffice."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _OUT_OF_MEMORY)
