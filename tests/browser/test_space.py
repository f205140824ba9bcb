"""The Gradio app in a real browser, on loopback: every tab, files good and bad, and what it asks of other hosts."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from polyreact.leaderboard.board import Board
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.publish import prepare_space_app
from polyreact.leaderboard.site.build import build_site
from polyreact.space.check import LIMIT_BYTES
from unit.leaderboard.sample_boards import NAMES, sample_board

pytestmark = pytest.mark.browser

REPOSITORY = Path(__file__).parents[2]
DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 30_000
#: What Gradio's own page warns of whenever a file is uploaded.
GRADIO_SAYS = {"warning: Method not implemented."}
PHONE = {"width": 390, "height": 800}
#: Each of these would run where text of a manifest became HTML, a template or Markdown.
HOSTILE = "<img src=x onerror=window.hurt=1>${window.hurt=2}{{window.hurt=3}}[x](javascript:window.hurt=4)"
CELLS = "[role=gridcell]"


@dataclass
class App:
    """A running app: where it is, and the folder of what is uploaded to it."""

    address: str
    uploads: Path


@dataclass
class Visit:
    """An opened page and what it asked for and complained of."""

    page: object
    complaints: list = field(default_factory=list)
    requests: list = field(default_factory=list)


def hostile_board() -> Board:
    """The sample, one of whose models has a hostile manifest."""
    board = sample_board()
    chosen = NAMES[3]

    def spoil(entry):
        if entry.submission.id != chosen:
            return entry
        changes = {"name": HOSTILE, "description": HOSTILE, "authors": (HOSTILE,), "paper": "javascript:alert(1)"}
        return replace(entry, submission=entry.submission.model_copy(update=changes))

    tracks = tuple(replace(track, entries=tuple(map(spoil, track.entries))) for track in board.tracks)
    return replace(board, tracks=tracks, entries=tuple(map(spoil, board.entries)))


def start(address, folder, program=REPOSITORY / "space" / "app" / "app.py"):
    """The app as a Space starts it, on a port that nothing else has; the process is the caller's to end.

    Without an address it shows the board beside `program`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    uploads = folder / "uploads"
    surroundings = {
        "POLYREACT_LEADERBOARD": str(address or ""),
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(uploads),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, program],
            env=os.environ | surroundings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    app = App(f"http://127.0.0.1:{port}/", uploads)
    deadline = time.monotonic() + 180  # where everything else runs beside it
    while True:
        try:
            urllib.request.urlopen(app.address, timeout=5).close()  # noqa: S310  # http on loopback
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                pytest.fail((folder / "log").read_text())
            time.sleep(0.2)
        else:
            return process, app


def end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("space")
    board = folder / "leaderboard.json"
    board.write_text(render_json(hostile_board()), encoding="utf-8")
    process, app = start(board, folder)
    yield app
    end(process)


