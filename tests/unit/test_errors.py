"""The catalogue of errors: one class, one code, one exit status by who must act."""

import inspect
import json
import pickle

import pytest

from polyreact import errors
from polyreact.errors import Finding, InvalidManifest, PolyreactError, UnknownName, render_findings

FAMILIES = {
    "E1": (errors.UsageError, 2),
    "E2": (errors.SettingsError, 2),
    "E3": (errors.SubmissionError, 3),
    "E4": (errors.HostError, 4),
    "E5": (errors.DatasetError, 5),
    "E6": (errors.ResultsError, 6),
}
CATALOGUE = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, PolyreactError) and "code" in vars(value)
]
KINDS = [kind for kind in CATALOGUE if kind is not PolyreactError]


def test_codes_are_unique():
    codes = [kind.code for kind in CATALOGUE]
    assert len(set(codes)) == len(codes) > 30


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_code_says_who_must_act_and_with_which_exit_status(kind):
    """Codes of pull requests and the weekly run begin with E7; who must act on them their family tells."""
    if kind.code.startswith("E7"):
        assert kind.code != "E700", "that is a bug"
        family, status = next((family, status) for family, status in FAMILIES.values() if issubclass(kind, family))
    else:
        family, status = FAMILIES[kind.code[:2]]
    assert issubclass(kind, family)
    assert kind.exit_status == status
    assert kind.__doc__.endswith(".")


def test_every_class_below_a_family_has_a_code():
    leaves = {leaf for family, _ in FAMILIES.values() for leaf in family.__subclasses__()}
    assert leaves == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_arrives_whole_in_another_process(kind):
    """Symptom: an error sent by pickle came without findings, its code twice, or not at all where its constructor
    takes other arguments. Cause: exceptions are made again from `args`. A pool's jobs raise theirs elsewhere.
    """
    error = kind.__new__(kind)
    PolyreactError.__init__(
        error, "wrong", findings=[Finding("here", "bad")], consequence="None.", cure="mend", detail="secret"
    )
    error.until = 7
    found = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(found) is kind
    assert found.render() == error.render()
    assert (str(found), found.detail, found.until) == (str(error), "secret", 7)


@pytest.mark.parametrize(
    ("count", "last"),
    [(1, "line 1       wrong"), (10, "line 10      wrong"), (11, "... and 1 more (11 in all)")],
)
def test_findings_show_the_first_ten_and_count_the_rest(count, last):
    lines = render_findings(Finding(f"line {number}", "wrong") for number in range(1, count + 1))
    assert lines[0] == ""
    assert len(lines) == 1 + min(count, 11)
    assert lines[-1].strip() == last


def test_no_findings_are_no_lines():
    assert render_findings(()) == []


def test_message_says_what_is_wrong_what_was_done_and_what_to_do():
    error = InvalidManifest(
        "my.yaml is not a valid manifest",
        findings=[Finding("line 3:7", "`image` is missing"), Finding("", "and more")],
        consequence="Nothing was run.",
        cure="Mend it.",
        detail="only for the operator",
    )
    assert error.render().splitlines() == [
        "E301  my.yaml is not a valid manifest",
        "",
        "  line 3:7     `image` is missing",
        "  and more",
        "",
        "Nothing was run.",
        "Mend it.",
    ]


def test_json_holds_every_finding_and_never_the_detail():
    findings = [Finding(f"line {number}", "wrong") for number in range(50)]
    error = InvalidManifest("bad", findings=findings, consequence="c", cure="d", detail="secret")
    data = json.loads(json.dumps(error.to_json()))
    assert data.keys() == {"code", "summary", "findings", "consequence", "cure"}
    assert len(data["findings"]) == 50


def test_unknown_name_tells_the_known_ones():
    error = UnknownName("track", "jian", ["shehata", "jain"])
    assert error.render() == "E101  there is no track called `jian`\n\nKnown: jain, shehata."
    assert UnknownName("track", "x", []).cure == "Known: none."
