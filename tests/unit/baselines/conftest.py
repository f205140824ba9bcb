"""What tests of the baselines share: weights out of the package index, kept in the virtual environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conftest import missing
from polyreact.baselines.weights import Archive, ensure_archive
from polyreact.errors import FetchFailed

#: Made up: germline-like frameworks with CDRs of our own.
HEAVY = (
    "EVQLVESGGGLVQPGGSLRLSCAASGFTFSSYAMSWVRQAPGKGLEWVSAISGSGGSTYY"
    "ADSVKGRFTISRDNSKNTLYLQMNSLRAEDTAVYYCAKDRLSITGPRYYGLDVWGQGTTVTVSS"
)
SHORT = (
    "QVQLVQSGAEVKKPGASVKVSCKASGYTFTGYYMHWVRQAPGQGLEWMGWINPNSGGTNY"
    "AQKFQGRVTMTRDTSISTAYMELSRLRSDDTAVYYCARDYWGQGTLVTVSS"
)
LIGHT = (
    "DIQMTQSPSSLSASVGDRVTITCRASQSISSYLNWYQQKPGKAPKLLIYAASSLQSGVPSRFSGSGSGTDFTLTISSLQPEDFATYYCQQSYSTPLTFGGGTKVEIK"
)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder of archives and graphs; it outlives a session, for nothing in it ever changes."""
    return Path(sys.prefix, "weights")


@pytest.fixture(scope="session")
def archive(weights):
    """A function: an archive in that folder, fetched where it is not there."""

    def ensure(wanted: Archive) -> Path:
        try:
            return ensure_archive(wanted, weights)
        except FetchFailed as error:
            missing("weights", error.render())

    return ensure
