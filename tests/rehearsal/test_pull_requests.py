"""The life of a pull request, good and bad, as GitHub would play it: every step is the workflows' own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from fakes.github_server import Pull
from rehearsal.actions import Finished
from rehearsal.samples import entry, manifest
from rehearsal.world import World

pytestmark = pytest.mark.slow

#: A check on two cores, the pull from the loopback included.
_CHECK_S = 180
_DIGEST = "sha256:" + "0" * 64

Files = dict[str, str | None]


@pytest.fixture(scope="session")
def image(world: World) -> str:
    """A good image, pushed by a contributor."""
    return world.push_image("lab-net")


def _assert_refused(world: World, author: str, files: Files, code: str, mode: str = "100644") -> str:
    """The pull request is refused by this code, told so, labelled, and nothing on main changes; its comment."""
    before = world.main
    pull = world.open_pull(author, files, mode)
    checked, told = world.check(pull)
    assert not checked.succeeded, checked.log
    assert told.succeeded, told.log
    comment = world.comment_of(pull)
    assert f"| **refused** | {code} |" in comment, comment
    assert pull.labels == {"submission", "needs-work"}
    assert pull.auto_merge_at is None
    assert pull.state == "open"
    assert world.main == before
    return comment


@pytest.fixture(scope="session")
def good(world: World, image: str) -> tuple[Pull, Finished, Finished]:
    """A good pull request after its check and its report."""
    pull = world.open_pull("lab", entry("lab-net", image))
    return pull, *world.check(pull)


def test_good_pull_request_is_checked_told_and_merged(
    world: World, image: str, good: tuple[Pull, Finished, Finished]
) -> None:
    files = entry("lab-net", image)
    pull, checked, told = good
    assert checked.succeeded, checked.log
    assert told.succeeded, told.log
    comment = world.comment_of(pull)
    assert "This submission is accepted" in comment
    assert pull.labels == {"submission", "ready"}
    assert pull.state == "closed"
    assert world.read_main("submissions/lab-net.yaml") == files["submissions/lab-net.yaml"].strip()  # type: ignore[union-attr]
    report = json.loads((checked.artefacts / "submission-report" / "report.json").read_text())
    assert report["wall_s"] < _CHECK_S
    assert "This submission is accepted" in checked.jobs[0].summary


def test_check_in_a_comment_runs_it_again(world: World, image: str) -> None:
    """The image is pushed only after the pull request was opened."""
    reference, _, digest = image.partition("@")
    pull = world.open_pull("dora", entry("dora-late", f"{world.registry.address}/dora/late:1.0@{digest}"))
    world.check(pull)
    assert "E304" in world.comment_of(pull)
    _copy(world, reference, "dora/late:1.0")
    refused = world.actions.on_comment(pull, "mallory", "/check")
    assert "E709" in refused.log
    assert pull.state == "open"
    world.actions.on_comment(pull, "dora", "please /check this")
    assert pull.state == "open"
    again = world.actions.on_comment(pull, "dora", "/check")
    assert again.succeeded, again.log
    assert "This submission is accepted" in world.comment_of(pull)
    assert pull.state == "closed"


def _copy(world: World, reference: str, target: str) -> None:
    """Push an image under another name as well."""
    insecure = ["--tls-verify=false"] if world.engine.name == "podman" else []
    target = f"{world.registry.address}/{target}"
    for arguments in (["pull", *insecure, reference], ["tag", reference, target], ["push", *insecure, target]):
        command = [world.engine.name, *arguments]
        done = subprocess.run(command, env=dict(world.client), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_two_files(world: World, image: str) -> None:
    comment = _assert_refused(world, "lab", entry("lab-one", image) | entry("lab-two", image), "E702")
    assert "2 files are changed" in comment


@pytest.mark.parametrize(
    ("name", "author"), [("other-net", "mallory"), ("polyreact-best", "mallory"), ("polyreact-best", "polyreact")]
)
def test_prefix_of_somebody_else(world: World, image: str, name: str, author: str) -> None:
    assert author in _assert_refused(world, author, entry(name, image), "E703")


@pytest.mark.usefixtures("good")
def test_submission_of_somebody_else_is_not_changed(world: World, image: str) -> None:
    """The pull request that brought it is asked for, since the beginning of a name may be that of two logins."""
    assert "lab-net.yaml" in world.server.git("ls-tree", "--name-only", "-r", "main")
    _assert_refused(world, "la", entry("lab-net", image, license="Apache-2.0"), "E703")


def test_owners_file_is_not_changed_by_who_hands_in(world: World) -> None:
    _assert_refused(world, "mallory", {"submissions/OWNERS.toml": '[owners]\npolyreact = ["mallory"]\n'}, "E702")


def test_edit_of_the_workflow_whose_artefact_lies(world: World, image: str) -> None:
    """The check of a pull request is the pull request's own: a report in which all is well proves nothing."""
    files = entry("mallory-best", image)
    report = {
        "schema_version": 1, "polyreact": "0.1.0", "head_sha": "$head", "is_submission": True, "wall_s": 1.0,
        "run": None, "manifest_sha256": "0" * 64,
        "checks": [{"step": step, "outcome": "passed"} for step in ("change", "owner", "manifest", "image", "run")],
    }  # fmt: skip
    # a pull request is never checked out, so what it says stands in the workflow itself
    lie = (
        "head=$(python3 -c 'import json,os;"
        'print(json.load(open(os.environ["GITHUB_EVENT_PATH"]))["pull_request"]["head"]["sha"])\')\n'
        f"mkdir -p report\ncat > report/report.json <<E\n{json.dumps(report)}\nE\n"
        "echo all is well > report/log.txt\n"
    )
    before = world.main
    workflow = world.read_main(".github/workflows/submission.yml")
    assert "sudo --preserve-env polyreact ci check" in workflow
    workflow = workflow.replace("sudo --preserve-env polyreact ci check", json.dumps(lie))
    pull = world.open_pull("mallory", {**files, ".github/workflows/submission.yml": workflow})
    checked, told = world.check(pull)
    assert checked.succeeded, checked.log  # so it says
    assert (checked.artefacts / "submission-report" / "report.json").is_file()
    assert told.succeeded, told.log
    assert "| **refused** | E702 |" in world.comment_of(pull)
    assert "all is well" not in world.comment_of(pull)
    assert pull.state == "open"
    assert pull.auto_merge_at is None
    assert world.main == before


