"""`polyreact evaluate status`."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from polyreact.cli.pools import find_spool, spool_option
from polyreact.cli.surroundings import (
    build_table,
    json_option,
    load_settings,
    print_json,
    print_table,
    results_option,
)
from polyreact.errors import UnreadableArgument, WrongCommandLine
from polyreact.evaluation.remote.progress import Progress, render_progress, render_seconds
from polyreact.evaluation.remote.spool import Spool
from polyreact.evaluation.remote.status import SILENT_AFTER, Held, SpoolStatus, Status, read_status
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.queue_store import QueueStore
from polyreact.results.store import ResultsStore
from polyreact.visible import visible

_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class _Table:
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Sequence[str] = ()


@click.command("status")
@results_option
@spool_option
@click.option("--watch", is_flag=True, help="Look every two seconds until Ctrl-C; needs a terminal.")
@json_option
def status(results: Path, spool: Path | None, *, watch: bool, as_json: bool) -> None:
    """Tell how far a running evaluation is; nothing is changed, and nothing waits for it.

    From the queue beside the records: what runs, what waits, what was put off and until when, and when the
    evaluation last showed that it lives. From the spool of `evaluate run --on`: which machine runs which task and
    when it last showed that it lives, how many are done, and when all may be over.

    With --json times are seconds, and `left_s` is null while nobody can know it.
    """
    store, place = QueueStore.of(ResultsStore(results)), _choose_spool(spool)
    if watch:
        if as_json or not sys.stdout.isatty():
            raise WrongCommandLine(
                "--watch draws on a terminal again and again, and there is none here",
                consequence="Nothing was shown.",
                cure="Leave --watch out: the state is told once.",
            )
        watch_status(lambda: read_status(store, place))
        return
    found = read_status(store, place)
    if as_json:
        print_json(_as_data(found))
        return
    for block in _tell(found):
        if isinstance(block, str):
            click.echo(block)
        else:
            print_table(block.columns, block.rows, right=block.right)


def watch_status(read: Callable[[], Status], wait: Callable[[float], None] = time.sleep) -> None:
    """Show the state on the terminal until somebody interrupts it. Raises as `read`."""
    console = Console(highlight=False)
    try:
        with Live(console=console, auto_refresh=False) as live:
            while True:
                live.update(Group(*(_draw(block, console.width) for block in _tell(read()))), refresh=True)
                wait(_EVERY_S)
    except KeyboardInterrupt:
        return


def _draw(block: str | _Table, width: int) -> Text | Group:
    if isinstance(block, str):
        return Text(block)
    return Group(build_table(block.columns, block.rows, right=block.right, width=width))


def _choose_spool(named: Path | None) -> Spool | None:
    """The folder that was named, which must be there, or the one in the cache, if it is."""
    spool = find_spool(named, load_settings())
    if spool.folder.is_dir():
        return spool
    if named is not None:
        raise UnreadableArgument(
            f"there is no folder {named}",
            cure="Name the folder that was given to polyreact evaluate run with --spool.",
        )
    return None


def _tell(status: Status) -> list[str | _Table]:
    """Everything in order: lines, and tables under them."""
    blocks: list[str | _Table] = [_tell_heartbeat(status)]
    if status.queue is not None:
        blocks += _tell_queue(status, status.queue)
    if status.spool is not None:
        blocks += _tell_spool(status.spool)
    return blocks


def _tell_heartbeat(status: Status) -> str:
    age = status.heartbeat_age
    if age is None:
        return "nothing is to do: there is no queue beside the records"
    told = render_seconds(age.total_seconds())
    if not status.is_running:
        return f"nothing is running; the queue was written {told} ago"
    if age < SILENT_AFTER:
        return f"an evaluation is running, alive {told} ago"
    return f"no heartbeat for {told}: was the evaluation killed? (one that pulls or scores for long is silent, too)"


def _tell_queue(status: Status, queue: QueueRecord) -> list[str | _Table]:
    counts = Counter(job.state for job in queue.jobs)
    told = ", ".join(f"{counts[state]:,} {state.value}" for state in QueueState if counts[state])
    jobs = [job for job in queue.jobs if job.state is not QueueState.WAITING]  # of these there may be thousands
    rows = [_job_row(job, status) for job in jobs]
    table = _Table(["submission", "track", "state", "for", "code"], rows, ["for"])
    return [f"to do: {told or 'nothing'}", *([table] if rows else [])]


def _job_row(job: JobRecord, status: Status) -> list[str]:
    state = job.state.value
    if job.not_before is not None:
        left = (job.not_before - status.at).total_seconds()
        state += f", again in {render_seconds(left)}" if left > 0 else ", again now"
    age = max(0.0, (status.at - job.since).total_seconds())
    return [visible(job.submission), visible(job.track), state, render_seconds(age), visible(job.code or "")]


def _tell_spool(spool: SpoolStatus) -> list[str | _Table]:
    blocks: list[str | _Table] = [
        f"\nspool: {spool.tasks:,} tasks, {spool.done:,} of them done and not collected yet"
    ]
    if spool.held:
        rows = [[visible(h.words), visible(h.host), _words(h.age), _beat_words(h)] for h in spool.held]
        blocks.append(_Table(["task", "on", "for", "heartbeat"], rows, ["for"]))
    if spool.progress is not None:
        blocks.append(f"plan: {render_progress(spool.progress)}")
        if spool.progress.estimate.seconds:
            blocks.append(f"  ({spool.progress.estimate.basis})")
    if spool.damaged:
        blocks.append(f"{spool.damaged:,} lines of the journal are damaged; the plan is told without them")
    return blocks


def _beat_words(held: Held) -> str:
    silent = _words(held.silent_for)
    return f"{silent} ago" if held.is_live else f"none for {silent}: its holder is dead, another takes it over"


def _words(age: timedelta) -> str:
    return render_seconds(age.total_seconds())


def _as_data(status: Status) -> dict[str, object]:
    age = status.heartbeat_age
    return {
        "at": status.at.isoformat(),
        "heartbeat_age_s": None if age is None else age.total_seconds(),
        "is_running": status.is_running,
        "jobs": [] if status.queue is None else [job.model_dump(mode="json") for job in status.queue.jobs],
        "spool": None if status.spool is None else _spool_as_data(status.spool),
    }


def _spool_as_data(spool: SpoolStatus) -> dict[str, object]:
    held = [
        {
            "task": one.task,
            "words": one.words,
            "host": one.host,
            "age_s": one.age.total_seconds(),
            "silent_for_s": one.silent_for.total_seconds(),
            "is_live": one.is_live,
        }
        for one in spool.held
    ]
    progress = None if spool.progress is None else _progress_as_data(spool.progress)
    told = {"tasks": spool.tasks, "done": spool.done, "held": held}
    return told | {"progress": progress, "damaged_lines": spool.damaged}


def _progress_as_data(progress: Progress) -> dict[str, object]:
    running = [asdict(one.unit) | {"worker": one.worker, "age_s": one.age_s} for one in progress.running]
    return {
        "total": progress.total,
        "done": progress.done,
        "running": running,
        "waiting": progress.waiting,
        "failed": dict(progress.failed),
        "put_off": dict(progress.put_off),
        "left_s": progress.estimate.seconds,
        "estimated": progress.estimate.basis,
    }
