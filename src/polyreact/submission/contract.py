"""The submission contract, version 1: a promise to everybody who packages a model."""

from __future__ import annotations

CONTRACT_VERSION = 1

INPUT_FILE = "sequences.csv"
INPUT_HEADER = ("sequence_id", "sequence", "light_sequence")
OUTPUT_FILE = "predictions.csv"
OUTPUT_HEADER = ("sequence_id", "prediction", "score")

MANIFEST_FILE = "submission.yaml"
MANIFEST_SUFFIX = ".yaml"


def contract_environment(data_mount: str, output_mount: str, mode: str) -> dict[str, str]:
    """The environment variables that every run gets, whatever the image sets itself."""
    return {
        "INPUT": f"{data_mount}/{INPUT_FILE}",
        "OUTPUT": f"{output_mount}/{OUTPUT_FILE}",
        "POLYREACT_CONTRACT": str(CONTRACT_VERSION),
        "POLYREACT_MODE": mode,
    }
