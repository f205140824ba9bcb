"""What each author is told: all that is known, in one comment, and nothing in it that acts."""

import pytest

from polyreact.ci.forge import PullRequest
from polyreact.ci.outcomes import Ending, JobOutcome, read_outcomes, write_outcomes
from polyreact.ci.tell import MARKER, PRIVATE_MARKER, group_outcomes, render_outcomes, tell_outcomes
from polyreact.errors import BadRecord, ForgeFailed


def outcome(track="jain", ending=Ending.SCORED, submission="lab-model", **changes):
    return JobOutcome(submission=submission, track=track, ending=ending, **changes)


def render(outcomes):
    return render_outcomes(outcomes, "https://forge.example/runs/1", "https://forge.example/errors.md")


class Forge:
    """Every submission but a stranger was brought by a pull request; of `broken` the forge tells nothing."""

    def __init__(self):
        self.comments = {}

    def merged_pull_request_of(self, path):
        if "stranger" in path:
            return None
        if "broken" in path:
            raise ForgeFailed("no answer")
        number = len(path)
        return PullRequest(number, "ada", "main", "", "", None, False, True, False, "", frozenset())

    def upsert_comment(self, number, marker, body):
        assert marker in body.splitlines()
        self.comments[number, marker] = body


def test_comment_tells_every_track_its_outcome_and_what_it_means():
    body = render([outcome("shehata", Ending.FAILED, code="E314", message="stopped"), outcome()])
    lines = body.splitlines()
    assert lines[0] == MARKER
    assert "| jain | scored |  |  |" in lines
    assert "| shehata | failed | [E314](https://forge.example/errors.md) | `stopped` |" in lines
    assert any(line.startswith("- *scored*: ") for line in lines)
    assert any(line.startswith("- *failed*: ") for line in lines)
    assert not any(line.startswith("- *put off*: ") for line in lines)
    assert "[The weekly run](https://forge.example/runs/1)" in body


@pytest.mark.parametrize(
    "message",
    [
        "`</code> @everyone [link](https://evil.example)",
        "a | b\n\n# heading\n<!-- -->",
        "\x1b[31m\u202ered",
        "```\n@org/team",
    ],
)
def test_message_of_a_container_is_code_and_nothing_else(message):
    (line,) = [line for line in render([outcome(message=message)]).splitlines() if line.startswith("| jain")]
    cells = line.replace("\\|", "").split("|")
    assert len(cells) == 6
    assert cells[4].strip().startswith("`")
    assert cells[4].strip().endswith("`")
    assert cells[4].count("`") == 2
    assert line.isprintable()


def test_private_tracks_are_told_in_a_comment_of_their_own():
    grouped = group_outcomes([outcome(), outcome("private-ours")])
    assert [render(its_own).splitlines()[0] for its_own in grouped.values()] == [MARKER, PRIVATE_MARKER]


def test_every_submission_is_told_once_and_who_cannot_be_keeps_nobody_from_it():
    forge, said = Forge(), []
    outcomes = [
        outcome(submission="lab-broken"),
        outcome(submission="lab-stranger"),
        outcome(),
        outcome("demo"),
        outcome("private-ours"),
    ]
    failures = tell_outcomes(forge, outcomes, render, said.append)
    assert [failure.code for failure in failures] == ["E707"]
    number = len("submissions/lab-model.yaml")
    assert set(forge.comments) == {(number, MARKER), (number, PRIVATE_MARKER)}
    assert "lab-stranger: no pull request brought submissions/lab-stranger.yaml; nobody is told" in said


def test_outcomes_are_kept_and_read_back(tmp_path):
    outcomes = (outcome(), outcome("demo", Ending.PUT_OFF, code="E403", message="no answer"))
    write_outcomes(tmp_path / "outcomes.json", outcomes)
    assert read_outcomes(tmp_path / "outcomes.json") == outcomes


def test_document_with_something_else_is_refused(tmp_path):
    (tmp_path / "outcomes.json").write_text('{"schema_version": 1, "outcomes": [{"submission": 1}]}')
    with pytest.raises(BadRecord):
        read_outcomes(tmp_path / "outcomes.json")
