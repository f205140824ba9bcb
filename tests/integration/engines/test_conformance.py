from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.dockerd import client_environment
from polyreact.engines.base_image import ensure_base
from polyreact.engines.behaviours import BEHAVIOURS
from polyreact.engines.behaviours.behaviour import CANNOT_TELL, Behaviour, Verdict
from polyreact.engines.conformance import Result, check_behaviours, check_engine, ensure_image
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image
from polyreact.engines.mounts import is_root
from polyreact.engines.podman import PodmanEngine


@pytest.fixture(scope="module")
def image(engine: ContainerEngine, base: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return ensure_image(engine, base, tmp_path_factory.mktemp("conformance-image"))


@pytest.fixture(scope="module")
def results(
    engine: ContainerEngine, image: Image, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Result]:
    """The whole list, tried once: most of it in one container."""
    tried = check_behaviours(engine, image, BEHAVIOURS, tmp_path_factory.mktemp("conformance"))
    return {result.name: result for result in tried}


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_engine_any_behaviour_holds(results: Mapping[str, Result], behaviour: Behaviour) -> None:
    result = results[behaviour.name]
    assert result.holds, f"{result.verdict}: {result.detail}"


@pytest.mark.engine("podman")
@pytest.mark.skipif(not is_root(), reason="only root may map users to ids that are not its own")
def test_podman_with_user_namespaces_holds_the_behaviours_too(podman_engine: PodmanEngine, tmp_path: Path) -> None:
    mapped = PodmanEngine(client_environment(), is_root=True, first_user_id=100_000)
    base = ensure_base(podman_engine, tmp_path / "base")
    tried = [b for b in BEHAVIOURS if not b.is_alone or b.name in {"output-writable", "memory-bounded"}]
    broken = [r for r in check_engine(mapped, base, tmp_path, tried) if not r.holds]
    assert broken == []


def test_engine_that_holds_all_says_that_nothing_is_missing(engine: ContainerEngine) -> None:
    assert engine.missing_limits() == ()


def test_check_behaviours_tells_apart_what_holds_what_does_not_and_what_cannot_be(
    engine: ContainerEngine, image: Image, tmp_path: Path
) -> None:
    shared = BEHAVIOURS[0]
    tried = [
        replace(shared, name="good", program="print('fine')"),
        replace(shared, name="bad", program="expect(False, 'a hole')"),
        replace(shared, name="broken", program="1 / 0"),
        replace(shared, name="impossible", program="cannot_tell('no means for it')"),
    ]
    assert CANNOT_TELL not in {0, 1}
    found = {
        result.name: (result.verdict, result.detail) for result in check_behaviours(engine, image, tried, tmp_path)
    }
    assert found == {
        "good": (Verdict.HOLDS, ""),
        "bad": (Verdict.DOES_NOT_HOLD, "saw: a hole"),
        "broken": (Verdict.DOES_NOT_HOLD, "ZeroDivisionError: division by zero"),
        "impossible": (Verdict.CANNOT_BE_ENFORCED, "no means for it"),
    }


def test_check_behaviours_one_that_ends_the_container_does_not_hide_the_others(
    engine: ContainerEngine, image: Image, tmp_path: Path
) -> None:
    shared = BEHAVIOURS[0]
    hog = "kept = []\nwhile True: kept.append(bytearray(os.urandom(1 << 20)))"
    tried = [
        replace(
            shared,
            name="kills the first",
            program="os.kill(1, signal.SIGTERM); os.kill(os.getppid(), signal.SIGINT)",
        ),
        replace(shared, name="takes memory", program=hog),
        replace(shared, name="leaves a mark", program="fill('/tmp/mark', 1 << 16); os.mkdir('/output/mark')"),
        replace(
            shared, name="finds none", program="expect(not os.listdir('/tmp') + os.listdir('/output'), 'a mark')"
        ),
    ]
    found = {result.name: result.verdict for result in check_behaviours(engine, image, tried, tmp_path)}
    assert found["takes memory"] is Verdict.DOES_NOT_HOLD
    assert (found["leaves a mark"], found["finds none"]) == (Verdict.HOLDS, Verdict.HOLDS)


def test_check_engine_tries_what_it_is_given(engine: ContainerEngine, base: Image, tmp_path: Path) -> None:
    (result,) = check_engine(engine, base, tmp_path, [BEHAVIOURS[0]])
    assert result.holds
