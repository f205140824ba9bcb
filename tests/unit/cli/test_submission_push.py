"""`polyreact submission push`: what is told and written; the engine is in memory, the registry on the loopback."""

import hashlib
import json
import re
import shlex
import subprocess
from dataclasses import dataclass, replace

import pytest

from fakes.engine import FakeEngine, exited
from fakes.registry import Registry, serve_registry
from polyreact.cli import submission_push
from polyreact.submission.manifest import parse_manifest, read_manifest
from unit.evaluation.conftest import answers


@dataclass
class PushingEngine(FakeEngine):
    """Puts what it builds at a registry on the loopback when it is told to push."""

    registry: Registry | None = None

    def push(self, image, reference):
        super().push(image, reference)
        self.registry.manifests[reference.tag] = json.dumps(
            {"config": {"digest": image.image_id}, "layers": []}
        ).encode()


@pytest.fixture
def registry():
    with serve_registry() as served:
        yield served


@pytest.fixture
def engine(registry, monkeypatch):
    """In memory; what it pushes stands at `registry`."""
    made = PushingEngine(script=answers, registry=registry)
    monkeypatch.setattr(submission_push, "load_engine", lambda *_: made)
    return made


@pytest.fixture
def entry(polyreact, tmp_path, registry):
    """A submission that is filled in, for `registry`."""
    polyreact("submission", "new", "lab-model", "entry")
    manifest = tmp_path / "entry" / "submission.yaml"
    text = manifest.read_text()
    for old, new in (
        ("Your Name", "A. Body"),
        ("you@example.org", "a@lab.org"),
        ("Say here in a few sentences what your model is.", "No more."),
        ("ghcr.io/lab/model", f"{registry.address}/lab/model"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    manifest.write_text(text)
    return tmp_path / "entry"


@pytest.fixture
def clone(tmp_path):
    """A clone of a fork."""
    (tmp_path / "clone" / "submissions").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", tmp_path / "clone"], check=True)
    for remote, owner in (("origin", "lab"), ("upstream", "bench")):
        address = f"https://github.com/{owner}/polyreact"
        subprocess.run(["git", "-C", tmp_path / "clone", "remote", "add", remote, address], check=True)
    return tmp_path / "clone"


def test_nothing_is_pushed_unasked_and_the_commands_are_told(polyreact, entry, engine, registry):
    ended = polyreact("submission", "push", "entry")
    assert (ended.status, ended.out, engine.pushed) == (0, "", [])
    assert "PASS  lab-model meets the contract on track demo\n" in ended.err
    tag = engine.built[0].rpartition(":")[2]
    assert f"fake tag localhost/lab/model:{tag} {registry.address}/lab/model:{tag}\n" in ended.err
    assert f"fake push {registry.address}/lab/model:{tag}\n" in ended.err


def test_pushed_image_is_filled_into_the_manifest_on_stdout(polyreact, entry, engine, registry):
    ended = polyreact("submission", "push", "entry", "--push")
    assert ended.status == 0
    ((_, reference),) = engine.pushed
    digest = hashlib.sha256(registry.manifests[reference.tag]).hexdigest()
    manifest = parse_manifest(ended.out.encode(), source="stdout")
    assert manifest.image == f"{reference}@sha256:{digest}"
    assert ended.out.count("\n") == (entry / "submission.yaml").read_text().count("\n")
    assert "submissions/lab-model.yaml" in ended.err


def test_image_that_was_pushed_by_hand_is_found_and_not_pushed_again(polyreact, entry, engine):
    polyreact("submission", "push", "entry", "--push")
    ended = polyreact("submission", "push", "entry", "--push")
    assert (ended.status, len(engine.pushed)) == (0, 1)
    assert "@sha256:" in ended.out


def test_manifest_is_written_to_the_clone_and_the_way_on_is_told(polyreact, entry, engine, clone):
    ended = polyreact("submission", "push", "entry", "--push", "--checkout", clone)
    written = clone / "submissions" / "lab-model.yaml"
    assert (ended.status, ended.out) == (0, f"{written}\n")
    manifest, _ = read_manifest(written)
    assert manifest.image_reference.digest is not None
    assert (entry / "submission.yaml").read_text().count("sha256") == 0
    assert "  git push --set-upstream origin lab-model\n  gh pr create --repo bench/polyreact" in ended.err
    assert "https://github.com/bench/polyreact/compare/main...lab:lab-model?expand=1" in ended.err


def test_name_that_does_not_begin_with_the_forks_account_is_told_before_it_is_refused(
    polyreact, entry, engine, clone
):
    polyreact("submission", "push", "entry", "--push")
    assert "E703" not in polyreact("submission", "push", "entry", "--checkout", clone).err
    address = "https://github.com/SomebodyElse/polyreact"
    subprocess.run(["git", "-C", clone, "remote", "set-url", "origin", address], check=True)
    told = polyreact("submission", "push", "entry", "--checkout", clone)
    assert told.status == 0
    assert "`lab-model` does not begin with it" in told.err
    assert "`somebodyelse-<model>`" in told.err


def test_manifest_of_a_newer_image_takes_the_olders_place(polyreact, entry, engine, clone):
    polyreact("submission", "push", "entry", "--push", "--checkout", clone)
    before = (clone / "submissions" / "lab-model.yaml").read_text()
    (entry / "predict.py").write_text((entry / "predict.py").read_text() + "# newer\n")
    polyreact("submission", "push", "entry", "--push", "--checkout", clone)
    assert (clone / "submissions" / "lab-model.yaml").read_text() != before


def test_image_pushed_by_other_means_is_tried_out_as_it_will_be_run(polyreact, entry, engine, registry):
    pinned = registry.add_image("model")
    registry.manifests["9.9"] = registry.manifests[pinned.digest]
    ended = polyreact("submission", "push", "entry", "--image", f"{registry.address}/lab/model:9.9")
    assert ended.status == 0
    assert parse_manifest(ended.out.encode(), source="stdout").image == str(replace(pinned, tag="9.9"))
    assert (engine.built, engine.pushed) == ([], [])
    assert engine.specs[0].image.reference == str(replace(pinned, tag="9.9"))


def test_command_to_go_on_with_can_be_pasted_and_says_what_was_said(polyreact, entry, engine, tmp_path):
    entry.rename(tmp_path / "my entry")
    ended = polyreact("submission", "push", "my entry", "--push", "--base", "docker.io/library/python:3.13")
    (line,) = (line for line in ended.err.splitlines() if line.endswith("--checkout FOLDER-OF-THE-CLONE"))
    expected = ["polyreact", "submission", "push", "./my entry", "--base", "docker.io/library/python:3.13"]
    assert shlex.split(line)[:6] == expected


def test_manifest_as_it_was_written_by_new_is_refused_before_anything_is_built(polyreact, engine):
    polyreact("submission", "new", "lab-model", "raw")
    ended = polyreact("submission", "push", "raw")
    assert (ended.status, ended.out, engine.built) == (3, "", [])
    assert ended.err.startswith("E307")
    assert all(word in ended.err for word in ("authors", "contact", "description"))


def test_submission_that_fails_its_check_is_not_pushed(polyreact, entry, engine):
    engine.script = lambda _data, _output: exited(1)
    ended = polyreact("submission", "push", "entry", "--push")
    assert (ended.status, ended.out, engine.pushed) == (3, "", [])
    assert "E313" in ended.err


def test_image_that_nobody_else_can_pull_is_not_handed_in(polyreact, entry, engine, registry, clone):
    registry.status = 401
    ended = polyreact("submission", "push", "entry", "--push", "--checkout", clone)
    assert (ended.status, ended.out) == (3, "")
    assert "E309" in ended.err
    assert list((clone / "submissions").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["--push", "--image", "ghcr.io/a/b:1"], 2, "E103"),
        (["--image", "b"], 2, "E103"),
        (["--image", "localhost/a/b:1"], 2, "E103"),
        (["--image", "127.0.0.1:9/a/b:1"], 4, "E404"),
        (["--checkout", "nowhere"], 2, "E102"),
    ],
)
def test_command_line_that_cannot_be_meant_builds_nothing(polyreact, entry, engine, arguments, status, code):
    ended = polyreact("submission", "push", "entry", *arguments)
    assert (ended.status, ended.out, engine.built) == (status, "", [])
    assert code in ended.err


def test_manifest_in_place_of_a_folder_is_refused(polyreact, entry, engine):
    ended = polyreact("submission", "push", "entry/submission.yaml")
    assert (ended.status, ended.out) == (2, "")
    assert "E102  entry/submission.yaml is a manifest; what is pushed is made from a folder" in ended.err


def test_image_that_stands_on_this_machine_only_cannot_be_pushed(polyreact, entry, engine):
    text = (entry / "submission.yaml").read_text()
    (entry / "submission.yaml").write_text(re.sub(r"image: \S+", "image: localhost/lab/model", text))
    ended = polyreact("submission", "push", "entry", "--push")
    assert (ended.status, ended.out, engine.pushed) == (2, "", [])
    assert "stands on this machine only" in ended.err


def test_engine_for_development_makes_no_images(polyreact, entry):
    ended = polyreact("submission", "push", "entry", "--engine", "process")
    assert (ended.status, ended.out) == (4, "")
    assert "E402  the engine `process` makes no images" in ended.err
