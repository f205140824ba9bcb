"""Whether a pull request hands in one submission and nothing else: judged from its commits, by check and report."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from polyreact.ci.commits import Change, PullRequestCommits
from polyreact.ci.owners import Owners, validate_owner
from polyreact.ci.report_document import CheckRecord, Step, failed, passed
from polyreact.datasets.catalog import dataset_ids
from polyreact.engines.registry import is_private_registry
from polyreact.errors import Finding, ImageOutOfReach, InvalidManifest, NoDigest, PolyreactError, WrongChange
from polyreact.files import Sha256, sha256_bytes
from polyreact.submission.contract import MANIFEST_SUFFIX, SUBMISSIONS_FOLDER
from polyreact.submission.handing_in import validate_finished
from polyreact.submission.manifest import MAX_NAME_LENGTH, NAME_PATTERN, Manifest, parse_manifest
from polyreact.submission.yaml_source import MAX_BYTES

_PLAIN_FILE = "100644"
_KINDS = {"120000": "a symbolic link", "160000": "another repository", "100755": "a program"}
_SHOWN_PATHS = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission that a pull request hands in, and the digest of its manifest's bytes."""

    manifest: Manifest
    sha256: Sha256
    path: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The steps up to the manifest. `entry` is there where all passed; `error` is of the first that did not."""

    checks: tuple[CheckRecord, ...]
    entry: Entry | None = None
    error: PolyreactError | None = None


def is_submission(changes: Sequence[Change]) -> bool:
    """Whether anything in `submissions/` is touched; other pull requests are for people to read."""
    return any(change.path.split("/", 1)[0].casefold() == SUBMISSIONS_FOLDER for change in changes)


def judge_entry(
    commits: PullRequestCommits, author: str, owners: Owners, find_who_brought: Callable[[str], str | None]
) -> Judgement:
    """What a pull request of `author` changes, whether he may, and its manifest.

    `find_who_brought` tells who handed in the file at a path of the base branch.
    """
    checks: list[CheckRecord] = []
    step = Step.CHANGE
    try:
        change = find_one_manifest(commits.changes)
        checks.append(passed(step))
        step = Step.OWNER
        name, is_new = PurePosixPath(change.path).stem, change.status == "A"
        brought_by = None if is_new else find_who_brought(change.path)
        validate_owner(name, author, owners, is_new=is_new, brought_by=brought_by)
        checks.append(passed(step))
        step = Step.MANIFEST
        entry = _read_entry(commits, change, owners)
        checks.append(passed(step))
    except PolyreactError as error:
        return Judgement((*checks, failed(step, error)), None, error)
    return Judgement(tuple(checks), entry)


def find_one_manifest(changes: Sequence[Change]) -> Change:
    """The one manifest that is added or changed. Raises WrongChange with everything that is in its way."""
    findings = [finding for change in changes[:_SHOWN_PATHS] for finding in _find_defects(change)]
    if len(changes) != 1:
        findings.append(Finding("", f"{len(changes)} files are changed; a submission is one"))
    if findings:
        raise WrongChange(
            f"a submission is one file, `{SUBMISSIONS_FOLDER}/<owner>-<model>{MANIFEST_SUFFIX}`, "
            "and nothing else is changed",
            findings=findings,
            consequence="Nothing was run.",
            cure="Leave the other changes out of this pull request; open another one for them.",
        )
    return changes[0]


def _find_defects(change: Change) -> list[Finding]:
    path = PurePosixPath(change.path)
    where = (
        change.path if len(change.path) <= MAX_NAME_LENGTH + len(SUBMISSIONS_FOLDER) else f"{change.path[:90]}..."
    )
    findings = []
    if str(path.parent) != SUBMISSIONS_FOLDER or str(path) != change.path:
        return [Finding(where, f"is not in {SUBMISSIONS_FOLDER}/")]
    if (
        path.suffix != MANIFEST_SUFFIX
        or not re.fullmatch(NAME_PATTERN, path.stem)
        or len(path.stem) > MAX_NAME_LENGTH
    ):
        findings.append(
            Finding(
                where, f"is not called <owner>-<model>{MANIFEST_SUFFIX}, in lower-case letters, digits and hyphens"
            )
        )
    if change.status == "D":
        return [*findings, Finding(where, "is removed; ask an organiser to take a submission off the board")]
    if change.mode != _PLAIN_FILE:
        findings.append(
            Finding(where, f"is {_KINDS.get(change.mode, 'no plain file')}; a manifest is a plain file")
        )
    if change.status not in {"A", "M", "T"}:
        findings.append(Finding(where, "is neither added nor changed"))
    if change.size_bytes is None:
        findings.append(Finding(where, f"has more than the {MAX_BYTES} bytes that a manifest may have"))
    return findings


def _read_entry(commits: PullRequestCommits, change: Change, owners: Owners) -> Entry:
    """Raises InvalidManifest, UnfinishedManifest, NoDigest and ImageOutOfReach."""
    content = commits.read(change)
    manifest = parse_manifest(content, source=change.path, datasets=dataset_ids())
    if manifest.name != PurePosixPath(change.path).stem:
        finding = Finding(
            "name", f"is `{manifest.name}`, so the file must be called `{manifest.name}{MANIFEST_SUFFIX}`"
        )
        raise InvalidManifest(
            f"{change.path} is not a valid manifest", findings=[finding], consequence="Nothing was run."
        )
    validate_finished(manifest)
    reference = manifest.image_reference
    if reference.digest is None:
        raise NoDigest(
            f"`{reference}` names no digest, so it would not be known what was scored",
            consequence="Nothing was run.",
            cure="Name it as registry/repository@sha256:<digest>; `docker buildx imagetools inspect` tells it.",
        )
    if is_private_registry(reference.registry) and reference.registry not in owners.inside_registries:
        raise ImageOutOfReach(
            f"`{reference.registry}` is no registry that others can reach",
            consequence="Nothing was run.",
            cure="Push the image to a public registry, and make it public there.",
        )
    return Entry(manifest, sha256_bytes(content), change.path)
