"""One row of docs/reference/reference-figures.json made again: trained, asked and measured as it was."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("torch")

from architecture.sources import REPOSITORY
from benchmarks import reference_models
from benchmarks.reference_measures import DATASETS, collect, describe

KEPT = json.loads((REPOSITORY / "docs" / "reference" / "reference-figures.json").read_bytes())


@pytest.mark.real_data
@pytest.mark.parametrize("training", reference_models.TRAINING)
def test_net_charge_gives_the_kept_figures(training, real_settings, monkeypatch, tmp_path):
    """On all sets but the large one, whose preparation takes longer than all the rest."""
    monkeypatch.setenv("POLYREACT_CACHE", str(real_settings.cache))
    monkeypatch.setattr(reference_models, "RUNS", tmp_path)
    data = DATASETS[training]
    sets = {name: reference_models.export_set(name) for name in (data, *reference_models.TEST_SETS)}
    entry = replace(reference_models.ENTRIES[0], is_cheap=False)
    found = describe(collect(entry, training, sets, real_settings, {}), sets)
    (kept,) = [one for one in KEPT["models"] if (one["model"], one["training"]) == ("net-charge", data)]
    kept["figures"].pop(reference_models.LARGE_SET)
    assert found == kept
