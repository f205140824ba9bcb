"""The figures of a run, as SVG that is the same whenever it is drawn."""

from __future__ import annotations

import io
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from polyreact.baselines.classifiers.interface import Labels
from polyreact.baselines.validation import OutOfFold, Scheme

#: Okabe and Ito's, told apart by everybody.
_COLOURS = {Scheme.GROUPED: "#0072B2", Scheme.UNGROUPED: "#E69F00", Scheme.FAMILY: "#009E73"}
_SPECIFIC, _POLYREACTIVE = "#56B4E9", "#D55E00"
_BINS = 30


def draw_curves(labels: Labels, found: Mapping[Scheme, OutOfFold]) -> bytes:
    """ROC curves of the out-of-fold scores, one for each scheme."""
    figure, axes = _new_figure("False positive rate (specific called polyreactive)", "Sensitivity")
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle="--", label="chance")
    for scheme, one in found.items():
        order = np.argsort(-one.scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(one.scores[order])), len(order) - 1)  # ties are one step
        sensitivity = np.cumsum(labels[order])[ends] / labels.sum()
        false_positives = np.cumsum(1 - labels[order])[ends] / (1 - labels).sum()
        axes.plot([0, *false_positives], [0, *sensitivity], color=_COLOURS[scheme], label=scheme.value)
    axes.set_aspect("equal")
    axes.legend(frameon=False, loc="lower right")
    return _render(figure)


def draw_scores(labels: Labels, found: OutOfFold) -> bytes:
    """How the out-of-fold scores of both classes lie."""
    figure, axes = _new_figure(f"Out-of-fold score ({found.scheme.value})", "Antibodies")
    edges = np.histogram_bin_edges(found.scores, bins=_BINS).tolist()
    for label, name, colour in ((0, "specific", _SPECIFIC), (1, "polyreactive", _POLYREACTIVE)):
        axes.hist(found.scores[labels == label], bins=edges, color=colour, alpha=0.6, label=name)
    axes.legend(frameon=False)
    return _render(figure)


def _new_figure(horizontal: str, vertical: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.spines[["top", "right"]].set_visible(False)  # matplotlib's own
    return figure, axes


def _render(figure: Figure) -> bytes:
    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "polyreact", "svg.fonttype": "none"}):
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
    return content.getvalue()
