"""Harvey et al. 2022, Nat Commun 13:7554: 141,474 synthetic nanobodies, sorted by how much PSR they bind.

Nanobodies shown on yeast were stained with the polyspecificity reagent (PSR) and sorted into two pools by FACS.
One from the pool of high binding is polyreactive (1), one from the pool of low binding is specific (0). The label
is the pool that a sequence was read in, not a measurement of that nanobody.

The files are three splits with one nanobody a line. Read are those that are given: train.csv (101,854),
validation.csv (14,613), test.csv (25,007). A sequence that stands twice in them is refused; validation.csv and
test.csv have none, and train.csv was not at hand.

What validation.csv and test.csv hold, 39,620 in all (tests count it):

- The split is random: of the 36,564 combinations of three CDRs 1,289 stand in both files. 11 carry both labels, 7
  of them among the 1,289. `cdr_group` names the combination, and what should be independent is taken apart by it.
  A combination is as the source gives it, whose numbering lost insertions: in 278 nanobodies a CDR lacks residues
  that its sequence has in between, in 115 a CDR is empty, and its CDR2 begins a residue before IMGT's. Groups can
  only be larger for that.
- Every row is kept. `numbered` says whether our own numbering finds the domain and all CDRs in it: 44 cannot be
  numbered (they lack most of CDR2, or were read in another frame for a while), 8 more are cut off and have an empty
  CDR.

Sequences are those of the column `seq`. The file an earlier public pipeline made of this set was put together
from numbered columns without those of insertions (111A, 112A, ...), and lost up to nine residues of CDR3 in half
the rows.

Not prepared: low_throughput_polyspecificity_scores_w_exp.csv, 48 clones measured one by one. Its only column of
labels, `exp_phenotype_binary`, is 1 in every row, and it names no rule that cuts its continuous PSR into classes.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polyreact.datasets.prepare.interface import Preparation, PreparedRow
from polyreact.errors import Finding, UnexpectedContent
from polyreact.numbering import Chain, Domain, Unnumbered, number_domains
from polyreact.sequences import find_nonstandard

SPLITS = {"train": "train.csv", "validation": "validation.csv", "test": "test.csv"}
_SEQUENCE, _LABEL = "seq", "label"
_CDRS = ("CDR1_nogaps", "CDR2_nogaps", "CDR3_nogaps")
_COLUMNS = (_SEQUENCE, *_CDRS, _LABEL)
_LABELS = ("0", "1")
_SHOWN_CHARACTERS = 40
_GROUP_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Nanobody:
    """A line of a split. `number` counts its nanobodies from 1, `cdrs` are as the source gives them."""

    split: str
    number: int
    line: int
    sequence: str
    cdrs: tuple[str, ...]
    label: int


def prepare_harvey(files: Mapping[str, Path]) -> Preparation:
    """Every nanobody of the splits among `files`."""
    nanobodies: list[Nanobody] = []
    findings: list[Finding] = []
    for split, name in SPLITS.items():
        if name in files:
            read, defects = _read_split(files[name], split)
            nanobodies += read
            findings += defects
    findings += _find_repeated(nanobodies)
    if findings:
        raise UnexpectedContent(
            "the files of Harvey 2022 are not as their preparation knows them",
            findings=findings,
            consequence="Nothing was prepared.",
            cure="Fetch the files again; if they are the published ones, their preparation needs a new revision.",
        )
    domains = number_domains((nanobody.sequence for nanobody in nanobodies), (Chain.HEAVY,))
    return Preparation(
        tuple(_build_row(nanobody, domain) for nanobody, domain in zip(nanobodies, domains, strict=True))
    )


# --- reading --------------------------------------------------------------------------------------------


def _read_split(path: Path, split: str) -> tuple[list[Nanobody], list[Finding]]:
    """The nanobodies of a file that are without defects, and the defects of the others."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        return [], [Finding(path.name, f"byte {error.start + 1}: expected UTF-8 text")]
    nanobodies: list[Nanobody] = []
    findings: list[Finding] = []
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        heading = ",".join(next(rows, []))
        if heading != ",".join(_COLUMNS):
            expected = f"expected the columns {','.join(_COLUMNS)}"
            return [], [_defect(path, 1, f"{expected}, found {_show(heading)}")]
        for number, row in enumerate(rows, start=1):
            problems = list(_find_problems(row))
            findings += [_defect(path, rows.line_num, problem) for problem in problems]
            if not problems:
                sequence, *cdrs, label = row
                nanobodies.append(Nanobody(split, number, rows.line_num, sequence, tuple(cdrs), int(label)))
    except csv.Error as error:  # nothing behind it can be read
        findings.append(_defect(path, rows.line_num, f"expected CSV: {error}"))
    if not nanobodies and not findings:
        findings.append(Finding(path.name, "expected nanobodies below the heading, found none"))
    return nanobodies, findings


def _find_problems(row: Sequence[str]) -> Iterator[str]:
    if len(row) != len(_COLUMNS):
        yield f"expected {len(_COLUMNS)} columns, found {len(row)}"
        return
    sequence, *cdrs, label = row
    wrong = find_nonstandard(sequence)
    if wrong or not sequence:
        found = f"{wrong[0]!r} as residue {sequence.index(wrong[0]) + 1}" if wrong else "nothing"
        yield f"column `{_SEQUENCE}`: expected standard amino acids in upper case, found {found}"
    residues = iter(sequence)
    for column, cdr in zip(_CDRS, cdrs, strict=True):
        if not all(residue in residues for residue in cdr):  # takes residues up to the one that was found
            yield f"column `{column}`: expected residues of `{_SEQUENCE}` in their order, found {_show(cdr)}"
            break
    if label not in _LABELS:
        yield f"column `{_LABEL}`: expected {' or '.join(_LABELS)}, found {_show(label)}"


def _find_repeated(nanobodies: Sequence[Nanobody]) -> Iterator[Finding]:
    first: dict[str, Nanobody] = {}
    for nanobody in nanobodies:
        before = first.setdefault(nanobody.sequence, nanobody)
        if before is not nanobody:
            where = f"{SPLITS[nanobody.split]}, line {nanobody.line}"
            stands = f"{SPLITS[before.split]}, line {before.line}"
            yield Finding(where, f"column `{_SEQUENCE}`: {_show(nanobody.sequence)} already stands in {stands}")


def _defect(path: Path, line: int, problem: str) -> Finding:
    return Finding(f"{path.name}, line {line}", problem)


def _show(value: str) -> str:
    if not value:
        return "nothing"
    return repr(value) if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]!r}..."


# --- rows -----------------------------------------------------------------------------------------------


def _build_row(nanobody: Nanobody, domain: Domain | Unnumbered) -> PreparedRow:
    return PreparedRow(
        sequence=nanobody.sequence,
        light_sequence="",
        label=nanobody.label,
        name=f"{nanobody.split}_{nanobody.number:06d}",
        annotations=(
            ("split", nanobody.split),
            ("cdr_group", _name_group(nanobody.cdrs)),
            ("numbered", _describe(domain)),
        ),
    )


def _name_group(cdrs: Sequence[str]) -> str:
    return f"cdrs-{hashlib.sha256('|'.join(cdrs).encode()).hexdigest()[:_GROUP_DIGITS]}"


def _describe(domain: Domain | Unnumbered) -> str:
    if isinstance(domain, Unnumbered):
        return "no"
    return "yes" if all(domain.cdrs) else "empty CDR"
