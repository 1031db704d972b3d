"""Rancher's ids: `1` + letters of the base type + number (rancher-1.6-api.md 1.4)."""

from __future__ import annotations

import random
import re
import uuid

from rancher_client.simulator.engine import Ref

from .schemas import Version

_READABLE = re.compile(r"1[a-z]+!?(\d{1,18})")
_BASE_TYPES = {
    "apiKey": "credential",
    "composeProject": "stack",
    "container": "instance",
    "kubernetesStack": "stack",
    "machine": "physicalHost",
    "password": "credential",
    "project": "account",
    "pullTask": "genericObject",
    "registrationToken": "credential",
    "registry": "storagePool",
    "registryCredential": "credential",
    "virtualMachine": "instance",
}
_LETTERS = {"stack": "st", "secret": "se"}
_WITHOUT_BASE_IN_V1 = frozenset({"networkDriverService", "pullTask", "storageDriverService"})
"""Types that v1 does not have, or not what they are made of (TypeIdFormatter.java) [run]."""


def base_type(type_id: str) -> str:
    """The parent type, as `baseType` shows it; services of all kinds count as `service`."""
    if type_id.endswith("Service"):
        return "service"
    return _BASE_TYPES.get(type_id, type_id)


def letters(type_id: str, version: Version = Version.V2_BETA) -> str:
    """The first letter and the capitals of the base type's name, lower-cased; stack and secret differ.

    v1 knows no base of some types, whose own name is then used.
    """
    own = version is Version.V1 and type_id in _WITHOUT_BASE_IN_V1
    base = type_id if own else base_type(type_id)
    return _LETTERS.get(base) or (base[0] + "".join(filter(str.isupper, base[1:]))).lower()


def format_id(ref: Ref, version: Version = Version.V2_BETA) -> str:
    """The id on the wire. A stack is `1st7`, and `1e7` in v1, a pull task `1go7` and `1pt7`."""
    if version is Version.V1 and ref.kind == "stack":
        return f"1e{ref.number}"
    return f"1{letters(ref.kind, version)}{ref.number}"


def number_of(text: object) -> int | None:
    """The number in an id; None when it cannot be read as one.

    The letters are not checked (`/services/1i12` is service 12), but they are case-sensitive.
    """
    readable = _READABLE.fullmatch(text) if isinstance(text, str) else None
    return int(readable[1]) if readable else None


def may_be_id(text: str) -> bool:
    """Whether the server reads a word as an id at all: a letter begins it, or `1` and a letter.

    What it does not read is 404 before anything else is looked at (TypeIdFormatter.java, ValidationHandler).
    """
    return text.removeprefix("1")[:1].isalpha()


def drawn_uuid(draw: random.Random) -> str:
    """The id of an error or of a frame: from a seed, so that the same calls get the same answers."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))
