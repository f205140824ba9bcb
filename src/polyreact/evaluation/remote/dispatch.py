"""Evaluate on many machines: plan here, run there, score here.

What travels are tasks: a manifest, the name of an image, and rows without labels. What comes back is read as
hostile and checked as the weekly evaluation checks what its machines bring back, then scored and kept by the one
process that holds the records' lock. The records say what is done and the spool what is done and not kept yet, so
a plan that was killed goes on where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polyreact.datasets.catalog import Dataset
from polyreact.errors import ArtefactRefused, PolyreactError, TaskNotRun
from polyreact.evaluation.evaluate import (
    Evaluation,
    Resolver,
    Result,
    bring_result_up_to_date,
    compare_tracks,
    draw_tracks,
    evaluate_on,
    find_jobs_to_run,
    remove_leftover_records,
)
from polyreact.evaluation.outcome import find_fault
from polyreact.evaluation.plan import Job, JobState, build_job
from polyreact.evaluation.queue import Place, Queue
from polyreact.evaluation.remote.artefact import Artefact, Claim
from polyreact.evaluation.remote.attendance import Attendance
from polyreact.evaluation.remote.claims import check_artefact, check_slice_claim
from polyreact.evaluation.remote.cutting import Cutter
from polyreact.evaluation.remote.journal import JOURNAL_FILE, open_journal
from polyreact.evaluation.remote.keep_claims import Keeper, keep_claim
from polyreact.evaluation.remote.parts import build_tasks, merge_claims, read_task_claim
from polyreact.evaluation.remote.progress import Unit
from polyreact.evaluation.remote.resources import resources_of
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.tasks import Task, longest_s
from polyreact.evaluation.remote.teller import Teller, count_slots
from polyreact.evaluation.remote.travel import Returned, build_order, run_order, unpack
from polyreact.evaluation.run import remove_leftovers
from polyreact.evaluation.slices import describe_slices, is_within_wall_time
from polyreact.evaluation.submissions import Candidate, unresolved
from polyreact.execution.interface import Pool
from polyreact.results.queue_store import QueueStore
from polyreact.results.records import Record
from polyreact.sequences import Antibody
from polyreact.tracks.track import Track
from polyreact.visible import visible

_SHOWN = 500
_SEEN_AFTER_S = 60
#: What has become of a job whose tasks wait for whoever runs them.
WAITING = "waits in the spool"

#: How often the driver looks which runs have begun, and shows that it lives.
_LOOK_S = 1.0
#: So many tasks are with the pool at a time: what travels with each is in memory until it is back.
_MOST_OUT = 500
#: While a plan is under way the queue is written this often, however many jobs change: it names all of them.
_QUEUE_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where tasks are run: the pool, the driver's spool, and how workers see it.

    Without a pool tasks are left in the spool for whoever runs them, and what is done there already is kept.
    `is_shared` says that workers have the same folder under the same name; else all of a task travels through the
    pool. `environment` is for the workers' commands.
    """

    pool: Pool | None
    spool: Spool
    is_shared: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Asked:
    """One job that is run elsewhere: its tasks, how many are still out, and the first thing that went wrong.

    `worker` is who brought back the last of them.
    """

    candidate: Candidate
    job: Job
    tasks: list[Task]
    out: int = 0
    error: PolyreactError | None = None
    worker: str | None = None

    @property
    def place(self) -> Place:
        return self.job.submission.id, str(self.job.track.id)


