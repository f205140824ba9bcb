"""What the pages say exists: commands, options, make targets, linked files, figures of the catalogue."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from polyreact.cli.leaderboard import publish_board
from polyreact.cli.main import polyreact
from polyreact.datasets.catalog import load_dataset
from polyreact.engines.interface import DATA_MOUNT, OUTPUT_MOUNT
from polyreact.engines.process import ProcessEngine
from polyreact.evaluation.evaluate import Evaluation, evaluate
from polyreact.evaluation.submissions import read_candidates
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import Mode, contract_environment
from polyreact.submission.scaffold import write_scaffold
from polyreact.tracks.catalog import load_track, load_tracks

REPOSITORY = Path(__file__).parent.parent.parent
PAGES = sorted(
    page
    for page in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("zoo/*/README.md"))
    if page.name != "LEADERBOARD.md"
)
COMMAND = re.compile(r"(?:^|`|\n\s*)(?:\.venv/bin/)?polyreact ((?:[a-z]+)[^`\n]*)")
MAKE = re.compile(r"(?:^|`|\n\s*)(?:sudo )?make ([a-z]+)")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)\)")


def quoted(page: Path, pattern: re.Pattern[str]) -> list[str]:
    text = page.read_text()
    code = "\n".join([*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"`[^`\n]+`", text)])
    return pattern.findall(code)


def unknown_parts(line: str) -> list[str]:
    command: click.Command = polyreact
    context = click.Context(polyreact)
    words = shlex.split(line, comments=True)
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            return [words[0]]
        command, words = found, words[1:]
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    return [word for word in words if word.startswith("--") and word.split("=")[0] not in options]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_page_names_only_commands_that_exist(page):
    assert [(line, unknown_parts(line)) for line in quoted(page, COMMAND) if unknown_parts(line)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_page_names_only_make_targets_that_exist(page):
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    assert set(quoted(page, MAKE)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_page_links_only_to_files_that_exist(page):
    links = LINK.findall(page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_readme_is_read_at_all():
    """The searches above find something; a changed layout must not make them pass for nothing."""
    readme = REPOSITORY / "README.md"
    assert "score --predictions predictions.csv --labels labels.csv" in quoted(readme, COMMAND)
    assert {"demo", "test"} <= set(quoted(readme, MAKE))
    assert LINK.findall(readme.read_text())


@pytest.mark.parametrize("track", load_tracks(), ids=lambda track: track.id)
def test_readme_gives_the_class_counts_of_every_track(track):
    dataset = load_dataset(track.dataset, track.revision)
    row = next(line for line in (REPOSITORY / "README.md").read_text().splitlines() if f"| `{track.id}` |" in line)
    assert f"{dataset.negatives} / {dataset.positives}" in row


def test_guides_program_that_learns_is_accepted_on_the_fold_track(tmp_path, settings):
    (program,) = re.findall(
        r"```python\n(.*?)```", (REPOSITORY / "BENCHMARK_SUBMISSION_GUIDE.md").read_text(), re.DOTALL
    )
    write_scaffold(tmp_path / "entry", "lab-model", Mode.FIT_PREDICT)
    (tmp_path / "entry" / "predict.py").write_text(program)
    engine = ProcessEngine(Path(sys.executable), dict(os.environ))
    evaluation = Evaluation(engine, ResultsStore(tmp_path / "results"), settings)

    (result,) = evaluate(evaluation, read_candidates([tmp_path / "entry"]), [load_track("demo-fit")])

    assert result.error is None
    assert result.record.score.fold_means["roc_auc"].value > 0.6


def test_guide_names_the_environment_of_both_modes():
    guide = (REPOSITORY / "BENCHMARK_SUBMISSION_GUIDE.md").read_text()
    for mode in Mode:
        for key, value in contract_environment(DATA_MOUNT, OUTPUT_MOUNT, mode).items():
            assert f"`{key}={value}`" in guide


def test_committed_board_is_the_one_made_from_the_committed_records(tmp_path):
    manifests = sorted((REPOSITORY / "submissions").glob("*.yaml"))
    publish_board(REPOSITORY / "results", manifests, tmp_path / "LEADERBOARD.md", tmp_path / "site")

    made = (tmp_path / "LEADERBOARD.md").read_text()
    assert (REPOSITORY / "LEADERBOARD.md").read_text() == made, "run: make site"
    assert "VH isoelectric point" in made


def test_page_on_the_data_names_every_command_of_dataset_and_the_digest_of_the_catalogue():
    page = REPOSITORY / "docs" / "how-to" / "use-the-data.md"
    named = {line.split()[1] for line in quoted(page, COMMAND) if line.startswith("dataset ")}
    assert {"list", "show", "fetch", "verify", "export"} <= named
    (cited,) = re.findall(r"labels sha256 ([0-9a-f]+)\.\.\.", page.read_text())
    assert load_dataset("boughter@2").labels_sha256.startswith(cited)
