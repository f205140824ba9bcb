"""What a Space is told of itself: heads that Hugging Face takes, and versions that are the locked ones."""

import re
import tomllib

import pytest
import yaml

from architecture.sources import REPOSITORY

SPACE = REPOSITORY / "space"
#: As in Hugging Face's reference of the head of a Space's README, as far as it is used here.
KEYS = {
    "title",
    "emoji",
    "colorFrom",
    "colorTo",
    "sdk",
    "sdk_version",
    "python_version",
    "app_file",
    "pinned",
    "license",
    "short_description",
    "tags",
}
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
SHORT = 60


def head(page):
    found = re.match(r"---\n(.*?)\n---\n", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1])


def locked(package):
    text = (REPOSITORY / "requirements" / "dev.txt").read_text()
    (version,) = re.findall(rf"^{package}==(\S+)", text, re.MULTILINE)
    return version


@pytest.mark.parametrize("page", ["README.md", "app/README.md"])
def test_head_is_one_that_hugging_face_takes(page):
    told = head(SPACE / page)
    assert told.keys() <= KEYS
    assert len(told["short_description"]) <= SHORT
    assert {told["colorFrom"], told["colorTo"]} <= COLOURS
    assert told["license"] == "apache-2.0"


def test_static_space_shows_the_page():
    told = head(SPACE / "README.md")
    assert (told["sdk"], told["app_file"]) == ("static", "index.html")
    assert "app_build_command" not in told


def test_app_has_the_locked_version_of_gradio_and_a_python_that_polyreact_takes():
    told = head(SPACE / "app" / "README.md")
    assert (told["sdk"], told["app_file"]) == ("gradio", "app.py")
    assert told["sdk_version"] == locked("gradio")
    assert tuple(map(int, told["python_version"].split("."))) >= (3, 11)


def test_app_asks_for_what_the_package_asks_for_and_gradio():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = [line.split("#")[0].strip() for line in project["dependencies"]]
    lines = (SPACE / "app" / "requirements.txt").read_text().splitlines()
    assert lines == [*asked, f"gradio=={locked('gradio')}"]
