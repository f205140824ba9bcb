"""Every error a person may meet: one class each, with its code and exit status.

    PolyreactError
    ├── UsageError          E1xx  exit 2   the command line was wrong
    ├── SettingsError       E2xx  exit 2   the surroundings were wrong: folders, environment
    ├── SubmissionError     E3xx  exit 3   the submission was wrong; its author can mend it
    ├── HostError           E4xx  exit 4   an engine or this host was wrong; the organiser can mend it
    ├── DatasetError        E5xx  exit 5   a data file was wrong or absent
    └── ResultsError        E6xx  exit 6   a kept record was wrong
    a bug                   E700  exit 70  anything else, with a traceback file

A message says what is wrong, lists every defect found, says what the program did about it, and ends with
what to do. The text of an error is *public*: no label, no host path of the platform's own, no other
submission. What only the operator may see goes into `detail`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from polyreact.visible import visible_lines

SHOWN_FINDINGS = 10
BUG_EXIT_STATUS = 70


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect in something a person gave us: where it stands and what is wrong with it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where:<12} {self.message}" if self.where else self.message


@dataclass(frozen=True, slots=True)
class Defects:
    """What a parser returns in place of a value: every defect of what it was given, at least one."""

    findings: tuple[Finding, ...]


class PolyreactError(Exception):
    """The base of every error that is meant for a person.

    `findings` are all defects, `consequence` is what the program did (nothing written, not ranked),
    `cure` is what to do next, as a command where there is one, `detail` is for the operator only.
    """

    code: ClassVar[str] = "E000"
    exit_status: ClassVar[int] = 1

    def __init__(
        self,
        summary: str,
        *,
        findings: Iterable[Finding] = (),
        consequence: str = "",
        cure: str = "",
        detail: str = "",
    ) -> None:
        self.summary = summary
        self.findings = tuple(findings)
        self.consequence = consequence
        self.cure = cure
        self.detail = detail
        super().__init__(f"{self.code}  {summary}")

    def render(self) -> str:
        """The whole public message, as it is printed; what others wrote cannot act on a terminal."""
        lines = [f"{self.code}  {self.summary}", *render_findings(self.findings), *self._ending()]
        return visible_lines("\n".join(lines))

    def _ending(self) -> list[str]:
        lines = []
        if self.consequence or self.cure:
            lines.append("")
        if self.consequence:
            lines.append(self.consequence)
        if self.cure:
            lines.append(self.cure)
        return lines

    def to_json(self) -> dict[str, object]:
        """The same message for a script."""
        return {
            "code": self.code,
            "summary": self.summary,
            "findings": [{"where": f.where, "message": f.message} for f in self.findings],
            "consequence": self.consequence,
            "cure": self.cure,
        }


def render_findings(findings: Iterable[Finding]) -> list[str]:
    """The first ten findings, one a line, and how many there are in all."""
    all_findings = tuple(findings)
    if not all_findings:
        return []
    lines = ["", *(f"  {finding}" for finding in all_findings[:SHOWN_FINDINGS])]
    hidden = len(all_findings) - SHOWN_FINDINGS
    if hidden > 0:
        lines.append(f"  ... and {hidden} more ({len(all_findings)} in all)")
    return lines


class UsageError(PolyreactError):
    """The command line was wrong."""

    exit_status = 2


class SettingsError(PolyreactError):
    """A folder, an environment variable or another part of the surroundings was wrong."""

    exit_status = 2


class SubmissionError(PolyreactError):
    """The submission was wrong, and its author can mend it."""

    exit_status = 3


class HostError(PolyreactError):
    """An engine or the host was wrong; never held against a submission."""

    exit_status = 4


class DatasetError(PolyreactError):
    """A data file was wrong or absent."""

    exit_status = 5


class ResultsError(PolyreactError):
    """A kept record was wrong."""

    exit_status = 6


# --- E1xx usage -----------------------------------------------------------------------------------------


class UnknownName(UsageError):
    """A track, dataset or engine was asked for that does not exist."""

    code = "E101"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"there is no {kind} called `{name}`", cure=f"Known: {', '.join(sorted(known)) or 'none'}."
        )


class UnreadableArgument(UsageError):
    """A file named on the command line cannot be read as what it should be."""

    code = "E102"


class WrongCommandLine(UsageError):
    """A command, an option or an argument is missing, unknown or malformed."""

    code = "E103"


class MissingExtra(UsageError):
    """What was asked for needs a package that is installed on request only."""

    code = "E104"


# --- E2xx settings --------------------------------------------------------------------------------------


class BadSetting(SettingsError):
    """An environment variable has a value that cannot be used."""

    code = "E201"


class CannotWrite(SettingsError):
    """A file of ours could not be written: a full disk, a read-only folder."""

    code = "E202"


class NotInCheckout(SettingsError):
    """The command needs a checkout of the benchmark around it."""

    code = "E203"


# --- E3xx submission ------------------------------------------------------------------------------------


class InvalidManifest(SubmissionError):
    """A manifest has defects."""

    code = "E301"


class NoDigest(SubmissionError):
    """A ranked run was asked for, and the image is named without a digest."""

    code = "E302"


class BuildFailed(SubmissionError):
    """The folder's Dockerfile does not build."""

    code = "E303"


