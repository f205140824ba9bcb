"""What docker and podman have in common; `docker.py` and `podman.py` say only what differs."""

from __future__ import annotations

import contextlib
import json
import platform
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polyreact.engines.command_line import CommandLine, Completed
from polyreact.engines.container_files import list_packages
from polyreact.engines.container_images import find_announced_defects, find_defects, parse_image
from polyreact.engines.container_run import Verbs, remove_container, run_container
from polyreact.engines.gpus import choose_gpus
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import EngineFacts, Image, RunExit, RunSpec
from polyreact.engines.mounts import is_root
from polyreact.engines.oci import container_name
from polyreact.engines.packages import Packages
from polyreact.engines.policy import GIB
from polyreact.engines.pull_errors import base_failure, find_failed_base, is_engine_down, pull_failure, push_failure
from polyreact.engines.reaping import OWNER_LABEL, RUN_LABEL, is_left_behind
from polyreact.engines.registry import Announced, fetch_announced
from polyreact.engines.run_group import RunGroup, open_run_group, release_leftover_groups
from polyreact.errors import BuildFailed, EngineFailed, ImageMissing, ImageRefused, NoEngine, PolyreactError
from polyreact.images import LOCAL_REGISTRY, ImageReference, parse_image_reference
from polyreact.owner import this_process
from polyreact.visible import visible_lines

