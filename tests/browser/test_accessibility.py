"""The search for accessibility violations finds those that are there."""

import pytest

from browser.accessibility import violations

pytestmark = pytest.mark.browser

POLICY = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'self'\">"
HEAD = f"<head>{POLICY}<title>A page</title></head>"
SOUND = f"<!doctype html><html lang='en'>{HEAD}<body><main><h1>A page</h1>%s</main></body></html>"


@pytest.fixture
def shown(chromium, tmp_path):
    context = chromium.new_context(offline=True)

    def show(content):
        (tmp_path / "page.html").write_text(SOUND % content)
        page = context.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield show
    context.close()


def test_sound_page_has_none_though_its_policy_forbids_scripts(shown):
    assert violations(shown("<p>Text.</p>")) == []


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("<img src='data:,'>", "image-alt"),
        ("<a href='#here'></a>", "link-name"),
        ("<label>Name</label><input>", "label"),
        ("<font color='#aaaaaa'>Pale</font>", "color-contrast"),
        ("<button style='width: 40px; height: 40px'></button>", "button-name"),
    ],
)
def test_violation_is_told_with_its_rule(shown, content, rule):
    assert [line.split(":")[0] for line in violations(shown(content))] == [rule]
