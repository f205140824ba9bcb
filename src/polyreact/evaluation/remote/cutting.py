"""Into how many slices a job is cut: as those that wait from before, else by how fast the submission was."""

from __future__ import annotations

from dataclasses import dataclass, field

from polyreact.errors import PolyreactError
from polyreact.evaluation.evaluate import Evaluation, Resolver
from polyreact.evaluation.plan import Job
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.slices import MOST_SLICES, count_slices, find_speed
from polyreact.evaluation.submissions import Candidate, unresolved
from polyreact.evaluation.trust.checks import TrustChecks
from polyreact.evaluation.trust.independence import Independence, ensure_independent, find_independence
from polyreact.results.records import Record


@dataclass(slots=True)
class Cutter:
    """For one plan, and for the holder of the records' lock: records and claims are looked at once."""

    evaluation: Evaluation
    spool: Spool
    _waiting: dict[tuple[str, str], int] | None = None
    _independent: dict[str, bool] = field(default_factory=dict)
    _kept: tuple[Record, ...] | None = None

    def count(self, candidate: Candidate, job: Job) -> int:
        """The number of slices of a job; 1 where it is not cut.

        Only a submission that says that it is independent is cut, and only once that was found to be true.
        """
        submission, rows = job.submission, job.dataset.positives + job.dataset.negatives
        if not candidate.manifest.independent or submission.image is None:
            return 1
        of = self._find_waiting().get((submission.id, job.digest))
        if of is None or of > rows:
            records = [record for record in self._records() if record.submission.id == submission.id]
            of = count_slices(rows, find_speed(records, submission.image.digest or ""), most=MOST_SLICES)
        return of if of > 1 and self._is_independent(candidate) else 1

    def _find_waiting(self) -> dict[tuple[str, str], int]:
        if self._waiting is None:
            tasks = self.spool.read_tasks()
            self._waiting = {(task.submission, task.record.job): task.record.slices for task in tasks}
        return self._waiting

    def _records(self) -> tuple[Record, ...]:
        if self._kept is None:
            self._kept = self.evaluation.store.read_all()
        return self._kept

    def _is_independent(self, candidate: Candidate) -> bool:
        """Looked up, or tried here; where it cannot be, the submission is run in one piece."""
        name = candidate.manifest.name
        if name not in self._independent:
            try:
                known = self._look_at_claim(candidate)
                self._independent[name] = known.holds
                if known.error is not None:
                    self.evaluation.on_progress(known.error.render())
            except PolyreactError as error:
                self._independent[name] = False
                self.evaluation.on_progress(f"{error.render()}\n{name} is run in one piece.")
        return self._independent[name]

    def _look_at_claim(self, candidate: Candidate) -> Independence:
        evaluation = self.evaluation
        known = find_independence(unresolved(candidate), evaluation.store)
        if known is not None:
            return known
        checks = TrustChecks(
            evaluation.engine, evaluation.store, evaluation.settings, on_progress=evaluation.on_progress
        )
        submission, image = Resolver(evaluation, candidate).resolve()
        return ensure_independent(checks, submission, image, evaluation.engine.probe())
