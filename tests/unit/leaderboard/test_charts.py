"""Charts as text: well-formed, harmless, the same every time, and with each mark where its value is."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyreact.leaderboard.site import charts
from polyreact.leaderboard.site.charts.axes import LEFT, RIGHT
from polyreact.leaderboard.site.charts.scales import build_scale, log_ticks, round_limits, round_ticks, tick_words
from polyreact.leaderboard.site.charts.svg import fit_text, text_width
from unit.leaderboard.sample_charts import (
    HOSTILE,
    PLAIN,
    cost_points,
    every_chart,
    forest_rows,
    large_charts,
    precision_recall_series,
    reliability_bins,
    roc_series,
    verdicts,
)

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
NAN, INFINITY = math.nan, math.inf
ELEMENTS = {"svg", "title", "desc", "path", "text", "circle", "g"}
ATTRIBUTES = {
    *("class", "viewBox", "width", "role", "font-size", "aria-labelledby", "id", "d", "x", "y", "text-anchor"),
    *("cx", "cy", "r", "transform"),
}


def parse(chart):
    return ET.fromstring(chart.svg)


def marks(root, kind, classes):
    """The elements of one kind that have all of these classes."""
    return [node for node in root.iter(kind) if set(classes.split()) <= set((node.get("class") or "").split())]


def numbers(text):
    return [float(found) for found in NUMBER.findall(text)]


def vertices(node):
    found = numbers(node.get("d"))
    return list(zip(found[::2], found[1::2], strict=True))


def words(root):
    return ["".join(node.itertext()) for node in root.iter("text")]


EVERY = {**every_chart(), **large_charts()}


@pytest.mark.parametrize("kind", EVERY)
def test_chart_holds_known_elements_and_attributes_only(kind):
    for node in parse(EVERY[kind]).iter():
        assert node.tag in ELEMENTS
        assert set(node.attrib) <= ATTRIBUTES


@pytest.mark.parametrize("kind", EVERY)
def test_chart_is_named_and_described_for_those_who_do_not_see_it(kind):
    chart = EVERY[kind]
    root = parse(chart)
    title, description = root.get("aria-labelledby").split()
    assert root.get("role") == "img"
    assert root[0].tag == "title"
    assert root[0].get("id") == title
    assert root[0].text
    assert root[1].get("id") == description
    assert root[1].text == chart.summary
    assert chart.summary.endswith(".")


def test_ids_of_a_page_are_its_own():
    found = [node.get("id") for chart in EVERY.values() for node in parse(chart).iter() if node.get("id")]
    assert len(found) == len(set(found)) == 2 * len(EVERY)


@pytest.mark.parametrize("kind", EVERY)
def test_coordinates_have_one_decimal_at_most_and_stay_inside(kind):
    root = parse(EVERY[kind])
    _, _, width, height = numbers(root.get("viewBox"))
    for node in root.iter():
        for name in ("d", "x", "y", "cx", "cy"):
            text = node.get(name, "")
            assert not re.search(r"\.\d\d|e|nan|inf", text)
        for name, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            assert all(-0.1 <= value <= most for value in numbers(node.get(name, "")))


@pytest.mark.parametrize("kind", EVERY)
def test_text_fits_into_the_chart(kind):
    """With the widths of the widest usual font."""
    root = parse(EVERY[kind])
    width = numbers(root.get("viewBox"))[2]
    for node in root.iter("text"):
        if node.get("transform") or " " in node.get("x"):
            continue
        bold = 1.13 if {"name", "letter"} & set((node.get("class") or "").split()) else 1
        size = 11.5 if "tick" in (node.get("class") or "") else 12.5
        reach = text_width(node.text or "", size) * bold
        start = float(node.get("x")) - {"end": reach, "middle": reach / 2}.get(node.get("text-anchor"), 0)
        assert start >= -1, node.text
        assert start + reach <= width + 1, node.text


def test_same_values_give_the_same_bytes():
    assert {kind: chart.svg for kind, chart in {**every_chart(), **large_charts()}.items()} == {
        kind: chart.svg for kind, chart in EVERY.items()
    }


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_name_stays_text(name):
    plain = every_chart(PLAIN)
    for kind, chart in every_chart(name).items():
        root = parse(chart)
        chart.svg.encode()
        # A longer or shorter label may change which labels of the cost chart find room, so only kinds are compared.
        assert {node.tag for node in root.iter()} == {node.tag for node in parse(plain[kind]).iter()}
        for node in root.iter():
            assert set(node.attrib) <= ATTRIBUTES
        assert max(len(text) for text in words(root)) < 130
        assert len(chart.summary) < 700
        assert max(len(node.text or "") for node in root.iter("title")) < 300


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_name_gives_well_formed_charts(name):
    for chart in (
        charts.build_roc("roc", "jain", [replace(roc_series(), name=name)]),
        charts.build_forest("forest", "jain", [charts.Row(name, 0.6)]),
        charts.build_cost("cost", "jain", [charts.CostPoint(name, 0.6, 3.0)]),
    ):
        parse(chart)
    ET.fromstring(charts.build_badge(name))


@pytest.mark.parametrize("chart_id", ["", "Roc", "1roc", "roc x", 'roc"', "<b>", "roc_1"])
def test_id_that_is_none_is_refused(chart_id):
    with pytest.raises(ValueError, match="a chart's id"):
        charts.build_forest(chart_id, "jain", [])


def test_chart_prints_itself_in_a_template():
    assert EVERY["roc"].__html__() == EVERY["roc"].svg


# ROC and precision-recall


def test_roc_line_goes_through_its_points():
    series = roc_series()
    root = parse(charts.build_roc("roc", "jain", [series]))
    (curve,) = [node for node in marks(root, "path", "line t1") if "h28" not in node.get("d")]
    drawn = vertices(curve)
    side = RIGHT - LEFT
    bottom = max(y for _, y in drawn)
    back = [((x - LEFT) / side, (bottom - y) / side) for x, y in drawn]
    for point in back:
        assert min(math.dist(point, other[:2]) for other in series.points) < 0.001
    for point in series.points:
        assert min(math.dist(point[:2], other) for other in back) < 0.003
    assert back[0] == pytest.approx((0, 0), abs=0.001)
    assert back[-1] == pytest.approx((1, 1), abs=0.001)


def test_band_covers_the_limits():
    series = roc_series()
    root = parse(charts.build_roc("roc", "jain", [series]))
    (band,) = marks(root, "path", "band")
    side = RIGHT - LEFT
    xs, ys = zip(*vertices(band), strict=True)
    bottom = vertices(marks(root, "path", "line t1")[-1])[0][1]
    reached = {(round((x - LEFT) / side, 2), round((bottom - y) / side, 2)) for x, y in zip(xs, ys, strict=True)}
    wanted = {(round(x, 2), round(limit, 2)) for x, _, low, high in series.points for limit in (low, high)}
    assert len(wanted - reached) <= 0.1 * len(wanted)  # rounding of both


def test_operating_point_stands_where_it_is():
    series = roc_series()
    root = parse(charts.build_roc("roc", "jain", [series]))
    (mark,) = marks(root, "circle", "mark")
    assert (float(mark.get("cx")) - LEFT) / (RIGHT - LEFT) == pytest.approx(series.operating_point.x, abs=0.001)
    assert any("threshold 0.5" in text for text in words(root))


def test_two_series_differ_by_letter_and_class():
    root = parse(EVERY["roc-two"])
    assert [node.text for node in marks(root, "text", "letter")] == ["A", "B", "A", "B"]
    assert marks(root, "path", "line t2")
    places = [(float(n.get("cx")), float(n.get("cy"))) for n in marks(root, "circle", "disc")]
    assert math.dist(*places) > 16


@pytest.mark.parametrize(("count", "bands"), [(1, 1), (3, 3), (4, 0), (6, 0)])
def test_bands_are_drawn_where_they_can_be_told_apart(count, bands):
    root = parse(charts.build_roc("roc", "jain", [roc_series(f"model {seed}", 0.5, seed) for seed in range(count)]))
    assert len(marks(root, "path", "band")) == bands


def test_points_on_one_pixel_are_drawn_once():
    points = [(index / 100_000, index / 100_000, 0.0, 1.0) for index in range(100_001)]
    many = charts.build_roc("roc", "jain", [charts.Series("a", points, 0.5)])
    assert len(many.svg) < 40_000


def test_roc_summary_says_what_is_found():
    points = [(0.0, 0.0, 0.0, 0.0), (0.1, 0.35, 0.2, 0.5), (0.11, 0.9, 0.8, 1.0), (1.0, 1.0, 1.0, 1.0)]
    series = charts.Series("X", points, 0.73, (0.61, 0.82))
    assert charts.build_roc("roc", "jain", [series]).summary == (
        "ROC curve of X on jain: AUROC 0.73 (interval 0.61 to 0.82), at 10\u00a0% false positives it finds "
        "35\u00a0% of polyreactive antibodies."
    )


def test_prevalence_line_is_at_the_prevalence():
    chart = charts.build_precision_recall("pr", "jain", [precision_recall_series()], 0.25)
    root = parse(chart)
    (reference,) = marks(root, "path", "reference")
    (edge,) = marks(root, "path", "edge")
    _, top, bottom, *_ = numbers(edge.get("d"))
    assert (bottom - numbers(reference.get("d"))[1]) / (bottom - top) == pytest.approx(0.25, abs=0.001)
    assert "chance has a precision of 0.25" in chart.summary


@pytest.mark.parametrize("build", [charts.build_roc, lambda *a: charts.build_precision_recall(*a, 0.5)])
@pytest.mark.parametrize(
    ("points", "drawn"), [([], 0), ([(0.5, 0.5, 0.4, 0.6)], 1), ([(0.5, 0.5, 0.5, 0.5)] * 40, 1)]
)
def test_few_points_are_drawn_as_what_they_are(build, points, drawn):
    root = parse(build("curve", "jain", [charts.Series("a", points, 0.5)]))
    assert len([node for node in marks(root, "path", "line") if "h28" not in node.get("d")]) == drawn
    assert any("No points" in text for text in words(root)) is (drawn == 0)


@pytest.mark.parametrize(
    "points",
    [
        [(NAN, 0.0, 0.0, 0.0)],
        [(0.0, INFINITY, 0.0, 0.0)],
        [(0.0, 0.0, NAN, 0.0)],
        [(0.0, 1.5, 0.0, 0.0)],
        [(-0.1, 0.5, 0.0, 0.0)],
        [(0.5, 0.5, 0.0, 1.0), (0.4, 0.6, 0.0, 1.0)],
        [(0.5, 0.5, 0.6, 0.4)],
    ],
    ids=["nan", "infinite", "nan-limit", "above-1", "below-0", "out-of-order", "crossed-limits"],
)
def test_bad_points_are_refused(points):
    with pytest.raises(ValueError, match="points of a curve"):
        charts.build_roc("roc", "jain", [charts.Series("a", points, 0.5)])


@pytest.mark.parametrize(
    "change",
    [
        {"value": NAN},
        {"value": 1.2},
        {"limits": (NAN, 1.0)},
        {"operating_point": charts.OperatingPoint(NAN, 0.1, 0.5)},
        {"operating_point": charts.OperatingPoint(0.1, 0.1, INFINITY)},
    ],
)
def test_bad_figure_of_a_curve_is_refused(change):
    with pytest.raises(ValueError, match="must be"):
        charts.build_roc("roc", "jain", [replace(roc_series(), **change)])


@pytest.mark.parametrize("count", [0, 7])
def test_too_few_or_many_curves_are_refused(count):
    with pytest.raises(ValueError, match="1 to 6 curves"):
        charts.build_roc("roc", "jain", [roc_series()] * count)


@pytest.mark.parametrize("prevalence", [NAN, -0.1, 1.1])
def test_bad_prevalence_is_refused(prevalence):
    with pytest.raises(ValueError, match="prevalence"):
        charts.build_precision_recall("pr", "jain", [precision_recall_series()], prevalence)


# Distribution and reliability


def test_bars_are_as_high_as_their_counts():
    counts = charts.Histogram([0.0, 1.0, 2.0, 3.0], [4, 0, 1], [2, 3, 0], 1.5)
    root = parse(charts.build_distribution("scores", "jain", "a", counts))
    (above,), (below,) = marks(root, "path", "bars t2"), marks(root, "path", "bars t1")
    base = numbers(above.get("d"))[1]
    heights = [base - float(v) for v in re.findall(r"V([\d.]+)H", above.get("d"))]
    depths = [float(v) - base for v in re.findall(r"V([\d.]+)H", below.get("d"))]
    assert heights[1] / heights[0] == pytest.approx(3 / 2, abs=0.02)
    assert depths[0] / depths[1] == pytest.approx(4, abs=0.05)
    assert depths[1] == pytest.approx(heights[0] / 2, abs=0.1)
    (threshold,) = marks(root, "path", "threshold")
    assert numbers(threshold.get("d"))[0] == pytest.approx((LEFT + RIGHT) / 2, abs=0.1)


def test_distribution_says_counts_and_shares():
    found = charts.Histogram([0.0, 0.5, 1.0], [60, 12], [13, 52], 0.5, (52, 12))
    assert charts.build_distribution("scores", "jain", "X", found).summary == (
        "Scores of X on jain, by class: 65 polyreactive and 72 specific antibodies; those with 0.5 or more are "
        "called polyreactive, 80\u00a0% of the first and 17\u00a0% of the second."
    )


@pytest.mark.parametrize(
    "found",
    [
        charts.Histogram([0.0, 1.0], [0], [0]),
        charts.Histogram([0.0, 1.0], [5], [5], 0.5, (5, 5)),
        charts.Histogram([-1e6, 1e6], [1], [0], 1e9),
        charts.Histogram([0.0, 1e-9], [1], [1], 0.0),
        charts.Histogram([0.0, 0.5, 1.0], [10**7, 0], [0, 1], 0.5, (0, 0)),
    ],
    ids=["nobody", "one-bin", "far-threshold", "tiny", "large"],
)
def test_extreme_histogram_is_drawn(found):
    parse(charts.build_distribution("scores", "jain", "a", found))


@pytest.mark.parametrize(
    "change",
    [
        {"edges": [0.0, NAN, 1.0]},
        {"edges": [0.0, 0.0, 1.0]},
        {"specific": [1]},
        {"polyreactive": [1, -1]},
        {"threshold": NAN},
        {"specific": [], "polyreactive": [], "edges": []},
    ],
)
def test_bad_histogram_is_refused(change):
    sound = charts.Histogram([0.0, 0.5, 1.0], [1, 2], [2, 1])
    with pytest.raises(ValueError, match=r"histogram|finite"):
        charts.build_distribution("scores", "jain", "a", replace(sound, **change))


def test_reliability_points_stand_where_they_are():
    bins = reliability_bins()
    root = parse(charts.build_reliability("reliability", "jain", "a", bins[::-1]))
    (edge,) = marks(root, "path", "edge")
    _, top, bottom, *_ = numbers(edge.get("d"))
    for one, mark in zip(bins, marks(root, "circle", "dot"), strict=True):
        assert (float(mark.get("cx")) - LEFT) / (RIGHT - LEFT) == pytest.approx(one.predicted, abs=0.001)
        assert (bottom - float(mark.get("cy"))) / (bottom - top) == pytest.approx(one.observed, abs=0.001)


def test_reliability_names_the_calibration_error():
    bins = [charts.Bin(0.2, 0.3, None, 10), charts.Bin(0.8, 0.5, None, 30)]
    chart = charts.build_reliability("reliability", "jain", "X", bins)
    assert "40 antibodies in 2 bins; expected calibration error 0.25" in chart.summary
    assert {"10", "30"} <= set(words(parse(chart)))


@pytest.mark.parametrize("bins", [[], [charts.Bin(0.5, 1.0, None, 1)], [charts.Bin(0.5, 0.5, (0.5, 0.5), 3)] * 12])
def test_extreme_reliability_is_drawn(bins):
    parse(charts.build_reliability("reliability", "jain", "a", bins))


@pytest.mark.parametrize(
    "one", [charts.Bin(NAN, 0.5, None, 1), charts.Bin(0.5, 2.0, None, 1), charts.Bin(0, 0, None, 0)]
)
def test_bad_bin_is_refused(one):
    with pytest.raises(ValueError, match="bin"):
        charts.build_reliability("reliability", "jain", "a", [one])


# Forest


def test_forest_rows_stand_on_one_scale():
    rows = [
        charts.Row("a", 0.8, (0.7, 0.9)),
        charts.Row("b", 0.6),
        charts.Row("r", 0.5, (0.4, 0.6), is_baseline=True),
    ]
    root = parse(charts.build_forest("forest", "jain", rows))
    first, second = (float(node.get("cx")) for node in marks(root, "circle", "dot"))
    whisker = numbers(marks(root, "path", "whisker t1")[0].get("d"))
    (reference,) = [n for n in marks(root, "path", "reference") if "V" in n.get("d")]
    chance = numbers(reference.get("d"))[0]
    unit = (first - second) / 0.2
    assert whisker[0] == pytest.approx(first - 0.1 * unit, abs=0.2)
    assert whisker[2] == pytest.approx(first + 0.1 * unit, abs=0.2)
    assert chance == pytest.approx(second - 0.1 * unit, abs=0.2)
    (baseline,) = marks(root, "path", "baseline")
    assert numbers(baseline.get("d"))[0] == pytest.approx(chance, abs=0.2)


@pytest.mark.parametrize(("count", "left_out"), [(59, 0), (60, 0), (61, 1), (1_000, 940)])
def test_forest_draws_sixty_rows_and_counts_the_others(count, left_out):
    root = parse(charts.build_forest("forest", "jain", forest_rows(count)))
    assert len(list(root.iter("g"))) == count - left_out
    assert len(marks(root, "path", "diamond")) == 3  # two baselines, also the last of a thousand, and the key
    said = [text for text in words(root) if "not drawn" in text]
    entries = "entry is" if left_out == 1 else "entries are"
    assert said == [f"{left_out} more {entries} in the table and not drawn"] * (left_out > 0)


@pytest.mark.parametrize(
    "rows",
    [[], [charts.Row("a", 0.5)], [charts.Row("a", 0.5, (0.5, 0.5))] * 60, [charts.Row("a", -0.4, (-1.0, 1.0))]],
    ids=["none", "one", "equal", "negative"],
)
def test_extreme_forest_is_drawn(rows):
    parse(charts.build_forest("forest", "jain", rows))
    parse(charts.build_forest("forest", "jain", rows, measure="Spearman", chance=None))


@pytest.mark.parametrize(
    "row", [charts.Row("a", NAN), charts.Row("a", 0.5, (0.4, INFINITY)), charts.Row("a", 0.5, (1, 0))]
)
def test_bad_row_is_refused(row):
    with pytest.raises(ValueError, match="rows of a forest plot"):
        charts.build_forest("forest", "jain", [row])


# Pairs


def test_each_sign_stands_on_its_cell():
    chart = charts.build_pair_matrix("pairs", "jain", list("abcd"), verdicts(4))
    root = parse(chart)
    signs = [node for node in marks(root, "text", "sign") if " " in node.get("x")]
    assert [node.text for node in signs] == ["?++", "??+", "\u2212??", "\u2212\u2212?"]
    cells = {
        kind: [numbers(part)[:2] for part in marks(root, "path", f"cell {kind}")[-1].get("d").split("M")[1:]]
        for kind in ("better", "worse", "undecided")
    }
    assert {kind: len(found) for kind, found in cells.items()} == {"better": 3, "worse": 3, "undecided": 6}
    kinds = {"+": "better", "\u2212": "worse", "?": "undecided"}
    for node in signs:
        for sign, x in zip(node.text, numbers(node.get("x")), strict=True):
            assert [x - 10, float(node.get("y")) - 14] in cells[kinds[sign]]
    assert chart.summary == (
        "4 entries on jain, pair by pair: 3 of 6 pairs can be told apart, and 2 entries are worse than none."
    )


@pytest.mark.parametrize("count", [0, 1, 2, 30, 31])
def test_matrix_of_any_size_is_drawn(count):
    root = parse(charts.build_pair_matrix("pairs", "jain", ["x"] * count, verdicts(count)))
    assert len(list(root.iter("g"))) == min(count, 30)
    assert any("not drawn" in text for text in words(root)) is (count > 30)


@pytest.mark.parametrize(
    "square",
    [
        [[None]],
        [[None, charts.Verdict.BETTER], [charts.Verdict.BETTER, None]],
        [[None, None], [charts.Verdict.UNDECIDED, None]],
        [[charts.Verdict.UNDECIDED, None], [None, None]],
    ],
    ids=["not-square", "both-better", "half-known", "with-itself"],
)
def test_bad_matrix_is_refused(square):
    with pytest.raises(ValueError, match="entr"):
        charts.build_pair_matrix("pairs", "jain", ["a", "b"], square)


# Cost


def test_frontier_is_of_those_that_none_beats():
    points = [
        charts.CostPoint("slow", 0.7, 100),
        charts.CostPoint("fast", 0.6, 1),
        charts.CostPoint("beaten", 0.6, 10),
        charts.CostPoint("best", 0.8, 1_000),
        charts.CostPoint("same time, worse", 0.75, 1_000),
    ]
    assert [points[index].name for index in charts.find_frontier(points)] == ["fast", "slow", "best"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=12))
def test_frontier_agrees_with_its_definition(pairs):
    points = [charts.CostPoint(str(index), auroc / 10, seconds) for index, (auroc, seconds) in enumerate(pairs)]
    kept = {(points[index].auroc, points[index].seconds) for index in charts.find_frontier(points)}
    assert kept == {
        (one.auroc, one.seconds)
        for one in points
        if not any(
            other.auroc >= one.auroc
            and other.seconds <= one.seconds
            and (other.auroc, other.seconds) != (one.auroc, one.seconds)
            for other in points
        )
    }


def test_ten_times_the_time_is_the_same_way_to_the_right():
    points = [charts.CostPoint(name, 0.5 + at / 10, 10.0**at) for at, name in enumerate("abcd")]
    root = parse(charts.build_cost("cost", "jain", points))
    places = [float(node.get("cx")) for node in marks(root, "circle", "dot t1")][1:]
    steps = [after - before for before, after in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
    assert {"1", "10", "100", "1,000", *"abcd"} <= set(words(root))


@pytest.mark.parametrize("count", [1, 3, 26, 120])
def test_labels_do_not_overlap(count):
    root = parse(charts.build_cost("cost", "jain", cost_points(max(count, 2))[:count]))
    boxes = []
    for node in marks(root, "text", "halo"):
        x, y = float(node.get("x")), float(node.get("y"))
        boxes.append((x, y - 11, x + text_width(node.text), y + 3))
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


@pytest.mark.parametrize("count", [26, 120])
def test_every_number_below_the_plot_stands_in_it(count):
    root = parse(charts.build_cost("cost", "jain", cost_points(count)))
    below = [node.text.split("  ")[0] for node in marks(root, "text", "note") if "  " in node.text]
    inside = [node.text for node in marks(root, "text", "halo") if node.text.isdigit()]
    assert below == inside
    assert below


def test_every_frontier_and_baseline_name_is_told():
    points = cost_points(26)
    root = parse(charts.build_cost("cost", "jain", points))
    said = " ".join(words(root))
    named = [points[index] for index in charts.find_frontier(points)] + [p for p in points if p.is_baseline]
    assert all(point.name[:12] in said for point in named)
    tips = [node.find("title").text for node in root.iter("g")]
    assert [tip.split(":")[0] for tip in tips] == [point.name for point in points]


@pytest.mark.parametrize(
    "points",
    [[], [charts.CostPoint("a", 0.5, 1e-6)], [charts.CostPoint("a", 0.5, 7.0, (0.5, 0.5), is_baseline=True)] * 60],
    ids=["none", "one", "equal"],
)
def test_extreme_cost_is_drawn(points):
    parse(charts.build_cost("cost", "jain", points))


@pytest.mark.parametrize(
    "point", [charts.CostPoint("a", NAN, 1), charts.CostPoint("a", 0.5, 0), charts.CostPoint("a", 0.5, INFINITY)]
)
def test_bad_cost_is_refused(point):
    with pytest.raises(ValueError, match="points of a cost chart"):
        charts.build_cost("cost", "jain", [point])


# Badge and row bar


def test_badge_is_a_file_of_its_own():
    text = charts.build_badge(charts.badge_words("AUROC", 0.731, (0.612, 0.823), "jain"))
    root = ET.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert [node.text for node in root.iter(f"{space}text")] == ["polyreact", "AUROC 0.73 [0.61, 0.82] on jain"]
    assert root.get("aria-label") == root.find(f"{space}title").text
    assert not re.search(r"style|script|class|href|https?://(?!www\.w3\.org)", text)
    reach = [float(n.get("x")) + float(n.get("textLength")) for n in root.iter(f"{space}text")]
    assert reach[0] < float(list(root.iter(f"{space}text"))[1].get("x"))
    assert reach[1] < float(root.get("width"))


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_badge_of_a_hostile_name_is_short_and_whole(name):
    root = ET.fromstring(charts.build_badge(name))
    assert float(root.get("width")) < 400
    assert {node.tag.split("}")[1] for node in root.iter()} <= {"svg", "title", "clipPath", "rect", "g", "text"}


# Scales and words


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 10))
def test_ticks_are_round_within_and_few(low, width, most):
    high = low + width
    ticks = round_ticks(low, high, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 * width <= tick <= high + 1e-6 * width for tick in ticks)
    ends = round_limits(low, high, most)
    assert ends[0] <= low + 1e-6 * width
    assert ends[1] >= high - 1e-6 * width


def test_log_ticks_are_decades_or_finer():
    assert log_ticks(0.5, 2_000) == (1, 10, 100, 1_000)
    assert log_ticks(0.9, 30) == (1, 2, 5, 10, 20)


def test_scale_needs_two_values():
    with pytest.raises(ValueError, match="an axis runs"):
        build_scale(1.0, 1.0, 0.0, 10.0)


def test_tick_words_are_brief():
    assert [tick_words(value) for value in (0.0, 0.2, 1.0, 12_000.0, 0.001)] == ["0", "0.2", "1", "12,000", "0.001"]


@given(st.text(max_size=200), st.floats(10, 400))
def test_fitted_text_is_no_wider_than_its_room(text, width):
    fitted = fit_text(text, width)
    assert text_width(fitted) <= max(width, text_width("\u2026"))
