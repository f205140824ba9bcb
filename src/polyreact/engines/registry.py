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
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from polyreact.images import ImageReference

_TIMEOUT = urllib3.Timeout(connect=10, read=20, total=30)
_MOST_BYTES = 4 << 20
_OK, _UNAUTHORIZED = 200, 401
_INDEXES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
_MANIFESTS = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(realm|service|scope)="([^"]*)"')
#: The registry behind the name that everybody writes.
_REAL_HOSTS = {"docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Announced:
    """How many layers an image has, and how many bytes they have as they are sent."""

    layers: int
    size_bytes: int


class _Unreadable(Exception):
    """The manifest cannot be read from here."""


def fetch_announced(reference: ImageReference, architecture: str) -> Announced | None:
    """What the registry announces of an image for this architecture, None where that cannot be read."""
    with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
        try:
            manifest = _fetch_manifest(pool, reference, reference.digest or reference.tag or "latest")
            if manifest.get("mediaType") in _INDEXES or "manifests" in manifest:
                digest = _find_platform(manifest, architecture)
                manifest = _fetch_manifest(pool, reference, digest)
            return _parse_manifest(manifest)
        except (HTTPError, _Unreadable, ValueError, KeyError, TypeError, RecursionError):
            return None


def is_loopback(registry: str) -> bool:
    """Whether a registry stands on this very host, where plain HTTP is spoken to it."""
    host = registry.rpartition(":")[0] or registry
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fetch_manifest(pool: urllib3.PoolManager, reference: ImageReference, name: str) -> dict[str, Any]:
    scheme = "http" if is_loopback(reference.registry) else "https"
    host = _REAL_HOSTS.get(reference.registry, reference.registry)
    url = f"{scheme}://{host}/v2/{reference.repository}/manifests/{name}"
    headers = {"Accept": ", ".join(sorted(_INDEXES | _MANIFESTS)), "User-Agent": "polyreact"}
    status, answered, content = _get(pool, url, headers)
    if status == _UNAUTHORIZED:
        token = _fetch_token(pool, answered.get("WWW-Authenticate", ""))
        status, _, content = _get(pool, url, {**headers, "Authorization": f"Bearer {token}"})
    if status != _OK:
        raise _Unreadable
    if _DIGEST.fullmatch(name) and f"sha256:{hashlib.sha256(content).hexdigest()}" != name:
        raise _Unreadable  # the engine will find the same, and tell it
    manifest = json.loads(content)
    if not isinstance(manifest, dict):
        raise _Unreadable
    return manifest


def _fetch_token(pool: urllib3.PoolManager, challenge: str) -> str:
    """The token that the registry gives to anybody."""
    kind, _, rest = challenge.partition(" ")
    told = dict(_CHALLENGE.findall(rest))
    realm = told.pop("realm", "")
    address = urlsplit(realm)
    is_safe = address.scheme == "https" or (address.scheme == "http" and is_loopback(address.netloc))
    if kind.lower() != "bearer" or not is_safe:
        raise _Unreadable
    status, _, content = _get(pool, f"{realm}?{urlencode(told)}", {"User-Agent": "polyreact"})
    if status != _OK:
        raise _Unreadable
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
