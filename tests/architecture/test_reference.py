"""The reference pages are what the program says of itself."""

import importlib.util

import click
import pytest

from architecture.sources import REPOSITORY
from polyreact.errors import InvalidManifest
from polyreact.submission.manifest import parse_manifest


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cli_reference = load_script("cli_reference")
CONTEXTS = {context.command_path: context for context in cli_reference.all_contexts()}
#: Options that are a place to write to or read from: the name and the default say it all.


@pytest.mark.parametrize(
    ("page", "script"),
    [
        ("cli.md", "cli_reference"),
        ("errors.md", "error_reference"),
        ("manifest.md", "manifest_reference"),
        ("scoring-changes.md", "scoring_changes"),
        ("zoo.md", "zoo_table"),
    ],
)
def test_page_is_current(page, script):
    text = (REPOSITORY / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert text == load_script(script).render(), f"run: python scripts/{script}.py > docs/reference/{page}"


def test_smallest_manifest_of_the_page_is_accepted_and_no_smaller_one_is():
    smallest = load_script("manifest_reference").SMALLEST
    assert parse_manifest(smallest.encode(), source="page").name == "yourlab-yourmodel"
    for line in smallest.splitlines(keepends=True):
        with pytest.raises(InvalidManifest):
            parse_manifest(smallest.replace(line, "").encode(), source="page")


@pytest.mark.parametrize("path", CONTEXTS)
def test_every_command_and_option_has_help(path):
    command = CONTEXTS[path].command
    assert command.help
    silent = {option.name for option in command.params if isinstance(option, click.Option) and not option.help}
    assert silent == set()


def test_pages_do_not_depend_on_the_terminal(monkeypatch):
    expected = cli_reference.render()
    monkeypatch.setenv("COLUMNS", "40")
    assert cli_reference.render() == expected
