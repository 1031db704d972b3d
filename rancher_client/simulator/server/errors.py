"""The server's own ways to say no, in Rancher's shape (rancher-1.6-api.md chapter 2).

`Refused` is the engine's; the server raises the same class, so that one place turns it into a body.
"""

from __future__ import annotations

from typing import Any

from rancher_client.simulator.engine import Refused

_CODES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method not allowed",
    409: "Conflict",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


def plain(status: int) -> Refused:
    """A refusal whose code and message are the text of the status; it has no `fieldName`."""
    return Refused(status, _CODES[status], message=_CODES[status])


def forbidden(message: str) -> Refused:
    """403 with a text of its own (infrastructure, project owners only: chapter 11)."""
    return Refused(403, "Forbidden", message=message)


def unreadable_body() -> Refused:
    """400: the body is neither JSON nor a form (1.7)."""
    return Refused(400, "InvalidBodyContent", message="InvalidBodyContent")


def wrong_csrf_token() -> Refused:
    """403: a browser's cookie came back without the same value in the header (1.1)."""
    return Refused(403, "InvalidCSRFToken", message="CSRF header and cookie do not match")


def invalid_action() -> Refused:
    """422: the action is not in the caller's schema at all."""
    return Refused(422, "InvalidAction", "action")


def action_not_available() -> Refused:
    """422: the action exists for the caller but cannot start from the present state."""
    return Refused(422, "ActionNotAvailable", "action")


def invalid_field(code: str, field_name: str) -> Refused:
    """422 about one field of the body."""
    return Refused(422, code, field_name)


def body_of(refused: Refused, number: str) -> dict[str, Any]:
    """The error resource of an answer; `number` is its id, new each time.

    422 always has the key `fieldName`, except for rules about ports; every other status never has it.
    """
    body: dict[str, Any] = {
        "id": number,
        "type": "error",
        "links": {},
        "actions": {},
        "status": refused.status,
        "code": refused.code,
        "message": refused.message,
        "detail": refused.detail,
    }
    if refused.field_name is not None:
        body["fieldName"] = refused.field_name
    body["baseType"] = "error"
    return body
