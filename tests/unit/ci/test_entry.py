"""One manifest and nothing else: every way in which a pull request is something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.github_server import GithubServer
from polyreact.ci.commits import fetch_commits
from polyreact.ci.entry import Judgement, is_submission, judge_entry
from polyreact.ci.owners import Owners
from polyreact.ci.report_document import Outcome, Step
from polyreact.submission.yaml_source import MAX_BYTES
from unit.ci.samples import commit, manifest, path

Judge = Callable[..., Judgement]


@pytest.fixture
def judge(server: GithubServer) -> Judge:
    def judge(
        files: dict[str, str | None], author: str = "lab", mode: str = "100644", **owners: object
    ) -> Judgement:
        with fetch_commits(str(server.bare), commit(server, files, mode)) as commits:
            assert is_submission(commits.changes)
            return judge_entry(commits, author, Owners(**owners), lambda _path: "lab")  # type: ignore[arg-type]

    return judge


def test_good_submission_has_all_steps_and_its_manifest(judge: Judge) -> None:
    judgement = judge({path(): manifest()})
    assert judgement.entry is not None
    assert judgement.entry.manifest.name == "lab-net"
    assert [(check.step, check.outcome) for check in judgement.checks] == [
        (step, Outcome.PASSED) for step in (Step.CHANGE, Step.OWNER, Step.MANIFEST)
    ]


def test_changed_submission_is_judged_by_who_brought_it(server: GithubServer, judge: Judge) -> None:
    server.git("update-ref", "refs/heads/main", commit(server, {path(): manifest()}))
    assert judge({path(): manifest(license="Apache-2.0")}).entry is not None
    assert _code(judge({path("lab-net"): manifest(license="BSD-2-Clause")}, author="la")) == "E703"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({path(): manifest(), path("lab-two"): manifest("lab-two")}, "2 files are changed"),
        ({path(): manifest(), ".github/workflows/submission.yml": "on: push\n"}, "workflows/submission.yml"),
        ({path(): manifest(), "src/polyreact/ci/check.py": "pass\n"}, "is not in submissions/"),
        ({"submissions/OWNERS.toml": '[owners]\npolyreact = ["lab"]\n'}, "is not called"),
        ({"submissions/deep/lab-net.yaml": manifest()}, "is not in submissions/"),
        ({"Submissions/lab-net.yaml": manifest()}, "is not in submissions/"),
        ({"submissions/lab-net.yml": manifest()}, "is not called"),
        ({"submissions/lab.yaml": manifest()}, "is not called"),
        ({"submissions/LAB-net.yaml": manifest()}, "is not called"),
        ({"submissions/lab-net.yaml\n": manifest()}, "is not called"),
        ({"submissions/lab-$(id).yaml": manifest()}, "is not called"),
        ({f"submissions/lab-{'x' * 90}.yaml": manifest()}, "is not called"),
        ({path(): "x" * (MAX_BYTES + 1)}, f"more than the {MAX_BYTES} bytes"),
    ],
)  # fmt: skip
def test_change_of_something_else_is_refused(judge: Judge, files: dict[str, str | None], said: str) -> None:
    judgement = judge(files)
    assert _code(judgement) == "E702"
    assert judgement.entry is None
    assert said in judgement.error.render()  # type: ignore[union-attr]


@pytest.mark.parametrize(("mode", "said"), [("120000", "a symbolic link"), ("100755", "a program")])
def test_no_plain_file_is_refused(judge: Judge, mode: str, said: str) -> None:
    """A link read as a file would be another file of this host."""
    judgement = judge({path(): "/etc/passwd"}, mode=mode)
    assert _code(judgement) == "E702"
    assert said in judgement.error.render()  # type: ignore[union-attr]


def test_link_in_place_of_a_kept_manifest_is_refused(server: GithubServer, judge: Judge) -> None:
    server.git("update-ref", "refs/heads/main", commit(server, {path(): manifest()}))
    assert _code(judge({path(): "OWNERS.toml"}, mode="120000")) == "E702"


def test_renamed_and_removed_submissions_are_refused(server: GithubServer, judge: Judge) -> None:
    server.git("update-ref", "refs/heads/main", commit(server, {path(): manifest()}))
    assert _code(judge({path(): None})) == "E702"
    assert _code(judge({path(): None, path("lab-two"): manifest("lab-two")})) == "E702"


@pytest.mark.parametrize(
    ("name", "author"), [("other-net", "lab"), ("polyreact-net", "polyreact"), ("lab-net", "la")]
)
def test_owner_of_somebody_else_is_refused(judge: Judge, name: str, author: str) -> None:
    judgement = judge({path(name): manifest(name)}, author=author)
    assert _code(judgement) == "E703"
    assert [check.step for check in judgement.checks] == [Step.CHANGE, Step.OWNER]


_BOMB = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_BOMB, "E301"),
        ("[" * 30_000, "E301"),
        ("!!python/object/apply:os.system [id]\n", "E301"),
        ("\x00\x01", "E301"),
        ("name: [lab-net\n", "E301"),
        (manifest("lab-other"), "E301"),
        (manifest(docker_options="--privileged"), "E301"),
        (manifest(image='"--privileged ghcr.io/lab/net"'), "E301"),
        (manifest(image="ghcr.io/lab/$(id)@sha256:" + "a" * 64), "E301"),
        (manifest(training_data="{nothing-known: [labels]}"), "E301"),
        (manifest(image="ghcr.io/lab/net:1.0"), "E302"),
        (manifest(image=f"localhost/lab/net@sha256:{'a' * 64}"), "E704"),
        (manifest(image=f"127.0.0.1:5000/lab/net@sha256:{'a' * 64}"), "E704"),
        (manifest(image=f"169.254.169.254:80/lab/net@sha256:{'a' * 64}"), "E704"),
        (manifest(image=f"registry.lab.internal/net@sha256:{'a' * 64}"), "E704"),
        (manifest(image=f"2130706433:5000/net@sha256:{'a' * 64}"), "E704"),
    ],
)  # fmt: skip
def test_manifest_with_a_defect_is_refused(judge: Judge, text: str, code: str) -> None:
    judgement = judge({path(): text})
    assert _code(judgement) == code
    assert judgement.checks[-1].step is Step.MANIFEST


def test_registry_inside_is_accepted_where_the_organiser_says_so(judge: Judge) -> None:
    text = manifest(image=f"127.0.0.1:5000/lab/net@sha256:{'a' * 64}")
    assert judge({path(): text}, inside_registries=frozenset({"127.0.0.1:5000"})).entry is not None
    assert judge({path(): text}, inside_registries=frozenset({"127.0.0.1:5001"})).entry is None


def _code(judgement: Judgement) -> str | None:
    assert judgement.error is not None, "nothing was refused"
    assert judgement.checks[-1].outcome is Outcome.REFUSED
    assert judgement.checks[-1].code == judgement.error.code
    return judgement.checks[-1].code
