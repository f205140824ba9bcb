"""Where a raw file stands: which addresses the catalogue takes, and never one that holds a credential."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://")
#: Anybody on the way can read or change what these carry.
_UNENCRYPTED = frozenset({"http", "ftp"})
#: Where what stands before `@` is a login or a container, and a password only after a colon.
_NAMES_A_USER = frozenset({"sftp", "ssh", "smb", "abfs", "abfss", "az"})
#: The name of a parameter that is, or may be, a credential: those of signed S3, GCS and Azure links among them.
_CREDENTIAL = re.compile(
    r"key|token|secret|passw|pwd|auth|cred|session|sig|^x-(amz|goog|ms)-|^(code|jwt|bearer|user|sv|se|sp|sr|st)$",
    re.IGNORECASE,
)


def find_scheme(address: str) -> str:
    """The part before `://`; empty where there is none."""
    match = _SCHEME.match(address)
    return match[1] if match else ""


def find_address_defect(address: str, *, is_private: bool) -> str | None:
    """Why the catalogue does not take `address`, in words that do not repeat what may be secret; or None.

    Public files have an https address. Private ones may have any that fsspec knows, if it is encrypted, one place
    only, and holds no credential: those come from the environment, where no catalogue can leak them.
    """
    scheme = find_scheme(address)
    if not is_private and (scheme != "https" or re.search(r"\s", address)):
        return "is not an https address"
    if not scheme:
        return "is no address: expected scheme://place, such as file:///data/labels.csv or s3://bucket/labels.csv"
    return _find_unusable(address, scheme) or _find_credential(address, scheme)


def _find_unusable(address: str, scheme: str) -> str | None:
    if scheme in _UNENCRYPTED:
        return f"{scheme} is not encrypted"
    if not address.isprintable():
        return "holds a control character"
    if "::" in address:
        return "chains two addresses with `::`, which would keep copies elsewhere; name the one place"
    if scheme == "file" and not address.startswith("file:///"):
        return "names a file without its whole path: file:///..."
    return None


def _find_credential(address: str, scheme: str) -> str | None:
    if scheme == "file":  # everything after file:// is a path, whatever stands in it
        return None
    cure = "credentials come from the environment only"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "is malformed"
    user, at, _ = parts.netloc.rpartition("@")
    if at and (":" in user or scheme not in _NAMES_A_USER):
        return f"holds a user or password before `@`; {cure}"
    for name in re.findall(r"[?&;#]([^=&;#?]+)", address):
        found = _CREDENTIAL.search(unquote(name))
        if found:
            return f"has a parameter with `{found[0]}` in its name, which looks like a credential; {cure}"
    return None
