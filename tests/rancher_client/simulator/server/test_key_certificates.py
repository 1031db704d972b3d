"""The certificate that belongs to a key (rancher-1.6-api.md 12)."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from rancher_client.simulator.server.schemas import Role

from .conftest import Environment


@pytest.fixture
def key(prod: Environment) -> Any:
    made = prod.call("POST", "/apikeys", {}).json()
    prod.server.advance(1)
    return made


def files(response: Any) -> dict[str, bytes]:
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_server_signs_a_certificate_for_the_access_key(prod, key):
    found = files(prod.call("GET", f"/apikeys/{key['id']}/certificate"))

    assert list(found) == ["ca.pem", "cert.pem", "key.pem"]
    ca = x509.load_pem_x509_certificate(found["ca.pem"])
    certificate = x509.load_pem_x509_certificate(found["cert.pem"])
    own_key = serialization.load_pem_private_key(found["key.pem"], None)
    assert isinstance(own_key, rsa.RSAPrivateKey)
    assert own_key.key_size == 2048
    assert found["key.pem"].startswith(b"-----BEGIN RSA PRIVATE KEY-----")
    assert certificate.public_key() == own_key.public_key()
    certificate.verify_directly_issued_by(ca)
    ca.verify_directly_issued_by(ca)
    assert isinstance(ca.signature_hash_algorithm, hashes.SHA512)
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    assert ca.subject.rfc4514_string() == "O=cattle"
    assert certificate.subject.rfc4514_string() == f"CN={key['publicValue']}"
    for one in (ca, certificate):
        assert one.not_valid_before_utc.timestamp() == int(prod.server.simulator.loop.now)
        assert one.not_valid_after_utc - one.not_valid_before_utc == timedelta(days=3650)


def test_it_is_good_for_clients_and_servers_and_signs_no_other(prod, key):
    found = files(prod.call("GET", f"/apikeys/{key['id']}/certificate"))

    def told(name: str) -> list[tuple[str, bool]]:
        extensions = x509.load_pem_x509_certificate(found[name]).extensions
        return [(extension.oid._name, extension.critical) for extension in extensions]

    extensions = x509.load_pem_x509_certificate(found["cert.pem"]).extensions
    of_the_ca = x509.load_pem_x509_certificate(found["ca.pem"]).extensions
    assert told("cert.pem") == [
        ("subjectAltName", False),
        ("basicConstraints", True),
        ("keyUsage", True),
        ("extendedKeyUsage", True),
    ]
    assert told("ca.pem") == [("basicConstraints", True), ("keyUsage", True)]
    assert list(extensions[0].value) == []
    assert list(extensions[3].value) == [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    assert (extensions[1].value.ca, of_the_ca[0].value.ca) == (False, True)
    for usage, signs in ((extensions[2].value, False), (of_the_ca[1].value, True)):
        assert (usage.digital_signature, usage.key_encipherment) == (True, True)
        assert (usage.key_cert_sign, usage.crl_sign, usage.data_encipherment) == (signs, False, False)


def test_each_download_is_a_new_pair_from_the_same_authority(prod, key):
    first, second = (files(prod.call("GET", f"/credentials/{key['id']}/Certificate")) for _ in range(2))

    assert first["ca.pem"] == second["ca.pem"]
    assert first["key.pem"] != second["key.pem"]
    numbers = {x509.load_pem_x509_certificate(one["cert.pem"]).serial_number for one in (first, second)}
    assert len(numbers) == 2


def test_it_comes_as_a_download_that_nobody_packs_again(prod, key):
    response = prod.call("GET", f"/apikeys/{key['id']}/certificate")

    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename=certificate-{key['id']}.zip",
        "Cache-Control": "private",
        "Pragma": "private",
        "Expires": "Wed 24 Feb 1982 18:42:00 GMT",
    }
    assert {name: response.headers.get(name) for name in headers} == headers
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("name", "file"), [(" My Deploy-Key é ", "my_deploy_key__.zip"), ("  ", "certificate-{id}.zip")]
)
def test_the_file_is_called_after_the_key(prod, name, file):
    made = prod.call("POST", "/apikeys", {"name": name}).json()

    response = prod.call("GET", f"/apikeys/{made['id']}/certificate")

    expected = "attachment; filename=" + file.format(id=made["id"])
    assert response.headers["Content-Disposition"] == expected


def test_a_removed_key_has_one_still(prod, key):
    path = f"/apikeys/{key['id']}"
    prod.call("POST", f"{path}?action=deactivate")
    prod.server.advance(1)
    assert prod.call("DELETE", path).status_code == 200
    prod.server.advance(1)

    assert prod.get(path)["state"] == "removed"
    assert prod.call("GET", f"{path}/certificate").status_code == 200


def test_a_token_has_one_as_the_credential_that_it_is_and_by_no_other_path(prod):
    token = prod.call("POST", "/registrationtokens", {}).json()["id"]

    codes = [
        prod.call("GET", f"/{path}/{token}/certificate").status_code
        for path in ("registrationtokens", "apikeys", "credentials")
    ]

    assert codes == [404, 404, 200]


@pytest.mark.parametrize(
    ("halves", "code"),
    [
        ({"publicValue": "u", "secretValue": "s"}, 200),
        ({"publicValue": "u"}, 404),
        ({"secretValue": "s"}, 404),
    ],
)
def test_a_login_of_a_registry_has_one_when_it_has_both_halves(prod, halves, code):
    registry = prod.call("POST", "/registries", {"serverAddress": "registry.example"}).json()["id"]
    login = prod.call("POST", "/registrycredentials", {"registryId": registry, **halves}).json()["id"]

    assert prod.call("GET", f"/credentials/{login}/certificate").status_code == code
    assert prod.call("GET", f"/registrycredentials/{login}/certificate").status_code == 404


def test_whoever_does_not_see_the_key_gets_no_certificate(prod, key):
    other = Environment(prod.server, *prod.server.add_project("other", hosts=0))
    reader = prod.add_member("ruth", Role.READONLY)

    assert other.call("GET", f"/apikeys/{key['id']}/certificate").status_code == 404
    assert prod.call("GET", "/apikeys/1c999/certificate").status_code == 404
    assert prod.call("GET", f"/apikeys/{key['id']}/certificate", auth=reader).status_code == 200
