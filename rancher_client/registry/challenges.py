"""What a server wants to see before it answers: the header WWW-Authenticate. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - the grammar's word, no secret
_PIECE = re.compile(
    rf'\s*(?:,\s*)*(?:(?P<name>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>{_TOKEN}))'
    rf"|(?P<scheme>{_TOKEN})(?=\s|,|$))"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to be let in: `scheme` and the names of its parameters in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def challenges_in(header: str) -> list[Challenge]:
    """The challenges of a WWW-Authenticate header, in their order (RFC 9110, 11.6.1).

    Reading stops where the header breaks the grammar; what came before still counts.
    """
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while piece := _PIECE.match(header, position):
        position = piece.end()
        if piece["scheme"]:
            found.append((piece["scheme"].lower(), {}))
        elif found:
            quoted = piece["quoted"]
            value = piece["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1][1].setdefault(piece["name"].lower(), value)
    return [Challenge(scheme, parameters) for scheme, parameters in found]
