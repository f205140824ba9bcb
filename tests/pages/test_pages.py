"""All pages of a built site: valid HTML, and no link that leads nowhere."""

import pytest

from pages.boards import BOARDS, build
from pages.links import broken_links
from pages.validator import invalid_lines


@pytest.fixture(scope="module", params=BOARDS)
def site(request, tmp_path_factory):
    return build(BOARDS[request.param](), tmp_path_factory.mktemp(request.param))


def test_every_page_is_valid_html(site):
    assert invalid_lines(site) == []


def test_no_internal_link_is_broken(site):
    assert broken_links(site) == []


def test_no_page_asks_for_anything_outside(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert 'src="http' not in text
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        ("<p><div>a</div></p>", "close-order"),
        ("<table><tr><td>a</td></tr></table><img>", "element-required-attributes"),
        ('<p id="a"></p><p id="a"></p>', "no-dup-id"),
    ],
)
def test_validator_finds_what_is_wrong(tmp_path, markup, rule):
    page = f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>{markup}</body></html>'
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "page.html").write_text(page)
    assert any(line.startswith("below/page.html:1 ") and rule in line for line in invalid_lines(tmp_path))


def test_link_checker_finds_what_leads_nowhere(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="b.html#there">a</a><a href="#here">b</a><a href="#gone">c</a><a href="/a.html">d</a>'
        '<img src="gone.png"><p id="here" aria-labelledby="nobody"><a href="https://x.org">e</a>'
        '<a href="javascript:x">f</a><a href="b.html#nowhere">g</a>'
    )
    (tmp_path / "b.html").write_text('<p id="there"><a href="c.json">h</a>')
    assert broken_links(tmp_path, elsewhere=("c.json",)) == [
        "a.html: the id here stands twice",
        "a.html: there is no nobody on the page",
        "a.html: #gone",
        "a.html: /a.html",
        "a.html: gone.png",
        "a.html: javascript:x",
        "a.html: b.html#nowhere",
    ]
