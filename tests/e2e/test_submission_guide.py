"""The submission guide, followed to the pull request: every command is run, and prints what the page says.

Three things stand in for what no test may reach. The registry `ghcr.io` is one on the loopback, which podman has to
be told about; the fork at github.com is a repository in a folder, by git's own settings; and images are built on
this machine's Python, since no public base image can be pulled.
"""

import importlib.util
import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from conftest import missing
from fakes.distribution import NoRegistry, serve_distribution
from polyreact.engines.container_engine import MAX_IMAGE_BYTES
from polyreact.engines.container_images import MAX_LAYERS
from polyreact.engines.oci import MAX_VOLUMES
from polyreact.engines.policy import GIB, KIB, MIB, strict_policy
from polyreact.submission.manifest import MAX_NAME_LENGTH, read_manifest
from polyreact.submission.yaml_source import MAX_BYTES, MAX_DEPTH, MAX_VALUES
from polyreact.tracks.catalog import load_tracks
from transcripts import Shell, find_difference, read_steps

GUIDE = Path(__file__).parent.parent.parent / "BENCHMARK_SUBMISSION_GUIDE.md"
REGISTRY, WITHOUT_TLS = "ghcr.io", " --tls-verify=false"
#: What no two builds have alike, and what stands for it on the page.
TAG, DIGEST = re.compile(r"(?<=yourlab/yourmodel:)[0-9a-f]{12}"), re.compile(r"(?<=@sha256:)[0-9a-f]{64}")
SHOWN_TAG, SHOWN_DIGEST = "1e154ac2cecd", "3ba7ced5c4125235abe76bc63e4b73340394c4de9f2e505466fbd54f9810f93d"


class Elsewhere(Shell):
    """A shell in which the registry stands at `address`; what it prints is as if it did not."""

    def __init__(self, folder, environment, programs, address):
        super().__init__(folder, environment, programs)
        self._folder_of_page, self._address = folder, address

    def run(self, command):
        printed = super().run(command.replace(REGISTRY, self._address))
        for manifest in self._folder_of_page.glob("*/submission.yaml"):
            manifest.write_text(manifest.read_text().replace(REGISTRY, self._address))
        shown = [line.replace(self._address, REGISTRY).replace(WITHOUT_TLS, "") for line in printed]
        return [DIGEST.sub(SHOWN_DIGEST, TAG.sub(SHOWN_TAG, line)) for line in shown]


@pytest.fixture
def registry(tmp_path):
    (tmp_path / "registry").mkdir()
    try:
        with serve_distribution(tmp_path / "registry") as address:
            yield address
    except NoRegistry as error:
        missing("docker-registry", error)


@pytest.fixture
def fork(tmp_path):
    """The fork at the forge: a repository with an empty folder of submissions. Its address, to be cloned from."""
    forge, work = tmp_path / "forge", tmp_path / "work"
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f'[url "{forge}/"]\n\tinsteadOf = https://github.com/\n[init]\n\tdefaultBranch = main\n'
        "[user]\n\tname = A. Scientist\n\temail = a@lab.example\n"
    )
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": str(settings)}
    (work / "submissions").mkdir(parents=True)
    (work / "submissions" / "OWNERS.toml").write_text("[owners]\npolyreact = []\n")
    for command in (
        ["git", "init", "--quiet", "."],
        ["git", "add", "."],
        ["git", "commit", "--quiet", "--message", "Begin"],
        ["git", "clone", "--quiet", "--bare", ".", str(forge / "yourlab" / "polyreact")],
    ):
        subprocess.run(command, cwd=work, env=environment, check=True)
    return forge / "yourlab" / "polyreact", settings


