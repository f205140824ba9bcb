"""DNA as published: FASTA files read with every line accounted for, and what it says in amino acids.

How a file is read:

- A record is a line that begins with `>` and all lines up to the next one, joined. What follows the `>` may be
  empty and may contain spaces; records are told apart by their place in the file.
- Lines end in LF or CRLF. Blank lines carry nothing, and blanks at the ends of a line neither.
- Bases are read in upper case. They are A, C, G, T and the letters IUPAC has for several of them, N being any.
  Everything else, `-` and a blank between two bases included, is refused with its line, and so is a record
  without a base, text before the first record, and a file that is no ASCII text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from polyreact.errors import Finding, UnexpectedContent

#: What each letter stands for (IUPAC-IUB 1984).
_BASES = {
    "A": "A", "C": "C", "G": "G", "T": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
}  # fmt: skip
_NO_BASE = re.compile(f"[^{''.join(_BASES)}]")
#: The standard code, for codons in the order TTT, TTC, TTA, TTG, TCT, ...
_STANDARD_CODE = dict(
    zip(
        map("".join, product("TCAG", repeat=3)),
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)
STOP = "*"
_UNKNOWN = "X"


@dataclass(frozen=True, slots=True)
class DnaRecord:
    """One record of a FASTA file: the line it begins on, the text after `>`, the bases in upper case."""

    line: int
    title: str
    bases: str


def read_dna(path: Path) -> tuple[DnaRecord, ...]:
    """The records of a FASTA file, in order. Raises UnexpectedContent with every defect."""
    findings: list[Finding] = []
    titles: list[tuple[int, str]] = []
    parts: list[list[str]] = []
    for number, line in enumerate(read_lines(path), start=1):
        if line.startswith(">"):
            titles.append((number, line[1:].strip()))
            parts.append([])
        elif line and not titles:
            findings.append(Finding(f"line {number}", "stands before the first record, which begins with `>`"))
        elif line:
            wrong = _NO_BASE.search(line.upper())
            if wrong:
                findings.append(Finding(f"line {number}", f"{line[wrong.start()]!r} is no base"))
            parts[-1].append(line.upper())
    records = tuple(
        DnaRecord(number, title, "".join(bases)) for (number, title), bases in zip(titles, parts, strict=True)
    )
    empty = [record for record in records if not record.bases]
    findings += [Finding(f"line {record.line}", "the record has no bases") for record in empty]
    if not records and not findings:
        findings.append(Finding("content", "the file has no record"))
    if findings:
        raise not_as_known(path, findings)
    return records


def translate(bases: str) -> str:
    """The amino acids of frame 1, stops as `*`; one or two bases left over at the end are not read.

    A codon with a letter for several bases is read where all its readings agree, and is X otherwise.
    """
    return "".join(_translate_codon(bases[start : start + 3]) for start in range(0, len(bases) - 2, 3))


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, which end in LF or CRLF, without the blanks around them.

    No other character ends a line: where a form feed did, bases would be joined across it.
    Raises UnexpectedContent.
    """
    content = path.read_bytes()
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise not_as_known(path, [Finding(f"byte {error.start + 1}", "expected ASCII text")]) from error
    lines = text.removesuffix("\n").split("\n") if text else []
    return [line.removesuffix("\r").strip(" \t") for line in lines]


def not_as_known(path: Path, findings: list[Finding]) -> UnexpectedContent:
    """The error for a text file that is not what its preparation knows."""
    return UnexpectedContent(
        f"{path.name} is not as its preparation knows it",
        findings=findings,
        consequence="Nothing was prepared.",
        cure="Fetch the file again; if it is the published one, its preparation needs a new revision.",
    )


@cache
def _translate_codon(codon: str) -> str:
    readings = {_STANDARD_CODE["".join(bases)] for bases in product(*(_BASES[letter] for letter in codon))}
    return readings.pop() if len(readings) == 1 else _UNKNOWN
