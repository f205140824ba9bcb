"""Complaints as docker 20.10 and podman 4.3 made them to a registry on the loopback."""

from __future__ import annotations

import pytest

from polyreact.engines.pull_errors import pull_failure
from polyreact.errors import EngineFailed, ImageMissing, ImageRefused, PolyreactError, RegistryFailed
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
