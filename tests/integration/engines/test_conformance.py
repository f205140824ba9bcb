from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.engines.behaviours import BEHAVIOURS, Behaviour
from polyreact.engines.conformance import check_behaviour, ensure_image
from polyreact.engines.container_engine import ContainerEngine
from polyreact.engines.interface import Image


@pytest.fixture(scope="module")
def image(engine: ContainerEngine, base: Image, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return ensure_image(engine, base, tmp_path_factory.mktemp("conformance-image"))


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_engine_any_behaviour_holds(
    engine: ContainerEngine, image: Image, behaviour: Behaviour, tmp_path: Path
) -> None:
    result = check_behaviour(engine, image, behaviour, tmp_path)
    assert result.holds, result.detail
