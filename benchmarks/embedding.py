"""How fast AntiBERTy embeds, against the same model run one sequence at a time; what the fast way costs; memory.

    python benchmarks/embedding.py [SEQUENCES] [ROUNDS]
    taskset -c 0 python benchmarks/embedding.py      on one core, which a busy machine disturbs less
    python benchmarks/embedding.py --growth          time and memory for 1,000, 10,000 and 40,000 sequences

Needs the extra `baselines`, and Boughter's sequences (POLYREACT_MIRROR or the network). All variants take turns in
one process, round after round, and medians of the rounds' ratios are compared, so that a busy machine slows all of
them; ratios are by the clock and by the time of the processors. `--growth` takes Sapiens, which is small.

What no arrangement of the same fp32 arithmetic can exceed is said as well: the model's multiplications, at the
speed at which this machine multiplies large fp32 matrices.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from benchmarks.memory import read_peak_mib
from polyreact.baselines.cache import EmbeddingCache
from polyreact.baselines.classifiers.interface import Labels
from polyreact.baselines.embedders.antiberty import load_antiberty
from polyreact.baselines.embedders.encoder import Encoder, PooledEncoder, build_batch
from polyreact.baselines.embedders.interface import Vectors
from polyreact.baselines.embedders.runtimes import Runtime, build_embedder
from polyreact.baselines.embedders.sapiens import load_sapiens
from polyreact.baselines.training_data import load_training_set
from polyreact.cli.surroundings import load_settings

GROWTH = (1_000, 10_000, 40_000)


def count_multiplications(encoder: Encoder, tokens: int) -> float:
    """Floating-point operations of the matrix products of one sequence: 2 for each weight and token, and attention.

    Attention multiplies queries by keys and weights by values: 4 for each pair of tokens and dimension of a layer.
    """
    matrices = [module for module in encoder.module.modules() if isinstance(module, torch.nn.Linear)]
    layers = encoder.module.config.num_hidden_layers
    return float(tokens * sum(2 * m.weight.numel() for m in matrices) + 4 * layers * tokens**2 * encoder.dimension)


def measure_limit() -> float:
    """Operations a second of fp32 matrix products, the median of twenty of 2,048 x 512 by 512 x 2,048."""
    left, right = torch.rand(2048, 512), torch.rand(512, 2048)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - began)
    return 2 * 2048 * 512 * 2048 / statistics.median(times)


class OneByOne:
    """The model as its users run it: one sequence at a time, without gradients."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._pooled = PooledEncoder(encoder.module)

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The vector of each sequence."""
        rows = []
        with torch.no_grad():
            for sequence in sequences:
                batch = build_batch([sequence], self._encoder.vocabulary)
                rows.append(self._pooled(*map(torch.from_numpy, (batch.tokens, batch.attention, batch.residues))))
        return torch.cat(rows).numpy()


def compare(sequences: Sequence[str], labels: Labels, rounds: int) -> None:
    """Print speed and loss of every variant."""
    settings = load_settings()
    encoder = load_antiberty(settings.weights)
    graphs = settings.weights / "graphs"
    variants = {"one by one": OneByOne(encoder)}
    variants |= {runtime.value: build_embedder(encoder, runtime, graphs) for runtime in Runtime}
    wall, cpu, vectors = ({name: [] for name in variants} for _ in range(3))
    for embedder in variants.values():
        embedder.embed(sequences[:4])  # what is built at the first call
    for _ in range(rounds):
        for name, embedder in variants.items():
            began, began_cpu = time.perf_counter(), time.process_time()
            vectors[name] = embedder.embed(sequences)
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - began_cpu)
    limit = measure_limit()
    reference = vectors["one by one"]
    model = LogisticRegression(max_iter=10_000).fit(reference, labels)
    decided = model.predict(reference)
    print(f"{len(sequences)} VH of Boughter, {rounds} rounds, {torch.get_num_threads()} threads; ", end="")
    print(f"load {os.getloadavg()[0]:.1f}")
    print("variant       seq/s  times as fast   CPU: times as fast  largest difference  decisions changed")
    for name in variants:
        speed = len(sequences) / statistics.median(wall[name])
        ratios = [
            statistics.median(base / own for base, own in zip(times["one by one"], times[name], strict=True))
            for times in (wall, cpu)
        ]
        difference = np.abs(vectors[name] - reference).max()
        changed = int((model.predict(vectors[name]) != decided).sum())
        print(f"{name:12} {speed:6.1f} {ratios[0]:14.2f} {ratios[1]:20.2f} {difference:19.1e} {changed:18d}")
    operations = statistics.fmean(count_multiplications(encoder, len(sequence) + 2) for sequence in sequences)
    used = operations * len(sequences) / statistics.median(wall["one by one"])
    print(
        f"limit of fp32: {limit / 1e9:.0f} GFLOP/s, of which one by one uses {used / 1e9:.0f}: "
        f"{limit / used:.2f} times as fast at most, at {operations / 1e9:.1f} GFLOP a sequence"
    )


def grow() -> None:
    """Print time and memory for more and more sequences through the cache, embedded by Sapiens."""
    settings = load_settings()
    embedder = build_embedder(
        load_sapiens(settings.weights, is_heavy=True), Runtime.ONNX, settings.weights / "graphs"
    )
    stream = np.random.default_rng(0)
    letters = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
    print("sequences  seconds  per 1,000  peak memory MB")
    for size in GROWTH:
        sequences = ["".join(stream.choice(letters, stream.integers(110, 130))) for _ in range(size)]
        with tempfile.TemporaryDirectory() as root:
            began = time.process_time()
            EmbeddingCache(Path(root), embedder).fill(sequences)
            seconds = time.process_time() - began
        peak = read_peak_mib()
        print(f"{size:9,} {seconds:8.1f} {1000 * seconds / size:10.2f} {peak:15.0f}")


def main() -> None:
    """Measure what was asked for."""
    if "--growth" in sys.argv:
        grow()
        return
    size, rounds = (int(argument) for argument in (*sys.argv[1:], *("96", "5")[len(sys.argv) - 1 :]))
    data = load_training_set("boughter@1", load_settings())
    compare([antibody.sequence for antibody in data.antibodies[:size]], data.labels[:size], rounds)


if __name__ == "__main__":
    main()
