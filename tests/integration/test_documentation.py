"""The documentation as a site: whole, without broken links, under the board's policy, the same bytes each time."""

import re
import subprocess
import sys

import pytest

from documentation import REPOSITORY, SCRIPT, build, find_broken, load_sources, read_page

TEMPLATE = REPOSITORY / "src" / "polyreact" / "leaderboard" / "site" / "templates" / "head.html"


@pytest.fixture(scope="module")
def pages(docs):
    return {path.resolve(): read_page(path) for path in sorted(docs.rglob("*.html"))}


def test_every_page_of_the_repository_is_on_the_site(docs):
    expected = {place.removesuffix(".md") + ".html" for place in load_sources().find_pages(REPOSITORY).values()}
    assert {path.relative_to(docs).as_posix() for path in docs.rglob("*.html")} == expected | {"search.html"}
    assert {"index.html", "reference/submission-guide.html", "explanation/statistics.html"} <= expected


def test_no_link_is_broken(docs, pages):
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert find_broken(docs, pages) == []


def test_broken_links_are_found(tmp_path):
    (tmp_path / "here.html").write_text('<p id="a"><a href="there.html">1</a><a href="#a">2</a><a href="#b">3</a>')
    page = (tmp_path / "here.html").resolve()
    found = find_broken(tmp_path, {page: read_page(page)})
    assert found == [("here.html", "there.html"), ("here.html", "#b")]


def test_nothing_is_fetched_from_elsewhere(pages):
    for page in pages.values():
        assert [address for address in page.fetched if re.match(r"(?:https?:)?//", address)] == []


def test_pages_hold_nothing_that_their_policy_refuses(pages):
    assert {path.name: page.inline for path, page in pages.items() if page.inline} == {}


def test_policy_allows_no_more_than_the_boards_but_for_files_of_the_site(pages):
    allowed = {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
        "style-src": {"'self'"},
        "font-src": {"'self'"},
        "img-src": {"'self'", "data:"},
        "base-uri": {"'none'"},
        "form-action": {"'self'"},
    }
    (policy,) = {page.policy for page in pages.values()}
    directives = {name: set(sources) for name, *sources in (part.split() for part in policy.split(";"))}
    assert directives == allowed
    board = read_page(TEMPLATE).policy
    assert "default-src 'none'" in board


def test_same_pages_give_the_same_bytes_in_any_folder(docs, tmp_path):
    again = build(tmp_path / "elsewhere")
    first, second = ({p.relative_to(d): p.read_bytes() for p in d.rglob("*") if p.is_file()} for d in (docs, again))
    assert sorted(first) == sorted(second)
    assert [path for path, content in first.items() if second[path] != content] == []


def test_site_says_nothing_of_the_machine(docs):
    for path in docs.rglob("*"):
        if path.suffix in {".html", ".js", ".css"}:
            content = path.read_text(encoding="utf-8")
            assert str(REPOSITORY) not in content
            assert sys.prefix not in content


def test_site_holds_no_work_files(docs):
    assert (docs.parent / ".nojekyll").read_bytes() == b""
    assert sorted(path.name for path in docs.parent.iterdir()) == [".nojekyll", "docs"]
    kinds = {path.suffix for path in docs.rglob("*") if path.is_file()}
    assert kinds <= {".html", ".js", ".css", ".png", ".svg", ".txt", ".json", ".cff", ".woff2"}


def test_licences_of_foreign_scripts_are_beside_them(docs):
    assert "BSD" in (docs / "_static" / "LICENSE.pydata-sphinx-theme.txt").read_text()
    assert "BSD" in (docs / "_static" / "LICENSE.sphinx.txt").read_text()


def test_python_pages_show_docstrings(docs):
    page = (docs / "reference" / "python-statistics.html").read_text(encoding="utf-8")
    assert "interval of a share (1927, J Am Stat Assoc 22:209)" in page
    assert "step-down adjustment (1979, Scand J Stat 6:65)" in page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("[there](absent.md)", "absent.md"),
        ("[there](https://polyreact.example/)\n\n[here](#nothing)", "nothing"),
        ("Text.\n\n```{unheard-of}\n```", "unheard-of"),
    ],
)
def test_faulty_page_is_refused_and_what_was_built_is_kept(tmp_path, page, said):
    """The script works on the repository that it stands in."""
    for name in ("docs/conf.py", "docs/_templates", "docs/_static", "scripts"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).symlink_to(REPOSITORY / name)
    (tmp_path / "docs" / "README.md").write_text(f"# Start\n\n{page}\n")
    before = tmp_path / "site" / "docs" / "index.html"
    before.parent.mkdir(parents=True)
    before.write_text("before")
    program = (
        f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import build_docs, pathlib\n"
        f"build_docs.REPOSITORY = pathlib.Path({str(tmp_path)!r})\n"
        f"sys.argv = ['build_docs.py', '--site', {str(tmp_path / 'site')!r}]\nsys.exit(build_docs.main())"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert before.read_text() == "before"
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["docs"]
