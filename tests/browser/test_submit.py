"""The form of the submit page, filled in by a person; the validator reads what it writes."""

import pytest

from polyreact.datasets.catalog import dataset_ids
from polyreact.leaderboard.site.build import build_site
from polyreact.submission.manifest import Manifest, parse_manifest
from unit.leaderboard.sample_boards import sample_board

pytestmark = pytest.mark.browser

WRITE = "button[type=submit]"
DIGEST = "ab" * 32
FILLED = {
    "name": "lab-model",
    "image": f"ghcr.io/lab/model:1.0@sha256:{DIGEST}",
    "authors": "A. Author\nB. Author",
    "contact": "a@lab.example",
    "license": "MIT",
    "description": "A model.",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build_site(sample_board(), folder)
    return folder


@pytest.fixture
def form(chromium, site):
    context = chromium.new_context(offline=True, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((site / "submit.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def fill(page, **values):
    for key, value in (FILLED | values).items():
        page.fill(f"#{key}", value)


def write(page):
    """What the form writes, as the validator reads it."""
    page.click(WRITE)
    text = page.text_content("#written-text")
    return parse_manifest(text.encode(), source="form", datasets=dataset_ids())


def test_form_has_a_field_for_every_key(form):
    keys = form.eval_on_selector_all("#manifest [id][data-kind], #training_data", "all => all.map(one => one.id)")
    assert sorted(keys) == sorted(Manifest.model_fields)


def test_what_is_required_is_enough(form):
    fill(form)
    manifest = write(form)
    assert manifest.name == "lab-model"
    assert manifest.authors == ("A. Author", "B. Author")
    assert manifest.training_data == {}
    assert form.text_content("#written-name") == "submissions/lab-model.yaml"


def test_every_key_is_written(form):
    fill(
        form,
        title="Our model",
        paper="https://doi.org/10.1000/xyz",
        code="https://github.com/lab/model",
        threshold="1e-7",
        parameters="650000000",
    )
    form.check("#score_is_probability")
    form.check("#gpu")
    form.select_option("#mode", "fit-predict")
    form.check("[value='boughter labels']")
    form.check("[value='boughter model-selection']")
    form.check("[value='jain sequences']")
    manifest = write(form)
    assert manifest.model_dump(mode="json") == {
        "name": "lab-model",
        "title": "Our model",
        "image": f"ghcr.io/lab/model:1.0@sha256:{DIGEST}",
        "authors": ["A. Author", "B. Author"],
        "contact": "a@lab.example",
        "license": "MIT",
        "paper": "https://doi.org/10.1000/xyz",
        "code": "https://github.com/lab/model",
        "description": "A model.",
        "training_data": {"boughter": ["labels", "model-selection"], "jain": ["sequences"]},
        "score_is_probability": True,
        "threshold": 1e-7,
        "parameters": 650000000,
        "mode": "fit-predict",
        "independent": False,
        "gpu": True,
    }


@pytest.mark.parametrize("word", ["unknown", "proprietary"])
def test_training_data_that_is_not_told(form, word):
    fill(form)
    form.check(f"[value={word}]")
    assert write(form).training_data == word


@pytest.mark.parametrize(
    "text",
    [
        'a "quoted" \\ name',
        "yes",
        "null",
        "- no: list",
        "a: b # c",
        "Ünïcödé 抗体 😀",
        "<script>alert(1)</script>",
        "1e5",
        "{}",
        "'",
        "two\nlines",
    ],
)
def test_text_arrives_as_it_was_typed(form, text):
    fill(form, description=text)
    assert write(form).description == text


@pytest.mark.parametrize("number", ["0.5", "-1", ".25", "-.5", "3", "2.", "1E3", "+4"])
def test_number_arrives_as_it_was_typed(form, number):
    fill(form, threshold=number)
    assert write(form).threshold == float(number)


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("name", "NoOwner", "does not look like that"),
        ("name", "", "is missing"),
        ("image", "ghcr.io/lab/model:1.0", "does not look like that"),
        ("contact", "nobody", "does not look like that"),
        ("paper", "http://plain.example", "does not look like that"),
        ("paper", "javascript:alert(1)", "does not look like that"),
        ("threshold", "half", "is no number"),
        ("parameters", "-1", "is no whole number"),
        ("authors", "x" * 121, "has a line of more than 120 characters"),
    ],
)
def test_fault_is_told_beside_its_field(form, key, value, fault):
    fill(form, **{key: value})
    form.click(WRITE)
    assert form.text_content(f"#{key}-fault") == f"{key} {fault}"
    assert form.get_attribute(f"#{key}", "aria-invalid") == "true"
    assert form.evaluate("document.activeElement.id") == key
    assert form.is_hidden("#written")
    form.fill(f"#{key}", FILLED.get(key, ""))
    form.press(f"#{key}", "Tab")
    assert form.text_content(f"#{key}-fault") == ""


def test_datasets_without_a_use_are_a_fault(form):
    fill(form)
    form.check("[name=training][value=datasets]")
    form.click(WRITE)
    assert "names no dataset" in form.text_content("#training_data-fault")


def test_file_is_saved_under_its_name(form, tmp_path):
    fill(form)
    form.click(WRITE)
    with form.expect_download() as saved:
        form.click("#written-file")
    saved.value.save_as(tmp_path / "saved.yaml")
    assert saved.value.suggested_filename == "lab-model.yaml"
    assert (tmp_path / "saved.yaml").read_text() == form.text_content("#written-text")


def test_without_javascript_the_page_says_what_to_do(chromium, site):
    context = chromium.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "submit.html").as_uri())
    assert page.is_visible("text=The form writes the manifest in your browser and needs JavaScript")
    assert page.is_hidden(WRITE)
    assert page.is_visible("text=Everybody the entry is credited to.")
    context.close()
