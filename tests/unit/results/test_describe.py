"""The parts of a record that restate what is known."""

import platform

from fakes.engine import make_image
from polyreact.engines.policy import Limits
from polyreact.files import sha256_bytes
from polyreact.results.describe import describe_host, describe_image, describe_limits, describe_submission
from polyreact.submission.manifest import parse_manifest
from unit.submission.manifests import lines_of

DIGEST = sha256_bytes(b"manifest")


def describe(**changes):
    return describe_submission(parse_manifest(lines_of(**changes).encode(), source="m"), DIGEST)


def test_submission_is_the_manifest():
    described = describe()
    assert (described.id, described.name, described.authors) == (
        "lab-model",
        "A model",
        ("Ada Lovelace", "Jane Roe"),
    )
    assert described.training_data == {"boughter": ("labels", "model-selection")}
    assert (described.score_is_probability, described.threshold, described.parameters) == (True, 0.5, 12)
    assert described.manifest_sha256 == DIGEST
    assert described.mode == "predict"


def test_submission_without_a_title_goes_by_its_name():
    assert describe(title=None).name == "lab-model"


def test_training_data_in_a_word_stays_a_word():
    assert describe(training_data="proprietary").training_data == "proprietary"


def test_host_is_described_without_its_name():
    described = describe_host()
    assert described.cpus >= 1
    assert described.memory_bytes > 1 << 20
    assert platform.node() not in described.model_dump().values()


def test_limits_are_kept_as_they_are():
    limits = Limits(60, 1 << 30, 1.5, 64, 1 << 20, 1 << 20, 1 << 10)
    assert describe_limits(limits).model_dump() == {
        "wall_time_s": 60,
        "memory_bytes": 1 << 30,
        "cpus": 1.5,
        "pids": 64,
        "tmp_bytes": 1 << 20,
        "output_bytes": 1 << 20,
        "log_bytes": 1 << 10,
    }
    assert describe_limits(limits, gpus=1).model_dump() == {**describe_limits(limits).model_dump(), "gpus": 1}


def test_what_an_image_says_of_itself_is_made_visible_and_cut():
    hostile = "\x1b[31m" + "x" * 5000
    image = make_image(
        "localhost/x:1",
        labels={f"{number:03d}{hostile}": hostile for number in range(500)},
        entrypoint=(hostile,) * 500,
        command=("--go",),
        user=hostile,
        layers=3,
    )
    described = describe_image(image, "localhost/x:1")
    assert (described.layers, described.command) == (3, ("--go",))
    assert (len(described.labels), len(described.entrypoint)) == (50, 50)
    texts = [*described.labels, *described.labels.values(), *described.entrypoint, described.user]
    assert all(text.isprintable() and len(text) <= 300 for text in texts)
    assert len(described.model_dump_json()) < 60_000
