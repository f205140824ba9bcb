"""The pairs of a track's entries, read from the kept comparisons when somebody asks for one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from polyreact.results.comparison_records import ComparisonsRecord, PairRecord

#: Of so many entries, those that stand first, published forms tell every pair; the kept comparisons have all.
LEADING = 30


@dataclass(frozen=True)  # without slots: `_known` is kept once it was made
class Pairs:
    """Every two of `names` in their order, each told from the one that stands first.

    There are as many as a thousand entries make, half a million, so they are read one by one. `compared` is None
    where no pair is shown.
    """

    names: tuple[str, ...] = ()
    compared: ComparisonsRecord | None = None

    def __len__(self) -> int:
        return 0 if self.compared is None else math.comb(len(self.names), 2)

    def __iter__(self) -> Iterator[PairRecord]:
        return iter(()) if self.compared is None else self.compared.read_pairs(self.names)

    def find(self, first: str, second: str) -> PairRecord | None:
        """Two submissions, told from the first; None where one of them is not among the entries."""
        if self.compared is None or first == second or not {first, second} <= self._known:
            return None
        return self.compared.find_pair(first, second)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    def leading(self, entries: int = LEADING) -> tuple[PairRecord, ...]:
        """The pairs among so many entries that stand first, in the same order."""
        return () if self.compared is None else tuple(self.compared.read_pairs(self.names[:entries]))
