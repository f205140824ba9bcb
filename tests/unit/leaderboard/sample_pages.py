"""Boards whose pages show everything: curves, folds, packages, signatures, a private track, trust checks."""

from html.parser import HTMLParser

import numpy as np

from polyreact.evaluation.draw import draw_predictions
from polyreact.evaluation.measure import Truth
from polyreact.leaderboard.board import CellState
from polyreact.leaderboard.site.build import collect_pages
from polyreact.leaderboard.site.render import render_page
from polyreact.results.curve_records import CurvesRecord
from polyreact.results.package_records import PackagesDocument
from polyreact.results.records import PackagesRecord, ReliabilityBinRecord, SignatureRecord
from polyreact.submission.predictions import Prediction
from polyreact.tracks.track import TrackId
from unit.leaderboard.sample_boards import (
    TRACKS,
    make_board,
    overlap,
    sample_records,
    submission,
)
from unit.sample_trust import trust_record

KEY = "ab" * 32
PACKAGES_SHA256 = "77" * 32
PACKAGES = PackagesDocument(
    image_id="sha256:" + "9b" * 32,
    distribution="debian 12",
    system_kind="dpkg",
    is_complete=True,
    python=("numpy==2.3.0", "torch==2.9.1"),
    system=("libc6=2.36",),
)


def curves(record, positives=29, negatives=57, seed=0, **changes):
    """The curves of made-up predictions that are told to be those of the record."""
    generator = np.random.default_rng(seed)
    labels = {f"s{row:03d}": int(row < positives) for row in range(positives + negatives)}
    scores = 1 / (1 + np.exp(-generator.normal(size=len(labels)) - np.array(list(labels.values()))))
    rows = [Prediction(name, int(value > 0.5), float(value)) for name, value in zip(labels, scores, strict=True)]
    drawn = draw_predictions(rows, Truth(labels), score_is_probability=record.score.score_is_probability)
    fields = {
        "track": record.track,
        "dataset": record.dataset,
        "revision": record.revision,
        "submission": record.submission.id,
        "scoring_version": record.score.scoring_version,
        "predictions_sha256": record.score.predictions_sha256,
        "labels_sha256": record.score.labels_sha256,
        "score_is_probability": record.score.score_is_probability,
        "interval_level": 0.95,
        "group_column": "",
        "folds_by": "",
        "roc": drawn.roc,
        "precision_recall": drawn.precision_recall,
        "distribution": drawn.distribution,
    }
    return CurvesRecord(**fields | changes)


def with_reliability(record):
    """The record with bins of its probabilities, if they are declared to be any; one bin holds nobody."""
    if record.score is None or not record.score.score_is_probability:
        return record
    counts = ((0.0, 0.4, 50, 10, 0.2), (0.4, 0.6, 0, 0, None), (0.6, 1.0, 36, 19, 0.7))
    names = ("above", "up_to", "antibodies", "polyreactive", "mean_score")
    bins = tuple(ReliabilityBinRecord(**dict(zip(names, values, strict=True))) for values in counts)
    return record.model_copy(update={"score": record.score.model_copy(update={"reliability": bins})})


def with_packages(record):
    """The record with a list of packages, which `PACKAGES` is."""
    named = PackagesRecord(
        file="packages/777777777777.json", sha256=PACKAGES_SHA256, python=2, system=1, is_complete=True
    )
    image = record.run.image.model_copy(update={"packages": named})
    return record.model_copy(update={"run": record.run.model_copy(update={"image": image})})


def signed(record, key=KEY):
    """The record with a signature, which nothing here checks."""
    return record.model_copy(update={"signature": SignatureRecord(public_key=key, value="cd" * 64)})


def full_board(records=None):
    """The sample board with all that its pages can show; the curves are drawn for every score."""
    records = [
        with_reliability(signed(with_packages(each))) for each in (sample_records() if records is None else records)
    ]
    drawn = [curves(each, seed=number) for number, each in enumerate(records) if each.score is not None]
    return make_board(
        records,
        TRACKS,
        pending=[(submission("quiet-river"), TrackId("jain"))],
        declared={("tub-graphite", TrackId("shehata")): CellState.TRAINED_ON},
        overlaps=[overlap("jain")],
        curves=drawn,
        packages={PACKAGES_SHA256: PACKAGES},
        trust=[trust_record(submission="polyreact-antiberty", track="demo")],
    )


def pages_of(board):
    """The text of every page by its path."""
    return {page.path: render_page(page).decode() for page in collect_pages(board)}


class Reader(HTMLParser):
    """What a page says in words, and its elements with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.words, self.elements = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())
