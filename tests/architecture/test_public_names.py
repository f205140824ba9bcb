"""The public names of the library: documented, with a docstring, and not to be lost by accident."""

import doctest
import importlib
import inspect
import re

import pytest

from architecture.sources import REPOSITORY

PAGES = sorted((REPOSITORY / "docs" / "reference").glob("python*.md"))
DOCUMENTED = re.compile(r"^\.\. auto(?:function|class|data):: (\S+)$", re.MULTILINE)
EXAMPLE = re.compile(r"^```pycon\n(.*?)^```", re.MULTILINE | re.DOTALL)

#: Whoever takes a name out of here breaks somebody's program, and says so in CHANGELOG.md.
PUBLIC = {
    "polyreact.datasets.catalog": "dataset_ids load_dataset Dataset",
    "polyreact.datasets.prepared": "ensure_prepared",
    "polyreact.datasets.public": "read_inputs",
    "polyreact.engines.policy": "Limits",
    "polyreact.errors": "Defects Finding PolyreactError",
    "polyreact.metrics.catalog": "METRICS Metric Direction Needs",
    "polyreact.metrics.interface": "ScoreTable MetricValue ConfusionMatrix ReliabilityBin",
    "polyreact.metrics.resolution": "standard_error auroc_half_width smallest_difference",
    "polyreact.metrics.score": "score_table",
    "polyreact.numbering": "number_domain number_domains build_fragments Domain Chain Unnumbered",
    "polyreact.results.records": (
        "Record SubmissionRecord RunRecord ImageRecord PackagesRecord EngineRecord HostRecord "
        "LimitsRecord OutcomeRecord OutcomeKind EvidenceRecord PredictionsRecord FoldRunRecord SliceRunRecord "
        "ScoreRecord MetricRecord IntervalRecord ConfusionRecord ReliabilityBinRecord FoldScoreRecord "
        "AuditRecord AuditedSetRecord WithoutNeighboursRecord NearestRecord SignatureRecord"
    ),
    "polyreact.results.store": "ResultsStore",
    "polyreact.sequences": "Antibody find_nonstandard",
    "polyreact.settings": "read_settings Settings",
    "polyreact.similarity": "measure_identity find_nearest Neighbour cluster_sequences",
    "polyreact.statistics.auroc": "auroc_interval",
    "polyreact.statistics.comparison": "compare_auroc compare_accuracy Comparison Test",
    "polyreact.statistics.correlation": "spearman_interval",
    "polyreact.statistics.interval": "Interval Unavailable Method",
    "polyreact.statistics.means": "mean_interval",
    "polyreact.statistics.proportions": (
        "wilson_interval balanced_accuracy_interval youden_interval f1_interval mcc_interval"
    ),
    "polyreact.statistics.ranks": "rank_entries Rank Ranking adjust_p_values",
    "polyreact.submission.manifest": "read_manifest parse_manifest manifest_schema Manifest",
    "polyreact.submission.predictions": "parse_predictions render_predictions Prediction",
    "polyreact.tracks.catalog": "track_ids load_track",
    "polyreact.tracks.track": "Track Standing",
}


def documented():
    """The names on the pages, by module."""
    found = {}
    for page in PAGES:
        for path in DOCUMENTED.findall(page.read_text(encoding="utf-8")):
            module, _, name = path.rpartition(".")
            found.setdefault(module, set()).add(name)
    return found


def test_pages_document_the_public_names_and_no_others():
    assert documented() == {module: set(names.split()) for module, names in PUBLIC.items()}


@pytest.mark.parametrize("module", PUBLIC)
def test_public_name_exists_and_says_what_it_is(module):
    for name in PUBLIC[module].split():
        found = getattr(importlib.import_module(module), name)
        if inspect.isclass(found) or inspect.isfunction(found):
            assert found.__module__ == module, f"{name} is defined elsewhere"
            assert found.__doc__, f"{name} has no docstring"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_of_the_page_give_what_is_shown(page, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    code = "\n".join(EXAMPLE.findall(page.read_text(encoding="utf-8")))
    example = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    failures = []
    doctest.DocTestRunner(verbose=False).run(example, out=failures.append)
    assert failures == []


def test_examples_are_found():
    assert sum(len(EXAMPLE.findall(page.read_text(encoding="utf-8"))) for page in PAGES) >= 7
