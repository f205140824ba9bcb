"""Jain, Shehata and Harvey as published: what stands beside the labels, and what is known of the nanobodies."""

import csv
from collections import Counter, defaultdict
from statistics import fmean

import pytest
from openpyxl import load_workbook
from sklearn.metrics import roc_auc_score

from polyreact.datasets.catalog import load_dataset, load_source
from polyreact.datasets.fetch import fetch_file
from polyreact.datasets.hidden import read_annotations
from polyreact.datasets.layout import labels_path
from polyreact.datasets.prepared import build_prepared, ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.evaluation.score import read_assay
from polyreact.numbering import Chain, number_domains
from polyreact.settings import Settings

pytestmark = pytest.mark.real_data

ANTIGENS = ("cardiolipin", "klh", "lps", "ssdna", "dsdna", "insulin")
CDRS = ("CDR1_nogaps", "CDR2_nogaps", "CDR3_nogaps")


def read_rows(source: str, name: str, settings: Settings) -> list[dict[str, object]]:
    """A published sheet or CSV file as it stands, without footnotes."""
    known = load_source(source)
    (file,) = [file for file in known.files if file.name == name]
    path = fetch_file(known, file, settings)
    if path.suffix == ".csv":
        with path.open(newline="") as text:
            return list(csv.DictReader(text))
    with path.open("rb") as workbook:
        heading, *rows = (
            load_workbook(workbook, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True)
        )
    cells = [dict(zip(heading, row, strict=True)) for row in rows]
    return [row for row in cells if sum(value is not None for value in row.values()) > 1]


def read_annotated(name: str, settings: Settings) -> dict[str, dict[str, str]]:
    """Label and annotations of a prepared set by the publication's name of each antibody."""
    dataset = load_dataset(name)
    ensure_prepared(dataset, settings)
    with labels_path(dataset, settings).open(newline="") as file:
        labels = list(csv.DictReader(file))
    annotations = read_annotations(dataset, settings)
    return {row["name"]: {**row, **annotations[row["sequence_id"]]} for row in labels}


# --- Jain and Shehata -----------------------------------------------------------------------------------


def test_jain_elisa_column_is_the_mean_of_the_six_antigens(real_settings):
    individual = {
        row["Name"]: fmean(value for key, value in row.items() if str(key).startswith("ELISA "))
        for row in read_rows("jain", "Private_Jain2017_ELISA_indiv.xlsx", real_settings)
    }
    published = {row["Name"]: row["ELISA"] for row in read_rows("jain", "pnas.1616408114.sd03.xlsx", real_settings)}
    assert len(individual) == 137
    assert individual == pytest.approx(published, abs=1e-12)


@pytest.mark.parametrize(("name", "threshold"), [("jain", 1.5), ("jain-116", 1.9), ("jain-parity", 1.9)])
def test_jain_columns_are_the_published_values_and_agree_with_the_label(real_settings, name, threshold):
    published = {row["Name"]: row for row in read_rows("jain", "pnas.1616408114.sd03.xlsx", real_settings)}
    annotated = read_annotated(name, real_settings)
    changed = set()
    for antibody, row in annotated.items():
        values = [float(row[f"elisa_{antigen}"]) for antigen in ANTIGENS]
        assert float(row["elisa"]) == pytest.approx(published[antibody]["ELISA"], abs=1e-12)
        assert float(row["psr"]) == published[antibody]["Poly-Specificity Reagent (PSR) SMP Score (0-1)"]
        (ac_sins,) = [value for key, value in published[antibody].items() if "AC-SINS)" in str(key)]
        assert float(row["ac_sins"]) == ac_sins
        assert int(row["flags"]) == sum(value > threshold for value in values)
        assert row["flags"] == "0" or int(row["flags"]) > 3
        if int(row["label"]) != (row["flags"] != "0"):
            changed.add(antibody)
    relabelled = {"bavituximab", "bimagrumab", "eldelumab", "ganitumab", "infliximab"}
    assert changed == (relabelled if name == "jain-parity" else set())


def test_jain_flags_are_counted_as_published(real_settings):
    """Sakhnini et al. 2025: 0 to 6 flags in 57, 37, 6, 8, 6, 3 and 20 antibodies; 1 to 3 are left out."""
    flags = Counter(row["flags"] for row in read_annotated("jain", real_settings).values())
    assert flags == {"0": 57, "4": 6, "5": 3, "6": 20}


def test_shehata_columns_are_the_published_ones_and_agree_with_the_label(real_settings):
    published = {row["Clone name"]: row for row in read_rows("shehata", "mmc2.xlsx", real_settings)}
    annotated = read_annotated("shehata", real_settings)
    assert set(published) - set(annotated) == {"ADI-47277", "ADI-47326"}
    for clone, row in annotated.items():
        assert float(row["psr"]) == published[clone]["PSR Score"]
        assert row["label"] == str(int(float(row["psr"]) > 0.33))
        assert row["b_cell_subset"] == published[clone]["B cell subset"]


