"""Does an engine on this host hold what the sandbox promises? Every behaviour is tried, none is believed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.engines.behaviours import BEHAVIOURS
from polyreact.engines.behaviours.behaviour import (
    IMAGE_RECIPE,
    OUTPUT_NAME,
    PRELUDE,
    Behaviour,
    Judgement,
    Observation,
    Verdict,
    fails,
)
from polyreact.engines.interface import Engine, Image, RunExit, RunSpec
from polyreact.engines.output import CollectionDefect, bounded_output, collect, open_run_folder
from polyreact.engines.policy import KIB, MIB, Limits, SandboxPolicy, strict_policy
from polyreact.errors import EngineRefused, PolyreactError

LIMITS = Limits(
    wall_time_s=30,
    memory_bytes=128 * MIB,
    cpus=1,
    pids=48,
    tmp_bytes=8 * MIB,
    output_bytes=MIB,
    log_bytes=64 * KIB,
)
_REPOSITORY = "localhost/polyreact/conformance"
_SHARED_WALL_TIME_S = 180
_PROGRAM = "program.py"
_PROGRAMS = "programs.json"
_SHOWN_CHARACTERS = 300
_NAMESPACES = ("mnt", "net", "ipc", "pid", "uts")

#: Runs one program after the other, each in a process of its own and with nothing left of the one before. It is the
#: container's first process, so a KILL to all others reaches no further than the container.
_DRIVER = f"""
import contextlib, json, os, shutil, signal, traceback
def run(source):
    try: exec(compile(source, "behaviour", "exec"), {{"__name__": "__main__"}})
    except SystemExit as end:
        if isinstance(end.code, int): return end.code
        print(end.code)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
def tidy_up():
    if os.getpid() == 1:
        with contextlib.suppress(OSError): os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(OSError):
        while True: os.waitpid(-1, 0)
    for folder in ("/tmp", "/output", "/dev/shm"):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
