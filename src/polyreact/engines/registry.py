"""What a registry announces of an image, read before anything of it is pulled.

Only the manifest is fetched, anonymously and within limits. Where it cannot be read like this (a registry that
wants credentials, a proxy that only the engine knows of) nothing is announced; then the engine pulls, and what it
has pulled is measured afterwards. What is announced may be a lie: layers are held to their announced sizes by the
engine, and the sizes of what is unpacked from them are known only then.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from polyreact.images import ImageReference

_TIMEOUT = urllib3.Timeout(connect=10, read=20, total=30)
_MOST_BYTES = 4 << 20
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_INDEXES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
_MANIFESTS = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(realm|service|scope)="([^"]*)"')
#: Ends of names that no public server has.
_PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
#: The registry behind the name that everybody writes.
_REAL_HOSTS = {"docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Announced:
    """How many layers an image has, and how many bytes they have as they are sent."""

    layers: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Published:
    """An image as anybody finds it at its registry.

    `digest` is what its name stands for there, and what a manifest pins. `ids` are all digests by which an engine
    may know the same image: its configuration's (docker, podman) and its manifests' (docker's containerd store).
    """

    digest: str
    ids: frozenset[str]


class Hidden(Enum):
    """Why nobody without credentials finds an image at its registry."""

    ABSENT = "no such image"
    DENIED = "credentials are wanted"
    UNREADABLE = "no answer that can be read"


@dataclass(frozen=True, slots=True)
class _Manifest:
    """A manifest, or a list of them, and the digest of its bytes."""

    digest: str
    content: Mapping[str, Any]


class _Unreadable(Exception):
    """The manifest cannot be read from here; the status is that of an answer which says so."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__()
        self.status = status


_FAILURES = (HTTPError, _Unreadable, ValueError, KeyError, TypeError, RecursionError)


def fetch_announced(reference: ImageReference, architecture: str) -> Announced | None:
    """What the registry announces of an image for this architecture, None where that cannot be read."""
    try:
        return _parse_manifest(_fetch_manifests(reference, architecture)[-1].content)
    except _FAILURES:
        return None


def fetch_published(reference: ImageReference, architecture: str) -> Published | Hidden:
    """What an image's name stands for at its registry, asked without credentials as the platform will ask."""
    try:
        manifests = _fetch_manifests(reference, architecture)
        configuration = str(manifests[-1].content["config"]["digest"])
    except _FAILURES as error:
        status = error.status if isinstance(error, _Unreadable) else None
        denied = {_UNAUTHORIZED: Hidden.DENIED, _FORBIDDEN: Hidden.DENIED, _NOT_FOUND: Hidden.ABSENT}
        return denied.get(status or 0, Hidden.UNREADABLE)
    return Published(manifests[0].digest, frozenset({configuration, *(one.digest for one in manifests)}))


def is_loopback(registry: str) -> bool:
    """Whether a registry stands on this very host, where plain HTTP is spoken to it."""
    host = registry.rpartition(":")[0] or registry
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private_registry(registry: str) -> bool:
    """Whether a registry's name says that it stands on this host or in its network; names are not looked up."""
    host = registry.rpartition(":")[0] or registry
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_ENDINGS) or re.fullmatch(r"[0-9x.]+", host) is not None


def _fetch_manifests(reference: ImageReference, architecture: str) -> list[_Manifest]:
    """What the name stands for, and the manifest for this architecture behind it where that is a list of them."""
    with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
        manifests = [_fetch_manifest(pool, reference, reference.digest or reference.tag or "latest")]
        content = manifests[0].content
        if content.get("mediaType") in _INDEXES or "manifests" in content:
            manifests.append(_fetch_manifest(pool, reference, _find_platform(content, architecture)))
        return manifests


def _fetch_manifest(pool: urllib3.PoolManager, reference: ImageReference, name: str) -> _Manifest:
    scheme = "http" if is_loopback(reference.registry) else "https"
    host = _REAL_HOSTS.get(reference.registry, reference.registry)
    url = f"{scheme}://{host}/v2/{reference.repository}/manifests/{name}"
    headers = {"Accept": ", ".join(sorted(_INDEXES | _MANIFESTS)), "User-Agent": "polyreact"}
    status, answered, content = _get(pool, url, headers)
    if status == _UNAUTHORIZED:
        token = _fetch_token(pool, answered.get("WWW-Authenticate", ""))
        status, _, content = _get(pool, url, {**headers, "Authorization": f"Bearer {token}"})
    if status != _OK:
        raise _Unreadable(status)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if _DIGEST.fullmatch(name) and digest != name:
        raise _Unreadable  # the engine will find the same, and tell it
    manifest = json.loads(content)
    if not isinstance(manifest, dict):
        raise _Unreadable
    return _Manifest(digest, manifest)


def _fetch_token(pool: urllib3.PoolManager, challenge: str) -> str:
    """The token that the registry gives to anybody."""
    kind, _, rest = challenge.partition(" ")
    told = dict(_CHALLENGE.findall(rest))
    realm = told.pop("realm", "")
    address = urlsplit(realm)
    is_safe = address.scheme == "https" or (address.scheme == "http" and is_loopback(address.netloc))
    if kind.lower() != "bearer" or not is_safe:
        raise _Unreadable(_UNAUTHORIZED)
    status, _, content = _get(pool, f"{realm}?{urlencode(told)}", {"User-Agent": "polyreact"})
    if status != _OK:
        raise _Unreadable(status)
    answer = json.loads(content)
    token = str(answer.get("token") or answer["access_token"])
    if not token.isascii() or not token.isprintable():
        raise _Unreadable
    return token


def _get(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
    response = pool.request("GET", url, headers=headers, preload_content=False, redirect=False)
    try:
        content = response.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _Unreadable
        return response.status, response.headers, content
    finally:
        response.close()


def _find_platform(index: Mapping[str, Any], architecture: str) -> str:
    """The digest of the manifest for Linux on this architecture."""
    for entry in index["manifests"]:
        platform = entry.get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == ("linux", architecture):
            digest = str(entry["digest"])
            if _DIGEST.fullmatch(digest):
                return digest
    raise _Unreadable


def _parse_manifest(manifest: Mapping[str, Any]) -> Announced:
    sizes = [layer["size"] for layer in manifest["layers"]]
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise _Unreadable
    return Announced(len(sizes), sum(sizes))
