"""From a manifest to a pull request: what is still to be filled in, and the commands for a person to run."""

from __future__ import annotations

import shlex
from pathlib import Path

from polyreact.errors import Finding, InvalidManifest, UnfinishedManifest
from polyreact.images import ImageReference
from polyreact.submission.checkout import Checkout
from polyreact.submission.contract import MANIFEST_SUFFIX, SUBMISSIONS_FOLDER
from polyreact.submission.manifest import Manifest
from polyreact.submission.yaml_source import replace_scalar

#: What `submission new` writes for its author to replace.
EXAMPLE_AUTHOR, EXAMPLE_CONTACT = "Your Name", "you@example.org"
EXAMPLE_SENTENCE = "Say here in a few sentences what your model is."


def validate_finished(manifest: Manifest) -> None:
    """Raises UnfinishedManifest where the manifest still says what its template did."""
    findings = []
    if EXAMPLE_AUTHOR in manifest.authors:
        findings.append(Finding("authors", f"still names `{EXAMPLE_AUTHOR}`"))
    if manifest.contact == EXAMPLE_CONTACT:
        findings.append(Finding("contact", f"is still `{EXAMPLE_CONTACT}`"))
    if EXAMPLE_SENTENCE in " ".join(manifest.description.split()):
        findings.append(Finding("description", f"still says: {EXAMPLE_SENTENCE}"))
    if findings:
        raise UnfinishedManifest(
            f"the manifest of {manifest.name} is not filled in",
            findings=findings,
            consequence="Nothing was built, and nothing handed in.",
            cure="Fill in submission.yaml, then run the same command again.",
        )


def pin_image(content: bytes, reference: ImageReference) -> bytes:
    """The manifest with its image named by digest, and every other byte as its author wrote it.

    Raises InvalidManifest where the image is not written on one line.
    """
    try:
        return replace_scalar(content, "image", str(reference))
    except ValueError as error:
        raise InvalidManifest(
            "the manifest's image cannot be filled in",
            findings=(Finding("image", "is not written on one line"),),
            consequence="Nothing was handed in.",
            cure="Write `image: registry/repository:tag` on one line, then run the same command again.",
        ) from error


def manifest_path(checkout: Checkout, name: str) -> Path:
    """Where the manifest of a submission stands in a checkout."""
    return checkout.folder / SUBMISSIONS_FOLDER / f"{name}{MANIFEST_SUFFIX}"


def push_commands(program: str, local: ImageReference, target: ImageReference, *, plain: bool) -> tuple[str, ...]:
    """The commands that send an image of this machine to its registry; `plain`: without TLS, on this host."""
    tls = " --tls-verify=false" if plain and program == "podman" else ""
    return (
        f"{program} login{tls} {target.registry}",
        f"{program} tag {local.name}:{local.tag} {target}",
        f"{program} push{tls} {target}",
    )


def git_commands(name: str, checkout: Checkout) -> tuple[str, ...]:
    """The commands that put the manifest on a branch of its own, and the branch to the fork.

    The branch starts at the benchmark's main, so that it holds nothing else: a pull request with more is refused.
    """
    file = f"{SUBMISSIONS_FOLDER}/{name}{MANIFEST_SUFFIX}"
    remote = "origin" if checkout.upstream is None else "upstream"
    return (
        f"cd {shlex.quote(str(checkout.folder))}",
        f"git fetch {remote}",
        f"git switch --create {name} --no-track {remote}/main",
        f"git add {file}",
        f"git commit --message 'Submit {name}'",
        f"git push --set-upstream origin {name}",
    )


def pull_request_command(name: str, checkout: Checkout) -> str:
    """The command of gh that opens the pull request from that branch."""
    if checkout.upstream is None or checkout.fork is None:
        return "gh pr create --fill"
    base, head = checkout.upstream.name, f"{checkout.fork.owner}:{name}"
    return f"gh pr create --repo {base} --head {head} --title 'Submit {name}' --body ''"


def pull_request_page(name: str, checkout: Checkout) -> str | None:
    """The page that opens it in a browser; None where the fork's address is no page."""
    if checkout.fork is None:
        return None
    if checkout.upstream is None:
        return f"{checkout.fork.page}/pull/new/{name}"
    return f"{checkout.upstream.page}/compare/main...{checkout.fork.owner}:{name}?expand=1"
