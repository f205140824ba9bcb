"""Pages laid out as the site's sources: places, links, navigation."""

import pytest

from documentation import load_sources

sources = load_sources()


@pytest.fixture
def repository(tmp_path):
    """A repository with a page of each kind."""
    folder = tmp_path / "repository"

    def write(name, text="# Page\n"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        return folder

    write("docs/README.md", "# Start\n\n- [How](how-to/README.md)\n- [Reference](reference/README.md)\n")
    write("docs/how-to/README.md")
    write("docs/reference/README.md")
    write("zoo/coin/README.md")
    write("BENCHMARK_SUBMISSION_GUIDE.md", "# Guide\n\n## Hand it in\n")
    return write


@pytest.fixture
def lay_out(repository, tmp_path):
    def lay(name, text):
        folder = repository(name, text)
        sources.write_sources(folder, tmp_path / "site")
        place = sources.find_pages(folder)[name]
        return (tmp_path / "site" / place).read_text()

    return lay


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[g](../../BENCHMARK_SUBMISSION_GUIDE.md)", "[g](../reference/submission-guide.md)"),
        ("[g](../../BENCHMARK_SUBMISSION_GUIDE.md#hand-it-in)", "[g](../reference/submission-guide.md#hand-it-in)"),
        ("[`r`](../reference/README.md)", "[`r`](../reference/index.md)"),
        ("[r](../reference)", "[r](../reference/index.md)"),
        ("[z](../../zoo/coin)", "[z](../reference/baseline-coin.md)"),
        ("[z](../../zoo)", "[z](../reference/index.md)"),
        ("[b](../../LEADERBOARD.md)", '<a href="../../index.html">b</a>'),
        ("[w](https://polyreact.example/a.md)", "[w](https://polyreact.example/a.md)"),
        ("[h](#below)", "[h](#below)"),
        ("```md\n[x](absent.md)\n```", "```md\n[x](absent.md)\n```"),
    ],
)
def test_link_leads_to_the_pages_place_on_the_site(lay_out, link, expected):
    assert lay_out("docs/how-to/page.md", f"# Page\n\n{link}\n") == f"# Page\n\n{expected}\n"


def test_link_of_a_page_in_the_root_leads_into_the_site(lay_out):
    assert "[h](../how-to/index.md)" in lay_out("SECURITY.md", "# S\n\n[h](docs/how-to/README.md)\n")


def test_file_that_is_no_page_is_copied_beside_the_pages(lay_out, repository, tmp_path):
    repository("docs/datasets/x.json", "{}")
    assert "[x](../datasets/x.json)" in lay_out("docs/how-to/page.md", "[x](../datasets/x.json)\n")
    assert (tmp_path / "site" / "datasets" / "x.json").read_text() == "{}"


@pytest.mark.parametrize("target", ["absent.md", "../../src/polyreact", "../../../outside.json", "../../Makefile"])
def test_link_to_what_the_site_has_not_is_told_with_its_page(lay_out, target):
    with pytest.raises(sources.BrokenLink, match=r"docs/how-to/page\.md: the link to"):
        lay_out("docs/how-to/page.md", f"[x]({target})\n")


def test_link_out_of_the_repository_is_refused_though_the_file_is_there(lay_out, tmp_path):
    (tmp_path / "outside.json").write_text("{}")
    with pytest.raises(sources.BrokenLink):
        lay_out("docs/how-to/page.md", "[x](../../../outside.json)\n")


def test_start_page_leads_to_the_pages_it_lists_in_order_and_shows_the_others():
    texts = {
        "index.md": "- [B](b/index.md)\n- [A](a/index.md)\n- [deep](a/two.md)\n\nNot [listed](c.md).\n",
        "a/index.md": "| [two](two.md) |\n- x\n  - [one](one.md#part)\n",
        "a/one.md": "",
        "a/two.md": "",
        "a/three.md": "",
        "b/index.md": "- [home](../index.md)\n",
        "c.md": "",
    }
    navigation = sources.find_navigation(texts)
    assert navigation["index.md"] == (
        "\n```{toctree}\n:hidden:\n\nb/index\na/index\n```\n\n```{toctree}\n:maxdepth: 1\n\nc\n```\n"
    )
    assert "two\n```" in navigation["a/index.md"]
    assert navigation["a/index.md"].endswith("\n```{toctree}\n:maxdepth: 1\n\none\nthree\n```\n")
    assert navigation["b/index.md"] == ""
