"""Signatures of records: who published them. The one place that knows cryptography, which is installed on request.

What is signed is the document as it is kept, without its field `signature`, as canonical JSON: a later version of
the schema, which may read more fields into it, leaves an old signature good. A record names its predictions, labels
and overlaps by digest, so its signature stands for them as well.
"""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polyreact.errors import MissingExtra, UnreadableArgument, WrongCommandLine
from polyreact.files import canonical_json, write_new
from polyreact.results.records import Record, SignatureRecord
from polyreact.results.store import render_record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FIELD = "signature"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. It is never shown: printing one tells its public key only."""

    _key: Ed25519PrivateKey

    @property
    def public_key(self) -> str:
        """The raw public key, 64 hexadecimal digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def __repr__(self) -> str:
        return f"SigningKey({self.public_key})"

    def sign(self, record: Record) -> SignatureRecord:
        """The signature of a record as the store keeps it; the same record always gives the same one."""
        value = self._key.sign(signed_bytes(render_record(record)))
        return SignatureRecord(public_key=self.public_key, value=value.hex())


def signed_bytes(document: bytes) -> bytes:
    """What of a kept record a signature is of. Raises ValueError where it is no JSON object."""
    content = json.loads(document)
    if not isinstance(content, dict):
        message = "a record is a JSON object"
        raise ValueError(message)  # noqa: TRY004  as any other text that is no record
    content.pop(_FIELD, None)
    return canonical_json(content)


def is_good_signature(document: bytes, signature: SignatureRecord) -> bool:
    """Whether `signature` is of this kept record, by the key that it names. Raises MissingExtra."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  installed on request only
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing() from error
    try:
        key = Ed25519PublicKey.from_public_bytes(binascii.unhexlify(signature.public_key))
        key.verify(binascii.unhexlify(signature.value), signed_bytes(document))
    except (InvalidSignature, ValueError):
        return False
    return True


def make_key(path: Path) -> SigningKey:
    """A new key, written to `path` as PEM (PKCS 8) for this user alone.

    Raises WrongCommandLine where something stands there already, CannotWrite and MissingExtra.
    """
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  installed on request only
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing() from error
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_new(path, content)
    return SigningKey(key)


def parse_key(content: bytes, source: str) -> SigningKey:
    """The key of a PEM text; `source` says where it is from. Raises UnreadableArgument and MissingExtra."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  installed on request only
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing() from error
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # what they say might quote the key
        raise _no_key(source) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(source)
    return SigningKey(key)


def _write_new(path: Path, content: bytes) -> None:
    """Write a key that nobody else may read, and never over another."""
    try:
        write_new(path, content)
    except FileExistsError as error:
        raise WrongCommandLine(
            f"{path} exists already, and a key is never overwritten",
            consequence="Nothing was written.",
            cure="Name another file.",
        ) from error


def _no_key(source: str) -> UnreadableArgument:
    return UnreadableArgument(
        f"{source} holds no Ed25519 private key in PEM without a password",
        consequence="Nothing was signed.",
        cure="Make one: polyreact results keygen --output FILE",
    )


def _missing() -> MissingExtra:
    return MissingExtra(
        "signatures need cryptography, which is not installed",
        consequence="Nothing was written.",
        cure='pip install "polyreact[signing]"',
    )
