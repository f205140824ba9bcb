"""What the leakage audit costs: the 25,007 nanobodies of Harvey's test part against the 914 antibodies of Boughter.

Measured are the nearest VH and the whole overlap (VH, H-CDR3, numbering, table), and beside them what aligning
every pair of VH with Biopython would take. Nobody waits for that: a sample of pairs is aligned on one core, and the
time is extrapolated to all pairs and divided by the cores in use, as if it ran on all of them. Needs the raw files
(POLYREACT_MIRROR or the network).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from Bio.Align import PairwiseAligner, substitution_matrices

from benchmarks.memory import read_peak_mib
from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.overlap import measure_overlap
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.results.overlap_store import render_identities
from polyreact.sequences import Antibody, SequenceId
from polyreact.settings import Settings, read_settings
from polyreact.similarity import find_nearest


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=4_000, help="pairs that Biopython aligns")
    parser.add_argument("--json", action="store_true", help="print JSON for a script")
    options = parser.parse_args()
    settings = read_settings(os.environ, Path.home)
    tests, references = read_harvey_test(settings), read_boughter(settings)
    figures = measure(tests, references, options.sample)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(
        f"{figures['tests']:,} x {figures['references']:,} = {figures['pairs']:,} pairs, {figures['cores']} cores"
    )
    print(f"nearest VH                {figures['vh_s']:8.1f} s")
    print(f"whole overlap             {figures['overlap_s']:8.1f} s (VH and H-CDR3, numbered, with its table)")
    print(f"highest memory            {figures['peak_memory_mib']:8.0f} MiB")
    print(
        f"Biopython, every VH pair  {figures['biopython_s']:8.0f} s (extrapolated from {figures['sample']:,} pairs "
        f"on one core, {figures['biopython_sample_s']:.1f} s, to {figures['cores']} cores)"
    )
    print(f"ratio for the VH          {figures['ratio']:8.0f}")


def measure(tests: Sequence[Antibody], references: Sequence[Antibody], sample: int) -> dict[str, float]:
    """Seconds of each way, and what they were measured on."""
    cores = len(os.sched_getaffinity(0))
    vh, others = [row.sequence for row in tests], [row.sequence for row in references]
    start = time.perf_counter()
    find_nearest(vh, others)
    vh_s = time.perf_counter() - start
    start = time.perf_counter()
    render_identities(measure_overlap(tests, references).rows)
    overlap_s = time.perf_counter() - start
    sample_s = align_sample(vh, others, sample)
    pairs = len(vh) * len(others)
    biopython_s = sample_s / sample * pairs / cores
    return {
        "tests": len(vh),
        "references": len(others),
        "pairs": pairs,
        "cores": cores,
        "vh_s": vh_s,
        "overlap_s": overlap_s,
        "peak_memory_mib": read_peak_mib(),
        "sample": sample,
        "biopython_sample_s": sample_s,
        "biopython_s": biopython_s,
        "ratio": biopython_s / vh_s,
    }


def align_sample(vh: Sequence[str], others: Sequence[str], sample: int) -> float:
    """Seconds for the identities of so many pairs, drawn with a fixed seed, by Biopython alone."""
    aligner = PairwiseAligner(
        mode="global",
        substitution_matrix=substitution_matrices.load("BLOSUM62"),
        open_gap_score=-11,
        extend_gap_score=-1,
    )
    stream = np.random.default_rng(1)
    pairs = zip(stream.integers(len(vh), size=sample), stream.integers(len(others), size=sample), strict=True)
    start = time.perf_counter()
    for one, other in pairs:
        alignment = aligner.align(vh[one], others[other])[0]
        _ = alignment.counts().identities / alignment.length
    return time.perf_counter() - start


def read_harvey_test(settings: Settings) -> tuple[Antibody, ...]:
    """The nanobodies of test.csv as they were published."""
    source = load_source("harvey")
    (file,) = [file for file in source.files if file.name == "test.csv"]
    with fetch_file(source, file, settings).open(newline="") as text:
        sequences = [row["seq"] for row in csv.DictReader(text)]
    return tuple(Antibody(SequenceId(f"row-{n:05d}"), sequence) for n, sequence in enumerate(sequences, start=1))


def read_boughter(settings: Settings) -> tuple[Antibody, ...]:
    """Revision 1, all 914."""
    dataset = load_dataset("boughter@1")
    ensure_prepared(dataset, settings)
    return read_inputs(dataset, settings)


if __name__ == "__main__":
    main()
