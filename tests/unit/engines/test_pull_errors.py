"""Complaints as docker 20.10 and podman 4.3 made them to a registry on the loopback."""

from __future__ import annotations

import pytest

from polyreact.engines.pull_errors import FailedBase, base_failure, find_failed_base, pull_failure, push_failure
from polyreact.errors import (
    BuildFailed,
    EngineFailed,
    ImageMissing,
    ImageRefused,
    NotPushed,
    PolyreactError,
    RegistryFailed,
)
from polyreact.images import ImageReference

REFERENCE = ImageReference("127.0.0.1:5055", "lab/model", None, f"sha256:{'a' * 64}")


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        (
            "Error response from daemon: manifest for 127.0.0.1:5055/lab/model not found: manifest unknown",
            ImageMissing,
        ),
        (
            "initializing source: reading manifest sha256:a in 127.0.0.1:5055/lab/model: manifest unknown",
            ImageMissing,
        ),
        ("reading manifest 1 in x: name unknown: repository name not known to registry", ImageMissing),
        ("pull access denied for lab/model, repository does not exist or may require 'docker login'", ImageMissing),
        ("Get http://127.0.0.1:5056/v2/lab/model/manifests/1: no basic auth credentials", RegistryFailed),
        ("reading manifest 1 in 127.0.0.1:5056/lab/model: unauthorized: authentication required", RegistryFailed),
        ("Get http://127.0.0.1:5057/v2/: dial tcp 127.0.0.1:5057: connect: connection refused", RegistryFailed),
        ("received unexpected HTTP status: 500 Internal Server Error", RegistryFailed),
        ("toomanyrequests: You have reached your pull rate limit", RegistryFailed),
        ("dial tcp: lookup registry.invalid: no such host", RegistryFailed),
        ("filesystem layer verification failed for digest sha256:a", RegistryFailed),
        ("manifest verification failed for digest sha256:a", RegistryFailed),
        ("Digest did not match, expected sha256:a, got sha256:b", RegistryFailed),
        ("Manifest does not match provided manifest digest sha256:a", RegistryFailed),
        ("failed to register layer: Error processing tar file: archive/tar: invalid tar header", ImageRefused),
        (
            "adding layer with blob: processing tar file(archive/tar: invalid tar header): exit status 1",
            ImageRefused,
        ),
        ("no matching manifest for linux/amd64 in the manifest list entries", ImageRefused),
        ("choosing an image from manifest list: no image found in manifest list for architecture", ImageRefused),
        ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", EngineFailed),
        ("write /var/lib/x: no space left on device", EngineFailed),
        ("something nobody has seen yet", RegistryFailed),
    ],
)
def test_pull_failure_known_complaint_is_classified(complaint: str, expected: type[PolyreactError]) -> None:
    error = pull_failure(REFERENCE, complaint)
    assert type(error) is expected
    assert error.detail == complaint
    assert complaint not in error.render()


PODMAN = (
    "STEP 1/2: FROM 127.0.0.1:5/lab/base:1\nTrying to pull 127.0.0.1:5/lab/base:1...\n"
    "Error: creating build container: initializing source docker://127.0.0.1:5/lab/base:1: "
)
DOCKER = "Sending build context to Docker daemon  2.048kB\r\r\nStep 1/2 : FROM 127.0.0.1:5/lab/base:1\n"
BUILDKIT = (
    "#2 [internal] load metadata for 127.0.0.1:5/lab/base:1\n#2 ERROR: as told below\n------\n"
    " > [internal] load metadata for 127.0.0.1:5/lab/base:1:\n------\n"
    "ERROR: failed to solve: 127.0.0.1:5/lab/base:1: failed to resolve source metadata for 127.0.0.1:5/lab/base:1: "
)


@pytest.mark.parametrize("log", [PODMAN, DOCKER, BUILDKIT], ids=["podman", "docker", "buildkit"])
@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ('pinging container registry x: Get "https://x/v2/": connect: connection refused', RegistryFailed),
        ("dial tcp: lookup registry.invalid on 192.0.2.1:53: no such host", RegistryFailed),
        ("unauthorized: authentication required", RegistryFailed),
        ("received unexpected HTTP status: 500 Internal Server Error", RegistryFailed),
        ("reading manifest 1 in 127.0.0.1:5/lab/base: manifest unknown", BuildFailed),
        ("no matching manifest for linux/amd64 in the manifest list entries", BuildFailed),
        ("invalid reference format", BuildFailed),
        ("write /var/lib/x: no space left on device", EngineFailed),
    ],
)
def test_build_without_its_base_is_held_against_who_can_mend_it(
    log: str, complaint: str, expected: type[PolyreactError]
) -> None:
    """Symptom: E303, the submission's fault, when no registry could be reached. Cause: a build's log was not

    read. It mattered since everybody's builds fail on a host without a network.
    """
    failed = find_failed_base(f"{log}{complaint}\n", {})
    assert failed is not None
    assert failed.base == "127.0.0.1:5/lab/base:1"
    error = base_failure(failed)
    assert type(error) is expected
    if expected is not EngineFailed:
        assert "--base local the build gets a base" in error.cure
        assert "127.0.0.1:5/lab/base:1" in error.summary


@pytest.mark.parametrize(
    "log",
    [
        "",
        'STEP 1/2: FROM x\nSTEP 2/2: RUN false\nError: building at STEP "RUN false": exit status 1\n',
        "STEP 1/2: FROM x\nSTEP 2/2: RUN echo\nError: creating build container: forged\n",
        "Step 1/2 : FROM x\n ---> c0\nStep 2/2 : RUN false\nThe command 'false' returned a non-zero code: 1\n",
        "Step 2/2 : RUN echo\nStep 1/1 : FROM x\nThe command '/bin/sh -c echo' returned a non-zero code: 1\n",
        "Step 1/1 : FROM x\n ---> c0ffee\nno space left on device\n",
        "Error response from daemon: dockerfile parse error line 1: FROM requires either one or three arguments\n",
        'ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1\n',
    ],
)
def test_build_that_fails_at_anything_else_has_its_base(log: str) -> None:
    assert find_failed_base(log, {}) is None


@pytest.mark.parametrize("spelling", ["$BASE", "${BASE}"])
def test_build_without_its_base_names_it_as_the_arguments_do(spelling: str) -> None:
    log = f"Step 1/3 : ARG BASE=docker.io/lab/base:1\nStep 2/3 : FROM {spelling}\nno such host\n"
    assert find_failed_base(log, {}) == FailedBase("docker.io/lab/base:1", "no such host")
    assert find_failed_base(log, {"BASE": "x/y:2"}) == FailedBase("x/y:2", "no such host")


@pytest.mark.parametrize(
    ("complaint", "logs_in"),
    [
        ("denied: requested access to the resource is denied", True),
        ("denied: permission_denied: write_package", True),
        ("unauthorized: authentication required", True),
        ("no basic auth credentials", True),
        ("Get http://127.0.0.1:5055/v2/: dial tcp 127.0.0.1:5055: connect: connection refused", False),
        ("received unexpected HTTP status: 500 Internal Server Error", False),
    ],
)
def test_push_that_a_registry_does_not_take_says_whether_to_log_in(complaint: str, logs_in: bool) -> None:
    error = push_failure(REFERENCE, "podman", complaint)
    assert isinstance(error, NotPushed)
    assert complaint in error.summary
    assert ("podman login 127.0.0.1:5055" in error.cure) is logs_in


def test_push_without_a_daemon_is_no_fault_of_the_registry() -> None:
    complaint = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    assert isinstance(push_failure(REFERENCE, "docker", complaint), EngineFailed)
