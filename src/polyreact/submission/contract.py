"""The submission contract, version 1: a promise to everybody who packages a model."""

from __future__ import annotations

from enum import StrEnum

CONTRACT_VERSION = 1

INPUT_FILE = "sequences.csv"
INPUT_HEADER = ("sequence_id", "sequence", "light_sequence")
TRAIN_FILE = "train.csv"
TRAIN_HEADER = (*INPUT_HEADER, "label")
OUTPUT_FILE = "predictions.csv"
OUTPUT_HEADER = ("sequence_id", "prediction", "score")

#: What images are built for, and run on.
ARCHITECTURE = "amd64"

#: Where the manifests of a checkout stand.
SUBMISSIONS_FOLDER = "submissions"
MANIFEST_FILE = "submission.yaml"
MANIFEST_SUFFIX = ".yaml"


class Mode(StrEnum):
    """What the container can do: predict, or learn from labels that it is given and then predict."""

    PREDICT = "predict"
    FIT_PREDICT = "fit-predict"


def contract_environment(data_mount: str, output_mount: str, mode: Mode) -> dict[str, str]:
    """The environment variables that every run gets, whatever the image sets itself."""
    environment = {
        "INPUT": f"{data_mount}/{INPUT_FILE}",
        "OUTPUT": f"{output_mount}/{OUTPUT_FILE}",
        "POLYREACT_CONTRACT": str(CONTRACT_VERSION),
        "POLYREACT_MODE": str(mode),
    }
    if mode == Mode.FIT_PREDICT:
        environment["TRAIN"] = f"{data_mount}/{TRAIN_FILE}"
    return environment
