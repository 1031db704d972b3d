"""The one way the engine says no to a request."""

from __future__ import annotations


class Refused(Exception):
    """A synchronous no, in the words of Rancher 1.6 (rancher-1.6-api.md chapter 2).

    Rules written in Rancher's filters put the human text into `field_name`; rules about ports put
    it into `message` and have no field name at all.
    """

    def __init__(
        self,
        status: int,
        code: str,
        field_name: str | None = None,
        message: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message or field_name or ''}")
        self.status = status
        self.code = code
        self.field_name = field_name
        self.message = message
        self.detail = detail


def not_found() -> Refused:
    """The row does not exist, or not for this caller."""
    return Refused(404, "Not Found", message="Not Found")


def method_not_allowed() -> Refused:
    """A DELETE whose process cannot start from the present state (1.7)."""
    return Refused(405, "Method not allowed", message="Method not allowed")


def action_not_available() -> Refused:
    """The action exists but not in this state."""
    return Refused(422, "ActionNotAvailable", "action")


def conflict() -> Refused:
    """The state moved between the check and the scheduling of the process (chapter 2)."""
    return Refused(409, "Conflict", message="Conflict")


def server_fault() -> Refused:
    """The server's own fault at a request that it should have refused (chapter 2)."""
    return Refused(500, "Internal Server Error", message="Internal Server Error")
