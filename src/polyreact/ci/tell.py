"""Tell every author what became of a submission, in the pull request that brought it: one comment, always the same.

Names and codes are ours; the message of an outcome is text that a container may have had a part in, and is cleaned
and put where it can be neither a link nor a name that is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from polyreact.ci.forge import Forge
from polyreact.ci.outcomes import Ending, JobOutcome
from polyreact.datasets.catalog import is_private_name
from polyreact.errors import HostError
from polyreact.leaderboard.text import clean
from polyreact.submission.contract import MANIFEST_SUFFIX, SUBMISSIONS_FOLDER

#: By which the comments are found again; invisible on the page. Private tracks have one of their own.
MARKER = "<!-- polyreact: outcome of the evaluation -->"
PRIVATE_MARKER = "<!-- polyreact: outcome of the evaluation on private tracks -->"

_MOST_MESSAGE = 300
_MEANINGS = {
    Ending.SCORED: "The run was valid. Its score is on the board.",
    Ending.FAILED: "The run is kept as failed and not repeated. A new image is evaluated by the next weekly run.",
    Ending.PUT_OFF: "Not held against the submission. It is run again by itself; nothing is to be done.",
    Ending.REFUSED: "It could not be run as it was handed in. It is run again once its manifest changes.",
    Ending.GIVEN_UP: "Not held against the submission: the platform failed again and again; an organiser looks.",
}


def render_outcomes(outcomes: Sequence[JobOutcome], run_address: str | None, documentation: str) -> str:
    """The comment on one submission, as Markdown. `documentation` is where the page of error codes stands."""
    name = outcomes[0].submission
    lines = [
        find_marker(outcomes),
        f"**{name}** was evaluated.",
        "",
        "| track | outcome | code | |",
        "| --- | --- | --- | --- |",
    ]
    for outcome in sorted(outcomes, key=lambda one: one.track):
        code = f"[{outcome.code}]({documentation})" if outcome.code and documentation else outcome.code or ""
        lines.append(f"| {outcome.track} | {outcome.ending.value} | {code} | {_quote(outcome.message)} |")
    told = [ending for ending in Ending if any(one.ending is ending for one in outcomes)]
    lines += ["", *(f"- *{ending.value}*: {_MEANINGS[ending]}" for ending in told)]
    if run_address:
        lines += [
            "",
            f"[The weekly run]({run_address}). What a container printed on real antibodies is shown to nobody.",
        ]
    return "\n".join(lines) + "\n"


def tell_outcomes(
    forge: Forge,
    outcomes: Iterable[JobOutcome],
    render: Callable[[Sequence[JobOutcome]], str],
    say: Callable[[str], None],
) -> tuple[HostError, ...]:
    """Write or change the comment on each submission's pull request; what kept any of them from being told."""
    failures = []
    for (name, _), its_own in group_outcomes(outcomes).items():
        path = f"{SUBMISSIONS_FOLDER}/{name}{MANIFEST_SUFFIX}"
        try:
            pull_request = forge.merged_pull_request_of(path)
            if pull_request is None:
                say(f"{name}: no pull request brought {path}; nobody is told")
                continue
            forge.upsert_comment(pull_request.number, find_marker(its_own), render(its_own))
            say(f"{name}: told in pull request {pull_request.number}")
        except HostError as error:
            say(f"{name}: {error.code}  {error.summary}")
            failures.append(error)
    return tuple(failures)


def group_outcomes(outcomes: Iterable[JobOutcome]) -> Mapping[tuple[str, bool], list[JobOutcome]]:
    """The outcomes by what one comment is about: a submission, on private tracks or on the others."""
    found: dict[tuple[str, bool], list[JobOutcome]] = {}
    for outcome in outcomes:
        found.setdefault((outcome.submission, is_private_name(outcome.track)), []).append(outcome)
    return found


def find_marker(outcomes: Sequence[JobOutcome]) -> str:
    """That of the comment which tells these."""
    return PRIVATE_MARKER if is_private_name(outcomes[0].track) else MARKER


def _quote(text: str) -> str:
    """As code: what stands in it is neither Markdown nor a mention."""
    line = clean(text, _MOST_MESSAGE).replace("\n", " ").replace("`", "'").replace("|", "\\|")
    return f"`{line}`" if line else ""
