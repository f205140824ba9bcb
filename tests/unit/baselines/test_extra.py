"""The extra `baselines`, and those of the trackers, are there where everything ought to be."""

from importlib.util import find_spec

import pytest

from conftest import missing

PACKAGES = (
    "torch", "transformers", "onnxruntime", "onnx", "sklearn", "hydra", "skops", "xgboost", "matplotlib",
    "mlflow", "sqlalchemy", "alembic", "wandb",
)  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES)
def test_package_of_the_extra_is_installed(package):
    if find_spec(package) is None:
        missing(package, "an extra of the baselines is not installed; `make .venv/.baselines` does it")
