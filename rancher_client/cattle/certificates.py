"""The project's certificates: what a load balancer's names for them stand for."""

from __future__ import annotations

from rancher_client.cattle import collections
from rancher_client.cattle.resources import Certificate
from rancher_client.cattle.session import Session


def read_all(session: Session) -> list[Certificate]:
    """The certificates of the project, removed ones left out."""
    return collections.read_all(session, "certificates", parse=Certificate.parse)


def ids_by_name(session: Session) -> dict[str, str]:
    """Name to id. Of several with one name the first made counts, as the compose executor does it.

    Source: rancher-compose-executor:rancher/certs.go findCertByName.
    """
    found: dict[str, str] = {}
    for certificate in read_all(session):
        if certificate.name:
            found.setdefault(certificate.name, certificate.id)
    return found
