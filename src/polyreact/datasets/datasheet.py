"""The page of a source, in Markdown: what it is, how its sets are made, what is known to be wrong with them.

Pure: everything on it comes from the catalogue, from accounts of preparations and from measured overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from polyreact.datasets.catalog import Dataset, Source
from polyreact.datasets.citation import render_bibtex
from polyreact.datasets.croissant import find_obstacles
from polyreact.datasets.overlap import CUTS, IDENTITY, Region, Summary
from polyreact.datasets.prepare.interface import Stage
from polyreact.metrics.resolution import AUROC, CORRELATION, LEVEL, POWER, smallest_difference, standard_error

#: A correlation of submissions that are alike: in a simulation with normal scores, scores that correlate at .7 give
#: AUROC that correlate at .65, and scores that correlate at .5 give .46 (tests/unit/metrics/test_resolution.py).
_HIGH_CORRELATION = 0.7
_SHOWN_DIGITS = 12
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the rows of a source: left after each stage, dropped and changed for which reason."""

    rows: int
    stages: tuple[Stage, ...]
    dropped: Mapping[str, int]
    changed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MeasuredOverlap:
    """How near a test set stands to a reference set; both by `<dataset>@<revision>`."""

    test: str
    reference: str
    regions: Mapping[Region, Summary]


def parse_account(provenance: Mapping[str, object]) -> Account:
    """The account in a provenance record, or of render_account. Raises KeyError, TypeError or ValueError."""
    stages = provenance.get("stages", [])
    if not isinstance(stages, list):
        raise TypeError("`stages` is no list")
    return Account(
        rows=int(str(provenance["rows"])),
        stages=tuple(Stage(str(stage["name"]), _parse_counts(stage["by_subset"])) for stage in stages),
        dropped=_parse_counts(provenance["dropped"]),
        changed=_parse_counts(provenance["changed"]),
    )


def render_account(account: Account) -> dict[str, object]:
    """An account as JSON has it; parse_account reads it again."""
    return {
        "rows": account.rows,
        "stages": [{"name": stage.name, "by_subset": dict(stage.rows)} for stage in account.stages],
        "dropped": dict(account.dropped),
        "changed": dict(account.changed),
    }


