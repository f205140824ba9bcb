"""Certificates for the clusters of these tests."""

from datetime import UTC, datetime

import pytest

from polyreact.execution.certificates import make_certificates


@pytest.fixture(scope="session")
def make_tls(tmp_path_factory):
    """Make a new authority and its node's certificate."""
    return lambda: make_certificates(tmp_path_factory.mktemp("certificates"), datetime.now(UTC)).files


@pytest.fixture(scope="session")
def tls(make_tls):
    return make_tls()
