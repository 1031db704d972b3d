"""What a server reads out of a certificate, to the letter (rancher-1.6-api.md 12)."""

from __future__ import annotations

import base64
import ipaddress
import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.server.certificate_fields import described

from .making_certificates import NAME, certificate, key_text

FORMER = Path(__file__).with_name("former_algorithms.pem").read_text(encoding="ascii")
"""Certificates as nobody should sign them any more: MD5 and SHA-1."""


def named(*pairs: tuple[ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs])


def together(*pairs: tuple[ObjectIdentifier, str]) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName([x509.NameAttribute(oid, value) for oid, value in pairs])


def block(der: bytes) -> str:
    return f"-----BEGIN C-----\n{base64.b64encode(der).decode()}\n-----END C-----"


def test_the_plain_fields():
    pem = certificate()

    found = described(pem)

    digest = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
    assert found == {
        "certFingerprint": ":".join(re.findall("..", digest)),
        "expiresAt": "Thu Nov 15 13:14:15 UTC 2035",
        "CN": "www.example.com",
        "issuer": "CN=www.example.com,O=Acme,C=DE",
        "issuedAt": "Sun Jan 05 03:04:05 UTC 2020",
        "version": "3",
        "algorithm": "SHA256WITHRSA",
        "serialNumber": "12345678901234567890",
        "keySize": 2048,
        "subjectAlternativeNames": None,
    }


P256, RSA_1024, DSA = (
    ec.generate_private_key(ec.SECP256R1()),
    rsa.generate_private_key(65537, 1024),
    dsa.generate_private_key(1024),
)
PSS = padding.PSS(padding.MGF1(hashes.SHA384()), 48)


@pytest.mark.parametrize(
    ("pem", "algorithm", "size"),
    [
        (certificate(digest=hashes.SHA224()), "SHA224WITHRSA", 2048),
        (certificate(digest=hashes.SHA384()), "SHA384WITHRSA", 2048),
        (certificate(key=RSA_1024, digest=hashes.SHA512()), "SHA512WITHRSA", 1024),
        (certificate(digest=hashes.SHA384(), padding=PSS), "SHA384withRSAandMGF1", 2048),
        (certificate(key=P256, digest=hashes.SHA224()), "SHA224WITHECDSA", None),
        (certificate(key=P256, digest=hashes.SHA256()), "SHA256WITHECDSA", None),
        (certificate(key=P256, digest=hashes.SHA384()), "SHA384WITHECDSA", None),
        (certificate(key=P256, digest=hashes.SHA512()), "SHA512WITHECDSA", None),
        (certificate(key=DSA, digest=hashes.SHA224()), "SHA224WITHDSA", None),
        (certificate(key=DSA, digest=hashes.SHA256()), "SHA256WITHDSA", None),
        (certificate(key=ed25519.Ed25519PrivateKey.generate()), "1.3.101.112", None),
        *zip(
            [block + "-----END CERTIFICATE-----" for block in FORMER.split("-----END CERTIFICATE-----")[:4]],
            ["MD5WITHRSA", "SHA1WITHRSA", "ECDSA", "DSA"],
            [1024, 1024, None, None],
            strict=True,
        ),
    ],
)
def test_the_algorithm_has_the_library_s_name_and_only_rsa_keys_a_size(pem, algorithm, size):
    found = described(pem)

    assert (found["algorithm"], found["keySize"]) == (algorithm, size)


def test_the_issuer_is_written_as_java_does():
    issuer = named(
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.STATE_OR_PROVINCE_NAME, 'Ba,va"ria'),
        (NameOID.LOCALITY_NAME, "M+ünchen"),
        (NameOID.ORGANIZATION_NAME, "  Ac\\me; <I=#c>  "),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "#ou"),
        (NameOID.EMAIL_ADDRESS, "a@b.c"),
        (NameOID.SERIAL_NUMBER, "77"),
        (NameOID.DOMAIN_COMPONENT, "dc"),
        (NameOID.USER_ID, "uid"),
        (NameOID.STREET_ADDRESS, "street"),
        (NameOID.TITLE, "t"),
    )

    assert described(certificate(issuer=issuer))["issuer"] == (
        "2.5.4.12=#0c0174,STREET=street,UID=uid,DC=dc,2.5.4.5=#13023737,"
        "1.2.840.113549.1.9.1=#16056140622e63,OU=\\#ou,O=\\ \\ Ac\\\\me\\; \\<I\\=\\#c\\>\\ \\ ,"
        'L=M\\+ünchen,ST=Ba\\,va\\"ria,C=DE'
    )


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (named((NameOID.COMMON_NAME, "first"), (NameOID.COMMON_NAME, "second")), "first"),
        (named((NameOID.ORGANIZATION_NAME, "none")), None),
        (x509.Name([together((NameOID.COMMON_NAME, "z"), (NameOID.ORGANIZATION_NAME, "q"))]), "z"),
        (x509.Name([together((NameOID.COMMON_NAME, "z"), (NameOID.COUNTRY_NAME, "DE"))]), None),
    ],
)
def test_the_common_name_is_the_first_and_hides_behind_attributes_beside_it(subject, name):
    assert described(certificate(subject=subject))["CN"] == name


