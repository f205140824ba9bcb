"""The whole corpus of submissions through both engines: what each gets, and a host that is as it was before.

The runs of an engine are made once, several at a time; each test then looks at one of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tarfile
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from corpus import BOMB_BYTES, MAX_IMAGE_BYTES, Condition, read_conditions, write_archive
from fakes.dockerd import client_environment
from fakes.registry import Registry, serve_registry
from host_state import find_differences, look_at_host
from polyreact.datasets.catalog import load_dataset
from polyreact.datasets.prepared import ensure_prepared
from polyreact.datasets.public import read_inputs
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.docker import DockerEngine
from polyreact.engines.mounts import find_mounts_below, unmount
from polyreact.engines.podman import PodmanEngine
from polyreact.engines.run_folder import remove_tree
from polyreact.evaluation.evaluate import Evaluation, Result, evaluate
from polyreact.evaluation.plan import build_job
from polyreact.evaluation.run import execute_job
from polyreact.evaluation.submissions import Candidate, read_candidates, resolve_submission
from polyreact.results.records import OutcomeKind
from polyreact.results.store import ResultsStore
from polyreact.settings import Settings
from polyreact.tracks.catalog import load_track
from polyreact.tracks.track import Track

CONDITIONS = {condition.name: condition for condition in read_conditions()}
AT_A_TIME = 4
#: Half of the ten minutes that both engines may take together, on two cores.
MOST_S = 300
#: Engines keep logs and databases of their own; an attack that got through writes four gigabytes.
MARGIN_BYTES = 512 << 20
#: Other tests run beside and write boards of a thousand submissions to the same disk.
DISK_MARGIN_BYTES = 2 << 30
PLANTED = "PLANTED-LABEL for antibody 1 is 1"
MANIFEST = """\
name: test-{name}
image: {image}
authors: [A Test]
contact: test@polyreact.example
license: MIT
description: A submission of the test corpus.
training_data: {{}}
"""


@dataclass(frozen=True)
class Ran:
    """What became of a condition: a result for every run of it, or the exception that should not have been."""

    results: tuple[Result, ...]
    escaped_exception: str = ""


@dataclass(frozen=True)
class CorpusRun:
    """One engine's run of the corpus."""

    engine: ContainerEngine
    settings: Settings
    candidates: Mapping[str, Candidate]
    ran: Mapping[str, Ran]
    differences: list[str]
    seconds: float


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.engine(name)) for name in ("podman", "docker")]
)
def corpus_engine(request: pytest.FixtureRequest) -> Iterator[tuple[ContainerEngine, tuple[Path, ...]]]:
    """Each engine with a store of its own, and the folders that it works in."""
    found = request.getfixturevalue(f"{request.param}_engine")
    if isinstance(found, DockerEngine):
        root = found._command.run("info", "--format={{.DockerRootDir}}").text
        yield DockerEngine(found._environment, max_image_bytes=MAX_IMAGE_BYTES), (Path(root),)
        return
    folder = Path(tempfile.mkdtemp(prefix="pr-podman-"))
    options = (f"--root={folder}/root", f"--runroot={folder}/run")
    is_root = os.geteuid() == 0
    try:
        yield (
            PodmanEngine(client_environment(), is_root=is_root, options=options, max_image_bytes=MAX_IMAGE_BYTES),
            (folder,),
        )
    finally:
        for point in find_mounts_below(folder):
            unmount(point)
        remove_tree(folder)