def render_page(
    source: Source, accounts: Mapping[str, Account], overlaps: Sequence[MeasuredOverlap], *, is_kept: bool = True
) -> str:
    """The page of a source.

    `accounts` are by key of a dataset (`jain-r1`); a set without one is said to be without. Of `overlaps` those
    stand on the page that the source has a part in. One that is kept in the repository says what it is made by.
    """
    sections = [
        f"# {source.title}",
        _NOTICE if is_kept else "",
        _write_summary(source),
        _write_construction(source),
        _write_label_rules(source),
        _write_accounts(source, accounts),
        _write_annotations(source),
        _write_assay(source),
        _write_licence(source),
        _write_citation(source),
        _write_errata(source),
        _write_known_issues(source),
        _write_history(source),
        _write_overlaps(source, overlaps),
        _write_resolution(source),
        _write_use(source),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def render_index(sources: Iterable[Source]) -> str:
    """The page that leads to the others."""
    sources = list(sources)
    rows = [
        [
            f"`{_name(dataset, source)}`",
            _link(source.title, f"{source.id}.md"),
            *_count(dataset),
            _say_who_sees_labels(dataset),
            ", ".join(source.datasheet.licence_ids) or "none stated" if source.datasheet else "",
            _link_croissant(dataset, source),
        ]
        for source in sources
        for dataset in _order(source)
    ]
    columns = ["dataset", "page", "specific", "polyreactive", "labels", "licence", "Croissant"]
    return f"{_INDEX_HEAD}\n{_table(columns, rows, right=columns[2:4])}\n\n{_INDEX_FOOT}"


# --- what it is, and how it is made ----------------------------------------------------------------------

_NOTICE = (
    "*Made by `scripts/datasheets.py` from the catalogue: change `src/polyreact/datasets/catalog`, not this page.*"
)
_INDEX_HEAD = """\
# Datasets

*Made by `scripts/datasheets.py` from the catalogue: change `src/polyreact/datasets/catalog`, not this page.*

One page for each source: how its sets are made from the published files, what is known to be wrong with them, who
may pass them on, how near they stand to each other, and which differences between submissions they can tell from
chance.
"""
_INDEX_FOOT = """\
None of the published data is in this repository; `polyreact dataset fetch` gets it from its public address and
verifies it. `hidden` labels are published somewhere, but no submission is shown them.

[accounts.json](../../src/polyreact/datasets/accounts.json) holds what the pages say of dropped and changed rows:
the counts of the provenance records, which a test compares with the raw files. The Croissant files describe the raw
files and the table of ids and sequences; labels are in none of them. [CITATION.cff](../../CITATION.cff) cites every
source. [Use the data](../how-to/use-the-data.md) says how to get, verify and export a set.
"""


def _write_summary(source: Source) -> str:
    rows = [
        [
            f"`{_name(dataset, source)}`",
            str(dataset.revision),
            *_count(dataset),
            _say_who_sees_labels(dataset),
            dataset.title,
        ]
        for dataset in _order(source)
    ]
    columns = ["dataset", "revision", "specific", "polyreactive", "labels", "what it is"]
    table = _table(columns, rows, right=columns[1:4])
    return f"{source.datasheet.summary.strip()}\n\n{table}" if source.datasheet else table


def _write_construction(source: Source) -> str:
    if source.datasheet is None:
        return ""
    steps = [f"{number}. {step}" for number, step in enumerate(source.datasheet.construction, start=1)]
    return _section("How it is made", "\n".join(steps))


def _write_label_rules(source: Source) -> str:
    return _section("Label rule of each revision", _list_by_set(source, lambda dataset: dataset.label_rule))


def _write_accounts(source: Source, accounts: Mapping[str, Account]) -> str:
    known = {dataset.reference: accounts[dataset.key] for dataset in _order(source) if dataset.key in accounts}
    absent = [f"`{dataset.reference}`" for dataset in _order(source) if dataset.key not in accounts]
    parts = [_write_stages(reference, account) for reference, account in known.items() if account.stages]
    parts.append(_write_reasons("dropped", "Rows of the source that are left out:", known))
    parts.append(_write_reasons("changed", "Antibodies whose sequence or label was changed:", known))
    if known and not any(parts):
        parts.append("Nothing is left out and nothing changed.")
    if absent:
        parts.append(f"Not prepared here, so without counts: {', '.join(absent)}.")
    return _section("What is left out, and what is changed", "\n\n".join(part for part in parts if part))


def _write_stages(reference: str, account: Account) -> str:
    subsets = list(dict.fromkeys(subset for stage in account.stages for subset in stage.rows))
    rows = [
        [stage.name, f"{sum(stage.rows.values()):,}", *(f"{stage.rows.get(subset, 0):,}" for subset in subsets)]
        for stage in account.stages
    ]
    columns = [f"`{reference}`: antibodies left", "all", *subsets]
    return _table(columns, rows, right=columns[1:])


def _write_reasons(kind: str, heading: str, accounts: Mapping[str, Account]) -> str:
    counts: dict[str, Mapping[str, int]] = {name: asdict(account)[kind] for name, account in accounts.items()}
    reasons = sorted({reason for counted in counts.values() for reason in counted})
    if not reasons:
        return ""
    rows = [[reason, *(f"{counted.get(reason, 0):,}" for counted in counts.values())] for reason in reasons]
    columns = ["reason", *(f"`{name}`" for name in counts)]
    return f"{heading}\n\n{_table(columns, rows, right=columns[1:])}"


def _write_annotations(source: Source) -> str:
    said: dict[tuple[str, str], list[str]] = {}
    for dataset in _order(source):
        for annotation in dataset.annotations:
            said.setdefault((annotation.name, annotation.meaning), []).append(f"`{dataset.reference}`")
    if not said:
        return ""
    rows = [[f"`{name}`", meaning, ", ".join(sets)] for (name, meaning), sets in said.items()]
    text = "Kept beside the label of each antibody. Submissions see of them what folds are made of, and no more."
    parts = [text, _table(["column", "meaning", "in"], rows), _list_by_set(source, _say_roles)]
    return _section("Columns beside the label", "\n\n".join(filter(None, parts)))


def _say_roles(dataset: Dataset) -> str:
    """What some columns are for, as a sentence; empty where none has a use of its own."""
    folds = " and ".join(f"`{column}`" for column in dataset.training_columns)
    said = [
        f"`{dataset.assay_column}` is the measurement that comes with the label" if dataset.assay_column else "",
        f"`{dataset.group_column}` names antibodies that are not independent" if dataset.group_column else "",
        f"folds are made of {folds}" if folds else "",
    ]
    text = "; ".join(filter(None, said))
    return f"{text}." if text else ""


def _write_assay(source: Source) -> str:
    return _section("Assay and species", f"Assay: {source.assay}.\n\nSpecies: {source.species}.")


# --- who may use it, and how it is cited -----------------------------------------------------------------


def _write_licence(source: Source) -> str:
    parts = []
    if source.datasheet is not None:
        parts += [f"Licence: {source.datasheet.licence}", f"Redistribution: {source.datasheet.redistribution}"]
    if source.files:
        rows = [
            [
                _link(f"`{file.name}`", file.url),
                f"{file.size_bytes / _KIB:,.1f}" if file.size_bytes is not None else "unknown",
                f"`{file.sha256[:_SHOWN_DIGITS]}`"
                if file.sha256
                else f"git blob `{file.git_blob_sha1[:_SHOWN_DIGITS]}`",
                file.terms,
                ", ".join(f"`{dataset.reference}`" for dataset in _order(source) if file.name in dataset.files)
                or "-",
            ]
            for file in source.files
        ]
        columns = ["raw file", "KiB", "SHA-256, first digits", "terms", "read for"]
        parts.append(_table(columns, rows, right=["KiB"]))
    return _section("Licence and redistribution", "\n\n".join(parts))


def _write_citation(source: Source) -> str:
    doi = f"\n\nDOI: {_link(source.doi, f'https://doi.org/{source.doi}')}" if source.doi else ""
    return _section("Citation", f"{source.citation}.{doi}\n\n```bibtex\n{render_bibtex(source)}```")


# --- what is wrong with it -------------------------------------------------------------------------------


def _write_errata(source: Source) -> str:
    errata = [f"- `{dataset.reference}`: {dataset.erratum}" for dataset in _order(source) if dataset.erratum]
    text = "None: every set is at its first revision, and a correction would be the next one."
    return _section("Errata", "\n".join(errata) or text)


def _write_known_issues(source: Source) -> str:
    issues = source.datasheet.known_issues if source.datasheet else ()
    return _section("Known issues", "\n".join(f"- {issue}" for issue in issues))


def _write_history(source: Source) -> str:
    return _section("History", "\n\n".join(source.datasheet.history if source.datasheet else ()))


# --- how it stands to others, and what it can tell -------------------------------------------------------


def _write_overlaps(source: Source, overlaps: Sequence[MeasuredOverlap]) -> str:
    ours = {dataset.reference for dataset in source.datasets}
    shown = [overlap for overlap in overlaps if ours & {overlap.test, overlap.reference}]
    if not shown:
        return _section("Overlap with other sets", "Not measured.")
    rows = [
        [f"`{overlap.test}`", f"`{overlap.reference}`", region.value, *_write_summary_cells(summary)]
        for overlap in shown
        for region, summary in overlap.regions.items()
    ]
    columns = [
        "of",
        "nearest in",
        "region",
        "compared",
        "exact",
        "median",
        "highest",
        *(f"≥ {cut:.2f}" for cut in CUTS),
    ]
    text = (
        f"For each antibody of the one set the nearest of the other. {IDENTITY} The last columns count antibodies "
        "with a neighbour at that identity or above: a model that was trained on the other set has seen those."
    )
    return _section("Overlap with other sets", f"{text}\n\n{_table(columns, rows, right=columns[3:])}")


def _write_summary_cells(summary: Summary) -> list[str]:
    figures = ["-" if value is None else f"{value:.3f}" for value in (summary.median, summary.maximum)]
    compared = summary.compared.rows - summary.compared.rows_without
    counts = [f"{count:,}" for count in (compared, summary.exact, *summary.neighbours)]
    return [*counts[:2], *figures, *counts[2:]]


def _write_resolution(source: Source) -> str:
    rows = [
        [
            f"`{dataset.reference}`",
            f"{dataset.negatives:,}",
            f"{dataset.positives:,}",
            f"{standard_error(AUROC, dataset.positives, dataset.negatives):.3f}",
            *(
                f"{smallest_difference(dataset.positives, dataset.negatives, correlation=correlation):.3f}"
                for correlation in (CORRELATION, _HIGH_CORRELATION)
            ),
        ]
        for dataset in _order(source)
        if dataset.positives and dataset.negatives
    ]
    if not rows:
        return ""
    columns = [
        "dataset",
        "specific",
        "polyreactive",
        "standard error",
        f"smallest difference, r = {CORRELATION}",
        f"r = {_HIGH_CORRELATION}",
    ]
    return _section(
        "What differences it can resolve",
        f"{_RESOLUTION}\n\n{_table(columns, rows, right=columns[1:])}{_say_grouped(source)}",
    )


_RESOLUTION = (
    f"The smallest true difference in AUROC between two submissions near {AUROC} that a paired two-sided "
    f"test at {LEVEL} finds with a probability of {100 * POWER:.0f} %. Two submissions that differ by less "
    "will mostly look alike here, whichever is better. This is an approximation from the class counts "
    "alone. The standard error of one AUROC is that of Hanley and McNeil 1982 (Radiology 143:29), which "
    "comes out somewhat large where the smaller class is tiny. r is the correlation of the two AUROCs: "
    "both submissions are judged on the same antibodies, so what flatters one mostly flatters the other. "
    f"It is assumed, not measured: {CORRELATION} for submissions that are unlike each other, "
    f"{_HIGH_CORRELATION} for submissions that are alike. A track page that compares measured pairs "
    "supersedes these figures."
)


def _say_grouped(source: Source) -> str:
    if not any(dataset.group_column for dataset in source.datasets):
        return ""
    return (
        "\n\nThe antibodies are counted as if they were independent. They come in groups, so the truth is coarser."
    )


def _write_use(source: Source) -> str:
    names = [(_name(dataset, source), dataset) for dataset in _order(source)]
    lines = [
        *(
            f"polyreact dataset export {name} --output {dataset.key}.csv"
            for name, dataset in names
            if dataset.is_prepared
        ),
        *(
            f"polyreact dataset card {name} --format croissant"
            for name, dataset in names
            if not find_obstacles(dataset, source)
        ),
    ]
    return _section("Use", "```sh\n" + "\n".join(lines) + "\n```") if lines else ""


# --- words and tables ------------------------------------------------------------------------------------


def _parse_counts(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise TypeError(f"no counts by name: {value!r}")
    return {str(name): int(count) for name, count in value.items()}


def _order(source: Source) -> list[Dataset]:
    """By id in the order of the catalogue, the newest revision first."""
    places: dict[str, int] = {}
    for dataset in source.datasets:
        places.setdefault(dataset.id, len(places))
    return sorted(source.datasets, key=lambda dataset: (places[dataset.id], -dataset.revision))


def _list_by_set(source: Source, say: Callable[[Dataset], str]) -> str:
    """A list of what is said of each set, sets of which the same is said together; silence is left out."""
    said: dict[str, list[str]] = {}
    for dataset in _order(source):
        said.setdefault(say(dataset), []).append(f"`{dataset.reference}`")
    return "\n".join(f"- {', '.join(sets)}: {text}" for text, sets in said.items() if text)


def _name(dataset: Dataset, source: Source) -> str:
    """The id alone for the newest revision, as the catalogue takes it."""
    newest = max(other.revision for other in source.datasets if other.id == dataset.id)
    return dataset.id if dataset.revision == newest else dataset.reference


def _count(dataset: Dataset) -> list[str]:
    if not dataset.is_prepared:
        return ["not prepared", "not prepared"]
    return [f"{dataset.negatives:,}", f"{dataset.positives:,}"]


def _say_who_sees_labels(dataset: Dataset) -> str:
    if dataset.labels_public:
        return "public"
    return "shown for training" if dataset.is_training else "hidden"


def _link_croissant(dataset: Dataset, source: Source) -> str:
    obstacles = find_obstacles(dataset, source)
    if obstacles:
        return f"none: {'; '.join(f'{finding.where}: {finding.message}' for finding in obstacles)}"
    return _link("JSON", f"croissant/{dataset.key}.json")


def _link(text: str, address: str) -> str:
    return f"[{text}]({address})"


def _section(title: str, content: str) -> str:
    return f"## {title}\n\n{content}" if content else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> str:
    rules = ["---:" if column in right else "---" for column in columns]
    return "\n".join(_row(cells) for cells in [columns, rules, *rows])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
