"""Hosts, and how new ones join (rancher-1.6-api.md 7).

Changing calls raise what `Session.change` raises; NotOffered means that the state does not allow it now.
Roles `restricted` and `readonly` may change no host.
"""

from __future__ import annotations

from collections.abc import Mapping

from rancher_client.cattle import collections, single
from rancher_client.cattle.resources import Host, RegistrationToken
from rancher_client.cattle.session import ApiVersion, SendBy, Session


def get(session: Session, host_id: str) -> Host:
    """One host; raises NotFound and what `Session.read` raises."""
    return single.read(session, "hosts", host_id, Host.parse)


def read_all(session: Session) -> list[Host]:
    """The hosts of the project."""
    return collections.read_all(session, "hosts", parse=Host.parse)


def set_labels(
    session: Session, host_id: str, labels: Mapping[str, str], *, send_by: SendBy | None = None
) -> Host:
    """Replace all labels, those that Rancher's agent set included: send `Host.labels` with the change in it.

    Containers that run stay where they are; the scheduler looks at labels when it places new ones (7.3).
    """
    fields = {"labels": dict(labels)}
    return single.update(session, "hosts", host_id, fields, Host.parse, send_by=send_by)


def activate(session: Session, host_id: str, *, send_by: SendBy | None = None) -> Host:
    """Let an `inactive` host have containers again."""
    return single.act(session, "hosts", host_id, "activate", Host.parse, send_by=send_by)


def deactivate(session: Session, host_id: str, *, send_by: SendBy | None = None) -> Host:
    """Give an active host no new containers; those on it stay. `inactive` within 0.1 s (7.1)."""
    return single.act(session, "hosts", host_id, "deactivate", Host.parse, send_by=send_by)


def evacuate(session: Session, host_id: str, *, send_by: SendBy | None = None) -> Host:
    """Empty a host: it goes `inactive` and stays so, and services make new containers elsewhere.

    The host in the answer is still unchanged (7.1, trap 73).
    """
    return single.act(session, "hosts", host_id, "evacuate", Host.parse, send_by=send_by)


def remove(session: Session, host_id: str, *, send_by: SendBy | None = None) -> Host:
    """Remove an `inactive` host with its containers; NotOffered for any other, so deactivate it first."""
    return single.act(session, "hosts", host_id, "remove", Host.parse, send_by=send_by)


def create_registration_token(session: Session) -> RegistrationToken:
    """Ask for what a new host needs; its command is there some 10 ms later, once it is `active` (7.2).

    Asked for below `/v1`, as playbooks do: the address in it, and with it the API that the agent speaks,
    takes the prefix of the request.
    """
    url = _v1(session).url("registrationtokens")
    return session.change("POST", url, RegistrationToken.parse)


def registration_token(session: Session, token_id: str) -> RegistrationToken:
    """One registration token, read below `/v1`; raises NotFound and what `Session.read` raises."""
    return single.read(_v1(session), "registrationtokens", token_id, RegistrationToken.parse)


def deactivate_registration_token(
    session: Session, token_id: str, *, send_by: SendBy | None = None
) -> RegistrationToken:
    """Shut the door: no host can join with the token any more. Those that did stay."""
    path = ("registrationtokens", token_id, "deactivate")
    return single.act(_v1(session), *path, RegistrationToken.parse, send_by=send_by)


def _v1(session: Session) -> Session:
    return session.in_version(ApiVersion.V1)