@pytest.fixture(scope="module")
def corpus_run(
    request: pytest.FixtureRequest,
    corpus_engine: tuple[ContainerEngine, tuple[Path, ...]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CorpusRun]:
    """The conditions that were asked for, each evaluated on the demo track; the time is printed."""
    engine, engine_folders = corpus_engine
    folder = tmp_path_factory.mktemp("corpus")
    settings = Settings(cache=folder / "cache", mirror=None, engine=None)
    ensure_prepared(load_dataset("demo"), settings)
    _plant(settings, folder)
    began = time.monotonic()
    asked_for = _asked_for(request)
    with serve_registry() as registry, _loaded(engine, folder, asked_for):
        candidates = {c.name: _write_candidate(c, folder, registry) for c in asked_for}
        folders = (folder / "cache", *engine_folders)
        before = look_at_host(engine, folders, (b"/corpus/",))
        ran = _run_all(engine, settings, candidates, folder)
        _remove_pulled(engine, registry)
        after = look_at_host(engine, folders, (b"/corpus/",))
        seconds = time.monotonic() - began
        print(f"\n{engine.name}: {len(ran)} conditions in {seconds:.0f} s")  # noqa: T201 - a figure to be seen
        found = find_differences(before, after, MARGIN_BYTES, DISK_MARGIN_BYTES)
        yield CorpusRun(engine, settings, candidates, ran, found, seconds)


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_ends_with_its_outcome_and_code(corpus_run: CorpusRun, name: str) -> None:
    condition, ran = CONDITIONS[name], corpus_run.ran[name]

    assert not ran.escaped_exception
    assert len(ran.results) == condition.runs
    for result in ran.results:
        said = result.error.render() if result.error else ""
        assert (result.error.code if result.error else "") == condition.code, f"{said}\n{result.log}"
        assert condition.says.lower() in said.lower()
        assert "Traceback" not in said
        assert str(corpus_run.settings.cache) not in said
        assert _outcome_of(result) == condition.outcome
        _check_log(result, condition)


def test_corpus_leaves_the_host_as_it_was(corpus_run: CorpusRun) -> None:
    assert corpus_run.differences == []
    runs = corpus_run.settings.runs
    assert not runs.exists() or list(runs.iterdir()) == []


def test_corpus_is_large_and_quick(corpus_run: CorpusRun) -> None:
    assert len(CONDITIONS) >= 60
    assert corpus_run.seconds < MOST_S


@pytest.mark.parametrize("name", ["detects-the-demo"])
def test_submission_that_knows_the_demo_is_judged_on_each_track_by_itself(corpus_run: CorpusRun, name: str) -> None:
    """A track of a hundred antibodies stands for a hidden one: all else a container sees is the same."""
    condition = CONDITIONS[name]
    settings = corpus_run.settings
    candidate = corpus_run.candidates[condition.name]
    submission, image = resolve_submission(
        candidate, corpus_run.engine, settings, base=None, on_progress=lambda _: None
    )
    job = build_job(submission, _track(condition), ResultsStore(settings.cache / "none"))
    fewer = read_inputs(job.dataset, settings)[:100]

    execution = execute_job(job, image, fewer, corpus_run.engine, settings)

    assert corpus_run.ran[condition.name].results[0].error is None
    assert execution.verdict.outcome.code == condition.otherwise


@pytest.mark.parametrize("name", ["prints-fake-messages-and-fails"])
def test_log_of_a_hidden_track_is_shown_to_nobody_and_kept_for_the_operator(
    corpus_run: CorpusRun, tmp_path: Path, name: str
) -> None:
    hidden = replace(_track(CONDITIONS[name]), labels_are_public=False)
    evaluation = Evaluation(corpus_run.engine, ResultsStore(tmp_path / "results"), corpus_run.settings)

    (result,) = evaluate(evaluation, [corpus_run.candidates[name]], [hidden])

    kept = corpus_run.settings.cache / "logs" / f"test-{name}.demo.log"
    assert (result.error.code if result.error else "") == "E313"
    assert result.log == ""
    assert "OOMKilled" not in f"{result.error} {result.record}"
    assert "(OOMKilled)" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_every_condition_says_what_it_tries_and_what_holds_afterwards() -> None:
    for condition in CONDITIONS.values():
        for sentence in (condition.tries, condition.afterwards):
            assert re.fullmatch(r"[A-Z].+\.", sentence), condition.name
        assert condition.outcome in {"valid", "submission_fault", "undetermined", "refused"}
        assert bool(condition.code) == (condition.outcome != "valid")


def _outcome_of(result: Result) -> str:
    if result.record is not None:
        assert (result.what == "run") == (result.record.run.outcome.kind is OutcomeKind.VALID)
        return result.record.run.outcome.kind.value
    assert result.what == "refused"
    return "undetermined" if result.error is not None and result.error.code == "E405" else "refused"


def _check_log(result: Result, condition: Condition) -> None:
    assert len(result.log.encode()) <= 8 * _track(condition).limits.log_bytes  # \x00 stands for one byte
    assert all(line.isprintable() for line in result.log.split("\n"))
    assert all(text in result.log for text in condition.log)
    assert not any(text in result.log for text in condition.log_lacks)
    assert not re.search(r"^ESCAPED:", result.log, re.MULTILINE)


def _asked_for(request: pytest.FixtureRequest) -> list[Condition]:
    """The conditions of the tests that were selected, so that one alone can be run."""
    names = {
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "name" in item.callspec.params
    }
    return [condition for name, condition in CONDITIONS.items() if name in names]


def _track(condition: Condition) -> Track:
    """The demo track with little of everything; only what must end by it has little time."""
    demo = load_track("demo")
    limits = replace(
        demo.limits, wall_time_s=60, memory_bytes=256 << 20, cpus=1.0, output_bytes=1 << 20, tmp_bytes=16 << 20,
        log_bytes=64 << 10,
    )  # fmt: skip
    return replace(demo, limits=replace(limits, **condition.limits))


@contextlib.contextmanager
def _loaded(engine: ContainerEngine, folder: Path, conditions: Sequence[Condition]) -> Iterator[None]:
    """The images of these conditions in the engine, and gone afterwards."""
    archive = folder / "corpus.tar"
    write_archive(conditions, archive)
    loaded = engine._command.run("load", "--quiet", f"--input={archive}", timeout_s=300)
    archive.unlink()
    assert loaded.exit_code == 0, loaded.error_text
    try:
        yield
    finally:
        names = [condition.reference for condition in conditions if "served" not in condition.image]
        engine._command.run("rmi", "--force", *names)


def _write_candidate(condition: Condition, folder: Path, registry: Registry) -> Candidate:
    image = condition.reference
    if "served" in condition.image:
        image = str(_serve(registry, condition))
    manifest = folder / f"test-{condition.name}.yaml"
    manifest.write_text(MANIFEST.format(name=condition.name, image=image))
    (candidate,) = read_candidates([manifest])
    return candidate


def _serve(registry: Registry, condition: Condition) -> object:
    """The images that can only be had by pulling them."""
    if condition.image["served"] == "bomb":
        return registry.add_image(condition.name, layer=_bomb())
    if condition.image["served"] == "nonsense":
        return registry.add_image(condition.name, packed=b"this is no archive" * 100)
    reference = registry.add_image(condition.name)
    assert reference.digest
    (layer,) = json.loads(registry.manifests[reference.digest])["layers"]
    registry.blobs[layer["digest"]] = registry.blobs[layer["digest"]][:-1] + b"!"
    return reference


def _bomb() -> bytes:
    """A layer of nothing but zeros, a hundred times as large as what is sent."""
    info = tarfile.TarInfo("bomb")
    info.size = BOMB_BYTES
    return info.tobuf() + bytes(BOMB_BYTES + (1 << 10))


def _plant(settings: Settings, folder: Path) -> None:
    for place in (settings.cache, settings.hidden, folder / "results"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "planted.csv").write_text(PLANTED)


def _run_all(
    engine: ContainerEngine, settings: Settings, candidates: Mapping[str, Candidate], folder: Path
) -> dict[str, Ran]:
    def run(name: str) -> Ran:
        condition = CONDITIONS[name]
        try:
            evaluation = Evaluation(engine, ResultsStore(folder / "results" / name), settings, force=True)
            results = [evaluate(evaluation, [candidates[name]], [_track(condition)]) for _ in range(condition.runs)]
        except Exception:  # noqa: BLE001 - whatever it is, it is what the test is about
            return Ran((), traceback.format_exc())
        return Ran(tuple(result for (result,) in results))

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return dict(zip(candidates, pool.map(run, candidates), strict=True))


def _remove_pulled(engine: ContainerEngine, registry: Registry) -> None:
    listed = engine._command.run("images", "--quiet", f"--filter=reference={registry.address}/*/*")
    for image_id in set(listed.text.split()):
        engine._command.run("rmi", "--force", image_id)
