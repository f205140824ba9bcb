"""The image of polyreact itself, built on the local base: what an organiser may expect of it, and what not."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from polyreact import __version__
from scripts.platform_image import build_platform_image

CLONE = Path(__file__).parents[2]
USER = 61000
#: Nothing of the host but what a call mounts. The limits are what a host may refuse to raise.
SHUT = (
    "--rm",
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
)


class Platform:
    """The image in an engine; called with options of the engine and arguments of polyreact."""

    def __init__(self, engine, image):
        self.engine, self.image = engine, image

    def run(self, *arguments, options=()):
        return self.engine._command.run("run", *SHUT, *options, self.image, *arguments, timeout_s=300)

    def __call__(self, *arguments, options=()):
        done = self.run(*arguments, options=options)
        assert done.exit_code == 0, done.error_text
        return done.text


@pytest.fixture(scope="module")
def platform(engine, tmp_path_factory):
    from polyreact.settings import Settings

    settings = Settings(cache=tmp_path_factory.mktemp("platform-cache"), mirror=None, engine=None)
    return Platform(engine, build_platform_image(engine, settings, "local").digest)


@pytest.fixture
def clone(tmp_path):
    """What the board is made of, in a folder that the image's user may write to."""
    folder = tmp_path / "clone"
    for part in ("results", "submissions", ".github", "zoo/isoelectric-point", "zoo/composition-logistic"):
        shutil.copytree(CLONE / part, folder / part)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER)
    return folder


@pytest.mark.slow
def test_image_is_polyreact_for_a_user_of_its_own(platform):
    assert platform("--version") == f"polyreact, version {__version__}"
    who = ("--entrypoint=python",)
    assert platform("-c", "import os; print(os.getuid(), os.getgid())", options=who) == f"{USER} {USER}"
    refused = platform.run("-c", "open('/packages/polyreact/__init__.py', 'a')", options=who)
    assert refused.exit_code == 1
    assert "Permission denied" in refused.error_text


@pytest.mark.slow
def test_image_builds_the_board_that_the_clone_builds(platform, clone):
    platform("leaderboard", "build", options=(f"--volume={clone}:/work",))
    assert (clone / "LEADERBOARD.md").read_bytes() == (CLONE / "LEADERBOARD.md").read_bytes()
    assert json.loads((clone / "build/site/leaderboard.json").read_bytes())["tracks"]


@pytest.mark.slow
def test_image_without_an_engine_says_so(platform, clone):
    done = platform.run("admin", "doctor", "--json", options=(f"--volume={clone}:/work",))
    found = {one["name"]: one for one in json.loads(done.text)["checks"]}
    assert (done.exit_code, found["engine"]["state"]) == (2, "not ok")
    assert "no container engine answers" in found["engine"]["found"]
    assert (found["workflows"]["state"], found["canary"]["state"]) == ("ok", "ok")


@pytest.mark.slow
def test_image_reaches_the_engine_of_a_socket_and_may_not_run_ranked_submissions(platform, clone):
    """The socket is the whole engine, and so root on the host; a sized /output is still out of reach."""
    host = platform.engine._command.environment.get("DOCKER_HOST", "unix:///run/docker.sock")
    if platform.engine.name != "docker":
        pytest.skip("docker's client is what the image has")
    client = shutil.which("docker")
    socket = Path(urlsplit(host).path)
    options = (
        f"--volume={clone}:/work",
        f"--volume={socket}:/var/run/docker.sock",
        f"--group-add={socket.stat().st_gid}",
        f"--volume={client}:/usr/local/sbin/docker:ro",  # the local base has no packages of a distribution
    )
    done = platform.run("admin", "doctor", "--engine", "docker", "--json", options=options)
    found = {one["name"]: one for one in json.loads(done.text)["checks"]}["engine"]
    assert (done.exit_code, found["state"]) == (2, "not ok")
    assert "the size of /output" in found["found"], found
