"""Certificates of the project, by the names that compose files give them (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

from rancher_client.cattle import certificates

from .scripted import answer

SHOWN = {
    "type": "certificate",
    "id": "1c1",
    "name": "shop.test",
    "state": "active",
    "CN": "shop.test",
    "cert": "-----BEGIN CERTIFICATE-----",
    "key": None,
    "expiresAt": "Sat Dec 26 18:58:22 UTC 2026",
    "subjectAlternativeNames": None,
}
"""As a live server shows one, shortened."""


def listed(*rows):
    return answer({"type": "collection", "data": list(rows), "pagination": {"next": None, "partial": False}})


def test_a_certificate_is_read_without_its_text(serve, on):
    server = serve(listed(SHOWN | {"subjectAlternativeNames": ["www.shop.test"]}))

    [certificate] = certificates.read_all(on(server))

    assert (certificate.id, certificate.common_name) == ("1c1", "shop.test")
    assert certificate.names == ("www.shop.test",)
    assert "BEGIN" not in repr(certificate)
    assert server.requests[0].target.startswith("/v2-beta/projects/1a5/certificates?")


def test_of_two_certificates_with_one_name_the_first_made_counts(serve, on):
    rows = [
        SHOWN,
        SHOWN | {"id": "1c2"},
        SHOWN | {"id": "1c3", "name": "api.test"},
        SHOWN | {"id": "1c4", "name": None},
    ]
    server = serve(listed(*rows))

    assert certificates.ids_by_name(on(server)) == {"shop.test": "1c1", "api.test": "1c3"}
