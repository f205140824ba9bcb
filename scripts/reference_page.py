"""Write docs/reference/reference-figures.md from its words, scripts/reference-figures.template.md, and the figures.

    python scripts/reference_page.py

Ours are those of docs/reference/reference-figures.json (`scripts/reference_figures.py`), published ones those of
docs/reference/published-figures.json. A test compares the page with what this prints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from polyreact.files import write_atomically
from polyreact.statistics.comparison import SIGNIFICANCE
from polyreact.statistics.interval import Interval
from polyreact.statistics.proportions import wilson_interval
from polyreact.statistics.ranks import adjust_p_values

WORDS = Path(__file__).resolve().with_name("reference-figures.template.md")
REFERENCE = WORDS.parent.parent / "docs" / "reference"
FIGURES, PUBLISHED = REFERENCE / "reference-figures.json", REFERENCE / "published-figures.json"
PAGE = REFERENCE / "reference-figures.md"

R1, R2 = "boughter@1", "boughter@2"
CHARGE, UNTRAINED = "net-charge", "random-encoder"
PRETRAINED = ("antiberty", "sapiens")
BESIDE_ESM1V = (CHARGE, UNTRAINED, "descriptors-logreg", "antiberty-logreg")
TEST_SETS = ("jain", "jain-116", "jain-parity", "shehata", "harvey-test")
FAMILIES = ("mouse", "influenza", "HIV")
SCHEMES = {"grouped": "by clone", "ungrouped": "at random", "family": "by family"}
#: Where a difference is read: two ways to hold antibodies out, and the sets that were not fitted to a model.
JUDGED = ("grouped", "family", "jain", "jain-116", "shehata", "harvey-test")
#: Of Harvey all three files were published on, and one is asked about here.
ASKED_INSTEAD = {"harvey": "harvey-test"}

Data = Mapping[str, Any]


def render(figures: Data | None = None, published: Data | None = None) -> str:
    """The page, from the figures as they are kept unless others are given."""
    ours = json.loads(FIGURES.read_bytes()) if figures is None else figures
    theirs = json.loads(PUBLISHED.read_bytes()) if published is None else published
    return WORDS.read_text(encoding="utf-8").format(**_words(ours), **_tables(ours, theirs))


def _words(ours: Data) -> dict[str, str]:
    """Single figures of the text."""
    code = dict(ours["code"])
    charge = _find(ours, CHARGE, R2)["figures"]["harvey-test"]
    gain, gained_by = max(
        (
            one["figures"]["ungrouped"]["roc_auc"]["value"] - one["figures"]["grouped"]["roc_auc"]["value"],
            one["model"],
        )
        for one in _trained_on(ours, R2)
    )
    return {
        "charge_on_harvey": _interval(charge["accuracy"]),
        "gain": _three(gain),
        "gained_by": gained_by,
        "revisions_told": str(sum(map(_is_told, ours["revisions"]))),
        "revisions_all": str(len(ours["revisions"])),
        "made_on": ours["made_on"],
        "seeds": str(len(ours["seeds"])),
        "polyreact": code.pop("polyreact"),
        "code": code.pop("baselines_sha256")[:12],
        "libraries": ", ".join(f"{name} {version}" for name, version in code.items()),
        "headline": "\n".join(
            [
                _on_test_sets(ours),
                *_headline(ours, CHARGE, "net charge"),
                *_headline(ours, UNTRAINED, "the untrained encoder"),
                _better_than_both(ours),
            ]
        ),
        "drawn": ", ".join(sorted({one["model"] for one in ours["models"] if one["is_stochastic"]})),
    }


def _on_test_sets(ours: Data) -> str:
    """How many differences from net charge are told apart where nothing was learned from."""
    rows = [one for one in _differences_from(ours, CHARGE) if one["set"] in JUDGED and one["set"] in TEST_SETS]
    better = [one for one in rows if _is_told(one) and one["difference"] > 0]
    worse = [one for one in rows if _is_told(one) and one["difference"] < 0]
    return (
        f"- **On the test sets** {len(better) or 'none'} of {len(rows)} differences from net charge is told apart "
        f"for the better{_list_models(better)}, and {len(worse)} for the worse, each taken alone."
    )


def _headline(ours: Data, control: str, title: str) -> Iterable[str]:
    """What is better than a control and what is worse, taken alone and with all of these together (Holm)."""
    rows = [
        one
        for one in _differences_from(ours, control)
        if one["set"] in JUDGED and one["model"] not in (CHARGE, UNTRAINED)
    ]
    adjusted = adjust_p_values([one["p_value"] for one in rows]).tolist()
    for word, sign in (("Better", 1), ("Worse", -1)):
        told = [
            (one, p)
            for one, p in zip(rows, adjusted, strict=True)
            if _is_told(one) and one["difference"] * sign > 0
        ]
        sure = [one for one, p in told if p <= SIGNIFICANCE]
        yield (
            f"- **{word} than {title}**: {len(told)} of {len(rows)} differences taken alone"
            f"{_list_models([one for one, _ in told])}; {len(sure)} with all taken together (Holm)"
            f"{_list_models(sure)}."
        )


def _better_than_both(ours: Data) -> str:
    """Which models are better than both controls on the same antibodies, and which of them were pretrained."""
    told = {
        (one["model"], one["set"])
        for one in _differences_from(ours, UNTRAINED)
        if _is_told(one) and one["difference"] > 0
    }
    rows = [
        one
        for one in _differences_from(ours, CHARGE)
        if one["set"] in JUDGED and _is_told(one) and one["difference"] > 0 and (one["model"], one["set"]) in told
    ]
    pretrained = [row for row in rows if row["model"].startswith(PRETRAINED)]
    return (
        f"- **Better than both on the same antibodies**, taken alone: {len(rows)}{_list_models(rows)}. "
        f"Of these with a pretrained language model: {len(pretrained) or 'none'}{_list_models(pretrained)}."
    )


def _list_models(rows: Sequence[Data]) -> str:
    """The models by where they differ, in brackets."""
    by_set: dict[str, list[str]] = {}
    for one in rows:
        by_set.setdefault(SCHEMES.get(one["set"], one["set"]), []).append(one["model"])
    listed = "; ".join(f"{name}: {', '.join(models)}" for name, models in by_set.items())
    return f" ({listed})" if listed else ""


def _tables(ours: Data, theirs: Data) -> dict[str, str]:
    """Tables by their place on the page."""
    return {
        "against_charge": _tabulate_differences(ours, CHARGE),
        "against_untrained": _tabulate_differences(ours, UNTRAINED),
        "published": _tabulate_published(ours, theirs),
        "context": _tabulate_esm1v(ours, theirs),
        "families": _tabulate_families(ours, theirs),
        "schemes": _tabulate(ours, R2, SCHEMES),
        "revisions": _tabulate_revisions(ours),
        "tests_r2": _tabulate(ours, R2, dict(zip(TEST_SETS, TEST_SETS, strict=True))),
        "tests_r1": _tabulate(ours, R1, dict(zip(TEST_SETS, TEST_SETS, strict=True))),
        "seeds_table": _tabulate_seeds(ours),
        "trial": _tabulate_trial(ours, theirs),
        "sources": "\n".join(f"- {name}: {what}." for name, what in theirs["sources"].items()),
    }


def _tabulate(ours: Data, training: str, columns: Mapping[str, str]) -> str:
    rows = [
        [one["model"], *(_both(one["figures"].get(at)) for at in columns)] for one in _trained_on(ours, training)
    ]
    return _table(["model", *columns.values()], rows)


def _tabulate_differences(ours: Data, control: str) -> str:
    found = {(one["model"], one["set"]): one for one in _differences_from(ours, control)}
    shown = [at for at in JUDGED if any(at == where for _, where in found)]
    rows = [
        [model, *(_difference(found.get((model, at))) for at in shown)]
        for model in dict.fromkeys(model for model, _ in found)
    ]
    return _table(["model", *(SCHEMES.get(at, at) for at in shown)], rows)


def _tabulate_published(ours: Data, theirs: Data) -> str:
    rows = []
    for one in theirs["published"]:
        said = _three(one["value"]) + (f" ± {_three(one['deviation'])}" if "deviation" in one else "")
        cells = [one["model"], one["set"], f"{said} ({one['source']})"]
        rows.append([*cells, *(_compare_published(ours, one) if one["ours"] else ["no weights here", "", ""])])
    return _table(["model", "set", "published", "ours", "difference", "why"], rows)


def _compare_published(ours: Data, one: Data) -> list[str]:
    model = _find(ours, *one["ours"])
    folds, pooled = model["over_folds"]["ungrouped"]["accuracy"], model["figures"]["ungrouped"]["accuracy"]
    own = (
        f"{_spread(folds['mean'], folds['standard_deviation'])} [{_three(pooled['low'])}, {_three(pooled['high'])}]"
    )
    lies = "within" if pooled["low"] <= one["value"] <= pooled["high"] else "outside"
    return [own, _signed(folds["mean"] - one["value"]), f"It lies {lies} our interval. {one['why']}"]


def _tabulate_esm1v(ours: Data, theirs: Data) -> str:
    """What ESM-1v is said to reach, and what simple models do on the same set."""
    rows = []
    for one in theirs["esm1v_on_test_sets"]:
        right = one["right"] if "right" in one else round(one["value"] * one["of"])
        interval = wilson_interval(right, one["of"])
        assert isinstance(interval, Interval)  # noqa: S101 - of a set that is not empty
        said = {"value": one.get("value", right / one["of"]), "low": interval.low, "high": interval.high}
        at = ASKED_INSTEAD.get(one["set"], one["set"])
        own = [_find(ours, name, one["training"])["figures"].get(at) for name in BESIDE_ESM1V]
        threshold = "not told" if one["threshold"] is None else str(one["threshold"])
        rows.append([one["set"], f"{_interval(said)} ({one['source']})", threshold, *map(_accuracies, own)])
    return _table(["set", "ESM-1v, published", "its threshold", *BESIDE_ESM1V], rows)


def _accuracies(found: Data | None) -> str:
    if found is None:
        return "[not asked here](zoo.md)"
    psr = found.get("accuracy_at_psr_threshold")
    return _interval(found["accuracy"]) + (f"; at 0.5495 {_three(psr['value'])}" if psr else "")


def _tabulate_families(ours: Data, theirs: Data) -> str:
    said = theirs["esm1v_families"]
    rows = [[f"ESM-1v, published ({said['source']})", *(f"{said[family]:.2f}" for family in FAMILIES)]]
    for one in _trained_on(ours, R2):
        held_out = [one["families"][family] for family in FAMILIES]
        cells = [f"{_interval(at['accuracy'])}; {_three(at['roc_auc']['value'])}" for at in held_out]
        rows.append([one["model"], *cells])
    return _table(["model", *FAMILIES], rows)


def _tabulate_revisions(ours: Data) -> str:
    columns = ("all_of_r1", "r1_on_common", "r2_on_common")
    rows = [[one["model"], *(_three(one[key]) for key in columns), _difference(one)] for one in ours["revisions"]]
    sizes = [sum(ours["sets"][name].values()) for name in (R1, R2)]
    heads = [f"r1, all {sizes[0]}", f"r1, the {sizes[1]}", f"r2, the {sizes[1]}", "r2 less r1 on the same"]
    return _table(["model", *heads], rows)


def _tabulate_seeds(ours: Data) -> str:
    columns = ("grouped", *TEST_SETS[:-1])
    rows = [
        [one["model"], one["training"], what, *(_range(one["figures"].get(at), key) for at in columns)]
        for one in ours["models"]
        if one["is_stochastic"]
        for key, what in (("roc_auc", "AUROC"), ("accuracy", "accuracy"))
    ]
    return _table(["model", "trained on", "figure", *(SCHEMES.get(at, at) for at in columns)], rows)


def _tabulate_trial(ours: Data, theirs: Data) -> str:
    columns = ("accuracy", "roc_auc", "jain-parity", "shehata", *FAMILIES)
    rows = []
    for one in theirs["first_trial"]:
        model = _find(ours, one["model"], R1)
        said = {key: f"{_three(_find_tried(model, key))} / {_three(one[key])}" for key in columns if key in one}
        rows.append([one["model"], *(said.get(key, "") for key in columns)])
    return _table(["ours / first trial", "accuracy", "AUROC", *columns[2:]], rows)


def _find_tried(model: Data, key: str) -> float:
    """Our value of what was tried before: a mean over folds, or an AUROC on a test set or of a family held out."""
    if key in ("accuracy", "roc_auc"):
        return float(model["over_folds"]["ungrouped"][key]["mean"])
    at = model["families"][key] if key in FAMILIES else model["figures"][key]
    return float(at["roc_auc"]["value"])


def _trained_on(ours: Data, training: str) -> list[Data]:
    return [one for one in ours["models"] if one["training"] == training]


def _find(ours: Data, name: str, training: str) -> Data:
    """The one model of this name."""
    (found,) = [one for one in _trained_on(ours, training) if one["model"] == name]
    return found


def _differences_from(ours: Data, control: str) -> list[Data]:
    return [one for one in ours["differences"] if (one["control"], one["training"]) == (control, R2)]


def _difference(one: Data | None) -> str:
    """With its interval, bold where it is told apart; of several pairs of seeds in how many it is."""
    if one is None:
        return ""
    text = f"{_signed(one['difference'])} [{_signed(one['low'])}, {_signed(one['high'])}]"
    told = f"**{text}**" if _is_told(one) else text
    agreeing = one["better"] if one["difference"] > 0 else one["worse"]
    return f"{told}; {agreeing} of {one['pairs']}" if one["pairs"] > 1 else told


def _is_told(one: Data) -> bool:
    return bool(one["p_value"] <= SIGNIFICANCE)


def _both(found: Data | None) -> str:
    """AUROC with its interval, and accuracy."""
    return "" if found is None else f"{_interval(found['roc_auc'])}; {_three(found['accuracy']['value'])}"


def _range(found: Data | None, key: str) -> str:
    """Over seeds."""
    if found is None:
        return ""
    seeds = found[key].get("seeds", [found[key]["value"]] * 2)
    return f"{_spread(fmean(seeds), stdev(seeds))} ({_three(min(seeds))} to {_three(max(seeds))})"


def _interval(found: Data) -> str:
    return f"{_three(found['value'])} [{_three(found['low'])}, {_three(found['high'])}]"


def _spread(mean: float, deviation: float) -> str:
    return f"{_three(mean)} ± {_three(deviation)}"


def _three(value: float) -> str:
    return f"{value:.3f}"


def _signed(value: float) -> str:
    """With its sign, but for what is rounded to nothing."""
    return f"{value:+.3f}" if round(value, 3) else "0.000"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


if __name__ == "__main__":
    write_atomically(PAGE, render().encode())
