"""The rehearsal reads expressions as GitHub does, and none that it does not know."""

from __future__ import annotations

import json

import pytest

from rehearsal.expressions import evaluate, evaluate_condition, fill_in

_CONTEXTS = {
    "needs": {"plan": {"result": "success", "outputs": {"has_jobs": "true", "matrix": '{"include": []}'}}},
    "vars": {},
    "github": {"event": {"comment": {"body": "/check"}, "issue": {"pull_request": {}}}},
}


def _functions(fine: bool) -> dict[str, object]:
    return {
        "success": lambda: fine,
        "cancelled": lambda: False,
        "startsWith": lambda text, start: str(text).startswith(str(start)),
        "fromJSON": lambda text: json.loads(str(text)),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("needs.plan.outputs.has_jobs == 'true'", True),
        ("needs.plan.outputs.has_jobs != 'true' || vars.POLYREACT_PRIVATE != ''", False),
        ("vars.RUNNER || '\"ubuntu\"'", '"ubuntu"'),
        ("fromJSON(vars.RUNNER || '\"ubuntu\"')", "ubuntu"),
        ("fromJSON(needs.plan.outputs.matrix)", {"include": []}),
        ("github.event.issue.pull_request && startsWith(github.event.comment.body, '/check')", True),
        ("!cancelled() && (needs.plan.result == 'success')", True),
        ("'it''s'", "it's"),
        ("needs.absent.outputs.x", None),
    ],
)
def test_value_of_an_expression(text: str, value: object) -> None:
    assert evaluate(text, _CONTEXTS, _functions(True)) == value  # type: ignore[arg-type]


def test_condition_that_asks_for_no_status_needs_a_good_one() -> None:
    good, bad = _functions(True), _functions(False)
    assert evaluate_condition("needs.plan.result == 'success'", _CONTEXTS, good)  # type: ignore[arg-type]
    assert not evaluate_condition("needs.plan.result == 'success'", _CONTEXTS, bad)  # type: ignore[arg-type]
    assert evaluate_condition("${{ !cancelled() }}", _CONTEXTS, bad)  # type: ignore[arg-type]


def test_text_is_filled_in() -> None:
    assert fill_in("a ${{ needs.plan.result }}-${{ vars.x }} b", _CONTEXTS, _functions(True)) == "a success- b"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["hashFiles('x')", "secrets.X", "needs.plan.result =", "needs['plan']", "a b", "1 < 2"]
)
def test_what_is_not_known_is_an_error(text: str) -> None:
    with pytest.raises(AssertionError):
        evaluate(text, _CONTEXTS, _functions(True))  # type: ignore[arg-type]
