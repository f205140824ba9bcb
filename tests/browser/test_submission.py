"""The page of a submission in a real browser: quiet, whole without scripts, on a phone, by keyboard."""

import pytest

from browser.accessibility import violations
from pages.boards import build, hostile_board
from unit.leaderboard.sample_boards import TRACKS
from unit.leaderboard.sample_pages import full_board

pytestmark = pytest.mark.browser

PAGE = "submissions/polyreact-antiberty.html"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(full_board(), tmp_path_factory.mktemp("site") / "below" / "a-path")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return build(hostile_board(), tmp_path_factory.mktemp("hostile"))


def open_all(page):
    """Every collapsed part, as a reader opens it."""
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [PAGE, "submissions/hermes-poly.html", "submissions/quiet-river.html"])
def test_page_is_quiet_stays_in_its_folder_and_breaks_no_rule_of_accessibility(visit, keep, site, page, scheme):
    seen = visit((site / page).as_uri(), color_scheme=scheme)
    open_all(seen.page)
    keep(seen.page, f"{page.rpartition('/')[2].removesuffix('.html')}-{scheme}")
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(site.as_uri())] == []
    assert violations(seen.page) == []  # last: it asks for style sheets by script, which the policy refuses


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_shows_all_of_it_without_scrolling_sideways(visit, keep, site, scheme):
    seen = visit((site / PAGE).as_uri(), viewport=PHONE, color_scheme=scheme)
    open_all(seen.page)
    keep(seen.page, f"phone-{scheme}")
    assert seen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert violations(seen.page) == []


def test_everything_essential_is_seen_without_scripts(visit, site):
    page = visit((site / PAGE).as_uri(), java_script_enabled=False).page
    for each in TRACKS:
        section = page.locator(f"section#{each.id}")
        assert section.locator("svg.chart.roc").is_visible()
        assert section.locator("table.confusion").is_visible()
        assert section.locator(".verdict").is_visible()
    assert page.locator("table.summary tbody tr").count() == len(TRACKS)
    assert page.locator("#verify pre").first.inner_text() == "polyreact results verify polyreact-antiberty"
    page.locator("section#jain details > summary", has_text="Where these figures come from").click()
    assert page.locator("section#jain .provenance").is_visible()


def test_list_of_parts_leads_to_each_of_them(visit, site):
    page = visit((site / PAGE).as_uri()).page
    for link in page.locator("nav.jumps a").all():
        link.click()
        target = page.url.partition("#")[2]
        assert 0 <= page.locator(f"[id='{target}']").bounding_box()["y"] < 900


def test_parts_are_reached_and_opened_by_keyboard(visit, site):
    page = visit((site / PAGE).as_uri()).page
    summary = page.locator("section#jain details > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentNode.open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "scroll"


def test_charts_have_colours_of_the_style_sheets_and_not_black(visit, site):
    page = visit((site / PAGE).as_uri(), color_scheme="dark").page
    line = page.locator("svg.chart.roc path.line").first
    band = page.locator("svg.chart.roc path.band").first
    assert line.evaluate("node => getComputedStyle(node).fill") == "none"
    assert line.evaluate("node => getComputedStyle(node).stroke") not in {"none", "rgb(0, 0, 0)"}
    assert float(band.evaluate("node => getComputedStyle(node).fillOpacity")) < 0.5


def test_badge_is_shown_and_is_a_picture(visit, site):
    page = visit((site / PAGE).as_uri()).page
    badge = page.locator("#cite img").first
    assert badge.evaluate("node => node.complete && node.naturalWidth") > 100
    assert "AUROC" in badge.get_attribute("alt")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desktop"])
def test_hostile_manifest_is_text_on_its_page(visit, keep, hostile, viewport):
    seen = visit((hostile / "submissions" / "owner-model.html").as_uri(), viewport=viewport)
    open_all(seen.page)
    keep(seen.page, f"hostile-{viewport['width']}")
    assert seen.complaints == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert seen.page.locator("main img[src=x], main script, main [onmouseover]").count() == 0
    assert seen.page.locator("main a[href^='javascript'], main a[href^='http:']").count() == 0
    assert violations(seen.page) == []


def test_print_opens_nothing_and_fits_a_sheet(visit, keep, site):
    page = visit((site / PAGE).as_uri(), viewport={"width": 1032, "height": 700}).page
    page.emulate_media(media="print")
    keep(page, "print")
    assert page.evaluate("document.documentElement.scrollWidth") == 1032
    assert page.locator("svg.chart.roc").first.is_visible()
