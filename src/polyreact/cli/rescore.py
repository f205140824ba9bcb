"""`polyreact score --all`: the kept records scored again, and what that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from polyreact.cli.surroundings import Terminal, load_private_folder, load_settings, print_json, print_table
from polyreact.datasets.catalog import is_private_name
from polyreact.evaluation.rescore import Ending, Rescored, Scorer, rescore_records, worst_status
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.evaluation.verification.records import choose_records
from polyreact.files import write_atomically
from polyreact.leaderboard.formats.scoring_changes import render_scoring_changes
from polyreact.results.scoring_store import ScoringHistory
from polyreact.results.store import ResultsStore, open_private_store

_NUMBERS = ("figures changed", "same", "new metrics")


def rescore_public(results: Path, docs: Path, *, as_json: bool) -> int:
    """Score the records in `results` again, and write the page of what ever changed there; the exit status."""
    store, terminal = ResultsStore(results), Terminal()
    found = _rescore(store, terminal)
    _tell(found, terminal, as_json=as_json)  # first: it happened, also where the page cannot be written
    page = render_scoring_changes(ScoringHistory.of(store).read_all())
    write_atomically(docs, page.encode())
    terminal.say(f"\nwritten: {docs}")
    return worst_status(found)


def rescore_private(*, as_json: bool) -> int:
    """Score the records of private tracks again; nothing is written but beside them. The exit status."""
    terminal = Terminal()
    found = _rescore(open_private_store(load_private_folder(load_settings())), terminal)
    _tell(found, terminal, as_json=as_json)
    return worst_status(found)


def _rescore(store: ResultsStore, terminal: Terminal) -> tuple[Rescored, ...]:
    paths = choose_records(store, ())
    scorer = Scorer(store, load_settings(), terminal.say, terminal.show)
    with terminal.live("scoring"):
        return rescore_records(paths, scorer)


def _tell(found: Sequence[Rescored], terminal: Terminal, *, as_json: bool) -> None:
    """The table on stdout, then every error in full on stderr."""
    if as_json:
        print_json({"scoring_version": SCORING_VERSION, "records": [_as_json(one) for one in found]})
    else:
        columns = ["submission", "track", "what", *_NUMBERS]
        print_table(columns, [_as_row(one) for one in found], right=_NUMBERS)
        click.echo(f"\n{_sum_up(found)}")
    errors: dict[str, list[str]] = {}
    for one in found:
        if one.error is not None:  # the same file may be missing for many
            errors.setdefault(one.error.render(), []).append(f"{one.submission} on {one.track}")
    for error, places in errors.items():
        terminal.say(f"\n{', '.join(places)}:\n{error}")


def _as_row(one: Rescored) -> list[str]:
    what = one.ending.value
    if one.error is not None:
        what = f"{what} ({one.error.code})"
    elif one.reason:
        what = f"{what}: {one.reason}"
    if one.change is None:
        return [one.submission, one.track, what, "", "", ""]
    numbers = (len(one.change.changed), one.change.unchanged, len(one.change.new_metrics))
    return [one.submission, one.track, what, *(f"{number:,}" for number in numbers)]


def _sum_up(found: Sequence[Rescored]) -> str:
    endings = Counter(one.ending for one in found)
    told = ", ".join(f"{endings[ending]} {ending.value}" for ending in Ending if endings[ending])
    lines = [f"scoring version {SCORING_VERSION}, {len(found)} records: {told}"]
    changes = [one.change for one in found if one.change is not None]
    if changes:
        changed = sum(len(change.changed) for change in changes)
        unchanged = sum(change.unchanged for change in changes)
        lines.append(f"figures changed: {changed:,}; the same, bit for bit: {unchanged:,}")
    return "\n".join(lines)


def _as_json(one: Rescored) -> dict[str, object]:
    """Everything, but of a private track no figure."""
    change = None
    if one.change is not None:
        figures = [figure.model_dump(mode="json") for figure in one.change.changed]
        change = {
            "previous_version": one.change.previous_version,
            "changed": len(figures),
            "unchanged": one.change.unchanged,
            "new_metrics": list(one.change.new_metrics),
            "figures": None if is_private_name(one.track) else figures,
        }
    return {
        "submission": one.submission,
        "track": one.track,
        "what": one.ending.value,
        "reason": one.reason or None,
        "change": change,
        "error": None if one.error is None else one.error.to_json(),
    }
