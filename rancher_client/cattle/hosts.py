"""Hosts, what runs on them, and how new ones join (rancher-1.6-api.md 6 and 7)."""

from __future__ import annotations

from rancher_client.cattle import collections
from rancher_client.cattle.resources import Container, Host, RegistrationToken
from rancher_client.cattle.session import Session


def get(session: Session, host_id: str) -> Host:
    """One host; raises NotFound and what `Session.read` raises."""
    return session.read(session.url("hosts", host_id), Host.parse)


def read_all(session: Session) -> list[Host]:
    """The hosts of the project."""
    return collections.read_all(session, "hosts", parse=Host.parse)


def containers(session: Session) -> list[Container]:
    """All containers of the project, also those that no service made: they hold ports too."""
    return collections.read_all(session, "containers", parse=Container.parse)


def container(session: Session, container_id: str) -> Container:
    """One container; raises NotFound and what `Session.read` raises."""
    return session.read(session.url("containers", container_id), Container.parse)


def create_registration_token(session: Session) -> RegistrationToken:
    """Ask for what a new host needs; its command is there some 10 ms later, once it is `active` (7.2)."""
    return session.change("POST", session.url("registrationtokens"), RegistrationToken.parse)


def registration_token(session: Session, token_id: str) -> RegistrationToken:
    """One registration token; raises NotFound and what `Session.read` raises."""
    return session.read(session.url("registrationtokens", token_id), RegistrationToken.parse)
