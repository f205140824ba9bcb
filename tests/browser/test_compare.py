"""The pages of two submissions in a real browser, and the way to them."""

import pytest

from browser.accessibility import violations
from pages.boards import build, hostile_board
from unit.leaderboard.sample_pages import full_board

pytestmark = pytest.mark.browser

PAIR = "compare/northlab-abmpnn--polyreact-antiberty.html"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(full_board(), tmp_path_factory.mktemp("site") / "below" / "a-path")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", [PAIR, "compare.html"], ids=["pair", "index"])
def test_page_is_quiet_stays_in_its_folder_and_breaks_no_rule_of_accessibility(visit, keep, site, page, scheme):
    seen = visit((site / page).as_uri(), color_scheme=scheme)
    keep(seen.page, f"{'pair' if page == PAIR else 'index'}-{scheme}")
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(site.as_uri())] == []
    assert violations(seen.page) == []  # last: it asks for style sheets by script, which the policy refuses


@pytest.mark.parametrize("page", [PAIR, "compare.html"], ids=["pair", "index"])
def test_phone_does_not_scroll_sideways(visit, keep, site, page):
    seen = visit((site / page).as_uri(), viewport=PHONE)
    keep(seen.page, f"{'pair' if page == PAIR else 'index'}-phone")
    assert seen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert violations(seen.page) == []


def test_index_leads_to_the_page_of_a_row_and_a_column_without_scripts(visit, site):
    page = visit((site / "compare.html").as_uri(), java_script_enabled=False).page
    row = page.locator("table.matrix tbody tr").nth(2)
    names = [page.locator("table.matrix tbody tr").nth(place).locator("th .name").inner_text() for place in (0, 2)]
    row.locator("td.sign a").first.click()
    title = page.locator("h1").inner_text()
    assert all(name in title for name in names)
    assert page.locator("ul.verdicts li").count() > 0


def test_index_is_walked_by_keyboard(visit, site):
    page = visit((site / "compare.html").as_uri()).page
    page.locator("td.sign a").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('td.sign') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/*--*.html")


def test_sign_is_large_enough_to_be_pressed(visit, site):
    page = visit((site / "compare.html").as_uri(), viewport=PHONE).page
    box = page.locator("td.sign a").first.bounding_box()
    assert min(box["width"], box["height"]) >= 24


def test_both_curves_and_all_differences_are_drawn(visit, site):
    page = visit((site / PAIR).as_uri(), java_script_enabled=False).page
    drawn = page.locator("section#jain svg.chart.roc path.line")
    colours = {drawn.nth(place).evaluate("node => getComputedStyle(node).stroke") for place in range(drawn.count())}
    assert len(colours) == 2
    tracks = page.locator("table.differences tbody tr").count()
    assert page.locator("svg.chart.differences").first.locator("circle.dot").count() == tracks


def test_submission_leads_to_its_comparisons(visit, site):
    page = visit((site / "submissions" / "northlab-abmpnn.html").as_uri()).page
    page.locator("ul.rivals a", has_text="polyreact-antiberty").click()
    page.wait_for_url(f"**/{PAIR}")


def test_board_leads_to_the_page_of_two_that_were_chosen(visit, site):
    page = visit((site / "tracks" / "jain.html").as_uri()).page
    ids = page.locator("table[data-compared]").first.get_attribute("data-compared").split()
    assert {"northlab-abmpnn", "polyreact-antiberty"} <= set(ids)


def test_hostile_names_are_text_on_the_page_of_both(visit, keep, tmp_path):
    site = build(hostile_board(), tmp_path / "site")
    seen = visit((site / "compare" / "harmless-model--owner-model.html").as_uri(), viewport=PHONE)
    keep(seen.page, "hostile")
    assert seen.complaints == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert seen.page.locator("main img, main script").count() == 0
    assert violations(seen.page) == []
