"""The card of a trained model: data, figures, licence and limits, for whoever meets the folder later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polyreact.baselines.model import Model

_LICENCES = {
    "antiberty": "AntiBERTy (Ruffolo et al. 2021), code and weights MIT",
    "sapiens": "Sapiens (Prihoda et al. 2022), code and weights MIT",
    "hub": "weights of others: look up the model's own licence before you pass them on",
}
_NOTHING_INSIDE = "No weights of others are inside"
_FIGURES = (
    "At the classifier's own threshold; intervals of 95 % in brackets, made by clone. The mean over folds is what "
    "papers report."
)
_CONTROLS = (
    "- Net charge alone reaches an AUROC of about .67 on Boughter 2020 (revision 1). A model that does not beat it "
    "and an untrained encoder has learned nothing beyond composition."
)
_SCHEMES = {
    "grouped": "by clone: relatives stay on one side",
    "ungrouped": "at random, as published figures are: relatives stand on both sides, which flatters",
    "family": "each family held out once",
}


def render_model_card(
    plan: Mapping[str, Any], metrics: Mapping[str, Any], model: Model, notes: Sequence[str]
) -> str:
    """The card in Markdown."""
    embedder, classifier = plan["embedder"]["name"], plan["classifier"]["name"]
    return "\n".join(
        [
            f"# {embedder} and {classifier}, trained on {plan['data']['name']}",
            "",
            "Predicts polyreactivity of antibodies. Made by `polyreact train`, as `config.json` says.",
            "",
            "## Data",
            "",
            _describe_counts(metrics),
            "",
            *(f"- {name}: sha256 `{digest}`" for name, digest in plan["data"]["sha256"].items()),
            *(f"- {note}" for note in notes),
            "",
            "## Cross-validation",
            "",
            _FIGURES,
            "",
            "| folds | accuracy | AUROC | mean accuracy over folds | mean AUROC over folds |",
            "|---|---|---|---|---|",
            *(_row(name, one) for name, one in metrics["validation"].items()),
            "",
            "## How it decides",
            "",
            _describe_decision(model),
            "",
            "## Licence and limits",
            "",
            f"- {_LICENCES.get(embedder, _NOTHING_INSIDE)}.",
            "- The sequences and labels it was trained on keep their own terms (docs/datasets).",
            _CONTROLS,
            "",
        ]
    )


def _describe_counts(metrics: Mapping[str, Any]) -> str:
    classes = f"{metrics['specific']} specific and {metrics['polyreactive']} polyreactive"
    clones = f"{metrics['clones']} clones (VH of 95 % identity or more)"
    return f"{metrics['antibodies']} antibodies, {classes}, in {clones}."


def _row(name: str, found: Mapping[str, Any]) -> str:
    pooled, folds = found["pooled"]["metrics"], found["over_folds"]
    cells = [f"{name}, {_SCHEMES[name]}", _figure(pooled["accuracy"]), _figure(pooled["roc_auc"])]
    cells += [_spread(folds["accuracy"]), _spread(folds["roc_auc"])]
    return f"| {' | '.join(cells)} |"


def _figure(metric: Mapping[str, Any]) -> str:
    if metric["value"] is None:
        return f"n/a ({metric['no_interval']})"
    limits = f" [{metric['low']:.3f}, {metric['high']:.3f}]" if "low" in metric else ""
    return f"{metric['value']:.3f}{limits}"


def _spread(value: Mapping[str, float | None]) -> str:
    mean, deviation = value["mean"], value["standard_deviation"]
    if mean is None:
        return "n/a"
    return f"{mean:.3f}" if deviation is None else f"{mean:.3f} ± {deviation:.3f}"


def _describe_decision(model: Model) -> str:
    what = "a probability" if model.is_probability else "a distance from the border, no probability"
    calibrated = ", calibrated on out-of-fold scores" if model.decision.is_calibrated else ""
    return f"The score is {what}{calibrated}; polyreactive from {model.decision.threshold:.6g} upwards."
