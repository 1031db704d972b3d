"""Faults to order: answers lost, late or wrong, and upgrades that half happen.

A fault waits for calls that fit it and strikes `times` of them. What it does to the state of Rancher is
real: after `ACCEPT_THEN_RESET` the upgrade runs, although nobody was told (rancher-1.6-api.md 13.4, 13.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from .requests import Request


class Effect(StrEnum):
    """What happens to a call."""

    RESET_BEFORE = "reset_before"
    """The connection breaks and nothing was done."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """Done as usual, then the connection breaks without an answer."""
    STATUS = "status"
    """Nothing is done; `status` is answered, as HTML when `html` is set (a proxy's page)."""
    DELAY = "delay"
    """Done as usual, answered after `seconds` of real time."""
    TRICKLE = "trickle"
    """Done as usual, the body arrives in small pieces spread over `seconds` of real time."""
    GARBAGE = "garbage"
    """Done as usual, but the body is `garbage`."""
    STORE_ONLY = "store_only"
    """An upgrade's configs are stored, its process never begins; answered with `status` (F29)."""
    TEAR = "tear"
    """An upgrade is accepted, but configs and `upgrade` block are of two POSTs (F47)."""
    LOSE_BLOCK = "lose_block"
    """An upgrade is carried out, but its `upgrade` block is never written: no rollback leads back (F47)."""
    FORGET = "forget"
    """Accepted and answered, then no trace of it is left (F48)."""


class Garbage(StrEnum):
    """Bodies that no client expects."""

    LOGIN_PAGE = "login_page"
    TRUNCATED = "truncated"
    WRONG_TYPES = "wrong_types"
    HUGE = "huge"


class SocketFault(StrEnum):
    """What can be done to open websockets."""

    DROP_EVENTS = "drop_events"
    DUPLICATE_EVENTS = "duplicate_events"
    STALL = "stall"


@dataclass(slots=True)
class Fault:
    """One order. Empty patterns fit everything; `path` is a regular expression searched in the path."""

    effect: Effect
    method: str | None = None
    path: str = ""
    action: str | None = None
    times: int = 1
    seconds: float = 0.0
    status: int = 503
    html: bool = False
    garbage: Garbage = Garbage.TRUNCATED

    def fits(self, request: Request) -> bool:
        """Whether this order is meant for the request."""
        return (
            self.times > 0
            and (self.method is None or self.method.upper() == request.method)
            and re.search(self.path, request.path) is not None
            and (self.action is None or request.parameter("action") == self.action)
        )


@dataclass(slots=True)
class Faults:
    """All orders, and what is wrong with the websockets at present."""

    ordered: list[Fault] = field(default_factory=list)
    sockets: set[SocketFault] = field(default_factory=set)
    struck: list[str] = field(default_factory=list)
    """`effect method path` of every call that was struck, in order."""

    def order(self, effect: Effect | str, **details: Any) -> Fault:
        """Order a fault; see `Fault` for the details. Returns it, so that it can be withdrawn."""
        if "garbage" in details:
            details["garbage"] = Garbage(details["garbage"])
        fault = Fault(Effect(effect), **details)
        self.ordered.append(fault)
        return fault

    def withdraw(self, fault: Fault) -> None:
        """Undo an order that has not struck yet; nothing happens when it is gone."""
        if fault in self.ordered:
            self.ordered.remove(fault)

    def clear(self) -> None:
        """Undo everything."""
        self.ordered.clear()
        self.sockets.clear()

    def strike(self, request: Request) -> Fault | None:
        """The order that this call meets, counted down; None for an ordinary call."""
        for fault in self.ordered:
            if fault.fits(request):
                fault.times -= 1
                if fault.times == 0:
                    self.ordered.remove(fault)
                self.struck.append(f"{fault.effect} {request.method} {request.path}")
                return fault
        return None

    def shown(self) -> dict[str, Any]:
        """The orders as JSON."""
        return {
            "ordered": [asdict(fault) for fault in self.ordered],
            "sockets": sorted(self.sockets),
            "struck": list(self.struck),
        }


LOGIN_PAGE = b"""<!DOCTYPE html><html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"/><input name="password" type="password"/></form>
</body></html>
"""

HUGE_BYTES = 64 * 1024 * 1024


def garbled(kind: Garbage, content: bytes) -> tuple[str, bytes]:
    """Content type and bytes that come instead of a good body."""
    json_type = "application/json; charset=utf-8"
    match kind:
        case Garbage.LOGIN_PAGE:
            return "text/html; charset=utf-8", LOGIN_PAGE
        case Garbage.WRONG_TYPES:
            return (
                json_type,
                b'{"id":17,"type":["service"],"links":"none","actions":[],"data":{"a":1},"state":{}}',
            )
        case Garbage.HUGE:
            return json_type, b'{"type":"collection","data":["' + b"x" * HUGE_BYTES + b'"]}'
    return json_type, content[: max(1, len(content) // 2)]


def page(status: int) -> bytes:
    """The page of a proxy in front of a server that does not answer."""
    return f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>".encode()


def ordered_from(details: Mapping[str, Any]) -> tuple[Effect, dict[str, Any]]:
    """Effect and details of an order that came as JSON. Raises ValueError and TypeError for a wrong one."""
    rest = dict(details)
    return Effect(rest.pop("effect")), rest
