"""What a trained model says of antibodies."""

from __future__ import annotations

from collections.abc import Sequence

from polyreact.baselines.embedders.interface import OnProgress
from polyreact.baselines.features import Places, build_features
from polyreact.baselines.model import Model
from polyreact.errors import BadModel
from polyreact.sequences import Antibody
from polyreact.submission.predictions import Prediction


def predict(
    model: Model,
    antibodies: Sequence[Antibody],
    places: Places,
    on_progress: OnProgress = lambda _progress: None,
) -> tuple[Prediction, ...]:
    """A prediction for each antibody, in order.

    Raises what embedding raises, and BadModel where the embedder is not the one that the model was trained with.
    """
    features = build_features(antibodies, model.parts, model.embedder, places, on_progress)
    if features.revisions != model.revisions:
        raise BadModel(
            "the embedder here is not the one that the model was trained with",
            consequence="Nothing was predicted.",
            detail=f"trained with {model.revisions}, found {features.revisions}",
        )
    raw = model.classifier.score(features.values)
    scores, decisions = model.decision.calibrate(raw), model.decision.decide(raw)
    return tuple(
        Prediction(antibody.sequence_id, int(decision), float(score))
        for antibody, decision, score in zip(antibodies, decisions, scores, strict=True)
    )
