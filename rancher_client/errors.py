"""What can go wrong between us and a Rancher or a registry, one class for each thing to do about it.

::

    RancherError                 method, url, status, code, text; never a credential
    |
    +-- NotSent                  we did not send it: `send_by` was over, nothing left this machine
    |   +-- UnsafeBody           we will not send it: Rancher would take this body and ruin the service
    +-- Unreachable              no connection; surely not sent: any call may be repeated
    +-- OutcomeUnknown           sent, then no answer or a 5xx: read before doing anything else
    +-- Unusable                 no answer in the server's words (login page, cut-off JSON, wrong types)
    +-- StreamEnded              the websocket closed or fell silent: connect again, then read everything
    +-- Refused                  a clear no of the server's, nothing was begun
        +-- NotOffered           the action is not offered in this state: read, the wish may be fulfilled
        +-- Conflict             a lock was busy or the state moved; configs may be stored all the same
        +-- NotAllowed           the key may not do this
        |   +-- KeyRefused       the key itself is wrong, deactivated or removed
        +-- NotFound             no such thing, or not visible to this key
        +-- NotServed            this server has no such thing at all (no proxy for logs and statistics)
        +-- Invalid              the body or query breaks a rule; repeating it does not help
        +-- Throttled            too many requests; `retry_after` says when to come again

For a call that changes something, `surely_not_accepted` tells which of them leave no doubt. After any other
one the caller must look at Rancher before it sends again (rancher-1.6-api.md 13.4 and 13.5).
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

LONGEST_TEXT = 1000
"""Characters kept of a text that came from outside."""


class RancherError(Exception):
    """Something went wrong with one request.

    Attributes:
        method, url: the request; empty where none was made. The URL never carries a credential.
        status: the HTTP status, or None without an answer.
        code: the server's error code ("ActionNotAvailable", "MANIFEST_UNKNOWN"), or None.
        text: a sentence or the server's own words, at most `LONGEST_TEXT` characters.
        retry_after: how long the server asked us to stay away, or None.
    """

    surely_not_accepted: ClassVar[bool] = False

    def __init__(
        self,
        text: str,
        *,
        method: str = "",
        url: str = "",
        status: int | None = None,
        code: str | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text[:LONGEST_TEXT]
        self.method = method
        self.url = url
        self.status = status
        self.code = code
        self.retry_after = retry_after

    def __str__(self) -> str:
        where = f"{self.method} {self.url}".strip()
        what = " ".join(str(part) for part in (self.status, self.code, self.text) if part)
        return f"{where}: {what}" if where else what


class NotSent(RancherError):
    """The time allowed for sending was over once the connection stood; not a byte was sent."""

    surely_not_accepted = True


class UnsafeBody(NotSent):
    """The body would be taken by Rancher and ruin the service (rancher-1.6-api.md 5.1, trap 49)."""


class Unreachable(RancherError):
    """No connection could be made (refused, unknown name, TLS): surely not sent.

    `code` is "Certificate" where the server's certificate is the reason.
    """

    surely_not_accepted = True


class OutcomeUnknown(RancherError):
    """The request was sent, then the connection broke, the time ran out, or the answer was a 5xx.

    A changing call may or may not have been accepted: never repeat it before a read has shown which.
    """


class Unusable(RancherError):
    """Something answered, but not in the words of a Rancher or a registry: no observation.

    A changing call that ends so has an unknown outcome.
    """


class StreamEnded(RancherError):
    """The websocket was closed, cut, or silent for longer than its pings allow. Nothing is replayed later."""


class Refused(RancherError):
    """The server said no (4xx with an error body of its own)."""

    surely_not_accepted = True


class NotOffered(Refused):
    """422 ActionNotAvailable: the action exists for this key, but not in the present state."""


class Conflict(Refused):
    """409: a lock was busy or the state moved meanwhile.

    Nothing was begun, but an `upgrade` or `rollback` refused so may have stored its launch configs already
    (rancher-1.6-api.md 13.4): read before deciding anew.
    """


class NotAllowed(Refused):
    """403, 405 or 422 InvalidAction: the role of this key lacks the method, action or project.

    A registry: a 401 or 403 in spite of a name and password that were right.
    """


class KeyRefused(NotAllowed):
    """401: the key is wrong, deactivated or removed; a registry's name or password is wrong or missing."""


class NotFound(Refused):
    """404: the type, id or link does not exist, or this key may not see it."""


class NotServed(Refused):
    """501: the server was set up without it. Asking again does not help; another server may have it."""


class Invalid(Refused):
    """400 or 422: a field, filter or body breaks a rule. `text` is Rancher's explanation."""


class Throttled(Refused):
    """429: asked too often. Rancher itself never says this, a proxy before it may."""
