"""Boughter et al. 2020, eLife 9:e61393: 1,171 antibodies of six studies as DNA, and how many antigens each binds.

A flag is an antigen of the study's ELISA panel that the antibody binds. No flag is specific (0), more than three
are polyreactive (1), one to three are mild and left out. Panels differ: four antigens for gut_hiv, and for the
others as many as the most flags seen (six, mouse_iga seven); hiv_plos and mouse_YN.txt say yes or no only.

The way from DNA to antibody, the same for both revisions:

1. *Translated*, as `reading.py` says; both chains must be readable.
2. *Numbered* (IMGT). Leader and constant region fall away. In two antibodies each chain stands in the other's
   file; the numbering tells which is heavy, and they change places.
3. *Complete.* A chain with an unknown residue (X) in a CDR or with an empty CDR is left out.

A run of N has no known length, and what is read beyond it can be in another frame. Where X stands in CDR3 or FR4
and what follows CDR3 is no FR4 (of W/F 118, G 119 and G 121 fewer than two are there), the domain is cut before
that X, and CDR3 may have lost its end. All such chains are light chains of flu. The numbering that the 1,065
antibodies in circulation were made with finds ends by J genes and stops there, too, or a few residues earlier.
Without the cut 19 of them would fail step 3: flu_000016, 75, 76, 77, 83, 85, 91, 95, 101, 102, 104, 108, 110, 111,
116, 141, 161, 162 and 290, 11 of which have no flag or more than three (3 specific, 8 polyreactive): revision 1
would be 903 (440/463) and revision 2 would be 670 (337/333). This rule was written after the counts in circulation
were known, so that both revisions hold the antibodies that published figures speak of; their VH are sound. The
annotation `light_chain` names every cut chain, these and two that would have passed, for whoever wants them out;
that leaves 901 (440/461) and 668 (337/331).

`boughter` revision 1  as an earlier public pipeline had it: yes counts as seven flags, no as none. 914 antibodies.
`boughter` revision 2  corrected: mouse antibodies have the count of `mouse_IgA.dat`, found by their CDRs as
               `counted_flags.py` says; the 25 without one and hiv_plos are left out. 681 antibodies. Of the 914,
               168 really have one to three flags.

Antibodies with the same sequences are all kept, each with its own label, also where the labels contradict each
other (in revision 1 six VH stand with both): which of them is right is not known. They are one clone and stand in
one fold, so that no model of the ten folds is tested on a VH that it was shown with another label.

An antibody is named after its subset and its place in the file, `flu_000001` being the first of flu.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.datasets.prepare.counted_flags import CountedCdrs, read_counts
from polyreact.datasets.prepare.dna import not_as_known, read_dna, read_lines
from polyreact.datasets.prepare.grouping import assign_folds, name_clones
from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, Preparation, PreparedRow, Stage
from polyreact.datasets.prepare.reading import find_reading
from polyreact.errors import Finding, UnexpectedContent
from polyreact.numbering import UNKNOWN_RESIDUE, Domain, Unnumbered, number_domains

_YES_FLAGS, _NO_FLAGS = 7, 0
_MILD_FLAGS = range(1, 4)
_YES, _NO = "Y", "N"
_FLAGS_HEADING = "reacts"
_VH_CUT = "the VH was cut where its reading frame is lost"
_VL_CUT = "the VL was cut where its reading frame is lost"
_FOLDS = 10


@dataclass(frozen=True, slots=True)
class Subset:
    """One of the six studies: its files, how many antibodies they hold, and its panel (None: yes or no only).

    `counts` is a file with the flags of antibodies that `flags` has yes or no for, told apart by their CDRs.
    """

    name: str
    family: str
    heavy: str
    light: str
    flags: str
    antibodies: int
    panel: int | None
    counts: str = ""
    counted: int = 0


SUBSETS = (
    Subset("flu", "influenza", "flu_fastaH.txt", "flu_fastaL.txt", "flu_NumReact.txt", 379, 6),
    Subset("hiv_nat", "HIV", "nat_hiv_fastaH.txt", "nat_hiv_fastaL.txt", "nat_hiv_NumReact.txt", 134, 6),
    Subset("hiv_cntrl", "HIV", "nat_cntrl_fastaH.txt", "nat_cntrl_fastaL.txt", "nat_cntrl_NumReact.txt", 50, 6),
    Subset("hiv_plos", "HIV", "plos_hiv_fastaH.txt", "plos_hiv_fastaL.txt", "plos_hiv_YN.txt", 52, None),
    Subset("gut_hiv", "HIV", "gut_hiv_fastaH.txt", "gut_hiv_fastaL.txt", "gut_hiv_NumReact.txt", 75, 4),
    Subset(
        "mouse_iga", "mouse", "mouse_fastaH.dat", "mouse_fastaL.dat", "mouse_YN.txt", 481, 7, "mouse_IgA.dat", 450
    ),
)


@dataclass(frozen=True, slots=True)
class Clone:
    """An antibody with all CDRs. `flag` is as its file has it; `changed` says what was put right in it."""

    name: str
    subset: Subset
    heavy: Domain
    light: Domain
    flag: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clones:
    """The antibodies that came through, and how many were left after each step and dropped for which reason."""

    clones: tuple[Clone, ...]
    stages: tuple[Stage, ...]
    dropped: Counter[str]


@dataclass(frozen=True, slots=True)
class Flags:
    """How many antigens an antibody binds, or why that is not known."""

    count: int | None
    is_counted: bool = True
    unknown: str = ""


#: Says of a clone how many flags it has.
ResolveFlags = Callable[[Clone], Flags]


def prepare_boughter_r1(files: Mapping[str, Path]) -> Preparation:
    """The 914, yes counted as seven flags."""
    return label_clones(read_clones(files), count_yes_as_seven)


def prepare_boughter_r2(files: Mapping[str, Path]) -> Preparation:
    """The 681 whose flags were counted."""
    counts = {
        subset.name: read_counts(files[subset.counts], panel=subset.panel or 0, lines=subset.counted)
        for subset in SUBSETS
        if subset.counts
    }
    return label_clones(read_clones(files), lambda clone: resolve_counted(clone, counts))


# --- from files to clones -------------------------------------------------------------------------------


def read_clones(files: Mapping[str, Path], subsets: Sequence[Subset] = SUBSETS) -> Clones:
    """The antibodies of all subsets, translated, numbered and complete. Raises UnexpectedContent."""
    dropped: Counter[str] = Counter()
    published = [antibody for subset in subsets for antibody in _read_published(files, subset)]
    translated = list(_translate(published, dropped))
    numbered = list(_number(translated, dropped))
    complete = [clone for clone in map(_cut_lost_frames, numbered) if not _is_incomplete(clone, dropped)]
    stages = (
        _count("published", (antibody.subset for antibody in published)),
        _count("both chains translated", (antibody.subset for antibody in translated)),
        _count("both chains numbered", (clone.subset for clone in numbered)),
        _count("all CDRs complete", (clone.subset for clone in complete)),
    )
    return Clones(tuple(complete), stages, dropped)


@dataclass(frozen=True, slots=True)
class _Published:
    """An antibody as its files have it: two chains of DNA, or of amino acids once they are translated."""

    name: str
    subset: Subset
    heavy: str
    light: str
    flag: str


def _read_published(files: Mapping[str, Path], subset: Subset) -> list[_Published]:
    heavy = [record.bases for record in read_dna(files[subset.heavy])]
    light = [record.bases for record in read_dna(files[subset.light])]
    flags = read_flags(files[subset.flags], subset)
    found = {subset.heavy: len(heavy), subset.light: len(light), subset.flags: len(flags)}
    findings = [
        Finding(name, f"expected {subset.antibodies} antibodies, found {number}")
        for name, number in found.items()
        if number != subset.antibodies
    ]
    if findings:
        raise UnexpectedContent(
            f"the files of {subset.name} do not tell of {subset.antibodies} antibodies",
            findings=findings,
            consequence="Nothing was prepared; flags and chains are matched by their place in the file.",
        )
    return [
        _Published(f"{subset.name}_{number:06d}", subset, *parts)
        for number, parts in enumerate(zip(heavy, light, flags, strict=True), start=1)
    ]


def read_flags(path: Path, subset: Subset) -> tuple[str, ...]:
    """The flags of a subset, one a line, checked and left as text; a first line `reacts` is a heading.

    Counts go from 0 to the number of antigens; a subset with another file of counts, or without a panel, has Y
    or N. Raises UnexpectedContent with every line that is neither.
    """
    is_counted = subset.panel is not None and not subset.counts
    allowed = {str(flags) for flags in range((subset.panel or 0) + 1)} if is_counted else {_YES, _NO}
    lines = read_lines(path)
    first = 1 if lines[:1] == [_FLAGS_HEADING] else 0
    findings = [
        Finding(f"line {number}", f"expected {'/'.join(sorted(allowed))}, found {line[:40]!r}")
        for number, line in enumerate(lines[first:], start=first + 1)
        if line not in allowed
    ]
    if findings:
        raise not_as_known(path, findings)
    return tuple(lines[first:])


# --- translated, numbered, complete ----------------------------------------------------------------------


def _translate(published: Iterable[_Published], dropped: Counter[str]) -> Iterator[_Published]:
    for antibody in published:
        heavy, light = find_reading(antibody.heavy), find_reading(antibody.light)
        if heavy is not None and light is not None:
            yield replace(antibody, heavy=heavy, light=light)
        elif heavy is None and light is None:
            dropped["neither chain can be read"] += 1
        else:
            dropped[f"the {'heavy' if heavy is None else 'light'} chain cannot be read"] += 1


def _number(translated: Sequence[_Published], dropped: Counter[str]) -> Iterator[Clone]:
    heavies = number_domains(antibody.heavy for antibody in translated)
    lights = number_domains(antibody.light for antibody in translated)
    for antibody, heavy, light in zip(translated, heavies, lights, strict=True):
        if isinstance(heavy, Unnumbered) or isinstance(light, Unnumbered):
            dropped["a chain cannot be numbered"] += 1
        elif heavy.chain.is_heavy and not light.chain.is_heavy:
            yield Clone(antibody.name, antibody.subset, heavy, light, antibody.flag)
        elif light.chain.is_heavy and not heavy.chain.is_heavy:
            changed = ("the chains stood in each other's file",)
            yield Clone(antibody.name, antibody.subset, light, heavy, antibody.flag, changed)
        else:
            dropped["the chains are not one heavy and one light"] += 1


def _cut_lost_frames(clone: Clone) -> Clone:
    heavy, light = _cut_lost_frame(clone.heavy), _cut_lost_frame(clone.light)
    changed = clone.changed
    if heavy != clone.heavy:
        changed += (_VH_CUT,)
    if light != clone.light:
        changed += (_VL_CUT,)
    return replace(clone, heavy=heavy, light=light, changed=changed)


def _cut_lost_frame(domain: Domain) -> Domain:
    """Cut before the first X of CDR3 and FR4 where what is called FR4 is none."""
    if UNKNOWN_RESIDUE not in domain.cdr3 + domain.fr4 or _is_framework_4(domain.fr4):
        return domain
    cdr3, unknown, _ = domain.cdr3.partition(UNKNOWN_RESIDUE)
    return replace(domain, cdr3=cdr3, fr4="" if unknown else domain.fr4.partition(UNKNOWN_RESIDUE)[0])


def _is_framework_4(fr4: str) -> bool:
    """Whether two of the three residues that nearly every J gene has are in their places: W/F 118, G 119, G 121."""
    anchors = (fr4[:1] in {"W", "F"}, fr4[1:2] == "G", fr4[3:4] == "G")
    return sum(anchors) > 1


def _is_incomplete(clone: Clone, dropped: Counter[str]) -> bool:
    cdrs = clone.heavy.cdrs + clone.light.cdrs
    if not all(cdrs):
        dropped["a CDR is empty"] += 1
        return True
    if any(UNKNOWN_RESIDUE in cdr for cdr in cdrs):
        dropped["an unknown residue in a CDR"] += 1
        return True
    return False


# --- flags and labels -----------------------------------------------------------------------------------


def resolve_counted(clone: Clone, counts: Mapping[str, Sequence[CountedCdrs]]) -> Flags:
    """The flags that were counted: in the subset's own file, or in that of `counts` for the same CDRs."""
    if clone.subset.panel is None:
        return Flags(None, unknown="yes or no in place of a count of flags")
    if clone.subset.name not in counts:
        return Flags(int(clone.flag))
    matching = {row.flags for row in counts[clone.subset.name] if row.fits(clone.heavy, clone.light)}
    if len(matching) == 1:
        return Flags(matching.pop())
    return Flags(None, unknown="counts of flags that differ" if matching else "no count of flags for these CDRs")


