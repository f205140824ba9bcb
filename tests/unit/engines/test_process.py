from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import make_image
from polyreact.engines.conformance import check_engine
from polyreact.engines.interface import RunExit, RunSpec
from polyreact.engines.policy import KIB, MIB, Limits, strict_policy
from polyreact.engines.process import ProcessEngine
from polyreact.errors import EngineRefused, ImageMissing
from polyreact.images import ImageReference

LIMITS = Limits(
    wall_time_s=20, memory_bytes=MIB, cpus=1, pids=9, tmp_bytes=MIB, output_bytes=64 * KIB, log_bytes=100
)


@pytest.fixture
def engine() -> ProcessEngine:
    return ProcessEngine(Path(sys.executable), {"PATH": "/usr/bin:/bin", "SECRET": "x"})


def run(engine: ProcessEngine, folder: Path, program: str, limits: Limits = LIMITS) -> RunExit:
    for name in ("model", "data", "output"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "model" / "predict.py").write_text(program)
    image = engine.build(folder / "model", "x:1", {})
    environment = {"INPUT": "/data/in.csv", "OUTPUT": "/output/out.csv", "MODE": "predict"}
    policy = replace(strict_policy(limits), terminate_grace_s=1)
    return engine.run(RunSpec("run-1", image, policy, folder / "data", folder / "output", environment))


def test_process_folders_of_the_contract_are_the_hosts(engine: ProcessEngine, tmp_path: Path) -> None:
    program = "import os; open(os.environ['OUTPUT'], 'w').write(os.environ['INPUT'] + os.environ['MODE'])"
    assert run(engine, tmp_path, program).exit_code == 0
    assert (tmp_path / "output" / "out.csv").read_text() == f"{tmp_path}/data/in.csvpredict"


def test_process_environment_of_the_host_is_not_handed_over(engine: ProcessEngine, tmp_path: Path) -> None:
    ended = run(engine, tmp_path, "import os; print('SECRET' in os.environ)")
    assert ended.log == b"False\n"


def test_process_failing_program_tells_its_code_and_the_end_of_its_log(
    engine: ProcessEngine, tmp_path: Path
) -> None:
    ended = run(engine, tmp_path, "import sys; print('x' * 1000); sys.exit('the end')")
    assert ended.exit_code == 1
    assert len(ended.log) == 100
    assert ended.log.endswith(b"the end\n")


def test_process_past_its_time_is_ended_though_it_ignores_term(engine: ProcessEngine, tmp_path: Path) -> None:
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    ended = run(engine, tmp_path, program, replace(LIMITS, wall_time_s=1))
    assert ended.timed_out
    assert ended.exit_code == 137
    assert ended.wall_s < 5


def test_process_file_over_the_limit_is_cut(engine: ProcessEngine, tmp_path: Path) -> None:
    program = "import os, time; time.sleep(0.3); open(os.environ['OUTPUT'], 'wb').write(bytes(1 << 20))"
    assert run(engine, tmp_path, program).exit_code != 0
    assert (tmp_path / "output" / "out.csv").stat().st_size <= LIMITS.output_bytes


def test_process_leaves_nothing_beside_the_output(engine: ProcessEngine, tmp_path: Path) -> None:
    run(engine, tmp_path, "pass")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "model", "output"]


def test_process_refuses_what_needs_images(engine: ProcessEngine, tmp_path: Path) -> None:
    assert not engine.is_sandbox
    with pytest.raises(EngineRefused):
        engine.fetch_image(ImageReference("registry.example", "lab/model"))
    with pytest.raises(EngineRefused):
        engine.import_root(tmp_path, "x:1", {})
    with pytest.raises(ImageMissing):
        engine.build(tmp_path, "x:1", {})


def test_check_engine_without_a_sandbox_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    """The programs that try a sandbox send KILL to everybody: on this host that would be everybody."""
    engine = ProcessEngine(Path(sys.executable), {})
    with pytest.raises(EngineRefused, match="would act on this host"):
        next(check_engine(engine, make_image("none"), tmp_path))
    assert list(tmp_path.iterdir()) == []
