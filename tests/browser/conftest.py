"""Debian's chromium, offline; absent it fails in CI and skips elsewhere."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from conftest import missing

DESKTOP = {"width": 1280, "height": 900}

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    executable = shutil.which("chromium")
    if executable is None:
        missing("chromium", "it is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An opened page, what it asked for and what the browser complained of."""

    page: object
    requests: list
    complaints: list


@pytest.fixture
def visit(chromium):
    """Open an address in a context of its own, without a network but for loopback."""
    contexts = []

    def open_page(address, **options):
        is_local = address.startswith("file:")
        context = chromium.new_context(offline=is_local, **{"viewport": DESKTOP} | options)
        contexts.append(context)
        seen = Visit(context.new_page(), [], [])
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(address)
        return seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def keep(request, tmp_path):
    """Keep a picture of a page: in the folder that POLYREACT_SCREENSHOTS names, else where the test's files are."""
    folder = Path(os.environ.get("POLYREACT_SCREENSHOTS") or tmp_path)

    def keep_page(page, name, *, whole=True):
        path = folder / f"{request.node.path.stem.removeprefix('test_')}-{name}.png"
        page.screenshot(path=path, full_page=whole)
        return path

    return keep_page
