"""Certificates for the tests, signed by their own keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
        x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com"),
    ]
)


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    *,
    subject: x509.Name = NAME,
    issuer: x509.Name = NAME,
    key: Any = None,
    digest: hashes.HashAlgorithm | None = None,
    others: Sequence[x509.GeneralName] | None = None,
    number: int = 12345678901234567890,
    padding: Any = None,
) -> str:
    """A certificate as PEM; RSA with SHA-256 unless said otherwise."""
    if key is None:
        key, digest = rsa_key(), digest or hashes.SHA256()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(datetime(2020, 1, 5, 3, 4, 5, tzinfo=UTC))
        .not_valid_after(datetime(2035, 11, 15, 13, 14, 15, tzinfo=UTC))
    )
    if others is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
    signed = builder.sign(key, digest, rsa_padding=padding)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def key_text() -> str:
    """The private key of `certificate` as PEM."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    encoded = rsa_key().private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return encoded.decode()
