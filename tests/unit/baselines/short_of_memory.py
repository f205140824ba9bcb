"""A process that may take little more memory than it has, and embeds in one batch that needs more.

    python short_of_memory.py RUNTIME FOLDER MEBIBYTES

Prints the budget of tokens that it ended with, and the largest difference from vectors made with memory to spare.
"""

import resource
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertModel

from polyreact.baselines.embedders.antiberty import as_encoder
from polyreact.baselines.embedders.runtimes import Runtime, build_embedder

MORE_THAN_FITS = 400_000


def main(runtime, folder, mebibytes):
    torch.set_num_threads(1)
    shape = BertConfig(
        vocab_size=25, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=256
    )
    encoder = as_encoder("small", BertModel(shape, add_pooling_layer=False))
    sequences = ["ACDEFGHIKL" * 12 + "A" * (number % 5) for number in range(3000)]
    frugal, greedy = (build_embedder(encoder, Runtime(runtime), folder, budget) for budget in (512, MORE_THAN_FITS))
    expected = frugal.embed(sequences[:50])
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (mebibytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    vectors = greedy.embed(sequences)
    sys.stdout.write(f"{greedy._batcher.token_budget} {np.abs(vectors[:50] - expected).max()}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
