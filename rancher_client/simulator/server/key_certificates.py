"""The client certificate of a key, which the server signs anew for each download (rancher-1.6-api.md 12).

Source: cattle: ApiKeyCertificateDownloadLinkHandler.java, SshKeyGen.java, CertSet.java.
"""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .answers import Answer

LIFE = timedelta(days=3650)
"""How long a certificate is good for (`cert.expiry.days`)."""

_KEY_BITS = 2048
_LEFT_AND_RIGHT = "".join(map(chr, range(33)))
"""What Java's `trim` takes off."""


@dataclass(frozen=True)
class Issued:
    """A certificate with the key that belongs to it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


class CertificateAuthority:
    """Signs the certificates of keys. `clock` tells the virtual time.

    Its own key is made when it is first asked for, so that a server nobody asks starts as fast as ever. Keys
    and serial numbers are random and belong to nothing that a seed repeats.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def zipped(self, access_key: str) -> bytes:
        """A zip with `ca.pem`, `cert.pem` and `key.pem`: a new pair for the owner of an access key."""
        issued = self._issue(access_key)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("ca.pem", _pem(self._root.certificate))
            archive.writestr("cert.pem", _pem(issued.certificate))
            archive.writestr("key.pem", _key_pem(issued.key))
        return file.getvalue()

    @cached_property
    def _root(self) -> Issued:
        key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "cattle")])
        builder = (
            self._builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
        )
        return Issued(key, builder.sign(key, hashes.SHA512()))

    def _issue(self, subject: str) -> Issued:
        """It is good for clients and servers and has a list of other names, which is empty."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = (
            self._builder(name, self._root.certificate.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
        )
        return Issued(key, builder.sign(self._root.key, hashes.SHA256()))

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey
    ) -> x509.CertificateBuilder:
        now = datetime.fromtimestamp(int(self._clock()), UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(1 + secrets.randbelow(2**63 - 1))
            .not_valid_before(now)
            .not_valid_after(now + LIFE)
        )


def download(content: bytes, name: str | None, formatted_id: str) -> Answer:
    """The zip as a download that is called after the key, or after its id where it has no name."""
    headers = (
        ("Content-Disposition", f"attachment; filename={_file_name(name, formatted_id)}"),
        ("Cache-Control", "private"),
        ("Pragma", "private"),
        ("Expires", "Wed 24 Feb 1982 18:42:00 GMT"),
    )
    return Answer(200, content=content, content_type="application/octet-stream", headers=headers)


def _file_name(name: str | None, formatted_id: str) -> str:
    if name is None or not name.strip():
        return f"certificate-{formatted_id}.zip"
    return re.sub("[^a-zA-Z0-9]", "_", name.lower().strip(_LEFT_AND_RIGHT)) + ".zip"


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
