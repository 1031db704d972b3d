"""One resource by its id: reading it, changing it, asking an action of it (rancher-1.6-api.md 1.7).

An answer about another resource than the one asked for (a proxy's mix-up) is `Unusable`, no observation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from rancher_client.cattle.session import SendBy, Session
from rancher_client.errors import Unusable


class Identified(Protocol):
    """A value that came from a resource with an id."""

    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=Identified)
Parse = Callable[[Mapping[str, Any]], _T]


def read(session: Session, collection: str, resource_id: str, parse: Parse[_T], *, scoped: bool = True) -> _T:
    """GET it, also a removed one for 48 h (1.6). Raises NotFound and what `Session.read` raises."""
    url = session.url if scoped else session.unscoped_url
    return session.read(url(collection, resource_id), about(resource_id, parse))


def act(
    session: Session,
    collection: str,
    resource_id: str,
    action: str,
    parse: Parse[_T],
    *,
    body: Mapping[str, Any] | None = None,
    send_by: SendBy | None = None,
    scoped: bool = True,
) -> _T:
    """POST an action, answered by the resource. Raises NotOffered and what `Session.change` raises."""
    url = session.url if scoped else session.unscoped_url
    there = url(collection, resource_id, action=action)
    return session.change("POST", there, about(resource_id, parse), body=body, send_by=send_by)


def update(
    session: Session,
    collection: str,
    resource_id: str,
    fields: Mapping[str, Any],
    parse: Parse[_T],
    *,
    send_by: SendBy | None = None,
) -> _T:
    """PUT the given fields; the others stay, and those that may not be changed are ignored silently (trap 8).

    Raises what `Session.change` raises.
    """
    url = session.url(collection, resource_id)
    return session.change("PUT", url, about(resource_id, parse), body=fields, send_by=send_by)


def about(resource_id: str, parse: Parse[_T]) -> Parse[_T]:
    """`parse`, for that very resource."""

    def checked(body: Mapping[str, Any]) -> _T:
        value = parse(body)
        if value.id != resource_id:
            raise Unusable(f"The answer is about {value.id}, not {resource_id}.")
        return value

    return checked
