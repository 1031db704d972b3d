"""Which texts the executor takes for `ports` and `expose`; ranges too, which the server then refuses.

Source: docker/go-connections:nat/nat.go ParsePortSpec, nat/parse.go, as of rancher-compose-executor v0.14.30.
"""

from __future__ import annotations

import ipaddress
import re

HIGHEST_PORT = 65535

_RANGE = re.compile(r"(?P<first>[0-9]+)(-(?P<last>[0-9]+).*)?")


def is_port(text: str) -> bool:
    """`80`, `8080:80`, `8000-8010:80`, `8000-8010:80-90`, `127.0.0.1::80`; with a protocol in any case."""
    ports, slash, protocol = text.rpartition("/")
    if slash and protocol.lower() not in ("tcp", "udp"):
        return False
    parts = (ports if slash else protocol).split(":")
    if len(parts) > 3:
        return False
    address, public, private = ["", "", *parts][-3:]
    inside = _length(private)
    if not _is_address(address) or inside is None:
        return False
    outside = _length(public) if public else None
    return not public or (outside is not None and inside in (1, outside))


def _is_address(text: str) -> bool:
    try:
        return not text or bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _length(ports: str) -> int | None:
    """How many ports a range has, None where it is none."""
    match = _RANGE.fullmatch(ports)
    if match is None:
        return None
    first, last = int(match["first"]), int(match["last"] or match["first"])
    return last - first + 1 if first <= last <= HIGHEST_PORT else None
