"""Certificates for a cluster: an authority of its own, and one certificate and key that all of its nodes share.

Dask asks both sides of a connection for a certificate of the authority and compares no host names, so whoever holds
the node's key is the cluster. The authority's key is needed for nothing but further certificates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from polyreact.errors import MissingExtra, WrongCommandLine
from polyreact.execution.profile import TlsFiles
from polyreact.files import make_private_folder, write_new

VALID_DAYS = 365
_CLOCKS_DIFFER = timedelta(hours=1)
_NAMES = ("authority-key.pem", "authority.pem", "node-key.pem", "node.pem")


@dataclass(frozen=True, slots=True)
class Certificates:
    """What was written: `files` belong on every node, `authority_key` stays where it is."""

    files: TlsFiles
    authority_key: Path
    valid_until: datetime


def make_certificates(folder: Path, now: datetime) -> Certificates:
    """A new authority and a certificate of it, written to `folder` for this user alone.

    Raises WrongCommandLine where one of the files is there already, CannotWrite and MissingExtra.
    """
    paths = [folder / name for name in _NAMES]
    if found := [path for path in paths if path.exists()]:
        raise _would_overwrite(found[0])
    until = now + timedelta(days=VALID_DAYS)
    contents = _make_contents(now - _CLOCKS_DIFFER, until)
    make_private_folder(folder)
    for path, content in zip(paths, contents, strict=True):
        try:
            write_new(path, content)
        except FileExistsError as error:
            raise _would_overwrite(path) from error
    authority_key, authority, key, certificate = paths
    return Certificates(TlsFiles(authority, certificate, key), authority_key, until)


def _make_contents(since: datetime, until: datetime) -> tuple[bytes, bytes, bytes, bytes]:
    """In PEM: the authority's key and certificate, the node's key and certificate."""
    try:
        from cryptography import x509  # noqa: PLC0415  installed on request only
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "certificates need cryptography, which is not installed",
            consequence="Nothing was written.",
            cure="pip install 'polyreact[cluster]'",
        ) from error

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def key_usage(*, is_authority: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not is_authority,
            key_cert_sign=is_authority,
            crl_sign=is_authority,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )

    def builder(subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
        )

    def key_in_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    authority_name, authority_key = name("polyreact cluster authority"), ec.generate_private_key(ec.SECP256R1())
    node_name, node_key = name("polyreact cluster node"), ec.generate_private_key(ec.SECP256R1())
    authority = (
        builder(authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(is_authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    node = (
        builder(node_name, node_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(is_authority=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("polyreact-cluster-node")]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return key_in_pem(authority_key), authority.public_bytes(pem), key_in_pem(node_key), node.public_bytes(pem)


def _would_overwrite(path: Path) -> WrongCommandLine:
    return WrongCommandLine(
        f"{path} exists already, and neither a key nor a certificate is ever overwritten",
        consequence="No file that was there has been touched.",
        cure="Name another folder.",
    )
