"""What the runs of the trust checks are given: the same rows again and again, each time told in another way.

The first run is like that of a score: ids and order are drawn afresh, and no submission can know which of the two
it is in. Everything else follows from it. No label of the rows that are asked about is within reach.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from polyreact.datasets.variants import Variants, build_variants
from polyreact.evaluation.workspace import (
    LabelledAntibody,
    OpaqueInputs,
    make_opaque,
    make_opaque_fold,
    render_inputs,
)
from polyreact.files import Sha256, sha256_bytes
from polyreact.results.trust_records import Check
from polyreact.sequences import Antibody, SequenceId

#: Of a larger track as many rows are drawn: a share of .01 is then known to .003, and no run takes hours.
MOST_ROWS = 1000
ROW_SEED = "polyreact trust rows 1"

_ID_DIGITS = 4


@dataclass(frozen=True, slots=True)
class TrustQuestion:
    """The rows that are asked about, their variants, and what a fit-predict submission learns from.

    `fold` names the fold of a fold track, and `rows_in_track` counts the rows that there were to draw from.
    """

    rows: tuple[Antibody, ...]
    rows_in_track: int
    variants: Variants
    training: tuple[LabelledAntibody, ...] = ()
    fold: str = ""

    @property
    def inputs_sha256(self) -> Sha256:
        """Names the rows, under the dataset's own ids."""
        return sha256_bytes(render_inputs(self.rows))

    @property
    def variants_sha256(self) -> Sha256:
        """Names the variants, under the ids of their originals."""
        return sha256_bytes(render_inputs([variant.antibody for variant in self.variants.rows]))


@dataclass(frozen=True, slots=True)
class TrustRuns:
    """The inputs of every run: the first, and those of each check."""

    base: OpaqueInputs
    checks: Mapping[Check, tuple[OpaqueInputs, ...]]


def build_question(
    antibodies: Sequence[Antibody], training: Sequence[LabelledAntibody] = (), fold: str = ""
) -> TrustQuestion:
    """What is asked of a track, or of one fold of it; the same on every machine."""
    rows = draw_rows(antibodies)
    known = {antibody.sequence for antibody in (*antibodies, *(row.antibody for row in training))}
    return TrustQuestion(rows, len(antibodies), build_variants(rows, known), tuple(training), fold)


def draw_rows(antibodies: Sequence[Antibody], most: int = MOST_ROWS) -> tuple[Antibody, ...]:
    """At most that many rows, in their order, drawn by a fixed seed."""
    if len(antibodies) <= most:
        return tuple(antibodies)
    stream = random.Random(ROW_SEED)  # noqa: S311 the same draw everywhere, no secret
    drawn = sorted((stream.random(), place) for place in range(len(antibodies)))[:most]
    return tuple(antibodies[place] for place in sorted(place for _, place in drawn))


def build_runs(question: TrustQuestion, seed: str) -> TrustRuns:
    """The inputs of every run, all by `seed`; what is learnt from is the same in each of them."""
    base = (
        make_opaque_fold(question.rows, question.training, seed)
        if question.training
        else make_opaque(question.rows, seed)
    )
    return TrustRuns(
        base,
        {
            Check.REPEAT: (base,),
            Check.ORDER: (_reorder(base, seed),),
            Check.HALVES: _halve(base),
            Check.IDS: (_rename(base, seed),),
            Check.VARIANTS: (_exchange(base, question.variants),),
        },
    )


def _reorder(base: OpaqueInputs, seed: str) -> OpaqueInputs:
    """Another order: of few rows the shuffle may be the one that they stand in, which is turned round then."""
    stream = random.Random(f"{seed} order")  # noqa: S311 the seed is secret until the run is over
    places = [place for _, place in sorted((stream.random(), place) for place in range(len(base.antibodies)))]
    shuffled = tuple(base.antibodies[place] for place in places)
    return replace(base, antibodies=shuffled if shuffled != base.antibodies else shuffled[::-1])


def _halve(base: OpaqueInputs) -> tuple[OpaqueInputs, ...]:
    middle = (len(base.antibodies) + 1) // 2
    halves = (base.antibodies[:middle], base.antibodies[middle:])
    return tuple(replace(base, antibodies=half) for half in halves if half)


def _rename(base: OpaqueInputs, seed: str) -> OpaqueInputs:
    """Ids of the same form of which none was given before, not in the order of the rows."""
    stream = random.Random(f"{seed} ids")  # noqa: S311 the seed is secret until the run is over
    count, before = len(base.antibodies), len(base.antibodies) + len(base.training)
    numbers = [number for _, number in sorted((stream.random(), before + 1 + place) for place in range(count))]
    width = max(_ID_DIGITS, len(str(before + count)))
    ids = [SequenceId(f"s{number:0{width}d}") for number in numbers]
    return replace(
        base,
        antibodies=tuple(
            replace(antibody, sequence_id=new) for antibody, new in zip(base.antibodies, ids, strict=True)
        ),
        original={new: base.original[old] for new, old in zip(ids, base.ids, strict=True)},
    )


def _exchange(base: OpaqueInputs, variants: Variants) -> OpaqueInputs:
    """Each antibody replaced by its variant; one without stays, so that nothing else about the rows changes."""
    by_id = variants.by_id
    exchanged = tuple(
        replace(antibody, sequence=by_id[original].sequence) if original in by_id else antibody
        for antibody in base.antibodies
        for original in (base.original[antibody.sequence_id],)
    )
    return replace(base, antibodies=exchanged)
