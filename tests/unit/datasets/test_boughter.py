from collections import Counter
from dataclasses import replace

import pytest

from polyreact.datasets.prepare.boughter import (
    SUBSETS,
    Flags,
    count_yes_as_seven,
    label_clones,
    read_clones,
    read_flags,
    resolve_counted,
)
from polyreact.datasets.prepare.counted_flags import read_counts
from polyreact.datasets.prepare.interface import POLYREACTIVE, SPECIFIC, PreparedRow
from polyreact.errors import UnexpectedContent
from unit.datasets.clones import COUNTED, COUNTS, LEADER, MOUSE, VH, VL, YES_NO, dna, fasta, write_files

HEAVY, LIGHT = dna(VH), dna(VL)
CONSTANT = "ASTKGPSVFPLAPSSKSTSGG"


def read_one(folder, heavy, light, subset=COUNTS):
    """What becomes of one antibody beside a good one."""
    files = write_files(folder, fasta(HEAVY, heavy), fasta(LIGHT, light), [0, 0])
    return read_clones(files, [subset])


def prepare_counts(folder, flags, subset=COUNTS):
    chains = fasta(*[HEAVY] * len(flags)), fasta(*[LIGHT] * len(flags))
    files = write_files(folder, *chains, flags)
    return label_clones(read_clones(files, [replace(subset, antibodies=len(flags))]), count_yes_as_seven)


def test_boughter_six_subsets_are_1171_antibodies():
    assert [subset.antibodies for subset in SUBSETS] == [379, 134, 50, 52, 75, 481]
    assert sum(subset.antibodies for subset in SUBSETS) == 1171
    assert Counter(subset.family for subset in SUBSETS) == {"HIV": 4, "influenza": 1, "mouse": 1}


def test_boughter_flags_become_labels_and_mild_ones_are_counted(tmp_path):
    preparation = prepare_counts(tmp_path, ["reacts", 0, 1, 3, 4, 6][1:])
    assert [(row.name, row.label) for row in preparation.rows] == [
        ("flu_000001", SPECIFIC),
        ("flu_000004", POLYREACTIVE),
        ("flu_000005", POLYREACTIVE),
    ]
    assert preparation.dropped == {"1 to 3 flags (mild)": 2}
    assert preparation.rows[1] == PreparedRow(
        VH,
        VL,
        POLYREACTIVE,
        "flu_000004",
        (
            ("subset", "flu"),
            ("family", "influenza"),
            ("flags", "4"),
            ("panel_size", "6"),
            ("flags_from", "count"),
            ("light_chain", "whole"),
            ("clone", "clone-0001"),
            ("fold", "1"),
        ),
    )


def test_boughter_stages_count_by_subset_what_is_left(tmp_path):
    preparation = prepare_counts(tmp_path, [0, 1, 5])
    assert [(stage.name, dict(stage.rows)) for stage in preparation.stages] == [
        ("published", {"flu": 3}),
        ("both chains translated", {"flu": 3}),
        ("both chains numbered", {"flu": 3}),
        ("all CDRs complete", {"flu": 3}),
        ("number of flags known", {"flu": 3}),
        ("no flag or more than three", {"flu": 2}),
    ]


def test_boughter_leader_and_constant_region_fall_away(tmp_path):
    clones = read_one(tmp_path, "TAAC" + dna(LEADER + VH + CONSTANT), dna(VL + CONSTANT)).clones
    assert [(clone.heavy.sequence, clone.light.sequence, clone.changed) for clone in clones] == [(VH, VL, ())] * 2
    assert clones[1].heavy.start == len(LEADER)


def test_boughter_chains_in_the_wrong_file_change_places(tmp_path):
    clone = read_one(tmp_path, LIGHT, HEAVY).clones[1]
    assert (clone.heavy.sequence, clone.light.sequence) == (VH, VL)
    assert clone.changed == ("the chains stood in each other's file",)