def test_image_that_cannot_be_pulled(world: World) -> None:
    _assert_refused(world, "lab", entry("lab-gone", f"{world.registry.address}/lab/gone:1.0@{_DIGEST}"), "E304")


def test_digest_that_moved(world: World) -> None:
    """The tag names another image now, and the one that the manifest names was removed."""
    first = world.push_image("eve-moving", tag="1.0")
    world.registry.remove("eve/moving", first.partition("@")[2])
    second = world.push_image("eve-moving", program="print('another')\n", tag="1.0-b")
    assert second.partition("@")[2] != first.partition("@")[2]
    _assert_refused(world, "eve", entry("eve-moving", first), "E304")


def test_tag_without_a_digest(world: World, image: str) -> None:
    _assert_refused(world, "lab", entry("lab-tag", image.partition("@")[0]), "E302")


def test_registry_in_the_network_of_the_runner(world: World) -> None:
    """A manifest could have the runner ask a service that only it reaches."""
    _assert_refused(world, "lab", entry("lab-inside", f"169.254.169.254:80/lab/net@{_DIGEST}"), "E704")


_META = "$(touch {pwned})`id`;|&& '\"--privileged ../.."


@pytest.mark.parametrize(
    "field",
    ["name", "title", "image", "authors", "contact", "license", "paper", "description", "training_data", "mode"],
)
def test_shell_metacharacters_in_a_field(world: World, image: str, field: str) -> None:
    """Each is refused, or is text that is shown and does nothing."""
    pwned = world.folder / "pwned"
    text = json.dumps(_META.replace("{pwned}", str(pwned)))
    files = entry("meta-net", image, **{field: f"[{text}]" if field == "authors" else text})
    before = world.main
    pull = world.open_pull("meta", files)
    checked, told = world.check(pull)
    assert told.succeeded, told.log
    if field in {"title", "authors", "description"}:  # free text: accepted as it is
        assert checked.succeeded, checked.log
        world.server.git("update-ref", "refs/heads/main", before)
    else:
        assert "E301" in world.comment_of(pull)
        assert world.main == before
    assert not pwned.exists()


def test_shell_metacharacters_in_the_name_of_the_file(world: World, image: str) -> None:
    pwned = world.folder / "pwned"
    name = f"lab-$(touch {pwned})".replace("/", "%2f")
    _assert_refused(world, "lab", {f"submissions/{name}.yaml": manifest("lab-x", image)}, "E702")
    assert not pwned.exists()


def test_symbolic_link(world: World) -> None:
    _assert_refused(world, "lab", {"submissions/lab-link.yaml": "/etc/passwd"}, "E702", mode="120000")


def test_yaml_bomb(world: World) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    _assert_refused(world, "lab", {"submissions/lab-bomb.yaml": bomb}, "E301")


def test_yaml_of_two_gigabytes(world: World, tmp_path: Path) -> None:
    """Its content is never fetched: git is asked for nothing above what a manifest may have."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(2 << 30)
    blob = world.server.git("-c", "core.compression=1", "hash-object", "-w", str(large))
    index = {"GIT_INDEX_FILE": str(world.server.bare / "index-of-large"), "PATH": "/usr/bin:/bin"}

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=world.server.bare, env=index, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("read-tree", "main")
    git("update-index", "--add", "--cacheinfo", f"100644,{blob},submissions/lab-large.yaml")
    head = world.server.git("commit-tree", git("write-tree"), "-p", world.main, "-m", "large")
    before = world.main
    pull = world.server.open_pull("lab", head)
    checked, told = world.check(pull)
    assert not checked.succeeded
    assert told.succeeded, told.log
    assert "more than the 65536 bytes" in world.comment_of(pull)
    assert world.main == before


def test_program_that_fails_is_told_with_its_log(world: World) -> None:
    image = world.push_image("zed-broken", "import sys\nprint('``` @everyone it broke')\nsys.exit(3)\n")
    comment = _assert_refused(world, "zed", entry("zed-broken", image), "E313")
    assert "````text\n" in comment
    assert "it broke" in comment
