import json
import resource
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from polyreact.errors import BadRecord, CannotWrite
from polyreact.results.ledger import LEDGER_FILE, count_scored_run, validate_count
from polyreact.results.store import ResultsStore, open_private_store
from unit.leaderboard.sample_boards import record, run, score


def a_run(seed, name="lab-model", track="private-ours", **changes):
    return record(name, track, score(), run=run(shuffle_seed=seed)).model_copy(update=changes)


def test_runs_of_an_author_on_a_track_are_counted_and_no_others(tmp_path):
    assert count_scored_run(tmp_path, a_run("a")) == 0
    assert count_scored_run(tmp_path, a_run("b", "lab-other")) == 1
    assert count_scored_run(tmp_path, a_run("c", "else-model")) == 0
    assert count_scored_run(tmp_path, a_run("d", track="private-theirs")) == 0
    assert count_scored_run(tmp_path, a_run("e")) == 2


def test_run_that_counts_already_is_not_counted_again(tmp_path):
    for seed in "abc":
        count_scored_run(tmp_path, a_run(seed))
    before = (tmp_path / LEDGER_FILE).read_bytes()
    assert count_scored_run(tmp_path, a_run("b")) == 1
    assert count_scored_run(tmp_path, a_run("b", earlier_scored_runs=1)) == 1
    assert (tmp_path / LEDGER_FILE).read_bytes() == before


def test_ledger_names_the_run_and_no_score(tmp_path):
    count_scored_run(tmp_path, a_run("a"))
    (line,) = (tmp_path / LEDGER_FILE).read_text().splitlines()
    assert set(json.loads(line)) == {"at", "author", "submission", "track", "revision", "job", "run"}


def test_runs_at_the_same_time_are_all_counted(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda n: count_scored_run(tmp_path, a_run(f"s{n}")), range(40)))
    assert sorted(counted) == list(range(40))


@pytest.mark.parametrize("earlier", [0, 2])
def test_record_that_says_another_number_is_refused(tmp_path, earlier):
    count_scored_run(tmp_path, a_run("a"))
    count_scored_run(tmp_path, a_run("b"))
    with pytest.raises(BadRecord, match="contradict each other"):
        count_scored_run(tmp_path, a_run("b", earlier_scored_runs=earlier))


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-10], lambda c: c + b"{}\n", lambda c: c[:-1], lambda c: b"\xff\n" + c]
)
def test_damaged_ledger_is_refused_and_not_touched(tmp_path, spoil):
    count_scored_run(tmp_path, a_run("a"))
    path = tmp_path / LEDGER_FILE
    path.write_bytes(spoil(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(BadRecord, match="is no line of the ledger"):
        count_scored_run(tmp_path, a_run("b"))
    assert path.read_bytes() == before


def test_private_record_does_not_go_into_the_public_store_nor_the_other_way(tmp_path):
    public, private = ResultsStore(tmp_path / "results"), open_private_store(tmp_path / "private")
    for store, track in ((public, "private-ours"), (private, "jain")):
        with pytest.raises(ValueError, match="do not belong"):
            store.write(a_run("a", track=track), b"predictions")
        with pytest.raises(ValueError, match="do not belong"):
            store.find("lab-model", track)
    assert not (tmp_path / "results").exists()
    private.write(a_run("a"), b"x")
    assert private.find("lab-model", "private-ours")
    assert (tmp_path / "private/results").stat().st_mode & 0o777 == 0o700


def test_disk_that_becomes_full_within_a_line_leaves_no_part_of_it(tmp_path):
    """Half a line stood in the ledger, and an uncoded error ended the whole evaluation."""
    count_scored_run(tmp_path, a_run("a"))
    before = (tmp_path / LEDGER_FILE).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, hard))
    try:
        with pytest.raises(CannotWrite, match="ledger"):
            count_scored_run(tmp_path, a_run("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / LEDGER_FILE).read_bytes() == before
    assert count_scored_run(tmp_path, a_run("b")) == 1


def test_scored_record_is_compared_with_the_ledger_and_nothing_is_counted(tmp_path):
    for seed in "ab":
        count_scored_run(tmp_path, a_run(seed))
    before = (tmp_path / LEDGER_FILE).read_bytes()
    validate_count(tmp_path, a_run("b", earlier_scored_runs=1))
    for seed, earlier in (("b", 0), ("b", 2), ("c", 2)):
        with pytest.raises(BadRecord, match="contradict each other"):
            validate_count(tmp_path, a_run(seed, earlier_scored_runs=earlier))
    assert (tmp_path / LEDGER_FILE).read_bytes() == before
    with pytest.raises(BadRecord, match="not in the ledger"):
        validate_count(tmp_path / "nowhere", a_run("b", earlier_scored_runs=1))