def evaluate_on_pool(
    evaluation: Evaluation, dispatch: Dispatch, candidates: Sequence[Candidate], tracks: Sequence[Track]
) -> tuple[Result, ...]:
    """As `evaluate`, with the containers on the workers of a pool; the same results in the same order.

    Jobs that are not to travel are run here when the others are done: those of fold tracks, since they take labels,
    of private tracks, and of images that only this machine has. Raises ResultsLocked, and what the pool cannot do.
    """
    journal = dispatch.spool.folder / JOURNAL_FILE
    with evaluation.store.lock(), dispatch.spool.lock(), open_journal(journal, evaluation.on_progress) as opened:
        remove_leftover_records(evaluation)
        queue = Queue(QueueStore.of(evaluation.store), evaluation.on_progress, every=_QUEUE_EVERY)
        queue.begin(find_jobs_to_run(evaluation, candidates, tracks))
        driver = _Driver(
            evaluation,
            dispatch,
            queue,
            Teller(opened, evaluation.on_show),
            Cutter(evaluation, dispatch.spool),
            None if dispatch.pool is None else Attendance(dispatch.pool, evaluation.on_progress),
        )
        order = [(candidate.manifest.name, str(track.id)) for candidate in candidates for track in tracks]
        for candidate in candidates:
            for track in tracks:
                driver.plan(candidate, track)
        driver.tell_plan()
        driver.run_elsewhere()
        driver.run_here()
        queue.flush()
        driver.tidy()
        results = [driver.results[place] for place in order]
        results += draw_tracks(evaluation, tracks)
        results += compare_tracks(evaluation, tracks)
        dispatch.spool.remove_unused_inputs()
    return tuple(results)