@pytest.mark.engine("podman")
def test_guide_leads_to_a_pull_request_with_one_manifest(
    podman_engine, session_settings, registry, fork, tmp_path, monkeypatch
):
    repository, settings = fork
    monkeypatch.setenv("POLYREACT_CACHE", str(session_settings.cache))
    monkeypatch.setenv("POLYREACT_ENGINE", podman_engine.name)
    monkeypatch.setenv("POLYREACT_BASE", "local")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    folder = tmp_path / "empty"
    folder.mkdir()
    shell = Elsewhere(folder, dict(os.environ), sysconfig.get_path("scripts"), registry)

    for step in read_steps(GUIDE):
        printed = shell.run(step.command)
        assert find_difference(step, printed) is None, (step.command, printed)

    changed = ask_git(repository, "diff", "--name-status", "main", "yourlab-yourmodel")
    assert changed == "A\tsubmissions/yourlab-yourmodel.yaml\n"
    (tmp_path / "yourlab-yourmodel.yaml").write_text(
        ask_git(repository, "show", "yourlab-yourmodel:submissions/yourlab-yourmodel.yaml")
    )
    manifest, _ = read_manifest(tmp_path / "yourlab-yourmodel.yaml")
    pulled = podman_engine.fetch_image(manifest.image_reference)
    assert pulled.digest == manifest.image_reference.digest
    podman_engine._command.run("rmi", "--force", pulled.image_id)


def test_guide_names_every_refusal_that_a_submitter_may_meet_and_what_to_do():
    script = load_script()
    guide = GUIDE.read_text()
    rows = [row["code"] for row in script.ROW.finditer(guide)]
    assert sorted(rows) == sorted(script.find_meanings())
    assert script.fill_in(guide) == guide, "run: python scripts/guide_refusals.py"
    assert all(row["cure"].endswith((".", ")")) for row in script.ROW.finditer(guide))
    assert set(re.findall(r"\bE[1-9]\d{2}\b", guide)) <= set(rows)


def load_script():
    """scripts/guide_refusals.py."""
    spec = importlib.util.spec_from_file_location("guide_refusals", GUIDE.parent / "scripts" / "guide_refusals.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name):
    section = GUIDE.read_text().partition("## 11. Limits")[2].partition("## 12.")[0]
    (found,) = re.findall(rf"^\| {re.escape(name)} \| (.+) \|$", section, re.MULTILINE)
    return found


def test_guide_states_the_limits_of_every_track():
    trials = {"demo", "demo-fit"}
    tracks = load_tracks()
    times = {track.id: track.limits.wall_time_s for track in tracks}
    assert {times.pop(name) for name in trials} == {600}
    assert times.pop("harvey-test") == 3600
    assert set(times.values()) == {1800}
    assert row("time of one run").startswith(
        "600 s on `demo` and `demo-fit`, 3600 s on `harvey-test`, 1800 s on all others"
    )
    memory = {track.id: track.limits.memory_bytes // GIB for track in tracks}
    assert {memory.pop(name) for name in trials} == {4}
    assert set(memory.values()) == {8}
    assert row("memory").startswith("4 GiB on `demo` and `demo-fit`, 8 GiB on all others")
    for track in tracks:
        limits = track.limits
        assert row("CPUs") == f"{limits.cpus:g}"
        assert row("processes and threads") == str(limits.pids)
        shared = strict_policy(limits).shared_memory_bytes
        assert row("`/tmp`, `/dev/shm`").startswith(f"{limits.tmp_bytes // GIB} GiB, {shared // MIB} MiB;")
        files = strict_policy(limits).output_files
        assert row("`/output`").startswith(f"{limits.output_bytes // MIB} MiB, {files} files;")
        assert row("log") == f"the last {limits.log_bytes // MIB} MiB of what is printed"
        assert row("open files") == str(strict_policy(limits).open_files)


def test_guide_states_the_limits_of_image_and_manifest():
    size = f"{MAX_IMAGE_BYTES // GIB} GiB, compressed and unpacked"
    assert row("image") == f"{size}; {MAX_LAYERS} layers; {MAX_VOLUMES} declared volumes; linux/amd64"
    manifest = f"{MAX_BYTES // KIB} KiB, {MAX_VALUES} keys and values, {MAX_DEPTH} levels"
    assert row("manifest") == f"{manifest}; no anchors, aliases or tags"
    assert row("name") == f"{MAX_NAME_LENGTH} characters"


def ask_git(repository, *question):
    return subprocess.run(["git", "-C", repository, *question], check=True, capture_output=True, text=True).stdout
