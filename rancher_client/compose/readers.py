"""What a value of the files means: text, number, size, list… Each reader gives what Rancher stores.

A reader takes the value as the file has it, with variables filled in, and raises ValueError with a sentence
for what cannot be meant. What is taken is what the executor's own schema takes
(rancher/rancher-compose-executor:config/schema.go, v0.14.30), but for YAML's surprises: an unquoted value
that could be several things is the text that stands there (see `documents`).
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from rancher_client.compose import words as shell_words
from rancher_client.compose.capabilities import CAPABILITIES
from rancher_client.compose.go_values import Unquoted, printed

HIGHEST_PORT = 65535
HIGHEST_SCALE = 1_000_000
LARGEST_NUMBER = (1 << 63) - 1

_SIZE = re.compile(r"((?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,9})?) ?([kmgtp]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_DURATION = re.compile(r"(?:[0-9]{1,12}(?:\.[0-9]{0,9})?(?:h|ms|m|s|us|ns))+")
_PART_OF_DURATION = re.compile(r"([0-9.]+)([a-z]+)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PORT = re.compile(
    r"(?:(?:(?P<address>[0-9.]+):)?(?P<public>[0-9]{1,5})?:)?(?P<private>[0-9]{1,5})(?:/(?P<protocol>tcp|udp))?"
)
_EXPOSED = re.compile(r"(?:[0-9.]+:)?(?:[0-9]+(?:-[0-9]+)?:)?[0-9]+(?:-[0-9]+)?(?:/(?:tcp|udp))?")
_MODE = re.compile(r"(?!.*(.).*\1)[rwm]+")


# One value


def text(value: Any) -> str:
    """A text. What unquoted is a number or a boolean is none: quote it."""
    if isinstance(value, str) and not isinstance(value, Unquoted):
        return value
    if _is_number(value) or isinstance(value, Unquoted):
        raise ValueError(f"must be a text; write '{value}' in quotes")
    raise ValueError("must be a text")


def whole(value: Any) -> int:
    """A whole number, also one that a variable brought as text.

    One with zeros before it is refused: unquoted it is octal for YAML 1.1, as Rancher reads it.
    """
    if isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", value):
        return int(value)
    if _is_number(value) and abs(value) <= LARGEST_NUMBER:
        return int(value)
    shown = f", not '{value}'" if isinstance(value, str | int) else ""
    raise ValueError(f"must be a whole number{shown}")


def written_whole(value: Any) -> int:
    """A whole number that stands in the file as one; quoted or from a variable Rancher refuses it."""
    if _is_number(value):
        return whole(value)
    raise ValueError("must be a whole number, without quotes and variables")


def out_of_memory_score(value: Any) -> int:
    """How soon the kernel ends the process when memory runs out."""
    found = written_whole(value)
    if not -1000 <= found <= 1000:
        raise ValueError("must be a number from -1000 to 1000")
    return found


def flag(value: Any) -> bool | None:
    """True, or None for false: what is false is not stored. YAML's other words for them count too."""
    meant = value.meant if isinstance(value, Unquoted) else value
    if isinstance(meant, bool):
        return meant or None
    quoted = ", not a text" if isinstance(value, str) and value in ("true", "false") else ""
    raise ValueError(f"must be true or false{quoted}")


def number(value: Any) -> int:
    """A whole number that is written as one."""
    if not _is_number(value):
        raise ValueError("must have whole numbers as values")
    return whole(value)


def text_or_number(value: Any) -> str:
    """A text, or a number as text."""
    if isinstance(value, str) or _is_number(value):
        return printed(value)
    raise ValueError("must have texts or numbers as values")


def scalar(value: Any) -> str:
    """A text, number or boolean as the text that Rancher prints of it; null is refused."""
    if isinstance(value, bool | str) or _is_number(value):
        return printed(value)
    raise ValueError("must have texts as values; null is none")


def size(value: Any) -> int:
    """Bytes: a number, or one with the unit k, m, g, t or p, as 512m or 1.5g."""
    match = None if isinstance(value, bool) else _SIZE.fullmatch(str(value))
    if match is None or not isinstance(value, str | int):
        raise ValueError("must be a size like 512m")
    amount, unit = match[1], _UNITS[match[2].lower()]
    found = int(float(amount) * unit) if "." in amount else int(amount) * unit
    if found > LARGEST_NUMBER:
        raise ValueError("is too large a size")
    return found


def swap(value: Any) -> int:
    """Bytes of memory and swap together; -1 for as much as there is."""
    return -1 if value in (-1, "-1") else size(value)