def garbled(tail):
    """A VL whose frame is lost within CDR3."""
    return dna(VL[: VL.index("TPPTFGQ")] + tail)


def test_boughter_chain_is_cut_where_its_frame_is_lost(tmp_path):
    clone = read_one(tmp_path, HEAVY, garbled("XXHFRPWDQSGYQ")).clones[1]
    assert (clone.light.cdr3, clone.light.fr4) == ("QQHYT", "")
    assert clone.changed == ("the VL was cut where its reading frame is lost",)


def test_boughter_chain_whose_framework_4_is_garbled_keeps_its_cdr3(tmp_path):
    clone = read_one(tmp_path, HEAVY, dna(VL.replace("FGQGTKVEIK", "XXRRRDQGGD"))).clones[1]
    assert (clone.light.cdr3, clone.light.fr4) == ("QQHYTTPPT", "")


@pytest.mark.parametrize("fr4", ["XGQGTKVEIK", "FXQGTKVEIK", "FGQXTKVEIK", "FGQGXXVEIK", "LGQGTKXEIK"])
def test_boughter_framework_4_with_an_unknown_residue_is_one(tmp_path, fr4):
    clone = read_one(tmp_path, HEAVY, dna(VL.replace("FGQGTKVEIK", fr4))).clones[1]
    assert (clone.light.fr4, clone.changed) == (fr4, ())


DROPPED = {
    "heavy-unreadable": ("N" * 300, LIGHT, "the heavy chain cannot be read"),
    "light-unreadable": (HEAVY, "NNNNN", "the light chain cannot be read"),
    "both-unreadable": ("ACG", "ACG", "neither chain can be read"),
    "no-antibody": (
        dna("MGDVEKGKKIFIMKCSQCHTVEKGGKHKTGPNLHGLFGRKTGQAPGYSYT" * 3),
        LIGHT,
        "a chain cannot be numbered",
    ),
    "two-heavy": (HEAVY, HEAVY, "the chains are not one heavy and one light"),
    "two-light": (LIGHT, LIGHT, "the chains are not one heavy and one light"),
    "x-in-heavy-cdr": (dna(VH.replace("GGSF", "GGXF")), LIGHT, "an unknown residue in a CDR"),
    "x-in-light-cdr": (HEAVY, dna(VL.replace("QQHYT", "QQXYT")), "an unknown residue in a CDR"),
    "no-cdr1": (dna(VH[33:] + CONSTANT), LIGHT, "a CDR is empty"),
}


@pytest.mark.parametrize(("heavy", "light", "reason"), DROPPED.values(), ids=DROPPED.keys())
def test_boughter_antibody_that_is_dropped_is_counted_with_its_reason(tmp_path, heavy, light, reason):
    clones = read_one(tmp_path, heavy, light)
    assert [clone.name for clone in clones.clones] == ["flu_000001"]
    assert clones.dropped == {reason: 1}


# --- flags ----------------------------------------------------------------------------------------------


def test_boughter_yes_is_seven_flags_in_revision_1(tmp_path):
    rows = prepare_counts(tmp_path, ["Y", "N"], YES_NO).rows
    assert [(row.label, dict(row.annotations)["flags"]) for row in rows] == [(POLYREACTIVE, "7"), (SPECIFIC, "0")]
    assert {dict(row.annotations)["flags_from"] for row in rows} == {"yes or no"}
    assert {dict(row.annotations)["panel_size"] for row in rows} == {""}


def test_boughter_yes_or_no_is_no_count_in_revision_2(tmp_path):
    files = write_files(tmp_path, fasta(HEAVY, HEAVY), fasta(LIGHT, LIGHT), "YN")
    preparation = label_clones(read_clones(files, [YES_NO]), lambda clone: resolve_counted(clone, {}))
    assert preparation.rows == ()
    assert preparation.dropped == {"yes or no in place of a count of flags": 2}