def test_attributes_that_stand_together_do_so_in_the_issuer():
    beside = together((NameOID.COMMON_NAME, "z"), (NameOID.ORGANIZATION_NAME, "q"))

    assert described(certificate(issuer=x509.Name([beside])))["issuer"] == "CN=z+O=q"


def test_the_other_names_without_their_kinds():
    others = [
        x509.DNSName("*.b.example"),
        x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
        x509.IPAddress(ipaddress.ip_address("fe80::1")),
        x509.RFC822Name("x@y.z"),
        x509.UniformResourceIdentifier("http://u/"),
        x509.DirectoryName(NAME),
        x509.RegisteredID(ObjectIdentifier("1.2.3.4")),
    ]

    assert described(certificate(others=others))["subjectAlternativeNames"] == [
        "*.b.example",
        "10.1.2.3",
        "fe80:0:0:0:0:0:0:1",
        "x@y.z",
        "http://u/",
        "cn=www.example.com,o=Acme,c=DE",
        "1.2.3.4",
    ]


def test_a_name_of_a_kind_of_its_own_is_shown_as_an_array_and_an_empty_list_as_none():
    odd = x509.OtherName(ObjectIdentifier("1.2.3"), b"\x0c\x01a")

    [shown] = described(certificate(others=[odd]))["subjectAlternativeNames"]

    assert re.fullmatch(r"\[B@[0-9a-f]+", shown)
    assert described(certificate(others=[]))["subjectAlternativeNames"] is None


def test_the_first_block_counts_whatever_it_is_called_and_what_stands_around_it():
    body = certificate().replace("CERTIFICATE-----", "PARCEL-----")

    pem = f"  -----BEGIN no block\nnote\n{body}{certificate(number=7)}"

    assert described(pem)["serialNumber"] == "12345678901234567890"
    assert described(pem.replace("\n", "\r\n")) == described(pem)
    headed = body.replace("-----BEGIN PARCEL-----\n", "-----BEGIN PARCEL-----\nProc-Type: 4\n")
    assert described(headed) == described(certificate())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "InvalidFormat"),
        ("", "InvalidFormat"),
        ("no PEM", "InvalidFormat"),
        ("-----BEGIN CERTIFICATE", "String index out of range: -1"),
        (certificate().partition("-----END")[0], "-----END CERTIFICATE not found"),
        (
            "-----BEGIN C-----\n-----END C-----",
            "unable to decode base64 string: String index out of range: -4",
        ),
        (
            "-----BEGIN C-----\nnot base 64 !!\n-----END C-----",
            "unable to decode base64 string: invalid characters encountered at end of base64 data",
        ),
        (
            "-----BEGIN C-----\n!!!!AAAA\n-----END C-----",
            "unable to decode base64 string: invalid characters encountered in base64 data",
        ),
        (key_text(), "malformed data: sequence wrong size for a certificate"),
        (
            "-----BEGIN C-----\nMAAwAA==\n-----END C-----",
            "malformed data: sequence wrong size for a certificate",
        ),
        ("-----BEGIN C-----\nAAAA\n-----END C-----", "InvalidFormat"),
        ("-----BEGIN C-----\nMA==\n-----END C-----", "InvalidFormat"),
        (
            "-----BEGIN C-----\nMAMCAQE=\n-----END C-----",
            "malformed data: sequence wrong size for a certificate",
        ),
        (block(bytes.fromhex("3081870500048180") + bytes(128) + bytes.fromhex("0500")), "InvalidFormat"),
        ("-----BEGIN C-----\nMAkCAQECAQECAQE=\n-----END C-----", "InvalidFormat"),
    ],
)
def test_what_is_no_certificate_is_refused_in_the_library_s_words(text, message):
    with pytest.raises(Refused) as refused:
        described(text)

    told = refused.value
    assert (told.status, told.code, told.message) == (422, "InvalidFormat", message)
    assert told.field_name is None
