"""Flags told by CDRs: a file of counts names no antibody, only its six CDRs.

A line is `<L-CDR1> <L-CDR2> <L-CDR3> <H-CDR1> <H-CDR2> <H-CDR3> <flags>`, the flags as `3.0`. Its CDR3 hold residue
118, and its other CDRs begin and end up to two residues away from those of IMGT. So a line is that of an antibody
where each of its strings stands in the chain with both ends within three residues of ours; a tolerance from two
to ten residues finds the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.prepare.dna import not_as_known, read_lines
from polyreact.errors import Finding
from polyreact.numbering import UNKNOWN_RESIDUE, Domain
from polyreact.sequences import STANDARD_AMINO_ACIDS

_CDR_LETTERS = STANDARD_AMINO_ACIDS | {UNKNOWN_RESIDUE}
_CDRS = 6
_TOLERANCE = 3


@dataclass(frozen=True, slots=True)
class CountedCdrs:
    """A line of the file: CDR1 to CDR3 of the light and of the heavy chain, and the flags."""

    light: tuple[str, ...]
    heavy: tuple[str, ...]
    flags: int

    def fits(self, heavy: Domain, light: Domain) -> bool:
        """Whether these are the CDRs of the two chains."""
        return _stand_in(self.light, light) and _stand_in(self.heavy, heavy)


def read_counts(path: Path, *, panel: int, lines: int) -> tuple[CountedCdrs, ...]:
    """The lines of the file, with up to `panel` flags. Raises UnexpectedContent with every line that is another."""
    written = {f"{count}.0": count for count in range(panel + 1)}
    rows: list[CountedCdrs] = []
    findings: list[Finding] = []
    for number, line in enumerate(read_lines(path), start=1):
        *cdrs, flags = line.split() or [""]
        if len(cdrs) != _CDRS or flags not in written or set("".join(cdrs)) - _CDR_LETTERS:
            findings.append(Finding(f"line {number}", f"expected six CDRs and a count, found {line[:40]!r}"))
        else:
            rows.append(CountedCdrs(tuple(cdrs[:3]), tuple(cdrs[3:]), written[flags]))
    if not findings and len(rows) != lines:
        findings.append(Finding("content", f"expected {lines} lines, found {len(rows)}"))
    if findings:
        raise not_as_known(path, findings)
    return tuple(rows)


def _stand_in(cdrs: Sequence[str], domain: Domain) -> bool:
    """Whether each of three CDRs stands in the domain where ours does, give or take a few residues."""
    sequence = domain.sequence
    begin = 0
    borders = []
    for framework, cdr in zip(domain.frameworks, domain.cdrs, strict=False):
        begin += len(framework)
        borders.append((begin, begin + len(cdr)))
        begin += len(cdr)
    borders[2] = (borders[2][0], borders[2][1] + 1)  # residue 118
    return all(
        any(
            sequence.startswith(cdr, start) and abs(start + len(cdr) - right) <= _TOLERANCE
            for start in range(max(0, left - _TOLERANCE), left + _TOLERANCE + 1)
        )
        for cdr, (left, right) in zip(cdrs, borders, strict=True)
    )
