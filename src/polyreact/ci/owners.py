"""Whose submissions somebody may hand in: `submissions/OWNERS.toml` on the base branch, and the author's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from polyreact.ci.context import is_login
from polyreact.errors import BadOwners, Finding, NotInCheckout, WrongOwner
from polyreact.files import read_bounded
from polyreact.images import parse_image_reference
from polyreact.submission.manifest import BASELINE_OWNER

OWNERS_FILE = Path("submissions/OWNERS.toml")
_MAX_BYTES = 1 << 20
_SECTIONS = frozenset({"owners", "registries"})


@dataclass(frozen=True, slots=True)
class Owners:
    """`people` are the logins, in lower case, that may hand in for each owner who is no single account.

    `inside_registries` stand in the organiser's own network; submissions may name them all the same.
    """

    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inside_registries: frozenset[str] = frozenset()


def read_owners(path: Path) -> Owners:
    """The organiser's word on who may hand in what.

    Raises NotInCheckout, UnreadableArgument, and BadOwners with every defect.
    """
    if not path.exists():
        raise NotInCheckout(
            f"there is no {path} here, which says who may hand in what",
            consequence="Nothing was judged.",
            cure="Run it inside a clone of the benchmark, or name the file with --owners.",
        )
    try:
        document = tomllib.loads(read_bounded(path, _MAX_BYTES).decode())
    except ValueError as error:
        raise BadOwners(f"{path} is not TOML: {error}", cure=_CURE) from error
    findings = [
        Finding(key, "is no section; there are `owners` and `registries`") for key in document.keys() - _SECTIONS
    ]
    people: dict[str, frozenset[str]] = {}
    for owner, logins in _table(document, "owners", findings).items():
        if not isinstance(logins, list) or not all(isinstance(login, str) and is_login(login) for login in logins):
            findings.append(Finding(f"owners.{owner}", "must be a list of logins"))
        elif owner != owner.lower() or not is_login(owner):
            findings.append(Finding(f"owners.{owner}", "must be letters, digits and hyphens in lower case"))
        else:
            people[owner] = frozenset(login.lower() for login in logins)
    registries = _table(document, "registries", findings)
    inside = _read_registries(registries.get("inside", []))
    if inside is None or registries.keys() - {"inside"}:
        findings.append(
            Finding("registries", "has one key, `inside`: a list of registries such as `10.0.0.5:5000`")
        )
    if findings:
        raise BadOwners(f"{path} has defects", findings=findings, consequence="Nothing was judged.", cure=_CURE)
    return Owners(people, inside or frozenset())


def validate_owner(name: str, author: str, owners: Owners, *, is_new: bool, brought_by: str | None = None) -> None:
    """Raises WrongOwner unless `author` may hand in a submission of this name.

    The owner is the longest one of the list that the name begins with; then its people may, and nobody else. Where
    the list has none, it is the author's own login. A submission that is there already (not `is_new`) may only be
    changed by `brought_by`, who handed it in: since a login may hold hyphens itself, the beginning of a name could
    not tell `my-lab`'s submissions from `my`'s.
    """
    login = author.lower()
    listed = [owner for owner in (*owners.people, BASELINE_OWNER) if name.startswith(f"{owner}-")]
    if listed:
        owner = max(listed, key=len)
        if login in owners.people.get(owner, frozenset()):
            return
        raise _wrong(
            f"`{name}` begins with `{owner}-`, and {author} is not among the people who may hand in for {owner}",
            _CURE_BASELINE if owner == BASELINE_OWNER else f"{_CURE_LISTED} or choose {_own(author)}.",
        )
    if not name.startswith(f"{login}-"):
        raise _wrong(
            f"`{name}` does not begin with the login of who opened the pull request, {author}",
            f"Call it {_own(author)}. For a group, an organiser lists its people in {OWNERS_FILE}.",
        )
    if not is_new and (brought_by or "").lower() != login:
        raise _wrong(
            f"`{name}` was handed in by somebody else than {author}",
            "Choose another name, or ask whoever handed it in to open the pull request.",
        )


def _own(author: str) -> str:
    return f"`{author.lower()}-<model>`, in the file's name and in its key `name`"


def _wrong(summary: str, cure: str) -> WrongOwner:
    return WrongOwner(summary, consequence="Nothing was run.", cure=cure)


def _table(document: Mapping[str, object], key: str, findings: list[Finding]) -> Mapping[str, object]:
    table = document.get(key, {})
    if isinstance(table, dict):
        return table
    findings.append(Finding(key, "must be a table"))
    return {}


def _read_registries(value: object) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    parsed = [parse_image_reference(f"{one}/x") for one in value if isinstance(one, str)]
    named = frozenset(reference.registry for reference in parsed if not isinstance(reference, str))
    return named if len(named) == len(value) else None


_CURE = f"{OWNERS_FILE} on the base branch is the organiser's; docs/how-to/run-your-own-benchmark.md explains it."
_CURE_LISTED = "Ask an organiser to list you for this owner,"
_CURE_BASELINE = "Names of this kind are the benchmark's own baselines; choose another name."
