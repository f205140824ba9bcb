"""One run of one container over an engine's command line: create, start, watch, stop, read, always remove."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from polyreact.engines.cgroups import Usage, UsageSampler, find_groups, highest
from polyreact.engines.command_line import CommandLine
from polyreact.engines.container_state import State, read_state
from polyreact.engines.interface import MemoryWitness, RunExit, RunSpec
from polyreact.engines.kernel_log import KernelLog, follow_kernel_log
from polyreact.engines.oci import Dialect, container_name, create_arguments
from polyreact.engines.reaping import run_labels
from polyreact.engines.run_group import RunGroup
from polyreact.errors import EngineFailed, ImageMissing
from polyreact.visible import visible

_SAMPLE_S = 0.05
_TICK_S = 1.0
_UNKILLABLE_S = 60.0
_SETTLE_S = 5.0
_REMOVE_ATTEMPTS = 3
_NEVER_STARTED_CODE = 127
_CLOCK_DRIFT_S = 1.0
#: The kernel kills when not even a page is free; what it counts in batches may be missing from the peak.
_AT_THE_LIMIT = 0.98

_NAME_TAKEN = re.compile(r"already in use", re.IGNORECASE)
_NO_CONTAINER = re.compile(r"no such container|no container with", re.IGNORECASE)
_NO_IMAGE = re.compile(r"no such image|image not known|unable to find image", re.IGNORECASE)
#: Texts of a container that cannot start because of what stands in its image.
_CANNOT_START = re.compile(
    r"(?<![/\w])exec:? [\"/]|executable file|open executable|no command specified|no command or entrypoint"
    r"|to rootfs at|mount .{1,300} to .{1,300}: not a directory|working directory|chdir to cwd|exec format error"
    # What stands where the image's WORKDIR should be is a file or a link that leads nowhere.
    r"|workdir .{1,300} is not a directory|cannot mkdir: .{1,300} is not a directory"
    r"|workdir: mkdir .{1,300}: (?:not a directory|file exists)|too many links in .{1,300}/merged/"
    r"|lstat .{1,300}/merged/.{1,300}: not a directory"
    r"|container init: mkdir .{1,300}: (?:not a directory|file exists)",
    re.IGNORECASE,
)
#: The part of a complaint that is looked at on either side: the rest of a longer one is the image's own text.
_LOOKED_AT = 4000
#: In a start error that may be published.
_SHOWN_START, _SHOWN_END = 140, 155
_CUT = " ... "
_BEFORE_REASON = "unable to start container process: "
_AFTER_REASON = "\nError: failed to start containers: "
_IDS = re.compile(r"[0-9a-f]{12,}")
#: Where engines put an image's files on this host.
_IMAGE_FOLDER = re.compile(r"(?:/+[^\s\"':/]{1,255}){1,30}?/(?:merged|rootfs)\b")


@dataclass(frozen=True, slots=True)
class Verbs:
    """How one engine's command line is asked for what a run needs.

    A daemon that is restarted kills its containers, which only who waits from the beginning can tell from their own
    end. Without one a run that is over at the first look need not be waited for.
    """

    dialect: Dialect
    wait: tuple[str, ...]
    remove: tuple[str, ...]
    has_daemon: bool = True


def run_container(
    command: CommandLine,
    verbs: Verbs,
    spec: RunSpec,
    on_tick: Callable[[float], None] | None,
    group: RunGroup | None = None,
    first_user_id: int = 0,
) -> RunExit:
    """Run one container as `Engine.run` promises; the container is gone on return and on any exception.

    With a `group` the container is put in it, and what it used is read there; with a `first_user_id` its users are
    mapped to those of the host from that id on.
    """
    named = group.name if group else None
    arguments = create_arguments(spec, verbs.dialect, run_labels(spec), named, first_user_id)
    is_ours = True
    try:
        created = command.run(*arguments)
        is_ours = not _NAME_TAKEN.search(created.error_text)
        if created.exit_code:
            ended = _not_started(spec, created.error_text)
        else:
            with follow_kernel_log() as kernel_log:
                ended = _start_and_watch(command, verbs, spec, on_tick, _Seen(group, kernel_log))
    except BaseException:
        if is_ours:
            # The first failure tells more than a second one here; `reap` finds what is left.
            with contextlib.suppress(EngineFailed):
                remove_container(command, verbs, container_name(spec.run_id))
        raise
    remove_container(command, verbs, container_name(spec.run_id))
    return ended


def remove_container(command: CommandLine, verbs: Verbs, name: str) -> None:
    """Kill and remove a container; one that is gone already is fine. Raises EngineFailed."""
    complaint = ""
    for _ in range(_REMOVE_ATTEMPTS):
        removed = command.run(*verbs.remove, name)
        complaint = removed.error_text
        if removed.exit_code == 0 or _NO_CONTAINER.search(complaint):
            return
    raise EngineFailed(
        f"the container {name} could not be removed",
        cure="Look whether the engine still answers; the next run removes it.",
        detail=complaint,
    )


def _start_and_watch(
    command: CommandLine,
    verbs: Verbs,
    spec: RunSpec,
    on_tick: Callable[[float], None] | None,
    seen: _Seen,
) -> RunExit:
    name = container_name(spec.run_id)
    asked = _Moment.now()
    # Podman's helper leaves an empty file `oom` where it was started, when the memory limit was reached.
    started = command.run("start", name, folder=spec.output.parent)
    if started.exit_code:
        return _not_started(spec, started.error_text)
    with contextlib.ExitStack() as stack:
        waiting = command.started(*verbs.wait, name, sink=subprocess.DEVNULL)
        waiter = stack.enter_context(waiting) if verbs.has_daemon else None
        first = read_state(command, name)
        watch = _Watch(command, spec, first, on_tick, asked)
        if waiter is not None or not first.has_ended:
            watch.until_end(waiter or stack.enter_context(waiting))
    last = first if first.has_ended else _settled_state(command, name)
    logs = command.run("logs", name, merged=True, kept_bytes=spec.policy.limits.log_bytes)
    usage = highest(watch.usage, seen.group.usage()) if seen.group else watch.usage
    return RunExit(
        exit_code=last.exit_code,
        started_at=last.started_at or datetime.now(UTC),
        wall_s=watch.wall_s(last),
        timed_out=watch.was_stopped and watch.wall_s(last) >= spec.policy.limits.wall_time_s,
        memory_kills_seen_by=_find_witnesses(last, usage, seen.kernel_log.count_memory_kills(last.container_id)),
        stood_at_memory_limit=(usage.peak_memory_bytes or 0) >= _AT_THE_LIMIT * spec.policy.limits.memory_bytes,
        engine_error=last.error or None,
        cpu_s=usage.cpu_s,
        peak_memory_bytes=usage.peak_memory_bytes,
        clock_was_set=watch.clock_was_set,
        log=logs.output,
    )


def _find_witnesses(state: State, usage: Usage, logged_kills: int) -> tuple[MemoryWitness, ...]:
    """Who saw that something was killed at the memory limit. A peak at the limit is no witness of a kill."""
    witnesses: list[MemoryWitness] = []
    if state.out_of_memory:
        witnesses.append("engine")
    if usage.oom_kills:
        witnesses.append("control group")
    if logged_kills:
        witnesses.append("kernel log")
    return tuple(witnesses)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where it stands what a container used and suffered, beside what the engine says."""

    group: RunGroup | None
    kernel_log: KernelLog


