"""How many workers jobs fill, and what Slurm is told; the rest is asked of a real Slurm in tests/e2e."""

import dask
import pytest

from polyreact.errors import SlurmMissing, SlurmRefused
from polyreact.execution.dask_pool import DASK_SETTINGS, load_security
from polyreact.execution.profile import SlurmKind, WorkerKind
from polyreact.execution.resources import Resources
from polyreact.execution.slurm_cluster import (
    SlurmSettings,
    count_workers,
    render_walltime,
    render_worker_words,
    start_cluster,
)

HAS = {"cpus": 4.0, "memory_bytes": 16e9, "gpus": 0.0}


@pytest.mark.parametrize(
    ("needs", "workers"),
    [
        ([], 0),
        ([{"cpus": 1.0}], 1),
        ([{"cpus": 1.0}] * 4, 1),
        ([{"cpus": 1.0}] * 5, 2),
        ([{"cpus": 3.0}] * 5, 5),  # no two of them fit in one worker
        ([{"cpus": 1.0, "memory_bytes": 9e9}] * 3, 3),
        ([{"cpus": 2.0}] * 3 + [{"cpus": 1.0}] * 2, 2),
        ([{"cpus": 4 / 3}] * 3000, 1000),  # no more for how thirds are rounded
        ([{}], 1),
    ],
)
def test_as_many_workers_as_jobs_fill(needs, workers):
    assert count_workers(needs, HAS) == workers


@pytest.mark.parametrize(
    ("time_s", "text"), [(59, "0-00:00:59"), (3600, "0-01:00:00"), (93_784, "1-02:03:04"), (864_000, "10-00:00:00")]
)
def test_walltime_is_told_as_slurm_takes_it(time_s, text):
    assert render_walltime(time_s) == text


def test_worker_has_its_memory_to_the_last_byte():
    """Symptom: jobs of 8 GiB waited for ever. Cause: the worker's amount was told in six digits, which is less."""
    words = render_worker_words(Resources(2, 8 << 30), None)
    told = dict(part.split("=") for part in words[words.index("--resources") + 1].split(","))
    assert float(told["memory_bytes"]) == 8 << 30


def test_worker_listens_at_its_own_name_unless_a_network_is_named():
    assert render_worker_words(Resources(2, 1), None)[-2:] == ["--host", '"$(hostname)"']
    assert "--host" not in render_worker_words(Resources(2, 1), "ib0")


@pytest.fixture
def start(tmp_path, tls, monkeypatch):
    """Start a cluster beside an sbatch that says something and ends with a status; the script that it was given."""

    def start(gpus=0, status=0, says=""):
        sbatch = tmp_path / "bin" / "sbatch"
        sbatch.parent.mkdir()
        (tmp_path / "says").write_text(says)
        sbatch.write_text(
            f'#!/bin/sh\nfor last; do :; done\n/bin/cp "$last" {tmp_path}/script\n'
            f"/bin/cat {tmp_path}/says >&2\nexit {status}\n"
        )
        sbatch.chmod(0o755)
        monkeypatch.setenv("PATH", str(sbatch.parent))
        kind = SlurmKind(WorkerKind("a", Resources(1, 1 << 30, gpus, 60), 1), "long", 0, ())
        with dask.config.set(DASK_SETTINGS):
            start_cluster(kind, SlurmSettings(load_security(tls), tmp_path, "lo", False)).close()
        return (tmp_path / "script").read_text()

    return start


def test_job_is_told_where_images_and_gpus_are_bounded(start):
    (export,) = [line for line in start().splitlines() if line.startswith("#SBATCH --export=")]
    assert {"POLYREACT_GPUS", "POLYREACT_IMAGE_BUDGET", "POLYREACT_CACHE"} <= set(
        export.partition("=")[2].split(",")
    )


def test_job_hands_on_the_gpus_that_slurm_gave_it_before_its_worker_starts(start):
    lines = start(gpus=1).splitlines()
    handed_on = lines.index('export POLYREACT_GPUS="${SLURM_JOB_GPUS:-${CUDA_VISIBLE_DEVICES:-none}}"')
    (worker,) = [number for number, line in enumerate(lines) if "distributed.cli.dask_worker" in line]
    assert "#SBATCH --gres=gpu:1" in lines
    assert handed_on < worker


def test_job_without_gpus_leaves_it_to_what_the_driver_says(start):
    assert "CUDA_VISIBLE_DEVICES" not in start()


@pytest.mark.parametrize(
    "says",
    [
        "allocation failure: Unable to contact slurm controller (connect failure)",
        "sbatch: error: fetch_config: DNS SRV lookup failed",
        "sbatch: fatal: Could not establish a configuration source",
    ],
)
def test_controller_that_does_not_answer_is_no_refusal(start, says):
    """What Slurm 22.05 says without a controller and without a slurm.conf."""
    with pytest.raises(SlurmMissing) as caught:
        start(status=1, says=says)
    assert caught.value.detail == says


def test_job_that_slurm_would_never_run_is_refused(start):
    with pytest.raises(SlurmRefused, match="of the kind a"):
        start(status=1, says="sbatch: error: invalid partition specified: long")
