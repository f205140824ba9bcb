"""One file over HTTPS: resumed where it stopped, bounded in size, time and tries."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from polyreact.errors import BadSetting, CannotWrite

_TIMEOUT = urllib3.Timeout(connect=15, read=30)
_CHUNK_BYTES = 1 << 16
_TRIES = 4
_FIRST_WAIT_S = 0.25
_REDIRECTS = 3
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})


class Resumed(Enum):
    """Whether the file was put together from an older `.part`."""

    NO = "no"
    YES = "yes"


class Interrupted(Exception):
    """The file did not arrive; what did arrive stays in the `.part`."""


class Oversized(Exception):
    """More bytes arrived than the file may have; nothing is kept."""


class _Transient(Exception):
    """This try failed, the next one may not."""


def download(
    url: str,
    part: Path,
    *,
    expected_bytes: int | None,
    limit_bytes: int,
    sleep: Callable[[float], None] = time.sleep,
) -> Resumed:
    """Write what stands at `url` to `part`, continuing one that is there.

    Raises Interrupted, Oversized or CannotWrite. The content is not verified beyond its length.
    """
    resumed = Resumed.YES if _size(part) else Resumed.NO
    reason = ""
    with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
        for attempt in range(_TRIES):
            if attempt:
                sleep(_FIRST_WAIT_S * 4 ** (attempt - 1))
            try:
                if _try_once(pool, url, part, expected_bytes, limit_bytes) == 0:
                    resumed = Resumed.NO
            except (_Transient, HTTPError) as error:
                reason = _plain(error)
            else:
                return resumed
    raise Interrupted(f"{reason} ({_TRIES} tries)")


def _try_once(pool: urllib3.PoolManager, url: str, part: Path, expected: int | None, limit: int) -> int:
    """One request; returns the offset it continued from."""
    offset = _size(part)
    headers = {"Accept-Encoding": "identity", "User-Agent": "polyreact"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    response = _open(pool, url, headers)
    try:
        if response.status == _RANGE_REFUSED:
            part.unlink(missing_ok=True)
            raise _Transient("the server refused to continue the download")
        if response.status == _OK or not _continues(response, offset):
            offset = 0
        _receive(response, part, offset, limit)
    finally:
        response.close()
    received = _size(part)
    # A body cut short of its Content-Length raises by itself; one that is whole and short is another file.
    if expected is not None and received < expected and "Content-Length" not in response.headers:
        raise _Transient(f"only {received} of {expected} bytes arrived")
    return offset


def _open(pool: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
    """The answer at `url` with status 200, 206 or 416; anything else raises."""
    for _ in range(_REDIRECTS + 1):
        _validate_address(url)
        response = pool.request(
            "GET", url, headers=headers, preload_content=False, redirect=False, decode_content=False
        )
        if response.status in {_OK, _PARTIAL, _RANGE_REFUSED}:
            return response
        location = response.headers.get("Location", "")
        response.close()
        if response.status in _TRANSIENT:
            raise _Transient(f"the server answered with status {response.status}")
        if response.status not in _MOVED or not location:
            raise Interrupted(f"the server answered with status {response.status}")
        try:
            url = urljoin(url, location)
        except ValueError:
            raise Interrupted("the server answered with a malformed address to go on to") from None
    raise Interrupted(f"the address was redirected more than {_REDIRECTS} times")


def _validate_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise Interrupted(f"it leads to {parts.scheme}://{parts.hostname}, which is not an https address")


def _continues(response: urllib3.BaseHTTPResponse, offset: int) -> bool:
    """Whether a 206 begins exactly where the `.part` ends."""
    return response.headers.get("Content-Range", "").startswith(f"bytes {offset}-")


def _receive(response: urllib3.BaseHTTPResponse, part: Path, offset: int, limit: int) -> None:
    if response.status == _PARTIAL and offset == 0:
        part.unlink(missing_ok=True)
        raise _Transient("the server answered with another part of the file than was asked for")
    received = offset
    try:
        with part.open("ab" if offset else "wb") as file:
            for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
                received += len(chunk)
                if received > limit:
                    break
                file.write(chunk)
    except OSError as error:
        # urllib3 wraps network trouble in its own exceptions, which are no OSError
        part.unlink(missing_ok=True)
        raise cannot_write(part, error) from error
    if received > limit:
        part.unlink()
        raise Oversized(f"expected no more than {limit} bytes, found more; the download was stopped there")


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """The error for a cache file that could not be written."""
    return CannotWrite(
        f"cannot write {path}: {error.strerror or error}",
        consequence="The unfinished file was deleted.",
        cure="Free some space or set POLYREACT_CACHE to another folder, then run the same command again.",
    )


def cannot_read(path: Path, error: OSError) -> BadSetting:
    """The error for a cache that may not be read, such as one of another user."""
    return BadSetting(
        f"the cache cannot be used: {path}: {error.strerror or error}",
        consequence="Nothing was changed.",
        cure="Set POLYREACT_CACHE to a folder of your own, then run the same command again.",
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _plain(error: Exception) -> str:
    """The last cause, without urllib3's object addresses."""
    if isinstance(error, _Transient):
        return str(error)
    return f"no complete answer ({type(error).__name__})"