@dataclass(frozen=True, slots=True)
class _Moment:
    """One moment by the clock that can be set, and by the one that cannot."""

    set_s: float
    steady_s: float

    @classmethod
    def now(cls) -> _Moment:
        return cls(time.time(), time.monotonic())

    def was_clock_set_until(self, later: _Moment) -> bool:
        """Whether the one clock went on by another time than the other."""
        return abs((later.set_s - self.set_s) - (later.steady_s - self.steady_s)) > _CLOCK_DRIFT_S


class _Watch:
    """Waits for a container's end, reading what it uses, and ends it when its time is over."""

    def __init__(
        self,
        command: CommandLine,
        spec: RunSpec,
        first: State,
        on_tick: Callable[[float], None] | None,
        asked: _Moment,
    ) -> None:
        self.was_stopped = False
        self._command = command
        self._spec = spec
        self._on_tick = on_tick
        self._next_tick = _TICK_S
        self._sampler = UsageSampler(find_groups(first.process_id, first.container_id) if first.is_running else {})
        began = first.started_at or datetime.now(UTC)
        # Counted on from here by a clock that cannot be set; the engine may stand in a virtual machine, with a
        # clock of its own. It cannot have started before it was asked to.
        now = time.monotonic()
        already_s = min(max((datetime.now(UTC) - began).total_seconds(), 0.0), now - asked.steady_s)
        self._zero = now - already_s
        self._asked = asked
        self._end = _Moment.now()

    @property
    def usage(self) -> Usage:
        """What the container was seen to use."""
        return self._sampler.usage

    @property
    def clock_was_set(self) -> bool:
        """Whether somebody moved this host's clock while the container ran."""
        return self._asked.was_clock_set_until(self._end)

    def wall_s(self, last: State) -> float:
        """How long it ran: by the engine's two times, unless the clock that they are of was set in between."""
        if last.started_at is None or last.finished_at is None or self.clock_was_set:
            return self._end.steady_s - self._zero
        return max(0.0, (last.finished_at - last.started_at).total_seconds())

    def until_end(self, waiter: subprocess.Popen[bytes]) -> None:
        """Return when the engine says that the container has ended. Raises EngineFailed if it never does."""
        limit_s = self._spec.policy.limits.wall_time_s
        stages = [
            (limit_s, "TERM"),
            (limit_s + self._spec.policy.terminate_grace_s, "KILL"),
            (limit_s + self._spec.policy.terminate_grace_s + _UNKILLABLE_S, None),
        ]
        while waiter.poll() is None:
            self._sampler.sample()
            elapsed_s = time.monotonic() - self._zero
            if elapsed_s >= stages[0][0]:
                self._stop(stages.pop(0)[1])
            if self._on_tick and elapsed_s >= self._next_tick:
                self._next_tick = elapsed_s + _TICK_S
                self._on_tick(elapsed_s)
            _wait(waiter, _SAMPLE_S)
        self._end = _Moment.now()
        if waiter.returncode != 0:
            # A daemon that was restarted has killed its containers: that must not look like their own end.
            raise EngineFailed(
                "the engine lost sight of a running container",
                cure="Look whether the engine was restarted, then run the same command again.",
            )

    def _stop(self, signal_name: str | None) -> None:
        if signal_name is None:
            raise EngineFailed(
                "a container could not be ended", cure="Look whether the engine still answers, then try again."
            )
        self.was_stopped = True
        # It may have ended meanwhile; then there is nothing to kill, and the engine's complaint is no failure.
        self._command.run("kill", f"--signal={signal_name}", container_name(self._spec.run_id))


