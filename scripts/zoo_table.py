"""Print docs/reference/zoo.md: what the zoo reached, from the records in results/ and the folders in zoo/.

    python scripts/zoo_table.py > docs/reference/zoo.md

A test compares the two, so that no figure there is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from polyreact.leaderboard.text import clean
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.submission.contract import MANIFEST_FILE, Mode
from polyreact.submission.manifest import Manifest, read_manifest

ROOT = Path(__file__).parents[1]
TRACKS = ("jain", "jain-116", "jain-parity", "shehata", "harvey-test")
FOLD_TRACKS = ("boughter-lofo", "boughter-cv10")
NOT_RUN = "no run yet"
HEAD = """\
# The zoo: what our baselines reached

Written by `scripts/zoo_table.py` from the records in `results/` and the folders in `zoo/`; a test holds them
together.

The zoo are the benchmark's own reference models, packaged by `polyreact package` and evaluated like anybody's.
What learns was trained on Boughter 2020, revision 2, or by the benchmark itself, fold by fold. Each folder's page
says how it is made again; `python scripts/make_zoo.py` makes all of them.

**Read any row beside two others.** `net-charge` is one number of the VH. `random-encoder` is a language model
that was never trained. A model that does not beat both has not shown that it learnt more than charge and
composition.
"""
TEST_SETS = """\
## On test sets

AUROC with its 95 % interval, and the accuracy at the submission's own threshold.
"""
FOLDS = """\
## Trained by the benchmark

Boughter 2020, revision 2. AUROC and accuracy over all rows of a track: one family of antibodies held out at a
time (`boughter-lofo`), or one of ten folds that keep clones together (`boughter-cv10`).
"""
VALIDATION = """\
## Grouped and ungrouped cross-validation

The same models on the set they were trained on: with relatives (95 % identity of the VH) kept on one side, at
random as published figures are, and with each family held out. Accuracy and AUROC of all out-of-fold predictions
at once, at the classifier's own threshold.
"""
PUBLISHED = """\
## Published figures

[Our figures beside the published ones](reference-figures.md): what is better than net charge and the untrained
encoder, what others have published of the same recipes, and why figures differ.

AntiBERTa2, ESM-1v and ESM-2 have a folder and no official run: their weights are on the Hugging Face hub, which the
machine that makes the records cannot reach. AbLang2 has no folder: transformers does not know its architecture, and
its weights are on no package index.
"""
ROW = re.compile(r"^\| (grouped|ungrouped|family), [^|]*\| (\S+) [^|]*\| (\S+) ", re.MULTILINE)


def render() -> str:
    """The page of the zoo as it stands."""
    records = {(one.submission.id, one.track): one for one in ResultsStore(ROOT / "results").read_all()}
    manifests = [read_manifest(path)[0] for path in sorted((ROOT / "zoo").glob(f"*/{MANIFEST_FILE}"))]
    return render_page(manifests, records, ROOT / "zoo") + "\n"


def render_page(manifests: list[Manifest], records: dict[tuple[str, str], Record], zoo: Path) -> str:
    """The whole page in Markdown, without a line break at its end."""
    predicting = [one for one in manifests if one.mode is Mode.PREDICT]
    fitting = [one for one in manifests if one.mode is Mode.FIT_PREDICT]
    return "\n".join(
        [
            HEAD,
            TEST_SETS,
            *render_table(predicting, TRACKS, records),
            "",
            FOLDS,
            *render_table(fitting, FOLD_TRACKS, records),
            "",
            VALIDATION,
            *render_validation(predicting, zoo),
            "",
            PUBLISHED.rstrip(),
        ]
    )


def render_table(
    manifests: list[Manifest], tracks: tuple[str, ...], records: dict[tuple[str, str], Record]
) -> list[str]:
    """A row for each submission, a column for each track."""
    rows = [[link(one), *(describe(records.get((one.name, track))) for track in tracks)] for one in manifests]
    return [f"| model | {' | '.join(tracks)} |", "|---|" + "---|" * len(tracks), *map(as_row, rows)]


def describe(record: Record | None) -> str:
    """AUROC, its interval and the accuracy; the code where a run failed; that there was none."""
    if record is None:
        return NOT_RUN
    if record.score is None:
        return f"failed: {record.run.outcome.code}"
    auroc, accuracy = record.score.metrics["roc_auc"], record.score.metrics["accuracy"]
    if auroc.value is None or accuracy.value is None:
        return "n/a"
    limits = f" [{auroc.interval.low:.3f}, {auroc.interval.high:.3f}]" if auroc.interval else ""
    return f"{auroc.value:.3f}{limits}; {accuracy.value:.3f}"


def render_validation(manifests: list[Manifest], zoo: Path) -> list[str]:
    """A row for each model whose page has the figures of its training."""
    rows = []
    for one in manifests:
        page = (folder_of(one, zoo) / "README.md").read_text(encoding="utf-8")
        found = {row[1]: f"{row[2]}, {row[3]}" for row in ROW.finditer(page)}
        if found:
            rows.append([link(one), *(found[scheme] for scheme in ("grouped", "ungrouped", "family"))])
    return ["| model | by clone | at random | by family |", "|---|---|---|---|", *map(as_row, rows)]


def link(manifest: Manifest) -> str:
    """The name of a model, and where its folder is."""
    name = manifest.name.partition("-")[2]
    return f"[{name}](../../zoo/{name})"


def folder_of(manifest: Manifest, zoo: Path) -> Path:
    """The folder of a model of the zoo."""
    return zoo / manifest.name.partition("-")[2]


def as_row(cells: list[str]) -> str:
    """One row of a table in Markdown."""
    return f"| {' | '.join(clean(cell) for cell in cells)} |"


if __name__ == "__main__":
    print(render(), end="")