@pytest.fixture
def visit(chromium, app):
    """Opens a page, and at the end of the test holds it to have been quiet and to have asked nobody else."""
    contexts, visits = [], []

    def open_page(**options):
        context = chromium.new_context(**{"viewport": DESKTOP} | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        seen = Visit(context.new_page())
        visits.append(seen)
        seen.page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.goto(app.address)
        seen.page.locator(f"#board-table {CELLS}").first.wait_for()
        return seen.page

    yield open_page
    for seen in visits:
        assert seen.page.evaluate("window.hurt") is None
        assert set(seen.complaints) <= GRADIO_SAYS
        assert [url for url in seen.requests if not url.startswith((app.address, "data:", "blob:"))] == []
    for context in contexts:
        context.close()


def ask(app, place, body=None, until=None):
    """What the app answers a program; of an answer that does not end, up to the line that has `until`."""
    asked = urllib.request.Request(app.address + place, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  # http on loopback
        if until is None:
            return answer.read().decode()
        return next(line for line in answer if until in line).decode()


def headings(page, table="#board-table"):
    """The words of the headings, in their order."""
    return page.locator(f"{table} [role=columnheader]").evaluate_all("all => all.map(one => one.title)")


def column(page, heading, table="#board-table"):
    """The words of one column, from top to bottom."""
    place = headings(page, table).index(heading) + 1
    texts = page.locator(f"{table} {CELLS}[aria-colindex='{place}']").all_inner_texts()
    return [text.strip() for text in texts]


def wait_for_words(page, place, words):
    page.locator(place).filter(has_text=words).wait_for()


def choose(page, menu, option):
    page.locator(f"#{menu} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def predictions(change=lambda row: row):
    """A table for the demo track, each row changed."""
    inputs = (REPOSITORY / "src/polyreact/datasets/demo/inputs.csv").read_text()
    count = len(list(csv.reader(io.StringIO(inputs)))) - 1
    rows = [change([f"demo-{n:04d}", str(n % 2), str(n % 10 / 10)]) for n in range(1, count + 1)]
    return "\n".join(["sequence_id,prediction,score", *(",".join(row) for row in rows)]) + "\n"


def score(page, content, name="predictions.csv"):
    """What the tab says of a file."""
    page.locator("#check-predictions input").set_input_files(
        {
            "name": name,
            "mimeType": "text/csv",
            "buffer": content if isinstance(content, bytes) else content.encode(),
        }
    )
    page.locator("#check-predictions").get_by_text(name[-12:]).first.wait_for()
    return press_score(page)


def press_score(page):
    verdict = page.locator("#check-verdict textarea")
    before = verdict.input_value() if verdict.is_visible() else None
    page.locator("#check-score").click()
    page.wait_for_function(
        "before => { const box = document.querySelector('#check-verdict textarea');"
        " return box && box.value && box.value !== before; }",
        arg=before,
    )
    return verdict.input_value()


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def test_board_shows_every_entry_with_its_state_in_words(visit, tmp_path):
    page = visit()
    page.screenshot(path=tmp_path / "board.png", full_page=True)
    assert len(column(page, "Model")) == len(NAMES)
    assert set(column(page, "Result")) == {"scored", "failed (E311)", "missing"}
    assert "" not in {text for heading in ("Rank", "AUROC [95 %]", "Acc", "Note") for text in column(page, heading)}
    assert "can be told apart" in page.locator("#board-track-words").inner_text()


def test_manifest_text_is_shown_as_it_was_written(visit):
    page = visit()
    assert any(text.startswith(HOSTILE[:40]) for text in column(page, "Model"))


def test_column_is_sorted_by_value(visit):
    page = visit()
    scored = [text for text in column(page, "Acc") if text[0].isdigit()]
    assert scored != sorted(scored)
    heading = page.locator("#board-table [role=columnheader][title=Acc]")
    heading.hover()
    heading.get_by_role("button", name="Open cell menu").click()
    page.get_by_text("Sort ascending").click()
    page.locator(f"#board-table {CELLS}").first.filter(has_text="\u2013").wait_for()
    assert [text for text in column(page, "Acc") if text[0].isdigit()] == sorted(scored)


def test_filters_leave_what_was_asked_for(visit):
    page = visit()
    page.locator("#board-baselines input").uncheck()
    wait_for_words(page, "#board-count", "5 of 8")
    assert not any("(baseline)" in name for name in column(page, "Model"))
    page.locator("#board-search input, #board-search textarea").fill("tub-")
    wait_for_words(page, "#board-count", "1 of 8")
    assert column(page, "Model") == ["tub-graphite"]
    page.locator("#board-search input, #board-search textarea").fill("")
    choose(page, "board-training", "unknown")
    wait_for_words(page, "#board-count", "1 of 8")
    assert column(page, "Model") == ["pharma-x-developability"]


def test_another_track_is_chosen(visit):
    page = visit()
    choose(page, "board-track", "shehata: shown, not ranked")
    wait_for_words(page, "#board-track-words", "Shehata")
    assert "trained-on" in column(page, "Result")
    assert set(column(page, "Rank")) == {"\u2013"}


def test_model_page_links_only_to_https(visit, tmp_path):
    page = visit()
    open_tab(page, "Model")
    for name in ("northlab", "tub-graphite"):
        page.locator("#model input").click()
        options = page.get_by_role("option")
        (options.filter(has_text=HOSTILE[:10]) if name == "northlab" else options.filter(has_text=name)).click()
        wait_for_words(page, "#model-head", HOSTILE[:10] if name == "northlab" else name)
        links = page.locator("#model-head a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert links
        assert all(link.startswith("https://") for link in links)
    page.screenshot(path=tmp_path / "model.png", full_page=True)
    assert column(page, "Track", "#model-metrics") == ["jain", "shehata", "jain-parity", "demo"]
    assert "[" in column(page, "AUROC", "#model-metrics")[0]


def test_pair_is_told_in_words(visit):
    page = visit()
    open_tab(page, "Compare")
    wait_for_words(page, "#compare-words", "p ")
    assert "AUROC" in page.locator("#compare-words").inner_text()
    choose(page, "compare-second", "quiet-river")
    wait_for_words(page, "#compare-words", "no score on jain")


def test_good_file_is_scored_beside_the_baselines_and_not_kept(visit, app, tmp_path):
    page = visit()
    open_tab(page, "Check my predictions")
    verdict = score(page, predictions())
    page.screenshot(path=tmp_path / "check.png", full_page=True)
    assert verdict.startswith("predictions.csv meets the contract for track demo. 300 antibodies")
    values = dict(
        zip(column(page, "Metric", "#check-table"), column(page, "Your file", "#check-table"), strict=True)
    )
    assert 0 < float(values["Accuracy"]) < 1
    assert "polyreact-length" in headings(page, "#check-table")
    assert [path for path in app.uploads.rglob("*") if path.name == "predictions.csv"] == []


BAD = {
    "not-a-number": (predictions(lambda row: [row[0], row[1], "nan"]), "300 defects", "line 2"),
    "hostile": (predictions(lambda row: [HOSTILE, *row[1:]]), "defects", "line 2"),
    "binary": (b"\x00\xff" * 100, "E311", "line 1"),
    "empty": ("sequence_id,prediction,score\n", "E311", ""),
}


@pytest.mark.parametrize("defect", BAD)
def test_bad_file_is_refused_with_its_defects(visit, app, defect):
    content, words, place = BAD[defect]
    page = visit()
    open_tab(page, "Check my predictions")
    verdict = score(page, content)
    assert verdict.startswith("E311")
    assert words in verdict
    assert str(app.uploads) not in verdict
    assert "Traceback" not in verdict
    if place:
        assert place in column(page, "Where", "#check-table")[0]
    assert [path for path in app.uploads.rglob("*") if path.name == "predictions.csv"] == []


def test_no_file_is_refused(visit):
    page = visit()
    open_tab(page, "Check my predictions")
    assert press_score(page).startswith("E102  no predictions.csv was given")


def test_labels_of_ones_own_are_scored_against(visit):
    page = visit()
    open_tab(page, "Check my predictions")
    choose(page, "check-track", "labels of my own")
    labels = "sequence_id,label\n" + "".join(f"demo-{n:04d},{n // 2 % 2}\n" for n in range(1, 301))
    page.locator("#check-labels input").set_input_files(
        {"name": "labels.csv", "mimeType": "text/csv", "buffer": labels.encode()}
    )
    page.locator("#check-labels").get_by_text("labels").first.wait_for()
    assert "was scored against labels.csv. 300 antibodies" in score(page, predictions())


def test_antibodies_to_try_are_those_that_are_scored(visit):
    page = visit()
    open_tab(page, "Check my predictions")
    with page.expect_download() as started:
        page.get_by_text("Download the antibodies of demo").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    answers = "".join(f"{row['sequence_id']},1,{len(row['sequence'])}\n" for row in rows)
    assert score(page, "sequence_id,prediction,score\n" + answers).startswith("predictions.csv meets")


def test_file_that_is_too_large_is_refused_before_it_is_read(chromium, app):
    page = chromium.new_context(viewport=DESKTOP).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(app.address)
    open_tab(page, "Check my predictions")
    page.locator("#check-predictions input").set_input_files(
        {"name": "predictions.csv", "mimeType": "text/csv", "buffer": b"x" * (LIMIT_BYTES + 1)}
    )
    page.get_by_text("maximum allowed size").first.wait_for()
    page.context.close()
    assert [path for path in app.uploads.rglob("*") if path.name == "predictions.csv"] == []


def test_file_that_nobody_uploaded_is_neither_read_nor_deleted(app, tmp_path):
    """The tab deletes what it has read, so a path that a visitor makes up must never reach it."""
    kept = tmp_path / "predictions.csv"
    kept.write_text(predictions())
    config = json.loads(ask(app, "config"))
    (score_button,) = [one["id"] for one in config["dependencies"] if len(one["inputs"]) == 4]
    file = {"path": str(kept), "meta": {"_type": "gradio.FileData"}}
    body = {"data": ["demo", file, None, False], "fn_index": score_button, "session_hash": "made-up"}
    ask(app, "gradio_api/queue/join", json.dumps(body).encode())
    assert '"success":false' in ask(app, "gradio_api/queue/data?session_hash=made-up", until=b"process_completed")
    assert kept.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_page_does_not_scroll_sideways(visit, tmp_path, scheme):
    page = visit(viewport=PHONE, color_scheme=scheme)
    page.screenshot(path=tmp_path / f"phone-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(paper.removeprefix("rgb(").split(",")[0]) < 60) is (scheme == "dark")


def test_policy_refuses_other_hosts(app):
    with urllib.request.urlopen(app.address) as answer:  # noqa: S310  # http on loopback
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("content", "words"),
    [('{"schema_version": 99}', "E602"), ("no json", "E601"), (None, "E102")],
    ids=["newer", "no-json", "absent"],
)
def test_board_that_cannot_be_read_is_told_in_the_page(chromium, tmp_path, content, words):
    board = tmp_path / "leaderboard.json"
    if content is not None:
        board.write_text(content)
    process, refused = start(board, tmp_path)
    try:
        page = chromium.new_context().new_page()
        page.goto(refused.address)
        page.locator("#refusal textarea").wait_for()
        assert page.locator("#refusal textarea").input_value().startswith(words)
        page.context.close()
    finally:
        end(process)


def test_prepared_folder_runs_from_its_own_source(chromium, tmp_path):
    site, out = tmp_path / "site", tmp_path / "out"
    build_site(sample_board(), site)
    (site / "leaderboard.json").write_text(render_json(sample_board()))
    prepare_space_app(site, REPOSITORY / "space", out)
    wording = out / "polyreact" / "leaderboard" / "wording.py"
    wording.write_text(wording.read_text().replace('TITLE = "Antibody', 'TITLE = "The copy of the Antibody'))
    process, copied = start(None, tmp_path, out / "app.py")
    try:
        page = chromium.new_context().new_page()
        page.goto(copied.address)
        page.locator(f"#board-table {CELLS}").first.wait_for()
        assert page.title().startswith("The copy of the Antibody")
        assert len(column(page, "Model")) == len(NAMES)
        page.context.close()
    finally:
        end(process)
