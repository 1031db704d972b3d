"""What a driver raises, for those above who do not know `rancher_client`, and the fact to store of it."""

from typing import Any

from rancher_client.errors import (
    KeyRefused,
    NotAllowed,
    NotFound,
    RancherError,
    Refused,
    Throttled,
    Unreachable,
    Unusable,
)

__all__ = ["RancherError", "reason_of"]

_TEXT_KEPT = 300


def reason_of(error: RancherError) -> dict[str, Any]:
    """Why Rancher gives no usable answer, {"code", "text", "status"?}; no address, no credential.

    Codes: key-refused, not-allowed, not-found, certificate, unreachable, throttled, unusable, refused,
    unanswered; `explain` has the words.
    """
    reason: dict[str, Any] = {"code": _code_of(error), "text": error.text[:_TEXT_KEPT]}
    if error.status is not None:
        reason["status"] = error.status
    return reason


def _code_of(error: RancherError) -> str:
    if isinstance(error, Unreachable) and error.code == "Certificate":
        return "certificate"
    kinds: tuple[tuple[type[RancherError], str], ...] = (
        (KeyRefused, "key-refused"),
        (NotAllowed, "not-allowed"),
        (NotFound, "not-found"),
        (Throttled, "throttled"),
        (Refused, "refused"),
        (Unreachable, "unreachable"),
        (Unusable, "unusable"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), "unanswered")