MAX_IMAGE_BYTES = 20 * GIB
LONG_S = 3600.0
_PROBE_S = 20.0
_PLAIN_GROUPS = "cgroupfs"
_SHOWN_LOG_BYTES = 4000
_NO_IMAGE = re.compile(r"no such image|image not known|failed to find image", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What we want to know of an engine's own account of itself; None for what it does not tell."""

    facts: EngineFacts
    group_manager: str | None
    kernel: str | None
    missing_limits: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    storage: Path | None = None


class ContainerEngine(ABC):
    """An engine behind a command line that stands on this host."""

    name: str
    is_sandbox = True
    verbs: Verbs

    def __init__(
        self,
        *,
        max_image_bytes: int,
        first_user_id: int = 0,
        gpus_asked: tuple[str, ...] | None = None,
        shelf: ImageShelf | None = None,
    ) -> None:
        self.first_user_id = first_user_id
        self.shelf = shelf
        self._held_image = contextlib.ExitStack()
        self._gpus_asked = gpus_asked
        self._max_image_bytes = max_image_bytes
        self._last_answer: Answer | None = None
        self._given_up: set[str] = set()  # containers of runs that failed, which may not have been removed

    @abstractmethod
    def _read_info(self, info: Mapping[str, Any]) -> Answer:
        """Read what `info` told. Raises NoEngine, or EngineRefused where limits would not hold."""

    @property
    @abstractmethod
    def _command(self) -> CommandLine:
        """Speaks to the engine, with nothing of the user's own settings."""

    @abstractmethod
    def _pull(self, reference: ImageReference, name: str) -> Completed:
        """Pull by name."""

    @abstractmethod
    def _push(self, image_id: str, reference: ImageReference) -> Completed:
        """Push by name and tag."""

    @abstractmethod
    def _build(self, arguments: list[str], *, offline: bool) -> Completed:
        """Build with the arguments that both engines share."""

    def probe(self) -> EngineFacts:
        """Ask the engine what it is. Raises NoEngine, or EngineRefused where limits would not hold."""
        return self._ask().facts

    def missing_limits(self) -> tuple[str, ...]:
        """What of the strict policy the engine says that it cannot hold here."""
        return (self._last_answer or self._ask()).missing_limits

    def list_gpus(self) -> tuple[str, ...]:
        """The GPUs that runs may get: those that the engine can pass on, of them those that were asked for."""
        return choose_gpus((self._last_answer or self._ask()).gpus, self._gpus_asked, self.name)

    def build(
        self,
        folder: Path,
        tag: str,
        build_arguments: Mapping[str, str],
        *,
        offline: bool = False,
        architecture: str | None = None,
    ) -> Image:
        """Build the folder's Dockerfile as `localhost/<repository>:<tag>`."""
        name = _local_name(tag)
        pairs = [f"--build-arg={key}={value}" for key, value in sorted(build_arguments.items())]
        network = ["--network=none"] if offline else []
        platform_asked = [f"--platform=linux/{architecture}"] if architecture else []
        options = [f"--tag={name}", *platform_asked, *network, *pairs]
        built = self._build([*options, "--", str(folder)], offline=offline)
        if built.exit_code:
            raise self._build_failure(built, build_arguments)
        return self._need_image(name)

    def import_root(self, archive: Path, tag: str, environment: Mapping[str, str]) -> Image:
        """Make an image from a tar file of a root file system."""
        name = _local_name(tag)
        changes = [f"--change=ENV {key}={json.dumps(value)}" for key, value in sorted(environment.items())]
        imported = self._command.run("import", *changes, str(archive), name, timeout_s=LONG_S)
        if imported.exit_code:
            raise EngineFailed(f"{self.name} could not import {name}", detail=imported.error_text)
        return self._need_image(name)

    def find_image(self, reference: str) -> Image | None:
        """An image on this machine, by name or id."""
        inspected = self._command.run("image", "inspect", "--", reference)
        if inspected.exit_code:
            if _NO_IMAGE.search(inspected.error_text):
                return None
            raise EngineFailed(
                f"{self.name} could not look for an image",
                cure="Look whether the engine still answers, then run the same command again.",
                detail=inspected.error_text,
            )
        return parse_image(reference, json.loads(inspected.output)[0])

    def fetch_image(self, reference: ImageReference) -> Image:
        """The image on this machine, pulled if need be, and found fit to run.

        The image's files are not looked at, so neither is whether `/data` and `/output` in it are links: engines
        resolve links inside the image's own file system, and such an image can only confuse itself.
        """
        image, is_new = (
            (self._find_local(reference), False) if reference.is_local else self._find_or_pull(reference)
        )
        findings = find_defects(image, _host_architecture(), self._max_image_bytes)
        if findings:
            if is_new:
                self._command.run("rmi", image.reference)  # it would only fill the disk
                if self.shelf:
                    self.shelf.forget(image.reference)
            raise ImageRefused(f"the image {reference} cannot be run here", findings=findings)
        return image

    def remove_image(self, name: str) -> bool:
        """Remove an image by one of its names; False where a container was made from it, whoever made that."""
        removed = self._command.run("rmi", name)
        return removed.exit_code == 0 or _NO_IMAGE.search(removed.error_text) is not None

    def free_bytes(self) -> int | None:
        """What is free where the engine keeps images; None where that is in a virtual machine, or out of sight."""
        answer = self._last_answer or self._ask()
        if answer.storage is None or answer.kernel != platform.release():
            return None
        try:
            return shutil.disk_usage(answer.storage).free
        except OSError:
            return None

    def push(self, image: Image, reference: ImageReference) -> None:
        """Send an image of this machine to its registry, with the user's own credentials."""
        pushed = self._push(image.image_id, reference)
        if pushed.exit_code:
            raise push_failure(reference, self.name, pushed.error_text)

    def list_packages(self, image: Image) -> Packages:
        """The packages that an image says it holds; nothing of it is run."""
        return list_packages(self._command, self.verbs, image)

    def run(self, spec: RunSpec, on_tick: Callable[[float], None] | None = None) -> RunExit:
        """Create, start, wait, stop at the time limit, and always remove."""
        with self._run_group(spec.run_id) as group:
            try:
                return run_container(self._command, self.verbs, spec, on_tick, group, self.first_user_id)
            except BaseException:
                self._given_up.add(container_name(spec.run_id))
                raise

    def reap(self) -> tuple[str, ...]:
        """Remove what killed runs left behind, and what a run of our own could not remove."""
        listed = self._command.run("ps", "--all", "--quiet", "--no-trunc", f"--filter=label={RUN_LABEL}")
        if listed.exit_code:
            raise EngineFailed(f"{self.name} could not list its containers", detail=listed.error_text)
        removed = []
        for container_id in listed.text.split():
            name = self._left_behind_name(container_id)
            if name is not None:
                remove_container(self._command, self.verbs, container_id)
                self._given_up.discard(name)
                removed.append(name)
        release_leftover_groups()
        return tuple(removed)

    def _ask(self) -> Answer:
        try:
            asked = self._command.run("info", "--format={{json .}}", timeout_s=_PROBE_S)
        except EngineFailed as error:
            raise self._no_engine(error.summary) from error
        if asked.exit_code:
            raise self._no_engine(asked.error_text)
        self._last_answer = self._read_info(json.loads(asked.output))
        return self._last_answer

    def _run_group(self, run_id: str) -> AbstractContextManager[RunGroup | None]:
        """A control group of the run's own, where we could read and remove it.

        An engine with another kernel than ours stands in a virtual machine, and its groups with it.
        """
        if is_root():
            answer = self._last_answer or self._ask()
            if (answer.group_manager, answer.kernel) == (_PLAIN_GROUPS, platform.release()):
                return open_run_group(run_id)
        return contextlib.nullcontext()

    def _left_behind_name(self, container_id: str) -> str | None:
        form = '--format={"name":{{json .Name}},"labels":{{json .Config.Labels}}}'
        inspected = self._command.run("inspect", "--type=container", form, container_id)
        if inspected.exit_code:
            return None  # gone between listing and looking
        record = json.loads(inspected.output)
        name = str(record["name"]).removeprefix("/")
        labels = record["labels"] or {}
        is_given_up = name in self._given_up and labels.get(OWNER_LABEL) == str(this_process())
        return name if is_given_up or is_left_behind(name, labels) else None

    def _find_local(self, reference: ImageReference) -> Image:
        wanted = reference.digest or f"{reference.name}:{reference.tag or 'latest'}"
        image = self.find_image(wanted)
        if image is None or (reference.digest and image.image_id != reference.digest):
            raise ImageMissing(
                f"there is no image {reference} on this machine",
                cure="References at `localhost` are never pulled. Build the image, and name it by its id.",
            )
        return image

    def _find_or_pull(self, reference: ImageReference) -> tuple[Image, bool]:
        """The image, and whether it is new on this machine."""
        # Podman refuses a name with both a tag and a digest, and the digest alone says which image it is.
        ending = f"@{reference.digest}" if reference.digest else f":{reference.tag or 'latest'}"
        name = reference.name + ending
        if self.shelf is None:
            return self._find_or_pull_alone(reference, name)
        self._held_image.close()
        self._held_image = self.shelf.hold(name)  # until another is wanted: whoever makes room leaves it alone
        with self.shelf.pulling(name):
            try:
                image, is_new = self._find_or_pull_alone(reference, name)
            except PolyreactError:
                with contextlib.suppress(EngineFailed):  # the first failure tells more
                    if self.find_image(name) is None:
                        self.shelf.forget(name)
                raise
            if is_new:
                self.shelf.note_pulled(name, image)
            elif reference.digest is None:
                self.shelf.note_replaced(name, image)
            self.shelf.note_use(name)
        if is_new:
            self.shelf.trim(self)  # it may be larger than what was announced
        return image, is_new

    def _find_or_pull_alone(self, reference: ImageReference, name: str) -> tuple[Image, bool]:
        found = self.find_image(name)
        image = found if reference.digest else None
        if image is None:
            announced = self._find_fitting(reference)
            if self.shelf and found is None:
                self.shelf.make_room(name, announced.size_bytes if announced else None, self)
            pulled = self._pull(reference, name)
            if pulled.exit_code:
                raise pull_failure(reference, pulled.error_text)
            image = self.find_image(name)
        if image is None or (reference.digest and image.digest != reference.digest):
            raise EngineFailed(f"{self.name} pulled {reference} and does not have it")
        return image, found is None

    def _find_fitting(self, reference: ImageReference) -> Announced | None:
        """What the registry announces, None where it does not. Raises ImageRefused where that is too large."""
        announced = fetch_announced(reference, _host_architecture())
        findings = find_announced_defects(announced, self._max_image_bytes) if announced else []
        if findings:
            raise ImageRefused(
                f"the image {reference} cannot be run here", findings=findings, consequence="It was not pulled."
            )
        return announced

    def _need_image(self, name: str) -> Image:
        image = self.find_image(name)
        if image is None:
            raise EngineFailed(f"{self.name} made {name} and does not have it")
        return image

    def _build_failure(self, built: Completed, build_arguments: Mapping[str, str]) -> PolyreactError:
        failed_base = find_failed_base(built.text, build_arguments)
        if failed_base is not None:
            return base_failure(failed_base)
        end = built.output[-_SHOWN_LOG_BYTES:].decode(errors="replace").strip()
        if is_engine_down(end):
            return EngineFailed(f"{self.name} could not build an image", cure="Is it running?", detail=end)
        return BuildFailed(
            f"the Dockerfile does not build. The end of {self.name}'s log:\n\n{visible_lines(end)}",
            consequence="Nothing was run.",
        )

    def _no_engine(self, complaint: str) -> NoEngine:
        return NoEngine(
            f"{self.name} does not answer",
            cure="To install and set up a container engine:\n  sudo make engine",
            detail=complaint,
        )


def _local_name(tag: str) -> str:
    """`localhost/...:tag`, with or without the registry already there. Raises ValueError for anything else."""
    name = tag if tag.startswith(f"{LOCAL_REGISTRY}/") else f"{LOCAL_REGISTRY}/{tag}"
    parsed = parse_image_reference(name)
    if isinstance(parsed, str) or parsed.tag is None or parsed.digest or not parsed.is_local:
        raise ValueError(f"{tag!r} is not a local image name with a tag")
    return name


def _host_architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
