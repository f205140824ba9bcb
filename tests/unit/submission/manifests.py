"""A manifest without a defect, and ways to spoil it."""

DIGEST = "sha256:" + "ab" * 32

GOOD = f"""\
name: lab-model
title: A model
image: registry.example/lab/model:1.0@{DIGEST}
authors: [Ada Lovelace, Jane Roe]
contact: jane@example.org
license: MIT
paper: https://doi.org/10.1000/xyz
code: https://example.org/lab/model
description: Net charge of the VH.
training_data:
  boughter: [labels, model-selection]
score_is_probability: true
threshold: 0.5
parameters: 12
mode: predict
"""


def lines_of(**changes):
    """The good manifest as text, with lines replaced, dropped (None) or, for new keys, added at the end."""
    lines = GOOD.splitlines()
    for key, text in changes.items():
        found = [number for number, line in enumerate(lines) if line.startswith(f"{key}:")]
        if not found:
            lines.append(f"{key}: {text}")
            continue
        last = found[0] + 2 if key == "training_data" else found[0] + 1
        lines[found[0] : last] = [] if text is None else [f"{key}: {text}"]
    return "\n".join(lines) + "\n"


def line_of(key):
    """The number of the line that `key` stands on in the good manifest."""
    return next(n for n, line in enumerate(GOOD.splitlines(), start=1) if line.startswith(f"{key}:"))
