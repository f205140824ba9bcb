"""Tiny files in the form of the Boughter ones: DNA of two real-looking domains, flags, counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from polyreact.datasets.prepare.boughter import Subset

VH = (
    "QVQLVQSGAEVKRPGSSVTVSCKASGGSFSTYALSWVRQAPGRGLEWMGGVIPLLTITNYAPRFQGRITITADRSTSTAYLELNSLRPEDTAVYYCAREGTTGK"
    "PIGAFAHWGQGTLVTVSS"
)
VL = "DIQMTQSPSSLSASVGDRVTITCRASQDVNTAVAWYQQKPGKAPKLLIYSASFLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYCQQHYTTPPTFGQGTKVEIK"
LEADER = "MGWSCIILFLVATATGVHS"
#: The six CDRs as a file of counts has them: with residue 118, and CDR-H2 two residues short.
COUNTED = "QDVNTA SAS QQHYTTPPTF GGSFSTYA VIPLLT AREGTTGKPIGAFAHW"

COUNTS = Subset("flu", "influenza", "H.txt", "L.txt", "flags.txt", 2, 6)
YES_NO = Subset("plos", "HIV", "H.txt", "L.txt", "flags.txt", 2, None)
MOUSE = Subset("mouse", "mouse", "H.txt", "L.txt", "flags.txt", 2, 7, "counts.dat", 1)

#: None ends in A, so that ATG stands for M and nowhere else.
_CODONS = {
    "A": "GCC", "C": "TGC", "D": "GAC", "E": "GAG", "F": "TTC", "G": "GGC", "H": "CAC", "I": "ATC",
    "K": "AAG", "L": "CTC", "M": "ATG", "N": "AAC", "P": "CCC", "Q": "CAG", "R": "CGC", "S": "TCC",
    "T": "ACC", "V": "GTC", "W": "TGG", "Y": "TAC", "X": "NNN", "*": "TAA",
}  # fmt: skip


def dna(protein: str) -> str:
    """A sequence that reads as `protein` in its first frame."""
    return "".join(_CODONS[residue] for residue in protein)


def fasta(*chains: str) -> str:
    """A file of records with bare headings."""
    return "".join(f">\n{chain}\n" for chain in chains)


def write_files(
    folder: Path, heavy: str, light: str, flags: Sequence[object], counts: Sequence[str] = ()
) -> dict[str, Path]:
    """The files of one subset."""
    texts = {
        "H.txt": heavy,
        "L.txt": light,
        "flags.txt": "".join(f"{flag}\n" for flag in flags),
        "counts.dat": "".join(f"{line}\n" for line in counts),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: folder / name for name in texts}
