"""The paper calculation: its arithmetic, and that the page shows what it gives."""

import re
from dataclasses import replace

import pytest

from architecture.sources import REPOSITORY
from benchmarks import rows
from benchmarks.scale import CONSTANTS, MODELS, TABLES, Plan, find_bounds, find_needs, measure_models

PAGE = (REPOSITORY / "docs" / "explanation" / "scale.md").read_text(encoding="utf-8")
PLAN = Plan()


@pytest.mark.parametrize("table", range(len(TABLES)))
def test_page_shows_the_table_that_the_script_prints(table):
    assert TABLES[table](PLAN).strip() in PAGE, "run: python -m benchmarks.scale, and put what it prints there"


def test_page_is_about_the_plan_that_the_script_takes():
    assert f"{PLAN.submissions:,} submissions" in PAGE
    assert f"{PLAN.tracks} tracks" in PAGE
    assert f"{PLAN.rows:,} antibodies" in PAGE


def test_every_constant_names_a_command_of_this_repository():
    for one in CONSTANTS:
        words = one.command.split()
        path = words[2].replace(".", "/") + ".py" if words[1] == "-m" else words[1]
        assert (REPOSITORY / path).is_file(), one.command


def total(plan, figure):
    return {need.part: getattr(need, figure) for need in find_needs(plan)}


@pytest.mark.parametrize("figure", ["core_s", "kept_bytes"])
def test_twice_the_submissions_are_twice_the_need_but_for_pairs(figure):
    once, twice = total(PLAN, figure), total(replace(PLAN, submissions=2 * PLAN.submissions), figure)
    for part, need in once.items():
        of_pairs = "every two" in part or "again" in part or part == "comparisons as files"
        factor = 1 if part == "inputs of all tracks" else 4 if of_pairs else 2
        assert twice[part] == pytest.approx(factor * need, rel=0.002), part


def test_pairs_are_every_two():
    assert Plan(submissions=1).pairs == 0
    assert Plan(submissions=5).pairs == 10


def test_what_breaks_first_comes_first_and_smaller_sets_break_later():
    bounds = find_bounds(PLAN)
    assert [bound.submissions for bound in bounds] == sorted(bound.submissions for bound in bounds)
    small = {bound.limit: bound.submissions for bound in find_bounds(replace(PLAN, rows=PLAN.rows // 10))}
    assert all(small[bound.limit] >= bound.submissions for bound in bounds)


def test_models_are_measured_from_the_records_of_this_repository():
    told = list(measure_models(REPOSITORY / "results"))
    seconds = [line for line in told if "s of the processor for 1,000 rows" in line]
    assert [line.partition(":")[0] for line in seconds] == list(MODELS)
    (memory,) = [line for line in told if line not in seconds]
    assert re.fullmatch(r"descriptors-logreg: \d+\.\d kB more memory for each row", memory)


def test_models_without_a_record_are_told_as_that(tmp_path):
    assert all("no record" in line for line in measure_models(tmp_path))


def test_costs_of_a_row_are_measured_and_told(capsys):
    rows.measure(400, 2)
    told = capsys.readouterr().out
    for what in ("inputs", "predictions", "digest", "read", "score", "score, in groups", "draw", "compare with 2"):
        assert f"\n  {what} " in told or f"\n  {what}, " in told
    (predictions,) = [line for line in told.splitlines() if line.startswith("  predictions")]
    assert 30 < float(predictions.split()[1]) < 50
