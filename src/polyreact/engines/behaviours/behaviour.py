"""A behaviour: its name, what it shows, the program to run inside, and a judge of what was seen outside.

A program that ends with status 0 says that the behaviour holds; with CANNOT_TELL, that this host has no means to
show or enforce it; otherwise its last line says what it saw instead. Programs run under the image of
`IMAGE_RECIPE`, which does what a hostile image could: it asks for root, and has a world-writable folder, a
set-user-id program, a volume and a health check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from polyreact.engines.interface import RunExit
from polyreact.engines.output import CollectionDefect
from polyreact.engines.policy import SandboxPolicy

IMAGE_RECIPE = """ARG BASE
FROM $BASE
RUN ["python3", "-c", "import os, shutil, sys; \
[(os.mkdir(f), os.chmod(f, 0o777)) for f in ('/open', '/scratch')]; \
open('/tmp/from-the-image', 'w').close(); \
python = os.path.realpath(sys.executable); \
os.chmod(shutil.copy(python, os.path.dirname(python) + '/set-user-id'), 0o6755)"]
ENV POLYREACT_TOKEN=of-the-image POLYREACT_HOST={}
VOLUME /scratch
USER 0
HEALTHCHECK --interval=1s CMD touch /tmp/health
ENTRYPOINT ["python3", "-I", "/data/program.py"]
"""
OUTPUT_NAME = "written.txt"
KILLED = 137
CANNOT_TELL = 77
BAD_SYSTEM_CALL = 31

PRELUDE = f"""
import ctypes, errno, json, mmap, os, platform, resource, signal, socket, stat, subprocess, sys, threading, time
ARM = platform.machine() == "aarch64"
HOST = json.loads(os.environ["POLYREACT_HOST"])
libc = ctypes.CDLL(None, use_errno=True)
def expect(condition, saw):
    if not condition: sys.exit(f"saw: {{saw}}")
def cannot_tell(why):
    print(why)
    sys.exit({CANNOT_TELL})
def refused(what, call, *numbers):
    try: call()
    except OSError as error: expect(error.errno in (numbers or (errno.EPERM,)), f"{{what}}: {{error}}")
    else: sys.exit(f"saw: {{what}} is allowed")
def syscall(x86, arm, *arguments):
    if libc.syscall(arm if ARM else x86, *arguments) == -1: raise OSError(ctypes.get_errno(), "system call")
def fill(path, size):
    with open(path, "wb") as file:
        for _ in range(size >> 16): file.write(bytes(1 << 16)); file.flush()
def read(*paths):
    for path in paths:
        if os.path.exists(path): return open(path).read()
    return None
def mounts():
    lines = open("/proc/self/mountinfo").read().splitlines()
    return {{line.split()[4]: set(line.split()[5].split(",")) for line in lines}}
"""


class Verdict(StrEnum):
    """What was found of a behaviour on this host."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold here"
    CANNOT_BE_ENFORCED = "cannot be enforced here"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what was seen where it does not hold."""

    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One run as seen from outside, and what became of one program in it.

    `status` and `said` are the program's own: where it had the container for itself, its exit status and the last
    line of the log. `token` was in the environment of the container, to find what it left.
    """

    status: int
    said: str
    exit: RunExit
    output: bytes | CollectionDefect
    is_bounded: bool
    policy: SandboxPolicy
    token: str


Judge = Callable[[Observation], Judgement]

HOLDS = Judgement(Verdict.HOLDS)


def fails(detail: str) -> Judgement:
    """The behaviour does not hold, because of what was seen."""
    return Judgement(Verdict.DOES_NOT_HOLD, detail)


def cannot(detail: str) -> Judgement:
    """This host has no means for it."""
    return Judgement(Verdict.CANNOT_BE_ENFORCED, detail)


def ended_well(seen: Observation) -> Judgement:
    """The program itself says whether it holds."""
    if seen.status == 0:
        return HOLDS
    if seen.status == CANNOT_TELL:
        return cannot(seen.said)
    return fails(seen.said or f"exit status {seen.status}")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a sandbox must show. Those with `is_alone` need a container of their own; the others share one.

    `is_needed`: without it no ranked run is fair or safe; the others only make evidence better.
    """

    name: str
    shows: str
    program: str
    judge: Judge = ended_well
    wall_time_s: int = 60
    is_alone: bool = False
    is_needed: bool = True
