"""`polyreact compare`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from polyreact.cli.surroundings import (
    Terminal,
    json_option,
    load_settings,
    print_json,
    results_option,
    split_by_store,
)
from polyreact.errors import UnknownName, WrongCommandLine
from polyreact.evaluation.compare import read_difference
from polyreact.evaluation.comparisons import find_comparable, make_comparisons
from polyreact.evaluation.score import SCORING_VERSION
from polyreact.leaderboard.wording import agreement_words
from polyreact.results.comparison_records import AgreementRecord, DifferenceRecord, PairRecord
from polyreact.results.records import Record
from polyreact.results.store import ResultsStore
from polyreact.statistics.comparison import describe
from polyreact.tracks.catalog import load_public_tracks, load_track
from polyreact.tracks.track import Track


@click.command("compare")
@click.argument("first")
@click.argument("second")
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="NAME",
    help="On this one; repeatable. [default: every public track on which both have a score]",
)
@results_option
@json_option
def command(first: str, second: str, tracks: tuple[str, ...], results: Path, *, as_json: bool) -> None:
    """Tell whether two submissions can be told apart on the same antibodies.

    FIRST and SECOND are names as the leaderboard shows them. For AUROC (on a track with folds: its mean over the
    folds) and for accuracy it prints the difference, its 95 % interval, and the p-value of no difference; then on
    how many antibodies both are right, only one of them, and neither. All is made from the stored predictions. The
    difference is FIRST less SECOND, and where one of them is better, how far it leads; --json always has FIRST less
    SECOND. A pair is taken alone here; ranks adjust for all pairs. Of private tracks only the verdict is printed.
    """
    if first == second:
        raise WrongCommandLine("a submission cannot be compared with itself")
    terminal, settings = Terminal(), load_settings()
    asked = tuple(load_track(name) for name in dict.fromkeys(tracks)) or _find_common(first, second, results)
    told = []
    with terminal.live("comparing"):
        for store, own in split_by_store(asked, results, settings):
            for track in own:
                records = _choose(store, track, first, second)
                made = make_comparisons(records, track, store, settings, terminal.show)
                told.append((track, made.find_pair(first, second)))
    if as_json:
        print_json([_as_data(track, pair) for track, pair in told])
        return
    for track, pair in told:
        click.echo(
            f"{track.id}: {pair.first} less {pair.second}\n"
            + "\n".join(f"  {line}" for line in _in_words(track, pair))
        )


def _find_common(first: str, second: str, results: Path) -> tuple[Track, ...]:
    """The public tracks on which both have a score that can be compared."""
    records = ResultsStore(results).read_all()
    known = {record.submission.id for record in records}
    for name in (first, second):
        if name not in known:
            raise UnknownName("submission with records", name, known)
    common = tuple(
        track
        for track in load_public_tracks()
        if {first, second} <= {record.submission.id for record in find_comparable(records, track)}
    )
    if not common:
        raise WrongCommandLine(
            f"{first} and {second} have no score of scoring version {SCORING_VERSION} on the same track",
            cure="If their records are older, score them again: polyreact score --all",
        )
    return common


def _choose(store: ResultsStore, track: Track, first: str, second: str) -> tuple[Record, Record]:
    found = {record.submission.id: record for record in find_comparable(store.read_all(), track)}
    for name in (first, second):
        if name not in found:
            raise UnknownName(f"submission with a score on {track.id}", name, found)
    return found[first], found[second]


def _in_words(track: Track, pair: PairRecord) -> Iterator[str]:
    metrics = {"AUROC": pair.auroc, "accuracy": pair.accuracy}
    if track.has_folds:
        metrics = {"mean AUROC over the folds": pair.auroc, "accuracy": pair.accuracy}
    for name, difference in metrics.items():
        words = _verdict(pair, difference) if track.is_private else _sentence(pair, difference)
        yield f"{name}: {words}"
    if pair.agreement is not None and not track.is_private:
        yield f"agreement: {_agreement(pair, pair.agreement)}"


def _sentence(pair: PairRecord, difference: DifferenceRecord) -> str:
    return describe(read_difference(difference), pair.first, pair.second)


def _agreement(pair: PairRecord, counts: AgreementRecord) -> str:
    return agreement_words(counts, pair.first, pair.second)


def _verdict(pair: PairRecord, difference: DifferenceRecord) -> str:
    return _sentence(pair, difference).partition(": ")[0]


def _as_data(track: Track, pair: PairRecord) -> dict[str, object]:
    told: dict[str, object] = {"track": track.id, "first": pair.first, "second": pair.second}
    for name, difference in (("auroc", pair.auroc), ("accuracy", pair.accuracy)):
        if track.is_private:
            told[name] = {"in_words": _verdict(pair, difference)}
        else:
            told[name] = difference.model_dump() | {"in_words": _sentence(pair, difference)}
    if pair.agreement is not None and not track.is_private:
        told["agreement"] = pair.agreement.model_dump() | {"in_words": _agreement(pair, pair.agreement)}
    return told
