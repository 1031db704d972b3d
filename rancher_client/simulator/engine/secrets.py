"""Secrets, which a server keeps by the help of another service that does not run here.

What is asked first, whether there is something to keep and whether it is base64, is asked here as well.
Source: cattle: SecretValidationFilter.java, SecretManager.java createAndScheduleObject.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .refusals import Refused

_BASE64 = re.compile(r"[A-Za-z0-9+/\-_=\s]*", re.ASCII)
"""What commons-codec takes for base64: its letters in any number, those for URLs and white space too."""
_BLANK = re.compile(r"\s*", re.ASCII)


def refusal(fields: Mapping[str, Any]) -> Refused:
    """Why a POST makes no secret: what is wrong with its value, else that nobody is there to encrypt it."""
    value = fields.get("value")
    if value is None:
        return Refused(422, "EmptySecret", "value", "Secret cannot be empty")
    if not _BASE64.fullmatch(value):
        return Refused(422, "InvalidBase64", "value", "Invalid base64 content")
    if _BLANK.fullmatch(value):
        return Refused(422, "NotNullable", None, "Secret value cannot be null/empty", "")
    return Refused(503, "Service Unavailable", message="Service Unavailable")
