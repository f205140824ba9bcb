"""The charts in a real browser, under the pages' content security policy; its screenshots are to be looked at."""

import re
from pathlib import Path

import pytest

from polyreact.leaderboard.site import charts
from unit.leaderboard.sample_charts import HOSTILE, every_chart, large_charts

pytestmark = pytest.mark.browser

ASSETS = Path(charts.__file__).parents[1] / "assets"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1100, "height": 900}
SMALLEST_TEXT = 10.4  # px on a phone; ticks, of figures only
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<link rel="stylesheet" href="charts.css">
<link rel="stylesheet" href="tokens.css">
<link rel="stylesheet" href="style.css">
<link rel="stylesheet" href="frame.css">
<link rel="stylesheet" href="table.css">
<title>Charts</title>
<h1>Charts</h1>
{charts}
<h2 id="badge">Badge</h2><p><img src="badge.svg" alt="badge"></p>
</html>
"""


def write_page(folder, drawn):
    shown = "".join(
        f'<section id="{kind}"><div class="scroll">{chart}</div></section>' for kind, chart in drawn.items()
    )
    page = PAGE.format(charts=shown)
    (folder / "charts.html").write_text(page, encoding="utf-8")
    words = charts.badge_words("AUROC", 0.731, (0.612, 0.823), "jain")
    (folder / "badge.svg").write_text(charts.build_badge(words), encoding="utf-8")
    for name in ("charts.css", "tokens.css", "style.css", "frame.css", "table.css"):
        (folder / name).write_bytes((ASSETS / name).read_bytes())
    return folder / "charts.html"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    drawn = {kind: chart.svg for kind, chart in {**every_chart(), **large_charts()}.items()}
    return write_page(tmp_path_factory.mktemp("charts"), drawn)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    drawn = {
        f"{kind}-{number}": chart.svg
        for number, name in enumerate(HOSTILE.values())
        for kind, chart in every_chart(name, f"h{number}").items()
    }
    return write_page(tmp_path_factory.mktemp("hostile"), drawn)


@pytest.fixture
def visit(chromium):
    contexts = []

    def open_page(address, **options):
        context = chromium.new_context(offline=True, **{"viewport": DESKTOP} | options)
        contexts.append(context)
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(address.as_uri())
        return page, complaints

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_charts_draw_without_a_complaint(visit, gallery, tmp_path, scheme, viewport):
    page, complaints = visit(gallery, viewport=viewport, color_scheme=scheme)
    page.screenshot(path=tmp_path / "charts.png", full_page=True)
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hostile_names_draw_without_a_complaint(visit, hostile, viewport):
    page, complaints = visit(hostile, viewport=viewport)
    assert complaints == []
    assert page.locator("section").count() == len(HOSTILE) * len(every_chart())
    assert page.locator("script, [onload], svg svg").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("address", ["gallery", "hostile"])
def test_no_text_leaves_its_chart(visit, request, address):
    page, _ = visit(request.getfixturevalue(address))
    outside = page.evaluate(
        """() => [...document.querySelectorAll('svg.chart text')].filter(node => {
             const box = node.getBoundingClientRect(), edge = node.ownerSVGElement.getBoundingClientRect();
             return box.width && (box.left < edge.left - 1 || box.right > edge.right + 1
               || box.top < edge.top - 1 || box.bottom > edge.bottom + 1);
           }).map(node => node.closest('section').id + ': ' + node.textContent)"""
    )
    assert outside == []


def test_texts_do_not_lie_on_each_other(visit, gallery):
    """Numbers that stand on marks are labels of those; all other texts of a chart keep clear of each other."""
    page, _ = visit(gallery)
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('svg.chart')].flatMap(chart => {
             const boxes = [...chart.querySelectorAll('text:not([transform]):not(.letter)')]
               .filter(node => !node.getAttribute('x').includes(' '))
               .map(node => [node.textContent, node.getBoundingClientRect()]);
             return boxes.flatMap(([words, one], index) => boxes.slice(index + 1)
               .filter(([, other]) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
                 && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4)
               .map(([others]) => chart.closest('section').id + ': ' + words + ' / ' + others));
           })"""
    )
    assert overlaps == []


def test_text_is_legible_on_a_phone(visit, gallery):
    page, _ = visit(gallery, viewport=PHONE)
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('svg.chart')].flatMap(chart => {
             const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
             return [...chart.querySelectorAll('text')]
               .map(node => scale * parseFloat(getComputedStyle(node).fontSize));
           })"""
    )
    assert min(sizes) >= SMALLEST_TEXT


def test_wide_matrix_scrolls_in_its_box(visit, gallery):
    page, _ = visit(gallery, viewport=PHONE)
    assert page.eval_on_selector("#pairs-30 .scroll", "node => node.scrollWidth > node.clientWidth")
    assert page.eval_on_selector("#roc .scroll", "node => node.scrollWidth == node.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_text_and_marks(visit, gallery, scheme):
    page, _ = visit(gallery, color_scheme=scheme)
    found = page.evaluate(
        """() => {
          const pick = (selector, what) => [...document.querySelectorAll(selector)].map(node => {
            const style = getComputedStyle(node);
            return [node.getAttribute('class'), style[what]];
          });
          return {
            paper: getComputedStyle(document.body).backgroundColor,
            text: pick('.chart text', 'fill'),
            sign: pick('.chart .sign', 'fill'),
            cells: pick('.chart .cell', 'fill'),
            strokes: pick('.chart .line, .chart .whisker, .chart .reference, .chart .baseline, .chart .threshold,'
              + ' .chart .frontier, .chart .diamond, .chart .mark, .chart .disc, .chart .ring, .chart .bars,'
              + ' .row-bar .bar, .row-bar .dot', 'stroke'),
            fills: pick('.chart .dot', 'fill'),
          };
        }"""
    )
    paper = found["paper"]
    assert min(contrast(colour, paper) for _, colour in found["text"]) >= 4.5
    assert min(contrast(colour, paper) for _, colour in found["strokes"] + found["fills"]) >= 3
    assert min(contrast(found["sign"][0][1], cell) for _, cell in found["cells"]) >= 4.5
    assert len({colour for kind, colour in found["strokes"] if kind.startswith("line t")}) == 6


def test_print_is_dark_on_white_also_from_a_dark_screen(visit, gallery, tmp_path):
    page, _ = visit(gallery, color_scheme="dark")
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "print.png", full_page=True)
    colours = page.evaluate(
        "[...document.querySelectorAll('.chart text')].map(node => getComputedStyle(node).fill)"
    )
    assert min(contrast(colour, "rgb(255, 255, 255)") for colour in colours) >= 4.5


def test_series_are_told_apart_without_colour(visit, gallery):
    page, _ = visit(gallery)
    dashes = page.evaluate(
        "[...document.querySelectorAll('#roc-six .line')].map(node => getComputedStyle(node).strokeDasharray)"
    )
    assert len(set(dashes)) == 6


def luminance(colour):
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