def label_clones(clones: Clones, resolve: ResolveFlags) -> Preparation:
    """Label what came through by its flags, and account for the rest."""
    dropped = Counter(clones.dropped)
    changed: Counter[str] = Counter()
    known: list[Clone] = []
    labelled: list[tuple[Clone, Flags]] = []
    for clone in clones.clones:
        flags = resolve(clone)
        if flags.count is None:
            dropped[flags.unknown] += 1
            continue
        known.append(clone)
        if flags.count in _MILD_FLAGS:
            dropped["1 to 3 flags (mild)"] += 1
            continue
        changed.update(clone.changed)
        labelled.append((clone, flags))
    stages = (
        *clones.stages,
        _count("number of flags known", (clone.subset for clone in known)),
        _count("no flag or more than three", (clone.subset for clone, _ in labelled)),
    )
    return Preparation(_build_rows(labelled), dropped, changed, stages)


def count_yes_as_seven(clone: Clone) -> Flags:
    """The flags as first circulated: yes counts as seven, no as none."""
    if clone.flag in {_YES, _NO}:
        return Flags(_YES_FLAGS if clone.flag == _YES else _NO_FLAGS, is_counted=False)
    return Flags(int(clone.flag))


def _build_rows(labelled: Sequence[tuple[Clone, Flags]]) -> tuple[PreparedRow, ...]:
    groups = name_clones([clone.heavy.sequence for clone, _ in labelled])
    folds = assign_folds(groups, [_label(flags) for _, flags in labelled], _FOLDS)
    return tuple(
        _build_row(clone, flags, group, fold)
        for (clone, flags), group, fold in zip(labelled, groups, folds, strict=True)
    )


def _label(flags: Flags) -> int:
    return POLYREACTIVE if flags.count else SPECIFIC


def _build_row(clone: Clone, flags: Flags, group: str, fold: int) -> PreparedRow:
    return PreparedRow(
        clone.heavy.sequence,
        clone.light.sequence,
        _label(flags),
        clone.name,
        (
            ("subset", clone.subset.name),
            ("family", clone.subset.family),
            ("flags", str(flags.count)),
            ("panel_size", str(clone.subset.panel or "")),
            ("flags_from", "count" if flags.is_counted else "yes or no"),
            ("light_chain", "cut" if _VL_CUT in clone.changed else "whole"),
            ("clone", group),
            ("fold", str(fold)),
        ),
    )


def _count(name: str, subsets: Iterable[Subset]) -> Stage:
    found = Counter(subset.name for subset in subsets)
    return Stage(name, dict(found))
