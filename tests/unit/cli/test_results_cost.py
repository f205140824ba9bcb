"""`polyreact results cost`."""

import pytest

from polyreact.results.records import OutcomeKind
from polyreact.results.store import ResultsStore
from unit.leaderboard.sample_boards import record, run


@pytest.fixture
def kept(tmp_path):
    store = ResultsStore(tmp_path / "results")

    def ran(name, on, kind=OutcomeKind.VALID, **measured):
        store.write(record(name, on, run=run(kind, predictions=None, **measured)), None)

    ran("lab-a", "jain", wall_s=3_600.0, cpu_s=7_200.0, peak_memory_bytes=100 << 20)
    ran("lab-a", "shehata", wall_s=900.0, cpu_s=None, peak_memory_bytes=None)
    ran(
        "lab-b",
        "jain",
        OutcomeKind.SUBMISSION_FAULT,
        code="E311",
        wall_s=36.0,
        cpu_s=18.0,
        peak_memory_bytes=1 << 20,
    )
    ran("lab-c", "jain", wall_s=36.0, cpu_s=None, peak_memory_bytes=None)


def rows(ended):
    return [line.split() for line in ended.out.splitlines()]


def test_cost_tells_a_person_what_is_known_and_what_is_not(polyreact, kept):
    ended = polyreact("results", "cost")
    assert ended.status == 0
    assert rows(ended)[1:6] == [
        ["lab-a", "2", "0", "2.000", "+", "?", "1.250", "0.000", "100", "MiB"],
        ["lab-b", "1", "1", "0.005", "0.010", "0.000", "1", "MiB"],
        ["lab-c", "1", "0", "?", "0.010", "0.000", "?"],
        ["total", "4", "1", "2.005", "+", "?", "1.270", "0.000", "100", "MiB"],
        [],
    ]
    assert "the processor's time of 2 of 4 runs is not known (0.260 wall-hours) and in no sum" in ended.out


def test_cost_by_track_tells_a_script_seconds(polyreact, kept):
    ended = polyreact("results", "cost", "--by", "track", "--json")
    assert ended.status == 0
    assert ended.data["by"] == "track"
    jain, shehata = ended.data["costs"]
    assert (jain["name"], jain["runs"], jain["cpu_s"], jain["without_cpu"]) == ("jain", 3, 7_218.0, 1)
    assert (shehata["cpu_s"], shehata["without_cpu"], shehata["peak_memory_bytes"]) == (0.0, 1, None)
    assert ended.data["total"]["wall_s"] == 4_572.0


def test_cost_of_no_folder_is_refused_and_of_no_records_is_nothing(polyreact, tmp_path):
    ended = polyreact("results", "cost", "--json")
    assert (ended.status, ended.data["error"]["code"]) == (2, "E102")
    (tmp_path / "results").mkdir()
    ended = polyreact("results", "cost")
    assert (ended.status, rows(ended)[1]) == (0, ["total", "0", "0", "0.000", "0.000", "0.000", "?"])
    assert "not known" not in ended.out


def test_cost_with_a_damaged_record_says_which(polyreact, kept, tmp_path):
    (tmp_path / "results" / "lab-a" / "jain.json").write_text("{")
    ended = polyreact("results", "cost")
    assert (ended.status, "E601" in ended.err) == (6, True)
