"""Does an engine on this host hold what the sandbox promises? Every behaviour is tried, none is believed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from polyreact.engines.behaviours import BEHAVIOURS, IMAGE_RECIPE, OUTPUT_NAME, PRELUDE, Behaviour, Observation
from polyreact.engines.interface import Engine, Image, RunSpec
from polyreact.engines.output import bounded_output, collect, open_run_folder
from polyreact.engines.policy import KIB, MIB, Limits, SandboxPolicy, strict_policy
from polyreact.errors import PolyreactError

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


@dataclass(frozen=True, slots=True)
class Result:
    """One behaviour on this engine; `detail` is what was seen where it does not hold."""

    name: str
    shows: str
    holds: bool
    detail: str

    @property
    def verdict(self) -> str:
        """In words."""
        return "holds" if self.holds else "does not hold"


def check_engine(engine: Engine, base: Image, work: Path) -> Iterator[Result]:
    """Try every behaviour, one container each, in folders below `work`. Raises HostError before the first."""
    image = ensure_image(engine, base, work)
    for behaviour in BEHAVIOURS:
        yield check_behaviour(engine, image, behaviour, work)


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


def check_behaviour(engine: Engine, image: Image, behaviour: Behaviour, work: Path) -> Result:
    """Try one behaviour; an engine that fails does not show it."""
    try:
        detail = behaviour.judge(observe(engine, image, behaviour, work))
    except PolyreactError as error:
        detail = f"{error.code} {error.summary}: {error.detail}"
    return Result(behaviour.name, behaviour.shows, holds=not detail, detail=detail)


def observe(engine: Engine, image: Image, behaviour: Behaviour, work: Path) -> Observation:
    """Run a behaviour's program once under the strict policy, with small limits."""
    policy = _policy(behaviour)
    token = secrets.token_hex(6)
    with open_run_folder(work, f"check-{token}") as folder:
        data = _write_program(folder / "data", behaviour)
        with bounded_output(folder / "output", policy) as output:
            spec = RunSpec(
                run_id=f"check-{token}",
                image=image,
                policy=policy,
                data=data,
                output=output.folder,
                environment={"POLYREACT_TOKEN": token},
            )
            ended = engine.run(spec)
            written = collect(output.folder, OUTPUT_NAME, policy.limits.output_bytes)
            return Observation(ended, written, output.is_bounded, policy, token)


def _policy(behaviour: Behaviour) -> SandboxPolicy:
    limits = replace(LIMITS, wall_time_s=behaviour.wall_time_s)
    return replace(strict_policy(limits), terminate_grace_s=1, shared_memory_bytes=16 * MIB)


def _write_program(folder: Path, behaviour: Behaviour) -> Path:
    """Everybody may write here as far as modes go, so that only the mount stands in the way."""
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(PRELUDE + behaviour.program, encoding="utf-8")
    program.chmod(0o666)
    folder.chmod(0o777)
    return folder
