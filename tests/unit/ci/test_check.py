"""A pull request checked with an engine in memory: every step, and what ends it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, exited
from fakes.github_server import GithubServer
from fakes.registry import serve_registry
from polyreact.ci.check import MOST_S_FOR_A_CLAIM, Checked, CheckRequest, check_pull_request
from polyreact.ci.owners import Owners
from polyreact.ci.report_document import ClaimRecord, Outcome, Step
from polyreact.engines.interface import Engine, Image, RunExit
from polyreact.errors import EngineFailed, NoEngine, RegistryFailed
from polyreact.images import ImageReference
from polyreact.settings import Settings
from unit.ci.samples import DIGEST, commit, manifest, path, predict
from unit.evaluation.trust.test_checks import by_rank

Check = Callable[..., Checked]


class OutOfReach(FakeEngine):
    """Pulls nothing, and cannot tell why: its registry wants credentials, or is down."""

    def fetch_image(self, reference: ImageReference) -> Image:
        raise RegistryFailed(f"the registry could not be asked for {reference}")


@pytest.fixture
def check(server: GithubServer, settings: Settings) -> Check:
    def check(
        engine: Engine | None = None,
        text: str | None = None,
        files: dict[str, str | None] | None = None,
        author: str = "lab",
        head: str | None = None,
        owners: Owners = Owners(),  # noqa: B008 - frozen
    ) -> Checked:
        def load_engine() -> Engine:
            if engine is None:
                raise NoEngine("no container engine answers")
            return engine

        files = {path(): manifest() if text is None else text} if files is None else files
        request = CheckRequest(
            remote=str(server.bare),
            head_sha=head or commit(server, files),
            author=author,
            owners=owners,
            find_who_brought=lambda _path: None,
        )
        return check_pull_request(request, load_engine, settings, lambda _line: None, lambda *_: None)

    return check


def _outcomes(checked: Checked) -> list[tuple[str, str | None]]:
    return [(str(check.outcome), check.code) for check in checked.report.checks]


def test_good_submission_passes_every_step_with_its_figures_and_log(check: Check) -> None:
    checked = check(FakeEngine(predict))
    assert _outcomes(checked) == [("passed", None)] * len(Step)
    assert checked.error is None
    assert checked.report.run is not None
    assert checked.report.run.track == "demo"
    assert checked.log == "predicted\n"


def test_refused_pull_request_starts_no_engine(check: Check) -> None:
    checked = check(None, author="mallory")
    assert _outcomes(checked)[1] == ("refused", "E703")
    assert checked.error is not None
    assert checked.error.code == "E703"


def test_pull_request_without_a_submission_is_told_as_such(check: Check) -> None:
    checked = check(None, files={"README.md": "better\n"})
    assert not checked.report.is_submission
    assert checked.error is None


def test_image_that_is_not_there(check: Check) -> None:
    engine = FakeEngine(predict, missing=frozenset({f"ghcr.io/lab/net:1.0@sha256:{'a' * 64}"}))
    assert _outcomes(check(engine))[3:] == [("refused", "E304"), ("not reached", None)]


@pytest.mark.parametrize(("status", "told"), [(403, ("refused", "E309")), (500, ("unknown", "E404"))])
def test_private_image_is_its_authors_to_mend_and_a_broken_registry_nobodys(
    check: Check, status: int, told: tuple[str, str]
) -> None:
    """Symptom: a private package, the commonest fault of a first submission, was left to an organiser (E404).

    Cause: engines fail alike where credentials are wanted and where a registry is down. It mattered since the
    author, who alone could mend it, was told to wait.
    """
    with serve_registry() as registry:
        registry.status = status
        text = manifest(image=f"{registry.address}/lab/net@{DIGEST}")
        owners = Owners(inside_registries=frozenset({registry.address}))
        checked = check(OutOfReach(predict), text, owners=owners)
    assert _outcomes(checked)[3] == told


def test_manifest_as_its_template_was_written_is_refused(check: Check) -> None:
    assert _outcomes(check(None, manifest(authors="[Your Name]")))[2] == ("refused", "E307")


@pytest.mark.parametrize(
    ("ended", "outcome", "code"),
    [
        ({"exit_code": 3}, "refused", "E313"),
        ({"exit_code": 137, "timed_out": True}, "refused", "E314"),
        ({"exit_code": 137, "out_of_memory": True}, "refused", "E315"),
        ({"exit_code": 0}, "refused", "E312"),
        ({"exit_code": 127, "start_error": "no such file"}, "refused", "E316"),
    ],
)
def test_run_that_fails_is_told_by_its_code_with_its_log(
    check: Check, ended: dict[str, object], outcome: str, code: str
) -> None:
    checked = check(FakeEngine(lambda _data, _output: exited(log=b"a traceback\n", **ended)))
    assert _outcomes(checked)[3:] == [("passed", None), (outcome, code)]
    assert "a traceback" in checked.log


def test_platform_that_fails_is_held_against_nobody(check: Check) -> None:
    assert _outcomes(check(None))[3:] == [("unknown", "E401"), ("not reached", None)]
    assert check(None, head="0" * 39 + "1").report.checks[0].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("engine", [FakeEngine(is_sandbox=False), FakeEngine(unlimited=("memory",))])
def test_engine_that_is_no_whole_sandbox_runs_nothing(check: Check, engine: FakeEngine) -> None:
    assert _outcomes(check(engine))[3:] == [("unknown", "E402"), ("not reached", None)]
    assert engine.specs == []


def test_submission_that_declares_the_demo_labels_has_no_run(check: Check) -> None:
    checked = check(FakeEngine(predict), text=manifest(training_data="{demo: [labels]}"))
    assert _outcomes(checked)[4] == ("refused", "E320")


def test_claim_to_be_independent_is_looked_at_by_seven_more_runs(check: Check) -> None:
    engine = FakeEngine(predict)
    checked = check(engine, manifest(independent="true"))
    assert _outcomes(checked) == [("passed", None)] * len(Step)
    assert checked.report.independence == ClaimRecord(holds=True)
    assert len(engine.specs) == 1 + 7


def test_claim_that_does_not_hold_is_told_and_keeps_nothing_from_being_merged(check: Check) -> None:
    checked = check(FakeEngine(by_rank), manifest(independent="true"))
    assert _outcomes(checked) == [("passed", None)] * len(Step)
    assert checked.error is None
    claim = checked.report.independence
    assert claim is not None
    assert (claim.holds, claim.code) == (False, "E340")
    assert [finding.where for finding in claim.findings] == ["halves"]


def test_claim_is_not_looked_at_where_nobody_makes_it_or_a_run_takes_long(check: Check) -> None:
    assert check(FakeEngine(predict)).report.independence is None
    slow = FakeEngine(lambda data, output: replace(predict(data, output), wall_s=MOST_S_FOR_A_CLAIM + 1))
    assert check(slow, manifest(independent="true")).report.independence == ClaimRecord(holds=None)
    assert len(slow.specs) == 1


def test_platform_that_fails_at_a_claim_is_held_against_nobody(check: Check) -> None:
    def fail(_data: Path, _output: Path) -> RunExit:
        raise EngineFailed("the engine went away")

    runs = itertools.count(1)
    engine = FakeEngine(lambda data, output: predict(data, output) if next(runs) == 1 else fail(data, output))
    checked = check(engine, manifest(independent="true"))
    assert checked.error is None
    assert checked.report.independence == ClaimRecord(holds=None)
