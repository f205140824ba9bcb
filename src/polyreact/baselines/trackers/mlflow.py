"""MLflow with a store on this machine, an SQLite file and a folder of artifacts: no server, and nothing is sent.

SQLite, because MLflow's store of plain files is no longer developed.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from polyreact.baselines.trackers.interface import TrackedRun, cannot_track
from polyreact.errors import WrongCommandLine
from polyreact.files import make_folder

#: Read while it is imported; MLflow would tell its makers what it is used for.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

_FOREIGN = "?#%"


class LocalMlflow:
    """Keeps runs in `<folder>/mlflow`: `mlflow.db` and `artifacts`."""

    def __init__(self, project: str, folder: Path) -> None:
        self._project = project
        self._folder = folder / "mlflow"

    @property
    def address(self) -> str:
        """The store as MLflow names it."""
        return f"sqlite:///{self._folder / 'mlflow.db'}"

    def keep(self, run: TrackedRun) -> str:
        """See `Tracker`."""
        for name in ("mlflow", "alembic"):  # they tell how a new store is made
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            make_folder(self._folder)
            self._keep(run)
        except (MlflowException, SQLAlchemyError, OSError) as error:
            raise cannot_track("MLflow", run, str(error)) from error
        return f"kept for MLflow, and sent nowhere; to look at it: mlflow ui --backend-store-uri {self.address}"

    def _keep(self, run: TrackedRun) -> None:
        client = MlflowClient(tracking_uri=self.address)
        kept = client.create_run(self._find_experiment(client), run_name=run.name).info
        params = [Param(name, str(value)) for name, value in run.settings.items()]
        metrics = [Metric(name, value, kept.start_time, 0) for name, value in run.figures.items()]
        try:
            client.log_batch(kept.run_id, metrics=metrics, params=params)
            client.log_artifacts(kept.run_id, str(run.folder))
        except BaseException:
            with suppress(MlflowException, SQLAlchemyError):  # the first error is the one to tell
                client.set_terminated(kept.run_id, "FAILED")
            raise
        client.set_terminated(kept.run_id)

    def _find_experiment(self, client: MlflowClient) -> str:
        """The id of the project's experiment, which is made where there is none."""
        found = client.get_experiment_by_name(self._project)
        if found is not None:
            return str(found.experiment_id)
        return str(client.create_experiment(self._project, (self._folder / "artifacts").as_uri()))


def build_tracker(project: str, folder: Path) -> LocalMlflow:
    """See `catalog.load_tracker`. Raises WrongCommandLine for a folder that no address of SQLite can name."""
    if set(str(folder)) & set(_FOREIGN):
        raise WrongCommandLine(
            f"MLflow cannot keep runs in {folder}: an address of its store holds none of {_FOREIGN}",
            consequence="Nothing was trained.",
            cure="Choose another one: tracker.folder=<folder>",
        )
    return LocalMlflow(project, folder)
