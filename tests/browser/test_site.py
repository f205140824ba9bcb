"""The page in a real browser, from a file, without a network."""

from dataclasses import dataclass, field

import pytest

from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.site.page import build_site
from unit.leaderboard.sample_boards import NAMES, TRACKS, sample_board

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@dataclass
class Visit:
    """An opened page and what it asked for and complained of."""

    page: object
    complaints: list = field(default_factory=list)
    requests: list = field(default_factory=list)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "below" / "a-path"
    board = sample_board()
    build_site(board, folder)
    (folder / "leaderboard.json").write_text(render_json(board), encoding="utf-8")
    return folder


@pytest.fixture
def visit(chromium, site):
    contexts = []

    def open_page(**options):
        context = chromium.new_context(offline=True, **{"viewport": DESKTOP} | options)
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto((site / "index.html").as_uri())
        return seen

    yield open_page
    for context in contexts:
        context.close()


def test_page_loads_quietly_and_stays_in_its_folder(visit, site, tmp_path):
    seen = visit()
    seen.page.screenshot(path=tmp_path / "light.png", full_page=True)
    assert seen.complaints == []
    assert {url for url in seen.requests if not url.startswith(("data:", site.as_uri() + "/"))} == set()
    assert any(url.endswith("/style.css") for url in seen.requests)


def test_style_sheet_is_applied_under_the_content_security_policy(visit):
    size = visit().page.eval_on_selector("caption", "node => getComputedStyle(node).fontSize")
    assert size == "13.6px"


def test_inline_script_is_refused(visit):
    seen = visit()
    seen.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )
    assert seen.page.evaluate("window.x") is None
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)


def test_every_row_is_readable_without_javascript(visit):
    page = visit(java_script_enabled=False).page
    for table in [page.locator("table.overview"), *[page.locator(f"#track-{t.id} table").first for t in TRACKS]]:
        rows = table.locator("tbody tr")
        assert rows.count() == len(NAMES)
        assert all(row.is_visible() for row in rows.all())
    assert sorted(page.locator("table.overview tbody .name").all_inner_texts()) == sorted(NAMES)


def test_tables_are_labelled(visit):
    page = visit().page
    tables = page.locator("table").count()
    assert page.locator("table > caption").count() == tables
    assert page.locator("thead th:not([scope])").count() == 0
    assert page.locator("tbody tr > th[scope=row]").count() == page.locator("tbody tr").count()
    assert page.locator("h1").count() == 1
    assert page.locator("html[lang=en]").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_page_does_not_scroll_sideways(visit, tmp_path, scheme):
    page = visit(viewport=PHONE, color_scheme=scheme, device_scale_factor=2).page
    page.screenshot(path=tmp_path / f"phone-{scheme}.png", full_page=True)
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.eval_on_selector(".scroll", "node => node.scrollWidth > node.clientWidth")


def test_print_fits_a_landscape_sheet(visit, tmp_path):
    page = visit(viewport={"width": 1032, "height": 700}).page
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "print.png")
    assert page.evaluate("document.documentElement.scrollWidth") == 1032


def test_phone_keeps_the_model_in_sight(visit):
    page = visit(viewport=PHONE).page
    page.eval_on_selector(".scroll", "node => { node.scrollLeft = 400; }")
    assert page.locator("table.overview tbody th").first.bounding_box()["x"] >= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(visit, tmp_path, scheme):
    seen = visit(color_scheme=scheme)
    seen.page.screenshot(path=tmp_path / f"{scheme}.png", full_page=True)
    pairs = seen.page.evaluate(
        """() => [...document.querySelectorAll('h1,p,a,td,th,dt,dd,caption,summary,.tag,.state,.standing')]
           .map(node => getComputedStyle(node).color)"""
    )
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.2) is (scheme == "dark")
    assert min(contrast(ink, paper) for ink in set(pairs)) >= 4.5


def luminance(colour):
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