def seconds(value: Any) -> int:
    """Seconds: a number, or a duration like 1m30s."""
    if _is_number(value) and 0 <= value <= LARGEST_NUMBER:
        return int(value)
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError("must be a number of seconds, or a duration like 25s")
    parts = _PART_OF_DURATION.findall(value)
    return int(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def restart(value: Any) -> str:
    """A restart policy, which Rancher drops; it looks at the number after the colon only."""
    _name, colon, retries = text(value).partition(":")
    if colon and not re.fullmatch(r"[0-9]+", retries):
        raise ValueError("must be a policy like on-failure:5")
    return text(value)


def scale(value: Any) -> int:
    """Containers wanted; 0 counts as not said (rancher-1.6-api.md 10.4)."""
    number = whole(value)
    if not 0 <= number <= HIGHEST_SCALE:
        raise ValueError(f"must be a number from 0 to {HIGHEST_SCALE}")
    return number


# Lists


def list_of(value: Any) -> list[Any]:
    """A list, as it is."""
    if isinstance(value, list):
        return value
    raise ValueError("must be a list")


def once(entries: list[str]) -> list[str]:
    """The entries, none of which may stand there twice."""
    if len(set(entries)) < len(entries):
        raise ValueError("must not have an entry twice")
    return entries


def listed(value: Any) -> list[str]:
    """A list of texts, each once."""
    return once([text(entry) for entry in list_of(value)])


def texts(value: Any) -> list[str]:
    """A list of texts, each once; a single text is a list of one."""
    if isinstance(value, str) and value:
        return [value]
    if isinstance(value, list):
        return listed(value)
    raise ValueError("must be a text or a list of texts")


def scalars(value: Any) -> list[str]:
    """A list of texts or whole numbers, each once, as texts."""
    return once([text_or_number(entry) for entry in list_of(value)])


def process_ids(value: Any) -> str:
    """Whose processes a container sees: its own, or with `host` all. Rancher knows nothing else."""
    if text(value) not in ("", "host"):
        raise ValueError(f"must be host, not '{value}'")
    return str(value)


def capabilities(value: Any) -> list[str]:
    """Capabilities of Linux, by the names that Rancher can translate."""
    for name in listed(value):
        if name not in CAPABILITIES:
            raise ValueError(f"has '{name}', which Rancher knows for no capability")
    return listed(value)


def words(value: Any) -> list[str]:
    """A command: a list, or a text that is split into words."""
    if isinstance(value, list):
        return [text(entry) for entry in value]
    if not text(value):
        raise ValueError("must not be empty; leave it out instead")
    return shell_words.split(value)


def ports(value: Any) -> list[str]:
    """Published ports as Rancher keeps them, with protocol; those with a port of the caller's choice
    first.
    """
    return sorted(_ports(value), key=lambda port: ":" not in port or "::" in port)


def own_ports(value: Any) -> list[str]:
    """Ports of a load balancer, in their order: one without a public port is published as itself."""
    return [_own(port) for port in _ports(value)]


def exposed(value: Any) -> list[str]:
    """Ports that containers of other services may reach, as written."""
    found = scalars(value)
    for port in found:
        if not _EXPOSED.fullmatch(port):
            raise ValueError(f"must be ports like 80 or 53/udp, not '{port}'")
    return found


def volumes(value: Any) -> list[str]:
    """Mounts, those without a host part first."""
    return sorted(listed(value), key=lambda volume: ":" in volume)


def devices(value: Any) -> list[str]:
    """Devices with their place in the container and permissions filled in."""
    return [_device(entry) for entry in listed(value)]


def mounts_in_memory(value: Any) -> dict[str, str]:
    """tmpfs mounts: path to options."""
    split = (entry.partition(":") for entry in texts(value))
    return {path: options for path, _, options in split}


# Services


def names(value: Any) -> list[str]:
    """Names of services: a list."""
    return listed(value)


def aliases(value: Any) -> dict[str, str]:
    """`service:alias` entries as alias to service; without an alias a link is called as what it leads to.

    Two services cannot have one alias: which of them Rancher takes is chance.
    """
    found: dict[str, str] = {}
    for entry in listed(value):
        target, _, alias = (part.strip() for part in entry.partition(":"))
        name = alias or target
        if found.setdefault(name, target) != target:
            raise ValueError(f"gives two services the alias '{name}'")
    return found


def networks(value: Any) -> Any:
    """Networks of version 2, which Rancher drops: a list of texts or a mapping."""
    return value if isinstance(value, dict) else listed(value)


# Parts


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _ports(value: Any) -> list[str]:
    return [_port(entry) for entry in scalars(value)]


def _own(port: str) -> str:
    address, between, private = port.rpartition("::")
    inside = private.partition("/")[0]
    if between:
        return f"{address}:{inside}:{private}"
    return port if ":" in port else f"{inside}:{port}"


def _port(written: str) -> str:
    match = _PORT.fullmatch(written)
    if match is None or written.startswith(":"):
        raise ValueError(f"must be ports like 8080:80 or 80/udp without ranges, not '{written}'")
    if not all(1 <= int(match[part] or 1) <= HIGHEST_PORT for part in ("public", "private")):
        raise ValueError(f"must be ports from 1 to {HIGHEST_PORT}, not '{written}'")
    if match["address"]:
        _check_address(match["address"])
    ports, colons = f"{int(match['private'])}/{match['protocol'] or 'tcp'}", ":" if match["address"] else ""
    if match["public"]:
        ports = f"{int(match['public'])}:{ports}"
    elif match["address"]:
        ports = f":{ports}"
    return f"{match['address'] or ''}{colons}{ports}"


def _check_address(written: str) -> None:
    try:
        ipaddress.IPv4Address(written)
    except ValueError:
        raise ValueError(f"has the address '{written}', which is none") from None


def _device(written: str) -> str:
    outside, *rest = written.split(":")
    if len(rest) > 2:
        raise ValueError(f"must be devices like /dev/sda:/dev/xvda:rwm, not '{written}'")
    if len(rest) == 1 and _MODE.fullmatch(rest[0]):
        rest = [outside, rest[0]]
    inside, permissions = ([*rest, "", ""])[:2]
    return f"{outside}:{inside or outside}:{permissions or 'rwm'}"