def _settled_state(command: CommandLine, name: str) -> State:
    """The state after the end; podman may still be tidying up when its `wait` returns."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        state = read_state(command, name)
        if state.has_ended:
            return state
        if time.monotonic() > deadline:
            raise EngineFailed(
                "the engine stopped watching a container that still runs",
                cure="Look whether the engine was restarted, then run the same command again.",
                detail=state.error,
            )
        time.sleep(_SAMPLE_S)


def _not_started(spec: RunSpec, complaint: str) -> RunExit:
    """A container that could not start because of its image; anything else is the engine's failure."""
    looked_at = _cut_middle(complaint, _LOOKED_AT, _LOOKED_AT)
    if _NO_IMAGE.search(looked_at):
        raise ImageMissing(
            f"the image {spec.image.reference} is no longer on this machine", cure="Run the same command again."
        )
    if not _CANNOT_START.search(looked_at):
        raise EngineFailed(
            "the engine could not start a container",
            cure="Run `polyreact engine check` to see what this engine can do.",
            detail=complaint,
        )
    return RunExit(
        exit_code=_NEVER_STARTED_CODE,
        started_at=datetime.now(UTC),
        wall_s=0.0,
        start_error=_public_reason(spec, looked_at),
    )


def _public_reason(spec: RunSpec, complaint: str) -> str:
    """Why a container did not start, fit for a published record: the image chose the better part of this text.

    One line of at most 300 characters, without what names this host: its folders, containers and layers.
    """
    before, found, after = complaint.partition(_BEFORE_REASON)
    reason = (after if found else before).rpartition(_AFTER_REASON)[0] or (after if found else before)
    for folder, name in ((spec.data, "<data>"), (spec.output, "<output>"), (spec.output.parent, "<run>")):
        reason = reason.replace(str(folder), name)
    reason = _IMAGE_FOLDER.sub("<image>", _IDS.sub("<id>", reason))
    return _cut_middle(visible(reason), _SHOWN_START, _SHOWN_END)


def _cut_middle(text: str, before: int, after: int) -> str:
    return text if len(text) <= before + len(_CUT) + after else text[:before] + _CUT + text[-after:]


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
