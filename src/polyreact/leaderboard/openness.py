"""What a reader may do with a model and see of it, in words, from what its manifest declares."""

from __future__ import annotations

from polyreact.leaderboard.licences import MEANINGS, classify_licence
from polyreact.leaderboard.text import clean
from polyreact.results.records import ImageRecord, SubmissionRecord

#: Where an image comes from that was built on the machine and stands in no registry.
_LOCAL = "localhost/"


def licence_words(submission: SubmissionRecord) -> str:
    """Whether the model may be used, as far as its licence's name says; the licence itself decides."""
    found = classify_licence(submission.license)
    return f"{found.value.capitalize()} ({clean(submission.license)}): {MEANINGS[found]}."


def visibility_words(submission: SubmissionRecord) -> str:
    """Which of paper and code the manifest leads to."""
    match (bool(submission.paper), bool(submission.code)):
        case (True, True):
            return "A paper and code are named."
        case (True, False):
            return "A paper is named, no code."
        case (False, True):
            return "Code is named, no paper."
        case _:
            return "Neither a paper nor code is named."


def image_words(image: ImageRecord) -> str:
    """Whether others can pull the image that ran."""
    if image.digest is None or image.reference.startswith(_LOCAL):
        return "Built on the benchmark's own machine from a folder, and in no registry."
    return "Pulled from its registry by digest; whether you may pull it, its registry decides."
