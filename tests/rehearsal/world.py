"""One machine as the whole world of a benchmark: its repository, a registry, GitHub, its Actions, and people."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fakes.github_server import BOT, GithubServer, Pull, make_bare, serve_github, write_commit
from polyreact.engines.container_engine import ContainerEngine
from polyreact.evaluation.build import build_folder
from polyreact.settings import Settings
from polyreact.submission.contract import Mode
from polyreact.submission.scaffold import write_scaffold
from rehearsal.actions import Actions, Finished, machine_environment

REPOSITORY = Path(__file__).parents[2]
ORGANISER = "organiser"
_START_S = 20.0
_ADD = ("update-index", "--add", "--remove", "-z", "--stdin")
#: What a laptop has that no clone of the benchmark has.
_GITIGNORED = ("ls-files", "--cached", "--others", "--exclude-standard", "-z")


@dataclass
class Registry:
    """Debian's docker-registry on the loopback; what is pushed can be removed again."""

    address: str

    def digest_of(self, repository: str, tag: str) -> str:
        accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
        asked = urllib.request.Request(
            f"http://{self.address}/v2/{repository}/manifests/{tag}", method="HEAD", headers={"Accept": accept}
        )
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            return str(answer.headers["Docker-Content-Digest"])

    def remove(self, repository: str, digest: str) -> None:
        asked = urllib.request.Request(f"http://{self.address}/v2/{repository}/manifests/{digest}", method="DELETE")
        with urllib.request.urlopen(asked):  # noqa: S310
            pass


@contextlib.contextmanager
def run_registry(folder: Path) -> Iterator[Registry]:
    """A registry for the time of the block."""
    folder.mkdir()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{found.getsockname()[1]}"
    settings = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": address},
    }
    (folder / "config.json").write_text(json.dumps(settings))  # which is YAML as well
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(folder / "config.json")], stdout=log, stderr=log
        )
        try:
            _wait_for(address, process, folder / "log")
            yield Registry(address)
        finally:
            process.terminate()
            process.wait()


@dataclass
class World:
    """`client` is the environment of the engine's own command line, `pushed` the ids of what people made with it.

    `before` is where main stood before the week.
    """

    server: GithubServer
    actions: Actions
    registry: Registry
    engine: ContainerEngine
    settings: Settings
    folder: Path
    client: Mapping[str, str]
    before: str = ""
    pushed: set[str] = field(default_factory=set)

    @property
    def main(self) -> str:
        return self.server.git("rev-parse", "main")

    def push_image(self, name: str, program: str | None = None, tag: str = "1.0", mode: Mode = Mode.PREDICT) -> str:
        """Scaffold a submission, put a program into it, build it, push it; what a manifest calls it."""
        folder = self.folder / f"{name}-{tag}"
        write_scaffold(folder, name, mode)
        program = (folder / "predict.py").read_text() if program is None else program
        # No other world on this machine has this image, which is removed again and again.
        (folder / "predict.py").write_text(f"{program}\n# {self.folder}\n")
        _, image = build_folder(folder, name, self.engine, self.settings, "local", lambda _line: None)
        owner, _, model = name.partition("-")
        repository = f"{owner}/{model}"
        reference = f"{self.registry.address}/{repository}:{tag}"
        self._engine("tag", image.image_id.removeprefix("sha256:"), reference)
        insecure = ["--tls-verify=false"] if self.engine.name == "podman" else []
        self._engine("push", *insecure, reference)
        self.pushed.add(image.image_id.removeprefix("sha256:"))
        return f"{reference}@{self.registry.digest_of(repository, tag)}"

    def open_pull(self, author: str, files: dict[str, str | None], mode: str = "100644") -> Pull:
        """What a contributor does on a fork: a branch from main, and a pull request of it."""
        return self.server.open_pull(author, write_commit(self.server.bare, files, self.main, mode))

    def comment_of(self, pull: Pull) -> str:
        (body,) = self.server.comments_of(pull.number, BOT)
        return body

    def read_main(self, path: str) -> str:
        return self.server.git("show", f"main:{path}")

    def check(self, pull: Pull) -> tuple[Finished, Finished]:
        return self.actions.on_pull_request(pull)

    def forget_images(self) -> None:
        """A runner is a new machine each time: what contributors made on this one has to be pulled."""
        for image in sorted(self.pushed):
            command = [self.engine.name, "rmi", "--force", image]
            subprocess.run(command, env=dict(self.client), capture_output=True, check=False)

    def _engine(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.engine.name, *arguments], env=dict(self.client), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def open_world(
    folder: Path, engine: ContainerEngine, client: Mapping[str, str], settings: Settings
) -> Iterator[World]:
    """A benchmark whose repository is this working tree, with an organiser and no entry."""
    with run_registry(folder / "registry") as registry, serve_github(make_bare(folder / "bare.git")) as server:
        _begin(server, registry)
        environment = machine_environment(
            folder,
            engine.name,
            client,
            POLYREACT_CACHE=str(settings.cache),
            POLYREACT_BASE="local",
            **({"POLYREACT_MIRROR": str(settings.mirror)} if settings.mirror else {}),
        )
        server.writers = {ORGANISER}
        world = World(
            server=server,
            actions=Actions(server, folder, environment),
            registry=registry,
            engine=engine,
            settings=settings,
            folder=folder,
            client=client,
        )
        world.actions.on_new_machine = world.forget_images
        try:
            yield world
        finally:
            world.forget_images()


def _begin(server: GithubServer, registry: Registry) -> None:
    """The first commit of main: every file of this working tree that belongs to the repository."""
    index = {"GIT_INDEX_FILE": str(server.bare / "index-of-begin"), "PATH": "/usr/bin:/bin"}
    listed = subprocess.run(["git", *_GITIGNORED], cwd=REPOSITORY, check=True, capture_output=True).stdout
    subprocess.run(
        ["git", f"--git-dir={server.bare}", f"--work-tree={REPOSITORY}", *_ADD],
        cwd=REPOSITORY, env=index, input=listed, check=True,
    )  # fmt: skip
    tree = subprocess.run(
        ["git", f"--git-dir={server.bare}", "write-tree"], env=index, check=True, capture_output=True, text=True
    ).stdout.strip()
    first = server.git("commit-tree", tree, "-m", "A benchmark")
    owners = (REPOSITORY / "submissions/OWNERS.toml").read_text()
    owners = owners.replace("polyreact = []", f'polyreact = ["{ORGANISER}"]').replace(
        "inside = []", f'inside = ["{registry.address}"]'
    )
    server.git(
        "update-ref", "refs/heads/main", write_commit(server.bare, {"submissions/OWNERS.toml": owners}, first)
    )


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{address}/v2/"):
            return
        time.sleep(0.05)
    raise AssertionError(f"docker-registry did not come up: {log.read_text(errors='replace')[-2000:]}")
