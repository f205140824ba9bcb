"""The clone: its workflows, who may hand in what, and what the canary needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from polyreact.ci.canary import CANARIES
from polyreact.ci.commits import find_remote
from polyreact.ci.doctor.interface import Diagnosis, cannot_tell, not_ok, ok
from polyreact.ci.doctor.workflow_rules import WORKFLOWS, find_broken_rules
from polyreact.ci.owners import OWNERS_FILE, read_owners
from polyreact.errors import PolyreactError
from polyreact.files import read_bounded
from polyreact.submission.contract import MANIFEST_FILE
from polyreact.submission.manifest import BASELINE_OWNER

WORKFLOWS_FOLDER = Path(".github/workflows")
_MAX_WORKFLOW_BYTES = 1 << 20
_SHOWN = 5
_GITHUB_REMOTE = re.compile(r"(?:https://|git@|ssh://git@)[^/:\s]+[:/]([A-Za-z0-9-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?")


def find_repository(clone: Path) -> str | None:
    """`owner/name` at GitHub, from the address that the clone came from; None where that is no such address."""
    try:
        match = _GITHUB_REMOTE.fullmatch(find_remote(clone))
    except PolyreactError:
        return None
    return match[1] if match else None


def diagnose_clone(clone: Path) -> Iterator[Callable[[], Diagnosis]]:
    """One line for each thing; `clone` is the folder in which the workflows run."""
    yield lambda: diagnose_workflows(clone)
    yield lambda: diagnose_owners(clone)
    yield lambda: diagnose_canary(clone)


def diagnose_workflows(clone: Path) -> Diagnosis:
    """Every workflow is there and keeps the rules; others that an organiser added keep them as well."""
    folder = clone / WORKFLOWS_FOLDER
    present = {path.name for path in folder.glob("*.y*ml")}
    wrong = [f"{name} is missing" for name in sorted(WORKFLOWS.keys() - present)]
    for name in sorted(present):
        try:
            text = read_bounded(folder / name, _MAX_WORKFLOW_BYTES).decode("utf-8", errors="replace")
        except PolyreactError as error:
            return cannot_tell("workflows", f"{name}: {error.summary}", "Run this in the clone.")
        wrong += [f"{name}: {broken}" for broken in find_broken_rules(name, text)]
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        return not_ok(
            "workflows",
            "; ".join(wrong[:_SHOWN]) + more,
            "Take the file as the benchmark has it: git checkout upstream/main -- .github/workflows",
        )
    return ok("workflows", f"{len(present)} workflows, and each keeps every rule")


def diagnose_owners(clone: Path) -> Diagnosis:
    """Who may hand in what can be read."""
    if not (clone / OWNERS_FILE).is_file():
        return not_ok("owners", f"{OWNERS_FILE} is missing", f"Restore {OWNERS_FILE} and commit it.")
    try:
        owners = read_owners(clone / OWNERS_FILE)
    except PolyreactError as error:
        return not_ok("owners", error.summary, error.cure or f"Restore {OWNERS_FILE} and commit it.")
    return ok("owners", f"{OWNERS_FILE} names the people of {len(owners.people)} owners; others hand in their own")


def diagnose_canary(clone: Path) -> Diagnosis:
    """The baselines of the canary are there, with records to compare with."""
    for name in CANARIES:
        if not (clone / name / MANIFEST_FILE).is_file():
            return not_ok("canary", f"{name} is missing", "Restore it: git checkout upstream/main -- zoo")
    records = {name: clone / "results" / f"{BASELINE_OWNER}-{Path(name).name}" for name in CANARIES}
    lacking = [name for name, folder in records.items() if not any(folder.glob("*.json"))]
    if lacking:
        return not_ok(
            "canary",
            f"no record of {', '.join(lacking)} to compare with",
            f"Where evaluations run: sudo polyreact evaluate run {' '.join(lacking)}, then commit results/",
        )
    return ok("canary", f"{' and '.join(CANARIES)} have records to compare with")
