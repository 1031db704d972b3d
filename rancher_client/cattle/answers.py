"""From the bytes of an answer to a mapping, or to the error that they stand for. Pure.

Everything that answers is taken for hostile until it has shown Rancher's form (rancher-1.6-api.md 2).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rancher_client.errors import (
    Conflict,
    Invalid,
    KeyRefused,
    NotAllowed,
    NotFound,
    NotOffered,
    NotServed,
    OutcomeUnknown,
    RancherError,
    Refused,
    Throttled,
    Unusable,
)
from rancher_client.strict_json import json_in


def decoded(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`.

    Raises Unusable when it is no JSON, no object, nested too deep (`strict_json`), or has no `type`, which
    every answer of Rancher's carries.
    """
    value = json_in(body)
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise Unusable("The answer is JSON, but not an object of Rancher's.")
    return value


def error_for(
    status: int, body: bytes, *, method: str, url: str, retry_after: timedelta | None = None
) -> RancherError:
    """The error that an answer with a status other than 2xx stands for (rancher-1.6-api.md 2, 11, 13.4)."""
    said: Mapping[str, Any] = {}
    with contextlib.suppress(Unusable):  # an HTML page of a proxy is the ordinary case for 502 and the like
        said = decoded(body)
    is_of_rancher = said.get("type") == "error"
    code = said.get("code") if isinstance(said.get("code"), str) else None
    text = words_of(said) if is_of_rancher else ""
    about: dict[str, Any] = {
        "method": method,
        "url": url,
        "status": status,
        "code": code if is_of_rancher else None,
        "retry_after": retry_after,
    }
    if status == 501 and is_of_rancher:
        return NotServed(text or "This server does not serve that.", **about)
    if status >= 500:
        return OutcomeUnknown(text or "The server failed; it may have accepted the request.", **about)
    if status == 429:
        return Throttled(text or "The server asks us to come less often.", **about)
    if 300 <= status < 400:
        return Unusable("The address answers with a redirect, which is never followed.", **about)
    if not is_of_rancher:
        return Unusable("The answer does not come from Rancher's API.", **about)
    return _refusal(status, code)(text or "Rancher gives no reason.", **about)


def words_of(error: Mapping[str, Any]) -> str:
    """What an error body says: `message`, else `detail`, else `fieldName`, which often carries the
    sentence.
    """
    for key in ("message", "detail", "fieldName"):
        words = error.get(key)
        if isinstance(words, str) and words:
            return words
    return ""


def _refusal(status: int, code: str | None) -> type[Refused]:
    if status == 422:
        return {"ActionNotAvailable": NotOffered, "InvalidAction": NotAllowed}.get(code or "", Invalid)
    return {
        401: KeyRefused,
        403: NotAllowed,
        404: NotFound,
        405: NotAllowed,
        409: Conflict,
    }.get(status, Invalid)
