"""What all pages share in a real browser: the policy, the look, light and dark, phones, paper, no script."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from browser.accessibility import violations
from pages.boards import build
from unit.leaderboard.sample_boards import NAMES, sample_board

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
#: One page of each type.
PAGES = (
    "index.html",
    "tracks/jain.html",
    "tracks/shehata.html",
    "submissions/tub-graphite.html",
    "compare.html",
    "compare/northlab-abmpnn--tub-graphite.html",
    "datasets.html",
    "datasets/jain.html",
    "submit.html",
    "methods.html",
    "history.html",
    "history/2026.5.html",
    "status.html",
    "data.html",
)
#: What stands in a frame of somebody else's page, and has neither head nor foot.
EMBEDDED = "embed/jain.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(sample_board(), tmp_path_factory.mktemp("site") / "below" / "a-path")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture
def served(site):
    """The site behind a server, below a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site.parent.parent))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/below/a-path/"
    server.shutdown()
    thread.join()
    server.server_close()


def open_all(page):
    for summary in page.locator("summary:visible").all():
        summary.click()


@pytest.mark.parametrize("name", [*PAGES, EMBEDDED])
def test_page_loads_quietly_and_stays_in_its_folder(visit, site, name):
    seen = visit((site / name).as_uri())
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(f"{site.as_uri()}/")] == []
    assert any(url.endswith("/style.css") for url in seen.requests)


def test_site_works_behind_a_server_below_a_path(visit, served):
    seen = visit(served)
    seen.page.get_by_role("navigation", name="Tracks").get_by_role("link", name="jain ranked", exact=True).click()
    assert seen.page.url == f"{served}tracks/jain.html"
    seen.page.locator('th[data-key="roc_auc"] button').click()
    assert seen.page.url == f"{served}tracks/jain.html#sort=-roc_auc"
    seen.page.get_by_role("row").get_by_role("link", name="tub-graphite").click()
    assert seen.page.url == f"{served}submissions/tub-graphite.html"
    seen.page.go_back()
    assert seen.page.locator("th[aria-sort=descending]").count() == 1
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(served)] == []


def test_style_sheets_are_applied_under_the_content_security_policy(visit, site):
    page = visit((site / "index.html").as_uri()).page
    assert page.eval_on_selector("caption", "node => getComputedStyle(node).fontSize") == "13px"
    assert page.eval_on_selector(".bar .band", "node => getComputedStyle(node).strokeWidth") == "11px"


def test_inline_script_is_refused(visit, site):
    seen = visit((site / "index.html").as_uri())
    seen.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )
    assert seen.page.evaluate("window.x") is None
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)


@pytest.mark.parametrize("name", PAGES)
def test_page_has_landmarks_and_its_tables_are_labelled(visit, site, name):
    page = visit((site / name).as_uri()).page
    assert page.locator("h1").count() == 1
    assert page.locator("html[lang=en]").count() == 1
    for landmark in ("banner", "main", "contentinfo"):
        assert page.get_by_role(landmark).count() == 1
    assert page.locator("table > caption").count() == page.locator("table").count()
    assert page.locator("thead th:not([scope])").count() == 0
    rows = page.locator("main :not(.prose .scroll) > table > tbody > tr")
    assert rows.locator("> th[scope=row]").count() == rows.count()


def test_first_thing_that_the_keyboard_reaches_leads_to_the_content(visit, site):
    page = visit((site / "index.html").as_uri()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_pages_are_of_every_type_that_is_built(site):
    def kind(path):
        return path.parent.name or path.name

    built = {kind(path.relative_to(site)) for path in site.rglob("*.html")}
    assert built == {kind(Path(name)) for name in (*PAGES, EMBEDDED)}


@pytest.mark.parametrize("name", ["index.html", "tracks/jain.html"])
def test_every_row_is_readable_without_javascript(visit, site, name):
    page = visit((site / name).as_uri(), java_script_enabled=False).page
    rows = page.locator("table.entries tbody tr")
    assert rows.count() == len(NAMES)
    assert all(row.is_visible() for row in rows.all())
    assert sorted(page.locator("table.entries tbody .name").all_inner_texts()) == sorted(NAMES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, EMBEDDED])
def test_phone_page_does_not_scroll_sideways_and_suits_everybody(visit, keep, site, name, scheme):
    page = visit((site / name).as_uri(), viewport=PHONE, color_scheme=scheme, device_scale_factor=2).page
    keep(page, f"phone-{scheme}-{name.replace('/', '-').removesuffix('.html')}")
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert violations(page) == []


def test_phone_keeps_the_model_in_sight(visit, site):
    page = visit((site / "tracks" / "jain.html").as_uri(), viewport=PHONE).page
    frame = page.locator(".scroll").first
    assert frame.evaluate("node => node.scrollWidth > node.clientWidth")
    frame.evaluate("node => { node.scrollLeft = 400; }")
    box = page.locator("table.entries tbody th").first.bounding_box()
    assert 0 <= box["x"] < 30
    assert box["width"] < 200


@pytest.mark.parametrize("name", ["index.html", "tracks/jain.html"])
def test_print_is_dark_on_white_and_leaves_out_what_is_pressed(visit, keep, site, name):
    page = visit((site / name).as_uri(), viewport={"width": 1032, "height": 700}, color_scheme="light").page
    page.emulate_media(media="print")
    keep(page, f"print-{name.replace('/', '-').removesuffix('.html')}")
    for hidden in (".controls", ".theme", "nav", ".skip"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("table.entries").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 1032


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_until_they_are_chosen(visit, site, scheme):
    page = visit((site / "index.html").as_uri(), color_scheme=scheme).page
    other = {"light": "dark", "dark": "light"}[scheme]
    assert brightness(page) == scheme
    page.get_by_label("Colours").select_option(other)
    assert brightness(page) == other
    page.goto((site / "tracks" / "jain.html").as_uri())
    assert brightness(page) == other
    assert page.get_by_label("Colours").input_value() == other
    assert violations(page) == []
    page.get_by_label("Colours").select_option("system")
    assert brightness(page) == scheme


def test_kept_colour_that_is_none_is_left_out_of_account(visit, site):
    page = visit((site / "index.html").as_uri(), color_scheme="light").page
    page.evaluate("localStorage.setItem('polyreact-theme', '\"><script>')")
    page.reload()
    assert brightness(page) == "light"
    assert page.get_by_label("Colours").input_value() == "system"


def brightness(page):
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return "light" if sum(channels) > 384 else "dark"
