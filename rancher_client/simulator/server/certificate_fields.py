"""What a server reads out of a certificate that it is given, in the words of its libraries.

Source: cattle: SslCertificateUtils.java, CertificateCreateValidationFilter.java (Java's names of X.500 and
dates, Bouncy Castle's names of algorithms and its reader of PEM) [run].
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from rancher_client.simulator.engine import Refused

_BEGIN = "-----BEGIN "
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_ALGORITHMS = {
    SignatureAlgorithmOID.RSA_WITH_MD5: "MD5WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA1: "SHA1WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA224: "SHA224WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "SHA256WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "SHA384WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "SHA512WITHRSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA1: "ECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA224: "SHA224WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "SHA256WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "SHA384WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "SHA512WITHECDSA",
    SignatureAlgorithmOID.DSA_WITH_SHA1: "DSA",
    SignatureAlgorithmOID.DSA_WITH_SHA224: "SHA224WITHDSA",
    SignatureAlgorithmOID.DSA_WITH_SHA256: "SHA256WITHDSA",
}
"""Others show their number, as Ed25519 does."""

_TYPES_OF_NAMES = {
    NameOID.COMMON_NAME: "CN",
    NameOID.COUNTRY_NAME: "C",
    NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.STREET_ADDRESS: "STREET",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.USER_ID: "UID",
}
"""The types of attributes that have a name in RFC 2253; others show number and value as they are encoded."""


_ESCAPED = ',=+<>#;"\\'
_ESCAPED_IN_OTHER_NAMES = ',=+<>;"\\'


def described(pem: str | None) -> dict[str, Any]:
    """The fields of a certificate by their REST names. Raises Refused 422 InvalidFormat for anything else.

    Whatever follows the first block of the text does not count, nor does the word behind BEGIN.
    """
    der = _first_block(pem or "")
    try:
        return _fields(x509.load_der_x509_certificate(der))
    except (ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension) as error:
        if not _is_certificate_shaped(der):
            raise _refused("malformed data: sequence wrong size for a certificate") from error
        raise _refused() from error  # the server has a text of its own for each kind of damage


def _fields(certificate: x509.Certificate) -> dict[str, Any]:
    key = certificate.public_key()
    return {
        "certFingerprint": certificate.fingerprint(hashes.SHA1()).hex(":"),  # noqa: S303 - as shown there
        "expiresAt": _date(certificate.not_valid_after_utc),
        "CN": _common_name(certificate.subject),
        "issuer": _name(certificate.issuer),
        "issuedAt": _date(certificate.not_valid_before_utc),
        "version": str(certificate.version.value + 1),
        "algorithm": _algorithm(certificate),
        "serialNumber": str(certificate.serial_number),
        "keySize": key.key_size if isinstance(key, rsa.RSAPublicKey) else None,
        "subjectAlternativeNames": _other_names(certificate),
    }


def _refused(message: str = "InvalidFormat") -> Refused:
    return Refused(422, "InvalidFormat", message=message)


def _first_block(pem: str) -> bytes:
    """The bytes of the first block of a PEM text (Bouncy Castle: PemReader.java). Raises Refused."""
    lines = iter(re.split("\r\n|\r|\n", pem))
    begin = next((line for line in lines if line.startswith(_BEGIN)), None)
    if begin is None:
        raise _refused()
    label, dash, _ = begin.removeprefix(_BEGIN).partition("-")
    if not dash:
        raise _refused("String index out of range: -1")
    end, text = f"-----END {label}", ""
    for line in lines:
        if end in line:
            return _decoded(text)
        if ":" not in line:
            text += line.strip()
    raise _refused(f"{end} not found")


def _decoded(text: str) -> bytes:
    trouble = "unable to decode base64 string: "
    text = re.sub(r"\s", "", text)
    if not text:
        raise _refused(f"{trouble}String index out of range: -4")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        where = "in" if re.search("[^A-Za-z0-9+/]", text[:-4]) else "at end of"
        raise _refused(f"{trouble}invalid characters encountered {where} base64 data") from error


def _parts(der: bytes) -> Iterator[bytes]:
    """The encoded members of an encoded sequence or set. Raises IndexError for half a one."""
    _, rest = _opened(der)
    while rest:
        length, content = _opened(rest)
        yield rest[: length + len(content)]
        rest = rest[length + len(content) :]


def _opened(der: bytes) -> tuple[int, bytes]:
    """How long the head of an encoded value is, and its content."""
    size, head = der[1], 2
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(der[2:head], "big")
    return head, der[head : head + size]


def _is_certificate_shaped(der: bytes) -> bool:
    """Whether it is anything but a sequence of other than three members."""
    if der[:1] != b"\x30":
        return True
    try:
        return len(list(_parts(der))) == 3
    except IndexError:
        return True


def _date(when: datetime) -> str:
    """As Java writes a date: `Sun Jan 05 03:04:05 UTC 2020`."""
    return f"{_DAYS[when.weekday()]} {_MONTHS[when.month - 1]} {when:%d %H:%M:%S} UTC {when.year}"


def _algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    digest = certificate.signature_hash_algorithm if oid == SignatureAlgorithmOID.RSASSA_PSS else None
    if digest is not None:
        return f"{digest.name.upper()}withRSAandMGF1"
    return _ALGORITHMS.get(oid, oid.dotted_string)


def _common_name(name: x509.Name) -> str | None:
    """The first one; of attributes that stand together only the first of the alphabet counts."""
    for together in name.rdns:
        first = min(together, key=_type)
        if first.oid == NameOID.COMMON_NAME:
            return str(first.value)
    return None


def _type(attribute: x509.NameAttribute[Any]) -> str:
    return _TYPES_OF_NAMES.get(attribute.oid, attribute.oid.dotted_string)


def _name(name: x509.Name) -> str:
    """As RFC 2253 writes it, the last attribute first (java: X500Principal.getName)."""
    return ",".join("+".join(map(_attribute, together)) for together in reversed(name.rdns))


def _attribute(attribute: x509.NameAttribute[Any]) -> str:
    kind = _type(attribute)
    if attribute.oid in _TYPES_OF_NAMES:
        return f"{kind}={_escaped(str(attribute.value), always=_ESCAPED)}"
    [together] = _parts(x509.Name([attribute]).public_bytes())
    [pair] = _parts(together)
    _, value = _parts(pair)
    return f"{kind}=#{value.hex()}"


def _escaped(value: str, *, always: str) -> str:
    """With a backslash before each character of `always`, and before spaces at either end."""
    inner = value.strip(" ")
    before, after = len(value) - len(value.lstrip(" ")), len(value) - len(value.rstrip(" "))
    marked = "".join(f"\\{letter}" if letter in always else letter for letter in inner)
    return "\\ " * before + marked + ("\\ " * after if inner else "")


def _other_names(certificate: x509.Certificate) -> list[str] | None:
    """The subject's other names without their kinds; null for none, and for an empty list of them."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    return [_other_name(name) for name in extension.value] or None


def _other_name(name: x509.GeneralName) -> str:
    match name:
        case x509.IPAddress(value=address) if address.version == 6:
            return ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))
        case x509.DirectoryName(value=value):
            return _directory_name(value)
        case x509.RegisteredID(value=value):
            return str(value.dotted_string)
        case x509.OtherName(value=value):
            return f"[B@{zlib.crc32(value):x}"  # an array's address in memory, which means nothing
    return str(name.value)


def _directory_name(name: x509.Name) -> str:
    """As Bouncy Castle writes it after RFC 4519: types in small letters, no value as it is encoded."""
    return ",".join("+".join(map(_small_attribute, together)) for together in reversed(name.rdns))


def _small_attribute(attribute: x509.NameAttribute[Any]) -> str:
    return f"{_type(attribute).lower()}={_escaped(str(attribute.value), always=_ESCAPED_IN_OTHER_NAMES)}"