@pytest.mark.parametrize(("name", "rows"), [("jain", 86), ("jain-116", 116), ("jain-parity", 86), ("shehata", 398)])
def test_assay_that_scores_are_compared_with_has_every_antibody_and_rises_with_polyreactivity(
    real_settings, name, rows
):
    annotated = read_annotated(name, real_settings)
    assay = read_assay(load_dataset(name), real_settings)
    assert len(assay) == len(annotated) == rows
    labels = {row["sequence_id"]: int(row["label"]) for row in annotated.values()}
    assert roc_auc_score([labels[antibody] for antibody in assay], list(assay.values())) > 0.9


def test_harvey_has_no_assay_values(real_settings):
    assert read_assay(load_dataset("harvey-test"), real_settings) is None


# --- Harvey ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nanobodies(real_settings):
    """Both files as they stand, with the place of each row."""
    rows = []
    for split in ("validation", "test"):
        for number, row in enumerate(read_rows("harvey", f"{split}.csv", real_settings), start=1):
            rows.append({**row, "name": f"{split}_{number:06d}", "split": split})
    return rows


def test_harvey_split_is_random_so_that_clones_stand_in_both_files(nanobodies):
    splits, labels = defaultdict(set), defaultdict(set)
    for row in nanobodies:
        combination = tuple(row[cdr] for cdr in CDRS)
        splits[combination].add(row["split"])
        labels[combination].add(row["label"])
    assert len(splits) == 36_564
    assert sum(len(found) == 2 for found in splits.values()) == 1_289
    assert sum(len(found) == 2 for found in labels.values()) == 11


def test_harvey_cdrs_of_the_source_lack_insertions_and_some_are_empty(nanobodies):
    assert sum(any(row[cdr] not in row["seq"] for cdr in CDRS) for row in nanobodies) == 278
    assert sum(not all(row[cdr] for cdr in CDRS) for row in nanobodies) == 115


def test_harvey_prepared_rows_are_the_published_ones_every_one_of_them(real_settings, nanobodies):
    dataset = load_dataset("harvey-validation-test")
    annotated = read_annotated(dataset.id, real_settings)
    sequences = {antibody.sequence_id: antibody for antibody in read_inputs(dataset, real_settings)}
    assert len({row["seq"] for row in nanobodies}) == len(nanobodies) == len(annotated) == 39_620
    for row in nanobodies:
        prepared = annotated[row["name"]]
        antibody = sequences[prepared["sequence_id"]]
        assert (antibody.sequence, antibody.light_sequence) == (row["seq"], "")
        assert (prepared["label"], prepared["split"]) == (row["label"], row["split"])
    assert {len(row["seq"]) for row in nanobodies} <= set(range(52, 138))


def test_harvey_groups_are_the_combinations(real_settings, nanobodies):
    annotated = read_annotated("harvey-validation-test", real_settings)
    pairs = {(tuple(row[cdr] for cdr in CDRS), annotated[row["name"]]["cdr_group"]) for row in nanobodies}
    assert len(pairs) == len({combination for combination, _ in pairs}) == len({group for _, group in pairs})


def test_harvey_nanobodies_that_cannot_be_numbered_are_kept_and_marked(real_settings):
    found = Counter(row["numbered"] for row in read_annotated("harvey-validation-test", real_settings).values())
    assert found == {"yes": 39_568, "no": 44, "empty CDR": 8}


def test_harvey_looking_for_heavy_chains_only_finds_the_same(nanobodies):
    sequences = [row["seq"] for row in nanobodies if row["split"] == "validation"]
    for ours, all_kinds in zip(number_domains(sequences, (Chain.HEAVY,)), number_domains(sequences), strict=True):
        assert ours == all_kinds


def test_harvey_test_is_a_part_of_validation_and_test(real_settings):
    part, whole = (
        build_prepared(load_dataset(f"harvey-{name}"), real_settings)[0] for name in ("test", "validation-test")
    )
    assert {row for row in whole.rows if dict(row.annotations)["split"] == "test"} == set(part.rows)
    assert len(part.rows) == 25_007
    assert not part.dropped + part.changed + whole.dropped + whole.changed


def test_harvey_48_clones_have_no_two_classes(real_settings):
    """Why they are no dataset: nothing published says where their continuous PSR is to be cut."""
    clones = read_rows("harvey", "low_throughput_polyspecificity_scores_w_exp.csv", real_settings)
    assert len(clones) == 48
    assert {row["exp_phenotype_binary"] for row in clones} == {"1"}