@dataclass(slots=True)
class _Driver:
    """What is under way: for the holder of the records' lock."""

    evaluation: Evaluation
    dispatch: Dispatch
    queue: Queue
    teller: Teller
    cutter: Cutter
    attendance: Attendance | None
    results: dict[Place, Result] = field(default_factory=dict)
    _elsewhere: deque[_Asked] = field(default_factory=deque)
    _out: dict[Future[Returned], tuple[_Asked, Task]] = field(default_factory=dict)
    _sets: dict[str, Sequence[Antibody]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _here: list[tuple[Candidate, Track]] = field(default_factory=list)

    def plan(self, candidate: Candidate, track: Track) -> None:
        """Decide where one submission is run on one track, or bring up to date what is recorded."""
        submission = unresolved(candidate)
        place = submission.id, str(track.id)
        try:
            job = build_job(submission, track, self.evaluation.store, force=self.evaluation.force)
            if job.state is not JobState.TO_RUN and (submission.image or _has_no_place(job)):
                self._end(place, bring_result_up_to_date(self.evaluation, job))
            elif submission.image is None or track.has_folds or track.is_private:
                self._here.append((candidate, track))
            else:
                self.evaluation.permit(job)
                self._elsewhere.append(self._ask(candidate, job, self.cutter.count(candidate, job)))
        except PolyreactError as error:
            self._end(place, Result(*place, "refused", error=error))

    def tell_plan(self) -> None:
        """Tell what is to be run, and what of the plan needs no run any more."""
        units = [_unit_of(task) for asked in self._elsewhere for task in asked.tasks]
        units += [_unit_here(candidate, track) for candidate, track in self._here]
        slots = 1
        if self._elsewhere and self.dispatch.pool is not None:
            slots = count_slots(self.dispatch.pool.state().workers, resources_of(self._elsewhere[0].job))
        done = sum(result.error is None for result in self.results.values())
        self.teller.begin(units, slots=slots, done_before=done)

    def run_elsewhere(self) -> None:
        """Give out all that travels, and keep each result as it comes back."""
        while self._elsewhere or self._out:
            while self._elsewhere and len(self._out) < _MOST_OUT:
                self._give_out(self._elsewhere.popleft())
            done, _ = wait(self._out, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            if self.attendance is not None:
                self.attendance.look(len(self._out))
            for future in done:
                self._come_back(future)
            for future, (asked, task) in self._out.items():
                if task.digest not in self._begun and future.running():
                    self._begun.add(task.digest)
                    self.queue.start(asked.place)
                    self.teller.start(_unit_of(task))
            self.queue.beat()
            self.teller.show()

    def run_here(self) -> None:
        """What does not travel, one after the other, as without a pool; left alone where nothing is run."""
        if self.dispatch.pool is None:
            for candidate, track in self._here:
                place = candidate.manifest.name, str(track.id)
                self.results[place] = Result(*place, JobState.TO_RUN.value)
            return
        if not self._here:
            return
        try:
            facts = self.evaluation.engine.probe()
            remove_leftovers(self.evaluation.engine, self.evaluation.settings, self.evaluation.on_progress)
        except PolyreactError as error:
            for candidate, track in self._here:
                place = candidate.manifest.name, str(track.id)
                self._end(place, Result(*place, "refused", error=error))
                self.teller.end(_unit_here(candidate, track), error)
            return
        resolvers: dict[str, Resolver] = {}
        for candidate, track in self._here:
            place = candidate.manifest.name, str(track.id)
            resolver = resolvers.setdefault(candidate.manifest.name, Resolver(self.evaluation, candidate))
            unit = _unit_here(candidate, track)
            self.teller.start(unit)
            try:
                result = evaluate_on(self.evaluation, resolver, track, facts, self.queue)
            except PolyreactError as error:
                result = Result(*place, "refused", error=error)
            self._end(place, result)
            self.teller.end(unit, result.error)

    def tidy(self) -> None:
        """Forget tasks of this plan that are none any more: their jobs are recorded, or have no place."""
        for task in list(self.dispatch.spool.read_tasks()):
            result = self.results.get((task.submission, task.record.track))
            if result is not None and result.error is None and result.what not in {WAITING, JobState.TO_RUN.value}:
                self.dispatch.spool.remove(task)

    def _ask(self, candidate: Candidate, job: Job, of: int) -> _Asked:
        """The job as tasks that wait in the spool."""
        spool, tasks = self.dispatch.spool, []
        for task, inputs in build_tasks(job, self._read(job.dataset), of):
            if self.evaluation.force:
                spool.remove(task)
            spool.write_task(task, inputs)
            tasks.append(task)
        if of > 1:
            rows = sum(task.record.rows for task in tasks)
            self.evaluation.on_progress(f"{candidate.manifest.name} on {job.track.id}: {describe_slices(of, rows)}")
        return _Asked(candidate, job, tasks)

    def _give_out(self, asked: _Asked) -> None:
        """All tasks of a job, but for those that are done and were not kept yet."""
        missing = [task for task in asked.tasks if self.dispatch.spool.find_done(task.digest) is None]
        if missing and self.dispatch.pool is None:
            self.results[asked.place] = Result(*asked.place, WAITING)
            return
        asked.out = len(missing)
        for task in asked.tasks if len(asked.tasks) > 1 else ():
            if task not in missing:
                self.teller.end(_unit_of(task))
        for task in missing:
            try:
                self._out[self._submit(asked.job, task)] = asked, task
            except PolyreactError as error:
                asked.out -= 1
                asked.error = asked.error or error
        if not asked.out:
            self._finish(asked)

    def _submit(self, job: Job, task: Task) -> Future[Returned]:
        spool, pool = self.dispatch.spool, self.dispatch.pool
        assert pool is not None  # noqa: S101  without one nothing is given out
        shared = str(spool.folder) if self.dispatch.is_shared else None
        inputs = b"" if shared else spool.read_inputs(task)
        order = build_order(task, inputs, shared, self.dispatch.environment, longest_s(job.track.limits))
        key = f"{task.words} {task.digest[:12]}"
        return pool.submit(run_order, order, resources=resources_of(job), key=key)

    def _come_back(self, future: Future[Returned]) -> None:
        asked, task = self._out.pop(future)
        asked.out -= 1
        asked.worker = None
        try:
            returned = future.result()
            asked.worker = visible(returned.host)[:_SHOWN] or None
            self._accept(task, returned)
            error = None
        except PolyreactError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001  whatever a worker's process raises is that machine's failure
            error = _not_run(task, Returned(-1, summary=f"{type(failure).__name__}: {failure}"))
        asked.error = asked.error or error
        if len(asked.tasks) > 1:  # else it is told when it is known whether the submission failed
            self.teller.end(_unit_of(task), error, asked.worker)
        if not asked.out:
            self._finish(asked)

    def _accept(self, task: Task, returned: Returned) -> None:
        """What a worker gave back stands in the spool from now on. Raises TaskNotRun and ArtefactRefused."""
        if returned.exit_code != 0:
            raise _not_run(task, returned)
        if returned.files is not None:
            with self.dispatch.spool.open_work(task) as work:
                unpack(returned.files, work, task.words)
                self.dispatch.spool.finish(task, work)

    def _finish(self, asked: _Asked) -> None:
        """Everything is back: check, score and keep it. What is refused is removed, so that it is run again."""
        try:
            if asked.error is not None:
                raise asked.error
            record = self._keep(asked)
        except PolyreactError as error:
            if isinstance(error, ArtefactRefused):
                self.evaluation.on_progress(error.render())
                self._forget(asked)
            result = Result(*asked.place, "refused", error=error)
        else:
            self._forget(asked)
            if record is None:
                again = self._ask(asked.candidate, asked.job, 1)
                self._elsewhere.append(again)
                self.teller.queue(_unit_of(again.tasks[0]))
                return
            fault = find_fault(record)
            result = Result(*asked.place, "run" if fault is None else "failed", record, fault)
            told = f" ({fault.code})" if fault else ""
            self.evaluation.on_progress(f"{' on '.join(asked.place)}: {result.what}{told}")
        self._end(asked.place, result)
        if len(asked.tasks) == 1:
            self.teller.end(_unit_of(asked.tasks[0]), result.error, asked.worker)

    def _keep(self, asked: _Asked) -> Record | None:
        """The record; None where the slices together took longer than the whole may, so that this is to be run."""
        evaluation, job, name = self.evaluation, asked.job, " on ".join(asked.place)
        found = [(task, self._read_claim(task, job)) for task in asked.tasks]
        claim = found[0][1] if len(found) == 1 else merge_claims(found, job, self._read(job.dataset))
        if len(found) > 1 and not is_within_wall_time(claim.record.run):
            evaluation.on_progress(f"{name}: its slices took longer than a whole run may; running it in one piece")
            return None
        now, track = datetime.now(UTC), str(job.track.id)
        given = Artefact({track: claim}, {})
        checked = check_artefact(given, name, [job], evaluation.settings, now, evaluation.on_progress)
        if track not in checked.claims:
            raise TaskNotRun(f"what came back of {name} could not be checked here")
        keeper = Keeper(evaluation.store, evaluation.settings, evaluation.on_progress, evaluation.on_show)
        return keep_claim(claim, job, keeper)

    def _read_claim(self, task: Task, job: Job) -> Claim:
        folder = self.dispatch.spool.find_done(task.digest)
        for _ in range(_SEEN_AFTER_S if self.dispatch.is_shared else 0):
            if folder is not None:
                break
            self.evaluation.wait(1.0)  # a network's file system may take as long to show what stands there
            folder = self.dispatch.spool.find_done(task.digest)
        if folder is None:
            raise TaskNotRun(f"nothing came back of {task.words}, though it is said to be done")
        claim = read_task_claim(folder, task, job)
        if task.part is not None:
            check_slice_claim(claim, task.part, job, task.words)
        return claim

    def _read(self, dataset: Dataset) -> Sequence[Antibody]:
        """The rows of a set, read once for all jobs that ask about it."""
        name = f"{dataset.id}@{dataset.revision}"
        if name not in self._sets:
            evaluation = self.evaluation
            read = evaluation.read_antibodies(dataset, evaluation.settings, evaluation.on_progress)
            self._sets[name] = read
        return self._sets[name]

    def _forget(self, asked: _Asked) -> None:
        for task in asked.tasks:
            self.dispatch.spool.remove(task)

    def _end(self, place: Place, result: Result) -> None:
        self.results[place] = result
        if result.error is not None and result.record is None:
            self.queue.put_off(place, result.error)
        else:
            self.queue.finish(place)


def _unit_of(task: Task) -> Unit:
    record = task.record
    return Unit(task.digest, task.submission, record.track, record.slice_number, record.slices)


def _unit_here(candidate: Candidate, track: Track) -> Unit:
    return Unit(f"here: {candidate.manifest.name} on {track.id}", candidate.manifest.name, str(track.id))


def _has_no_place(job: Job) -> bool:
    return job.state in {JobState.TRAINED_ON, JobState.NOT_APPLICABLE}


def _not_run(task: Task, returned: Returned) -> TaskNotRun:
    code = f"{returned.code}  " if returned.code else f"exit status {returned.exit_code}: "
    return TaskNotRun(
        f"{task.words} came to no end where it was run: {visible(code + returned.summary)[:_SHOWN]}",
        consequence="Nothing was recorded; that is not held against the submission.",
        cure="Look at that machine:\n  polyreact cluster check --on PROFILE",
    )
