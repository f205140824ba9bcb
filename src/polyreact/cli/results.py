"""`polyreact results`: verify, keygen, sign, cost."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from polyreact.cli.results_cost import cost
from polyreact.cli.surroundings import (
    Terminal,
    json_option,
    load_private_folder,
    load_settings,
    print_json,
    print_table,
    results_option,
)
from polyreact.errors import BadRecord, WrongCommandLine
from polyreact.evaluation.verification.comparisons import verify_comparisons
from polyreact.evaluation.verification.curves import verify_curves
from polyreact.evaluation.verification.findings import Verdict, Verification, Verifier, worst_status
from polyreact.evaluation.verification.history import verify_history
from polyreact.evaluation.verification.records import choose_records, verify_records
from polyreact.evaluation.verification.trust import verify_trust
from polyreact.files import read_bounded
from polyreact.results.signing import SigningKey, make_key, parse_key
from polyreact.results.store import ResultsStore, open_private_store

#: Holds the private key itself, as PEM, for where there is no file: a secret of a CI system.
KEY_VARIABLE = "POLYREACT_SIGNING_KEY"
_MAX_KEY_BYTES = 1 << 16
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")

submissions_argument = click.argument("submissions", nargs=-1, metavar="[SUBMISSION]...")


@click.group("results")
def command() -> None:
    """Verify what is published, sign it, and tell what it cost."""


command.add_command(cost)


@command.command()
@submissions_argument
@results_option
@click.option("--private", is_flag=True, help="The records of private tracks in POLYREACT_PRIVATE instead.")
@click.option("--public-key", metavar="KEY", help="Every record must be signed by this key (64 hex digits).")
@json_option
def verify(
    submissions: tuple[str, ...], results: Path, *, private: bool, public_key: str | None, as_json: bool
) -> None:
    """Make every published number again from the stored predictions and the labels, and check every digest.

    Each number must be the same bit for bit: metrics and intervals, confusion matrix, folds and their means,
    the audit from the kept overlaps, the comparisons of every two submissions of a track, and the curves of each
    submission. The digests of
    predictions, inputs, labels, policy, job and overlaps are compared, the record with its track, and a
    signature where there is one. The history of scoring must tell the figures of now as the new ones, and trust
    checks must be of the image that was scored, of the track's rows, and agree with themselves. SUBMISSION is a
    name as the leaderboard shows it; without one, all records. No record is changed; sets that are not prepared yet
    are fetched and prepared.

    Exit status 3 when something published does not hold; 5 when a record could not be verified here, for want
    of its data or because other rules scored it.
    """
    if public_key is not None and _PUBLIC_KEY.fullmatch(public_key.lower()) is None:
        raise WrongCommandLine("--public-key takes the 64 hexadecimal digits that `results keygen` prints")
    terminal, settings = Terminal(), load_settings()
    store = open_private_store(load_private_folder(settings)) if private else ResultsStore(results)
    paths = choose_records(store, submissions)
    verifier = Verifier(store, settings, public_key.lower() if public_key else None, terminal.say)
    with terminal.live("verifying"):
        found = [*verify_records(paths, verifier), *verify_comparisons(verifier, submissions)]
        found += verify_curves(verifier, submissions)
        found += [*verify_history(verifier, submissions), *verify_trust(verifier, submissions)]
    if as_json:
        print_json([_as_json(one) for one in found])
    else:
        print_table(["submission", "track", "verdict", ""], [_as_row(one) for one in found])
        counts = Counter(one.verdict for one in found)
        told = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
        click.echo(f"\n{len(found)} records: {told}")
    for one in found:
        failure = one.find_failure()
        if failure is not None:
            terminal.say(f"\n{failure.render()}")
    sys.exit(worst_status(found))


@command.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The new file of the private key; never shared.",
)
def keygen(output: Path) -> None:
    """Make a key to sign records with: the private key in a file, the public key on the screen.

    The file is PEM (Ed25519), readable by you alone, and is never written over another. Publish the public key
    where readers of your results look for it. Needs the extra `signing`.
    """
    key = make_key(output)
    Terminal().say(f"{output} holds the private key: keep it secret. The public key:")
    click.echo(key.public_key)


@command.command()
@submissions_argument
@results_option
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The private key, made by keygen.")
@json_option
def sign(submissions: tuple[str, ...], results: Path, key_file: Path | None, *, as_json: bool) -> None:
    """Sign the records of each SUBMISSION, of all without one. Needs the extra `signing`.

    The key is that of --key, else the PEM text in POLYREACT_SIGNING_KEY. A signature is of one record as it
    stands: another one replaces it, and `evaluate run` drops it when it changes the record.
    """
    key = _read_key(key_file)
    store = ResultsStore(results)
    paths = choose_records(store, submissions)
    with store.lock():
        told = [(path.parent.name, path.stem, _sign(store, path, key)) for path in paths]
    if as_json:
        rows = [{"submission": name, "track": track, "what": what} for name, track, what in told]
        print_json({"public_key": key.public_key, "records": rows})
        return
    print_table(["submission", "track", "what"], told)
    click.echo(f"\npublic key {key.public_key}")


def _read_key(path: Path | None) -> SigningKey:
    if path is not None:
        return parse_key(read_bounded(path, _MAX_KEY_BYTES), str(path))
    text = os.environ.get(KEY_VARIABLE)
    if not text:
        raise WrongCommandLine(
            "there is no key to sign with",
            consequence="Nothing was signed.",
            cure=f"Name its file with --key, or set {KEY_VARIABLE} to its PEM text.\n"
            "A new one: polyreact results keygen --output FILE",
        )
    return parse_key(text.encode(), KEY_VARIABLE)


def _sign(store: ResultsStore, path: Path, key: SigningKey) -> str:
    record = store.find(path.parent.name, path.stem)
    if record is None:
        raise BadRecord(f"{path} went away")
    signature = key.sign(record)
    if record.signature == signature:
        return "signed already"
    store.write_signature(record, signature)
    return "signed" if record.signature is None else "signed anew"


def _as_row(one: Verification) -> Sequence[str]:
    return [one.submission, one.track, one.verdict.value, _in_words(one)]


def _in_words(one: Verification) -> str:
    if one.differences:
        more = len(one.differences) - 1
        return f"{one.differences[0]}{f', and {more} more' if more else ''}"
    return one.absent or one.note or (f"signed by {one.signed_by}" if one.signed_by else "")


def _as_json(one: Verification) -> dict[str, object]:
    failure = one.find_failure()
    return {
        "submission": one.submission,
        "track": one.track,
        "verdict": one.verdict.value,
        "differences": [asdict(difference) for difference in one.differences],
        "absent": one.absent,
        "note": one.note or None,
        "signed_by": one.signed_by or None,
        "error": None if failure is None else failure.to_json(),
    }
