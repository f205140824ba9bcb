"""What is kept is what was embedded, by any number of processes, whatever kills them."""

import multiprocessing
import os
import random
import signal
import time

import numpy as np
import pytest

from polyreact.baselines import cache
from polyreact.baselines.cache import EmbeddingCache, list_kept, prune
from polyreact.errors import BadWeights
from unit.baselines.fakes import FakeEmbedder

SEQUENCES = [
    f"{a}{b}{c}" + "G" * (n % 7)
    for n, (a, b, c) in enumerate(zip("ACDEFGHIKLMN" * 9, "AC" * 54, "DEF" * 36, strict=True))
]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(cache, "_PART_SEQUENCES", 10)


def test_kept_vectors_are_the_same_bytes_and_are_not_made_again(tmp_path):
    embedder = FakeEmbedder()
    first = EmbeddingCache(tmp_path, embedder).embed(SEQUENCES)
    np.testing.assert_array_equal(first, FakeEmbedder().embed(SEQUENCES))
    made = len(embedder.asked)
    assert made == len(set(SEQUENCES))
    again = EmbeddingCache(tmp_path, embedder).embed(SEQUENCES[::-1])
    assert again.tobytes() == first[::-1].tobytes()
    assert len(embedder.asked) == made


def test_only_new_sequences_are_embedded(tmp_path):
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES)
    embedder = FakeEmbedder()
    vectors = EmbeddingCache(tmp_path, embedder).embed([*SEQUENCES, "WWW"])
    assert embedder.asked == ["WWW"]
    assert vectors[-1].tolist() == [3, 23, 23, 23]


def test_another_revision_shares_nothing(tmp_path):
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES)
    embedder = FakeEmbedder(revision="fake 2")
    EmbeddingCache(tmp_path, embedder).embed(SEQUENCES)
    assert len(embedder.asked) == len(set(SEQUENCES))


def test_what_was_done_before_a_kill_is_not_done_again(tmp_path):
    dying = FakeEmbedder(dies_after=35)
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path, dying).embed(SEQUENCES)
    embedder = FakeEmbedder()
    vectors = EmbeddingCache(tmp_path, embedder).embed(SEQUENCES)
    assert len(embedder.asked) == len(set(SEQUENCES)) - 30
    np.testing.assert_array_equal(vectors, FakeEmbedder().embed(SEQUENCES))


def embed_in_a_process(root, sequences):
    cache._PART_SEQUENCES = 3
    EmbeddingCache(root, FakeEmbedder()).embed(sequences)


def test_several_processes_keep_into_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=embed_in_a_process, args=(tmp_path, SEQUENCES[start:] + SEQUENCES[:start]))
        for start in (0, 30, 60)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    embedder = FakeEmbedder()
    vectors = EmbeddingCache(tmp_path, embedder).embed(SEQUENCES)
    assert embedder.asked == []
    np.testing.assert_array_equal(vectors, FakeEmbedder().embed(SEQUENCES))


class SlowEmbedder(FakeEmbedder):
    def embed(self, sequences):
        time.sleep(0.004)
        return super().embed(sequences)


def start_filling(root, embedder, sequences=SEQUENCES):
    """A process of its own that fills the cache; its id."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            EmbeddingCache(root, embedder).fill(sequences)
            status = 0
        finally:
            os._exit(status)
    return child


def kill_after(child, seconds):
    """Whether the process was there to be killed; one that ended before must have ended well."""
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}
    return status != 0


def parts_in(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_killed_at_any_moment_and_resumed_it_is_the_same_bytes(tmp_path):
    EmbeddingCache(tmp_path / "unkilled", SlowEmbedder()).fill(SEQUENCES)
    began = time.monotonic()
    EmbeddingCache(tmp_path / "timed", SlowEmbedder()).fill(SEQUENCES)
    longest_s = time.monotonic() - began
    whole, moments = parts_in(tmp_path / "unkilled"), random.Random(7)  # noqa: S311
    assert len(whole) > 5
    killed = finished = 0
    while killed < 40 or not finished:
        root = tmp_path / f"killed-{finished}"
        if kill_after(start_filling(root, SlowEmbedder()), moments.uniform(0, longest_s)):
            killed += 1
            there = parts_in(root) if root.exists() else {}
            assert all(whole[name] == there[name] for name in there if not name.endswith(".part"))
        else:
            finished += 1
            assert parts_in(root) == whole


def test_two_processes_fill_one_cache_while_others_are_killed_in_it(tmp_path):
    EmbeddingCache(tmp_path / "alone", SlowEmbedder()).fill(SEQUENCES)
    whole, moments = parts_in(tmp_path / "alone"), random.Random(8)  # noqa: S311
    for attempt in range(5):
        root = tmp_path / f"shared-{attempt}"
        filling = [start_filling(root, SlowEmbedder()) for _ in range(2)]
        for _ in range(3):
            kill_after(start_filling(root, SlowEmbedder()), moments.uniform(0, 0.05))
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in filling] == [0, 0]
        EmbeddingCache(root, SlowEmbedder()).fill(SEQUENCES)
        assert parts_in(root) == whole


def test_a_damaged_part_is_told_and_not_used(tmp_path):
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES)
    part = next(tmp_path.glob("*/*.npy"))
    part.write_bytes(part.read_bytes()[:-7])
    with pytest.raises(BadWeights, match="damaged") as caught:
        EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES)
    assert f"rm {part}" in caught.value.render()


def test_progress_counts_what_was_not_kept(tmp_path):
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES[:20])
    told = []
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES, told.append)
    total = len(set(SEQUENCES)) - len(set(SEQUENCES[:20]))
    assert told[-1].done == told[-1].total == total
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert "sequences" in str(told[0])
    assert told[0].remaining_s is not None


def test_listing_and_pruning(tmp_path):
    assert list(list_kept(tmp_path / "none")) == []
    EmbeddingCache(tmp_path, FakeEmbedder()).embed(SEQUENCES)
    EmbeddingCache(tmp_path, FakeEmbedder(revision="fake 2")).embed(SEQUENCES[:5])
    old, _ = sorted(list_kept(tmp_path), key=lambda kept: -kept.sequences)
    assert (old.embedder, old.revision, old.sequences) == ("fake", "fake 1", len(set(SEQUENCES)))
    assert old.size_bytes > 0
    a_day_ago = time.time() - 86_400
    os.utime(old.folder / "about.json", (a_day_ago, a_day_ago))
    assert prune(tmp_path, unused_for_s=3600, embedder="another") == ()
    assert [kept.revision for kept in prune(tmp_path, unused_for_s=3600)] == ["fake 1"]
    assert [kept.revision for kept in list_kept(tmp_path)] == ["fake 2"]
