"""Batches hold like lengths, keep to their budget, and shrink where memory runs out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyreact.baselines.embedders.batches import Batcher, is_out_of_memory, plan_batches
from polyreact.errors import NotEnoughMemory

sequences = st.lists(st.text("ACDX", min_size=1, max_size=40), max_size=40)


def lengths(batch):
    return np.array([[len(sequence)] for sequence in batch], dtype=np.float32)


@given(sequences, st.integers(1, 300))
def test_every_sequence_is_in_one_batch_within_the_budget(given_sequences, budget):
    batches = list(plan_batches(given_sequences, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(given_sequences)))
    for batch in batches:
        widest = max(len(given_sequences[index]) for index in batch) + 2
        assert len(batch) == 1 or widest * len(batch) <= budget


@given(sequences, st.integers(1, 300), st.integers(1, 3))
def test_vectors_come_in_the_order_of_the_sequences(given_sequences, budget, workers):
    vectors = Batcher(lengths, 1, budget, workers).embed(given_sequences)
    assert vectors[:, 0].tolist() == [len(sequence) for sequence in given_sequences]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried"),
        RuntimeError("CUDA out of memory."),
        Exception("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 203212800"),
    ],
)
def test_where_memory_runs_out_batches_become_smaller_and_stay_so(error):
    sizes = []

    def embed(batch):
        sizes.append(len(batch))
        if len(batch) > 5:
            raise error
        return lengths(batch)

    batcher = Batcher(embed, 1, token_budget=200, workers=2)
    given_sequences = ["A" * (1 + i % 9) for i in range(100)]
    vectors = batcher.embed(given_sequences)
    assert vectors[:, 0].tolist() == [len(sequence) for sequence in given_sequences]
    assert batcher.token_budget < 200
    sizes.clear()
    batcher.embed(given_sequences)
    assert max(sizes) <= 66 // 3  # what was learned is kept


def test_one_sequence_too_many_for_memory_is_told():
    def embed(_batch):
        raise MemoryError

    with pytest.raises(NotEnoughMemory, match="one sequence of 7 residues"):
        Batcher(embed, 1).embed(["ACDEFGH"])


def test_another_error_is_no_want_of_memory():
    def embed(_batch):
        raise RuntimeError("shapes do not match")

    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes"):
        Batcher(embed, 1).embed(["ACD", "AC"])