class ImageMissing(SubmissionError):
    """No such image at the registry, or not on this machine."""

    code = "E304"


class ImageRefused(SubmissionError):
    """The image cannot be accepted: another architecture, nothing to run, too large, volumes in the way."""

    code = "E305"


class ScaffoldExists(SubmissionError):
    """`submission new` would overwrite something."""

    code = "E306"


class InvalidPredictions(SubmissionError):
    """The predictions table does not meet the contract."""

    code = "E311"


class NothingWritten(SubmissionError):
    """The run ended without the predictions file, or with something else in its place."""

    code = "E312"


class RunFailed(SubmissionError):
    """The container ended with an error of its own."""

    code = "E313"


class RunTimedOut(SubmissionError):
    """The container did not end within the track's wall time."""

    code = "E314"


class OutOfMemory(SubmissionError):
    """The container was killed at the track's memory limit."""

    code = "E315"


class CannotStart(SubmissionError):
    """The image's entrypoint could not be started."""

    code = "E316"


class CheckFailed(SubmissionError):
    """`submission check` found that the submission would be refused."""

    code = "E320"


class EntryRefuted(SubmissionError):
    """What is published of a submission is not what its predictions, the labels and the digests give."""

    code = "E321"


# --- E4xx engine and host -------------------------------------------------------------------------------


class NoEngine(HostError):
    """No container engine answers."""

    code = "E401"


class EngineRefused(HostError):
    """This engine or host may not be used for this kind of run."""

    code = "E402"


class EngineFailed(HostError):
    """An engine command failed in a way that is not the submission's fault."""

    code = "E403"


class RegistryFailed(HostError):
    """A registry could not be asked: network, credentials, a broken server."""

    code = "E404"


class RunUndetermined(HostError):
    """A run ended in a way that may be the platform's fault."""

    code = "E405"


class CannotMakeBase(HostError):
    """The local base image could not be made from this host."""

    code = "E406"


# --- E5xx data ------------------------------------------------------------------------------------------


class FetchFailed(DatasetError):
    """A source file could not be fetched."""

    code = "E501"


class DigestMismatch(DatasetError):
    """A source file is not the one the catalogue names."""

    code = "E502"


class UnexpectedContent(DatasetError):
    """A source file has other sheets, columns or cells than its preparation knows."""

    code = "E503"


class PreparedMismatch(DatasetError):
    """A prepared set is not the revision the catalogue names."""

    code = "E504"


class NotPrepared(DatasetError):
    """This dataset is catalogued but has no preparation yet."""

    code = "E505"


class InvalidTable(DatasetError):
    """A table of labels or inputs given by the user has defects."""

    code = "E506"


class InvalidCatalog(DatasetError):
    """A catalogue entry is wrong."""

    code = "E507"


class CannotNumber(DatasetError):
    """A sequence is no antibody variable domain that can be numbered."""

    code = "E508"


# --- E6xx results ---------------------------------------------------------------------------------------


class BadRecord(ResultsError):
    """A record cannot be read."""

    code = "E601"


class RecordTooNew(ResultsError):
    """A record was written by a newer version of the program."""

    code = "E602"


class PredictionsLost(ResultsError):
    """The predictions beside a record are absent or not the ones it names."""

    code = "E603"


class ResultsLocked(ResultsError):
    """Another process is writing to the same results folder."""

    code = "E604"
