"""What an engine says of one container, in the words of docker's and podman's `inspect`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from polyreact.engines.command_line import CommandLine
from polyreact.errors import EngineFailed

_FRACTION = re.compile(r"\.(\d{1,6})\d*")


@dataclass(frozen=True, slots=True)
class State:
    """What the engine says of a container."""

    container_id: str
    process_id: int
    is_running: bool
    exit_code: int
    out_of_memory: bool
    error: str
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether it ran and has ended, and nothing of this will change any more."""
        return not self.is_running and self.finished_at is not None


def read_state(command: CommandLine, name: str) -> State:
    """Ask the engine how a container is. Raises EngineFailed."""
    inspected = command.run("inspect", "--type=container", "--format={{.Id}} {{json .State}}", name)
    try:
        container_id, _, text = inspected.text.partition(" ")
        return _parse_state(container_id, json.loads(text))
    except (ValueError, KeyError) as error:
        raise EngineFailed(
            "the engine lost sight of a running container",
            cure="Look whether the engine was restarted, then run the same command again.",
            detail=inspected.error_text,
        ) from error


def _parse_state(container_id: str, record: Mapping[str, object]) -> State:
    return State(
        container_id=container_id,
        process_id=int(str(record["Pid"])),
        is_running=bool(record["Running"]),
        exit_code=int(str(record["ExitCode"])),
        out_of_memory=bool(record.get("OOMKilled")),
        error=str(record.get("Error") or ""),
        started_at=parse_time(str(record["StartedAt"])),
        finished_at=parse_time(str(record["FinishedAt"])),
    )


def parse_time(text: str) -> datetime | None:
    """A time as Go writes it, with up to nine digits after the second; year 1 stands for never."""
    moment = datetime.fromisoformat(_FRACTION.sub(lambda match: f".{match[1]:<06}", text))
    return moment.astimezone(UTC) if moment.year > 1 else None