@pytest.mark.parametrize(
    ("counts", "resolved"),
    [
        (["5.0"], Flags(5)),
        (["5.0", "5.0"], Flags(5)),
        (["0.0"], Flags(0)),
        (["5.0", "2.0"], Flags(None, unknown="counts of flags that differ")),
        ([], Flags(None, unknown="no count of flags for these CDRs")),
    ],
)
def test_boughter_mouse_flags_are_those_counted_for_its_cdrs(tmp_path, counts, resolved):
    other = COUNTED.replace("VIPLLT", "VIPLLS")
    lines = [f"{other} 7.0", *(f"{COUNTED} {count}" for count in counts)]
    files = write_files(tmp_path, fasta(HEAVY, HEAVY), fasta(LIGHT, LIGHT), "YN", lines)
    read = {"mouse": read_counts(files["counts.dat"], panel=7, lines=len(lines))}
    clones = read_clones(files, [MOUSE]).clones
    assert {resolve_counted(clone, read) for clone in clones} == {resolved}


def test_boughter_flags_may_have_a_heading(tmp_path):
    path = write_files(tmp_path, "", "", ["reacts", 0, 6])["flags.txt"]
    assert read_flags(path, COUNTS) == ("0", "6")


BAD_FLAGS = {
    "above-the-panel": ([0, 7], COUNTS, ["line 2"]),
    "negative": ([-1, 0], COUNTS, ["line 1"]),
    "yes-in-counts": (["Y", 0], COUNTS, ["line 1"]),
    "number-as-float": (["0.0", 0], COUNTS, ["line 1"]),
    "count-in-yes-no": (["Y", 0], YES_NO, ["line 2"]),
    "lower-case": (["y", "N"], YES_NO, ["line 1"]),
    "count-for-mouse": ([7, "N"], MOUSE, ["line 1"]),
    "blank-line": ([0, "", 0], COUNTS, ["line 2"]),
    "heading-below": ([0, "reacts"], COUNTS, ["line 2"]),
    "other-heading": (["flags", 0, 0], COUNTS, ["line 1"]),
    "web-page": (["<!DOCTYPE html>", "<html>"], COUNTS, ["line 1", "line 2"]),
}


@pytest.mark.parametrize(("flags", "subset", "places"), BAD_FLAGS.values(), ids=BAD_FLAGS.keys())
def test_boughter_flag_that_is_none_is_refused_with_its_line(tmp_path, flags, subset, places):
    files = write_files(tmp_path, fasta(HEAVY, HEAVY), fasta(LIGHT, LIGHT), flags)
    with pytest.raises(UnexpectedContent, match="is not as its preparation knows it") as caught:
        read_clones(files, [subset])
    assert [finding.where for finding in caught.value.findings] == places


LENGTHS = {
    "heavy-cut-short": (1, 2, [0, 0], {"H.txt"}),
    "light-too-long": (2, 3, [0, 0], {"L.txt"}),
    "flags-cut-short": (2, 2, [0], {"flags.txt"}),
    "heading-in-place-of-a-flag": (2, 2, ["reacts", 0], {"flags.txt"}),
    "all-of-another-length": (3, 3, [0, 0, 0], {"H.txt", "L.txt", "flags.txt"}),
}


@pytest.mark.parametrize(("heavy", "light", "flags", "named"), LENGTHS.values(), ids=LENGTHS.keys())
def test_boughter_files_of_different_lengths_are_refused(tmp_path, heavy, light, flags, named):
    files = write_files(tmp_path, fasta(*[HEAVY] * heavy), fasta(*[LIGHT] * light), flags)
    with pytest.raises(UnexpectedContent, match="do not tell of 2 antibodies") as caught:
        read_clones(files, [COUNTS])
    assert {finding.where for finding in caught.value.findings} == named
    assert all("expected 2 antibodies, found" in finding.message for finding in caught.value.findings)
