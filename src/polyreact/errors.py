"""Every error a person may meet: one class each, with its code and exit status.

    PolyreactError
    ├── UsageError          E1xx  exit 2   the command line was wrong
    ├── SettingsError       E2xx  exit 2   the surroundings were wrong: folders, environment
    ├── SubmissionError     E3xx  exit 3   the submission was wrong; its author can mend it
    ├── HostError           E4xx  exit 4   an engine or this host was wrong; the organiser can mend it
    ├── DatasetError        E5xx  exit 5   a data file was wrong or absent
    └── ResultsError        E6xx  exit 6   a kept record was wrong
        E701 to E7xx are of pull requests and the weekly run: each is one of the above, by who must act
    a bug                   E700  exit 70  anything else, with a traceback file

A message says what is wrong, lists every defect found, says what the program did about it, and ends with
what to do. The text of an error is *public*: no label, no host path of the platform's own, no other
submission. What only the operator may see goes into `detail`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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

    def __reduce__(self) -> tuple[object, ...]:
        """As it is sent from one process to another: whatever its constructor takes, nothing of it is lost."""
        return _restore_error, (type(self), self.args, self.__dict__)

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


def _restore_error(kind: type[PolyreactError], arguments: tuple[object, ...], content: dict[str, object]) -> object:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(content)
    return error


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


class BadProfile(SettingsError):
    """A profile of where jobs run has defects."""

    code = "E210"


class PlainClusterRefused(SettingsError):
    """A cluster without TLS has an address that others can reach."""

    code = "E211"


class BadCertificate(SettingsError):
    """A certificate or key of a cluster is absent or cannot be used."""

    code = "E212"


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


class UnfinishedManifest(SubmissionError):
    """A manifest that is to be handed in still says what `submission new` wrote for its author to replace."""

    code = "E307"


class NotPushed(SubmissionError):
    """The registry did not take the image that was pushed."""

    code = "E308"


class NotPublic(SubmissionError):
    """Not everybody can pull the image, or its name stands for another image than the one that was pushed."""

    code = "E309"


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


class NotIndependent(SubmissionError):
    """The manifest says `independent: true`, and answers change with the other rows, their order or their ids."""

    code = "E340"


class IndependenceUnknown(SubmissionError):
    """The manifest says `independent: true`, and the runs that were to show it did not come to an end."""

    code = "E341"


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


class NotEnoughMemory(HostError):
    """This machine's memory does not suffice for what was asked."""

    code = "E420"


class NoGpu(HostError):
    """The submission needs a GPU, and this machine or its engine has none to give."""

    code = "E430"


class GpusBusy(HostError):
    """Every GPU of this machine is given to another run, and stayed so."""

    code = "E431"


class NoRoomForImage(HostError):
    """An image would not fit: into the budget for images, or onto the disk with enough left free."""

    code = "E432"


class NoSuchWorker(HostError):
    """A job needs more than any worker of the pool can have."""

    code = "E450"


class WorkerLost(HostError):
    """The workers that ran a job died, one after the other; or what it gave back never came."""

    code = "E451"


class ClusterUnreachable(HostError):
    """A cluster does not answer, refuses, or has no worker."""

    code = "E452"


class PoolClosed(HostError):
    """A pool was closed before a job had ended, or before it was given one."""

    code = "E453"


class SlurmMissing(HostError):
    """There is no Slurm on this machine, or its controller does not answer."""

    code = "E470"


class SlurmRefused(HostError):
    """Slurm does not take the jobs that the profile describes."""

    code = "E471"


class SlurmJobsEnd(HostError):
    """Jobs of Slurm end again and again before a worker comes up in them."""

    code = "E472"


class TaskRefused(HostError):
    """A task cannot be run on this machine as it stands: it is damaged, or of another version of the program."""

    code = "E480"


class TaskNotRun(HostError):
    """The machine that a task was given to did not bring it to an end."""

    code = "E481"


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


class CannotEmbed(DatasetError):
    """Sequences hold what no embedder takes: other letters, nothing, more residues than a model can read."""

    code = "E520"


class BadWeights(DatasetError):
    """Weights of a model are damaged, incomplete or of another kind than their name says."""

    code = "E521"


class BadModel(DatasetError):
    """A trained model cannot be loaded: damaged, of an unknown kind, or made of types that are not allowed."""

    code = "E522"


class CannotTrain(DatasetError):
    """This table cannot be learned from: too few of a class, too few groups, folds that cannot be made."""

    code = "E523"


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


class ReleaseExists(ResultsError):
    """A release of this name holds another board."""

    code = "E605"


class NotPublishable(ResultsError):
    """A built site holds what may not be published, or is too large for where it should go."""

    code = "E606"


class CannotTrack(ResultsError):
    """A tracker of training runs could not keep one; the run's own folder is whole."""

    code = "E607"


class BadJournal(ResultsError):
    """A journal of what an evaluation did cannot be read, or is none."""

    code = "E610"


# --- E70x, E71x pull requests ---------------------------------------------------------------------------


class BadEvent(SettingsError):
    """What GitHub Actions should say in the environment is missing, too large or not of its form."""

    code = "E701"


class WrongChange(SubmissionError):
    """A pull request changes something else than one manifest in `submissions/`."""

    code = "E702"


class WrongOwner(SubmissionError):
    """A pull request names an owner whose submissions its author may not hand in."""

    code = "E703"


class ImageOutOfReach(SubmissionError):
    """A submission's image stands at a registry that not everybody can reach."""

    code = "E704"


class BadOwners(SettingsError):
    """`submissions/OWNERS.toml` has defects."""

    code = "E705"


class BadReport(HostError):
    """What a check left as its artefact is no report of this pull request's commit, or there is none."""

    code = "E706"


class ForgeFailed(HostError):
    """GitHub could not be asked, or refused."""

    code = "E707"


class GitFailed(HostError):
    """A git command failed in a way that is not the pull request's fault."""

    code = "E708"


class NotAllowed(UsageError):
    """Somebody asked in a comment for what only the author or an organiser may."""

    code = "E709"


# --- E72x the weekly evaluation -------------------------------------------------------------------------


class CanaryFailed(HostError):
    """A baseline does not give its kept predictions any more: it is the platform that changed."""

    code = "E720"


class ArtefactRefused(HostError):
    """What an evaluation job brought back is not what a planned job writes."""

    code = "E721"


class JobLost(HostError):
    """A planned job brought nothing back: its machine went away, or ran out of time."""

    code = "E722"


class OverQuota(SubmissionError):
    """The author's scored runs on a private track are used up for this month; `until` is when it ends."""

    code = "E723"

    def __init__(self, summary: str, *, until: datetime, consequence: str = "", cure: str = "") -> None:
        super().__init__(summary, consequence=consequence, cure=cure)
        self.until = until


class NotPlanned(UsageError):
    """A job was asked for that is not to be run now."""

    code = "E724"


class CannotPush(HostError):
    """The commit of results could not be put onto the branch."""

    code = "E725"