with open("/data/{_PROGRAMS}") as file: programs = json.load(file)
for name, source in programs.items():
    said = os.memfd_create("said")
    child = os.fork()
    if child == 0:
        os.dup2(said, 1), os.dup2(said, 2)
        status = run(source)
        with contextlib.suppress(Exception): os.sys.stdout.flush()
        with contextlib.suppress(Exception): os.sys.stderr.flush()
        os._exit(status)
    _, status = os.waitpid(child, 0)
    tidy_up()
    size = os.fstat(said).st_size
    lines = os.pread(said, 4000, max(0, size - 4000)).decode(errors="replace").strip().splitlines()
    os.close(said)
    last = lines[-1][:{_SHOWN_CHARACTERS}] if lines else ""
    print(json.dumps({{"name": name, "status": os.waitstatus_to_exitcode(status), "said": last}}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Result:
    """One behaviour on this engine; `detail` is what was seen where it does not hold."""

    name: str
    shows: str
    verdict: Verdict
    detail: str
    is_needed: bool

    @property
    def holds(self) -> bool:
        """Whether it was seen to hold."""
        return self.verdict is Verdict.HOLDS


@dataclass(frozen=True, slots=True)
class _Observed:
    """A container that has ended, and what was found of it."""

    exit: RunExit
    output: bytes | CollectionDefect
    is_bounded: bool
    policy: SandboxPolicy
    token: str


def check_engine(
    engine: Engine, base: Image, work: Path, behaviours: Sequence[Behaviour] = BEHAVIOURS
) -> Iterator[Result]:
    """Try every behaviour, in folders below `work`: most of them in one container, the others in one each.

    Raises EngineRefused for an engine that is no sandbox, on which these programs would be attacks on the host,
    and HostError before the first result.
    """
    if not engine.is_sandbox:
        raise EngineRefused(
            f"the engine `{engine.name}` is no sandbox, and the programs that try one would act on this host",
            consequence="Nothing was run.",
            cure="polyreact engine check --engine podman",
        )
    yield from check_behaviours(engine, ensure_image(engine, base, work), behaviours, work)


def check_behaviours(engine: Engine, image: Image, behaviours: Sequence[Behaviour], work: Path) -> Iterator[Result]:
    """Try these behaviours; an engine that fails at one does not show it.

    Where the container they share ended before all had their turn, the others are tried one by one.
    """
    shared = [behaviour for behaviour in behaviours if not behaviour.is_alone]
    seen = _observe_together(engine, image, shared, work) if len(shared) > 1 else {}
    for behaviour in behaviours:
        judgement = behaviour.judge(seen[behaviour.name]) if behaviour.name in seen else None
        yield _result(behaviour, judgement or _try_alone(engine, image, behaviour, work))


def ensure_image(engine: Engine, base: Image, work: Path) -> Image:
    """The image that the programs run in, built unless it is there."""
    key = hashlib.sha256(f"{base.image_id}\n{IMAGE_RECIPE}".encode()).hexdigest()[:12]
    found = engine.find_image(f"{_REPOSITORY}:{key}")
    if found is not None:
        return found
    folder = work / "image"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Dockerfile").write_text(IMAGE_RECIPE, encoding="utf-8")
    return engine.build(folder, f"{_REPOSITORY}:{key}", {"BASE": base.reference}, offline=True)


def _result(behaviour: Behaviour, judgement: Judgement) -> Result:
    return Result(behaviour.name, behaviour.shows, judgement.verdict, judgement.detail, behaviour.is_needed)


def _try_alone(engine: Engine, image: Image, behaviour: Behaviour, work: Path) -> Judgement:
    files = {_PROGRAM: PRELUDE + behaviour.program}
    try:
        ran = _observe(engine, image, files, behaviour.wall_time_s, work)
    except PolyreactError as error:
        return fails(f"{error.code} {error.summary}: {error.detail}")
    lines = ran.exit.log.decode(errors="replace").strip().splitlines()
    said = lines[-1][:_SHOWN_CHARACTERS] if lines else ran.exit.start_error or ""
    return behaviour.judge(_observation(ran, ran.exit.exit_code, said))


def _observe_together(
    engine: Engine, image: Image, behaviours: Sequence[Behaviour], work: Path
) -> dict[str, Observation]:
    """What was seen of each, as far as the container came; of an engine that fails, nothing."""
    programs = {behaviour.name: PRELUDE + behaviour.program for behaviour in behaviours}
    files = {_PROGRAM: _DRIVER, _PROGRAMS: json.dumps(programs)}
    try:
        ran = _observe(engine, image, files, _SHARED_WALL_TIME_S, work)
    except PolyreactError:
        return {}
    seen = {}
    for line in ran.exit.log.decode(errors="replace").splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(line)
            seen[told["name"]] = _observation(ran, int(told["status"]), str(told["said"]))
    return seen


def _observation(ran: _Observed, status: int, said: str) -> Observation:
    return Observation(status, said, ran.exit, ran.output, ran.is_bounded, ran.policy, ran.token)


def _observe(engine: Engine, image: Image, files: dict[str, str], wall_time_s: int, work: Path) -> _Observed:
    """One container under the strict policy, with small limits, and with something on the host to look for."""
    policy = replace(
        strict_policy(replace(LIMITS, wall_time_s=wall_time_s)), terminate_grace_s=1, shared_memory_bytes=16 * MIB
    )
    token = secrets.token_hex(6)
    with open_run_folder(work, f"check-{token}") as folder, _listening(token) as host:
        data = _write_data(folder / "data", files)
        with bounded_output(folder / "output", policy, engine.first_user_id) as output:
            spec = RunSpec(
                run_id=f"check-{token}",
                image=image,
                policy=policy,
                data=data,
                output=output.folder,
                environment={
                    "POLYREACT_TOKEN": token,
                    "POLYREACT_HOST": json.dumps({**host, "data": sorted(files)}),
                },
            )
            ended = engine.run(spec)
            written = collect(output.folder, OUTPUT_NAME, policy.limits.output_bytes)
            return _Observed(ended, written, output.is_bounded, policy, token)


@contextlib.contextmanager
def _listening(token: str) -> Iterator[dict[str, object]]:
    """What the host has that no run may find: a port, a socket, its name, its namespaces."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        name = f"polyreact-{token}"
        namespaces = {}
        if sys.platform == "linux":
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(f"\0{name}")
            listener.listen()
            namespaces = {kind: str(Path("/proc/self/ns", kind).readlink()) for kind in _NAMESPACES}
        yield {"port": port, "socket": name, "name": socket.gethostname(), "namespaces": namespaces}


def _write_data(folder: Path, files: dict[str, str]) -> Path:
    """Everybody may write here as far as modes go, so that only the mount stands in the way."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
        (folder / name).chmod(0o666)
    folder.chmod(0o777)
    return folder
