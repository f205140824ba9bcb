"""The documentation in a real browser: from files and from a server's sub-path, without a network."""

import functools
import http.server
import threading
from dataclasses import dataclass, field

import pytest

from browser.accessibility import violations

pytestmark = pytest.mark.browser

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
#: One of each kind: start, start of a section, tables, code, docstrings, wide tables, long page, search.
KINDS = (
    "index.html",
    "reference/index.html",
    "tutorials/first-submission.html",
    "reference/submission-guide.html",
    "reference/cli.html",
    "reference/manifest.html",
    "reference/python-statistics.html",
    "explanation/statistics.html",
    "explanation/decisions/0012-comparisons-and-ranks.html",
    "datasets/boughter.html",
    "search.html?q=Holm",
)
#: The same without another long page: axe-core looks at every cell of a table.
ACCESSIBLE = (
    "tutorials/first-submission.html",
    "reference/manifest.html",
    "search.html?q=Holm",
    "index.html",
    "reference/python-statistics.html",
    "reference/index.html",
    "explanation/decisions/index.html",
    "datasets/demo.html",
)
#: What the theme writes into the console of every page that it is on.
CHATTER = "[PST]"


@dataclass
class Visit:
    """An opened page and what it asked for and complained of."""

    page: object
    complaints: list = field(default_factory=list)
    requests: list = field(default_factory=list)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def served(docs):
    """The address of the documentation below a path of a server on loopback."""
    handler = functools.partial(_Quiet, directory=str(docs.parent.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/a%20path/docs"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["file", "server"])
def root(request, docs):
    return docs.as_uri() if request.param == "file" else request.getfixturevalue("served")


@pytest.fixture
def visit(chromium, docs):
    contexts = []

    def open_page(name, root=None, **options):
        context = chromium.new_context(**{"viewport": DESKTOP} | options)
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(f"{root or docs.as_uri()}/{name}")
        return seen

    yield open_page
    for context in contexts:
        context.close()


def complaints(seen):
    return [text for text in seen.complaints if CHATTER not in text]


@pytest.mark.parametrize(
    ("place", "name"), [*(("docs", name) for name in KINDS), *(("served", name) for name in (KINDS[0], KINDS[-1]))]
)
def test_page_loads_quietly_and_stays_in_its_folder(visit, request, place, name):
    found = request.getfixturevalue(place)
    root = found if place == "served" else found.as_uri()
    seen = visit(name, root)
    seen.page.wait_for_load_state("networkidle")
    assert complaints(seen) == []
    assert {url for url in seen.requests if not url.startswith(("data:", root + "/"))} == set()
    assert any(url.endswith("/pydata-sphinx-theme.js") for url in seen.requests)
    assert any(url.endswith(".woff2") for url in seen.requests), "the icons' font is used"


def test_inline_script_is_refused(visit):
    seen = visit("index.html")
    seen.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )
    assert seen.page.evaluate("window.x") is None
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Holm", "explanation/statistics.html"),
        ("submission check", "reference/cli.html"),
        ("E311", "reference/errors.html"),
        ("auroc_interval", "reference/python-statistics.html"),
    ],
)
def test_search_finds_without_a_server(visit, root, asked, found):
    seen = visit("how-to/re-score.html", root)
    seen.page.keyboard.press("Control+k")
    seen.page.keyboard.type(asked)
    seen.page.keyboard.press("Enter")
    results = seen.page.locator("#search-results ul.search a")
    seen.page.locator(f'#search-results ul.search a[href*="{found}"]').first.wait_for()  # they come one by one
    assert seen.page.locator(".bd-search-container input[type=search]").input_value() == asked
    results.first.click()
    seen.page.wait_for_url(lambda address: "search.html" not in address)
    assert seen.page.locator("h1").first.is_visible()
    assert complaints(seen) == []


def test_search_for_nothing_says_so(visit):
    page = visit("search.html?q=zzzznothing").page
    page.get_by_text("did not match any documents").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_reader_and_then_the_switch(visit, scheme):
    other = {"light": "dark", "dark": "light"}[scheme]
    seen = visit("how-to/re-score.html", color_scheme=scheme)
    theme = "document.documentElement.dataset.theme"
    assert seen.page.evaluate(theme) == scheme
    seen.page.locator(".theme-switch-button").first.click()
    seen.page.locator(f".theme-change-button[data-mode={other}]").first.click()
    assert seen.page.evaluate(theme) == other
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is (other == "light")
    seen.page.reload()
    assert seen.page.evaluate(theme) == other
    assert complaints(seen) == []


@pytest.mark.parametrize("name", KINDS)
def test_phone_page_does_not_scroll_sideways(visit, tmp_path, name):
    page = visit(name, viewport=PHONE).page
    page.screenshot(path=tmp_path / "phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_phone_menu_leads_to_other_pages_and_the_board(visit):
    page = visit("how-to/re-score.html", viewport=PHONE).page
    page.locator(".primary-toggle").click()
    menu = page.locator("#pst-primary-sidebar-modal")
    assert menu.get_by_role("link", name="Reference", exact=True).is_visible()
    board = menu.get_by_role("link", name="Leaderboard")
    assert board.evaluate("node => new URL(node.href).pathname").endswith("/a%20path/index.html")
    menu.get_by_role("link", name="Verify what is published, and sign it").click()
    assert page.locator("h1").inner_text().startswith("Verify what is published")


def test_every_page_can_be_read_and_reached_without_javascript(visit):
    page = visit("index.html", java_script_enabled=False).page
    page.get_by_role("link", name="Reference", exact=True).last.click()
    page.get_by_role("link", name="Errors", exact=True).first.click()
    assert page.locator("article table").first.is_visible()
    assert page.locator("body").evaluate("node => getComputedStyle(node).fontFamily") != ""
    assert not page.locator(".theme-switch-button").first.is_visible()
    assert not page.locator(".search-button__button").first.is_visible()


def test_keyboard_reaches_the_text_first_and_shows_where_it_is(visit):
    page = visit("how-to/re-score.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"
    assert page.locator("#pst-skip-link a").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    outline = page.evaluate(
        "(s => s.outlineStyle + s.boxShadow + s.outlineWidth)(getComputedStyle(document.activeElement))"
    )
    assert outline != "nonenone0px"


@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in ACCESSIBLE), *((name, "dark") for name in ACCESSIBLE[:4])]
)
def test_page_is_accessible(visit, name, scheme):
    page = visit(name, color_scheme=scheme).page
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


def test_page_is_accessible_on_a_phone_with_its_menu_open(visit):
    page = visit("explanation/decisions/index.html", viewport=PHONE).page
    page.locator(".primary-toggle").click()
    assert violations(page) == []
