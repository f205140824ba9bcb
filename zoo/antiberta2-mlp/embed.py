"""A sequence as the mean over its residues of what a protein language model writes for each, by ONNX Runtime.

The graphs were written when the image was built (build/). Sequences are sorted by length and go through in batches
that hold about as many tokens, so hardly any padding is computed; each CPU computes a batch of its own. A sequence
that is longer than the model can read is cut there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

#: Read while it is imported: it would try to tell its maker what it runs.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

HERE = Path(__file__).parent
ENCODERS = json.loads((HERE / "encoder.json").read_text(encoding="utf-8"))
TOKENS_OF_A_BATCH = 512
TOLD_EVERY = 5000


def embed(sequences: list[str], *, is_heavy: bool) -> np.ndarray:
    """The vector of each sequence, of shape (n, dimension)."""
    encoder = ENCODERS["heavy" if is_heavy else "light"]
    session = open_session(encoder["graph"])
    vectors = np.empty((len(sequences), encoder["dimension"]), dtype=np.float32)

    def run(batch: list[int]) -> np.ndarray:
        chosen = [sequences[index][: encoder["longest"]] for index in batch]
        return session.run(["vectors"], tokenize(chosen, encoder["vocabulary"]))[0]

    batches = list(plan_batches(sequences, encoder["longest"]))
    done = 0
    with ThreadPoolExecutor(count_cpus()) as pool:
        for batch, found in zip(batches, pool.map(run, batches), strict=True):
            vectors[batch] = found
            if done // TOLD_EVERY < (done + len(batch)) // TOLD_EVERY:
                print(f"embedded {done + len(batch)} of {len(sequences)} sequences", flush=True)
            done += len(batch)
    return vectors


def plan_batches(sequences: list[str], longest: int) -> Iterator[list[int]]:
    """The indices of the sequences, batch by batch, from the shortest to the longest."""
    batch: list[int] = []
    for index in sorted(range(len(sequences)), key=lambda i: len(sequences[i])):
        width = min(len(sequences[index]), longest) + 2
        if batch and width * (len(batch) + 1) > TOKENS_OF_A_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def tokenize(sequences: list[str], vocabulary: dict) -> dict[str, np.ndarray]:
    """A batch, filled up to its longest sequence: tokens, which of them are no padding, and which are residues."""
    shape = len(sequences), max(map(len, sequences)) + 2
    tokens = np.full(shape, vocabulary["padding"], dtype=np.int64)
    attention = np.zeros(shape, dtype=np.int64)
    residues = np.zeros(shape, dtype=np.float32)
    for row, sequence in enumerate(sequences):
        end = len(sequence) + 1
        tokens[row, : end + 1] = [
            vocabulary["begin"],
            *(vocabulary["token_of"][letter] for letter in sequence),
            vocabulary["end"],
        ]
        attention[row, : end + 1] = 1
        residues[row, 1:end] = 1
    return {"tokens": tokens, "attention": attention, "residues": residues}


@cache
def open_session(graph: str) -> onnxruntime.InferenceSession:
    """A graph, ready to run, each batch in one thread."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(HERE / graph), options, providers=["CPUExecutionProvider"])


def count_cpus() -> int:
    """The CPUs that this container may use: its share by the kernel, which need not be all it can see."""
    seen = len(os.sched_getaffinity(0))
    cgroup = Path("/sys/fs/cgroup")
    try:
        if (cgroup / "cpu.max").exists():
            quota, period = (cgroup / "cpu.max").read_text().split()
        else:
            quota, period = ((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        share = int(quota) / int(period)
    except (OSError, ValueError):  # no limit, or one that cannot be seen
        return seen
    return max(1, min(seen, round(share))) if share > 0 else seen
