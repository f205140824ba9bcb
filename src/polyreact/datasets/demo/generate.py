"""Writes the demonstration set: synthetic antibodies with a planted signal and noise.

    python -m polyreact.datasets.demo.generate <folder>

Every row is invented. A chain is a germline scaffold with a few mutations in its CDRs and frameworks and an
invented CDR3; an antibody's leaning decides how often charged, aromatic or acidic residues are drawn. The label
follows net charge and CDR3 hydrophobicity of the VH plus noise, so a model that looks at charge does well and
none can be perfect. It shows that a submission works; it says nothing about real antibodies.

Only `random.Random(seed).random()` is drawn from, whose stream Python keeps between versions, and nothing but
additions, products and comparisons is done with it: the bytes are the same everywhere.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from polyreact.datasets.demo.germlines import HEAVY, LIGHT, NANOBODY, Germline
from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, PreparedRow
from polyreact.datasets.tables import Tables, build_tables
from polyreact.files import write_atomically

SEED = 20250428
_ANTIBODIES = 300
_NANOBODIES = 20
_POSITIVES = 135

_BASIC, _ACIDIC, _AROMATIC = "RKRKH", "DE", "WYFVIL"
_NEUTRAL = "GSTNQAYPGSTYGDV"
_HYDROPHOBIC = frozenset("FILMVW")
_CHARGE = {"K": 1, "R": 1, "D": -1, "E": -1}
_CHARGE_WEIGHT, _HYDROPHOBIC_WEIGHT, _NOISE_WEIGHT = 1.0, 0.5, 2.4


class Dice:
    """Draws from the one stream that stays the same between versions of Python."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 a reproducible set, not a secret

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: str) -> str:
        """One letter."""
        return choices[self.whole(0, len(choices) - 1)]

    def pick_germline(self, choices: Sequence[Germline]) -> Germline:
        """One germline."""
        return choices[self.whole(0, len(choices) - 1)]

    def bell(self) -> float:
        """About standard normal: the sum of twelve uniform numbers, less six."""
        total = -6.0
        for _ in range(12):
            total += self._random.random()  # added one by one: Python 3.12 changed how sum() rounds
        return total


class _Draft(NamedTuple):
    sequence: str
    light_sequence: str
    leaning: float


def build_demo() -> Tables:
    """Both tables, always the same bytes."""
    dice = Dice(SEED)
    drafts = [_draft_antibody(dice, number) for number in range(_ANTIBODIES)]
    by_leaning = sorted(range(_ANTIBODIES), key=lambda index: (-drafts[index].leaning, index))
    positives = frozenset(by_leaning[:_POSITIVES])
    rows = [
        PreparedRow(
            draft.sequence,
            draft.light_sequence,
            POLYREACTIVE if index in positives else SPECIFIC,
            f"synthetic-{index + 1:04d}",
        )
        for index, draft in enumerate(drafts)
    ]
    return build_tables("demo", rows)


def _draft_antibody(dice: Dice, number: int) -> _Draft:
    is_nanobody = number % (_ANTIBODIES // _NANOBODIES) == 0
    tilt = dice.bell()
    germline = NANOBODY if is_nanobody else dice.pick_germline(HEAVY)
    cdr3 = f"A{dice.pick('RK')}{_draw_residues(dice, dice.whole(5, 15), tilt)}{dice.pick('FM')}D{dice.pick('YV')}"
    heavy = _assemble(dice, germline, cdr3, tilt)
    light = "" if is_nanobody else _draft_light(dice)
    charge = sum(_CHARGE.get(residue, 0) for residue in heavy)
    hydrophobic = sum(residue in _HYDROPHOBIC for residue in cdr3)
    leaning = charge * _CHARGE_WEIGHT + hydrophobic * _HYDROPHOBIC_WEIGHT + dice.bell() * _NOISE_WEIGHT
    return _Draft(heavy, light, leaning)


def _draft_light(dice: Dice) -> str:
    cdr3 = f"{dice.pick('QMA')}{dice.pick('QS')}{_draw_residues(dice, dice.whole(4, 7), 0.0)}{dice.pick('LYFW')}T"
    return _assemble(dice, dice.pick_germline(LIGHT), cdr3, 0.0)


def _assemble(dice: Dice, germline: Germline, cdr3: str, tilt: float) -> str:
    return "".join(
        (
            _mutate(dice, germline.fr1, 0.02, 0.0),
            _mutate(dice, germline.cdr1, 0.15, tilt),
            _mutate(dice, germline.fr2, 0.02, 0.0),
            _mutate(dice, germline.cdr2, 0.15, tilt),
            _mutate(dice, germline.fr3, 0.02, 0.0),
            cdr3,
            germline.fr4,
        )
    )


def _mutate(dice: Dice, residues: str, rate: float, tilt: float) -> str:
    """Each residue but the conserved cysteines and tryptophans replaced with probability `rate`."""
    return "".join(
        _draw_residue(dice, tilt) if residue not in "CW" and dice.chance(rate) else residue for residue in residues
    )


def _draw_residues(dice: Dice, length: int, tilt: float) -> str:
    return "".join(_draw_residue(dice, tilt) for _ in range(length))


def _draw_residue(dice: Dice, tilt: float) -> str:
    """A positive tilt draws more basic residues, a negative one more acidic."""
    basic = min(max(0.10 + 0.06 * tilt, 0.01), 0.35)
    acidic = min(max(0.12 - 0.06 * tilt, 0.01), 0.35)
    if dice.chance(basic):
        return dice.pick(_BASIC)
    if dice.chance(acidic):
        return dice.pick(_ACIDIC)
    return dice.pick(_AROMATIC) if dice.chance(0.25) else dice.pick(_NEUTRAL)


def write_demo(folder: Path) -> None:
    """Write `inputs.csv` and `labels.csv`."""
    tables = build_demo()
    write_atomically(folder / "inputs.csv", tables.inputs)
    write_atomically(folder / "labels.csv", tables.labels)


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]))
