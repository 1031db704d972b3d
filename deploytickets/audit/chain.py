"""The arithmetic of the audit log: canonical JSON, the hash chain per subject, Merkle roots.

Standard library only and no I/O, so that an exported log can be proved whole on a machine that
has nothing of this product but this file.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

START = "0" * 64
"""What the first event of a subject, and the first sealed root, have as their predecessor."""

COVERED = (
    "subject_kind",
    "subject_key",
    "number",
    "action",
    "at",
    "by_kind",
    "by_name",
    "by_user_id",
    "through",
    "address",
    "before",
    "after",
    "details",
    "previous_hash",
)
"""The columns of an event that its hash covers: all but its row number and the hash itself."""

SEALED = ("sealed_at", "first_event_id", "last_event_id", "root", "previous_root")
"""The columns of a sealed root that its signature covers."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the log is not what was written; `where` names subject and number, or a root."""

    where: str
    what: str


def canonical(value: Any) -> bytes:
    """The one byte string of a JSON value: keys sorted, no spaces, ASCII, times in UTC to the microsecond.

    Raises TypeError for a float: databases give back a different text for the same number.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} has no canonical JSON.")


def event_hash(event: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the COVERED columns; 64 hex digits."""
    return hashlib.sha256(canonical({name: event[name] for name in COVERED})).hexdigest()


def merkle_root(hashes: Sequence[str]) -> str:
    """The root of the binary tree over the events' hashes, in the order given (as RFC 6962, section 2.1).

    Leaves and inner nodes are hashed with different prefixes, so that none passes for the other.
    """
    if not hashes:
        return hashlib.sha256(b"").hexdigest()
    level = [hashlib.sha256(b"\x00" + leaf.encode()).digest() for leaf in hashes]
    while len(level) > 1:
        paired = [
            hashlib.sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[0::2], level[1::2], strict=False)
        ]
        # An odd last node goes up as it is, which is what RFC 6962's split at powers of two comes to.
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0].hex()


def signature(root: Mapping[str, Any], key: bytes) -> str:
    """HMAC-SHA256 over the canonical JSON of the SEALED columns; 64 hex digits."""
    return hmac.new(key, canonical({name: root[name] for name in SEALED}), hashlib.sha256).hexdigest()


def verify(
    events: Iterable[Mapping[str, Any]], roots: Iterable[Mapping[str, Any]] = (), *, key: bytes | None = None
) -> Iterator[Fault]:
    """Every place where the events are not what was recorded and sealed (I5); they come in the order of `id`.

    Finds a single changed, removed, inserted or swapped event. Signatures are checked only with
    the `key`; without it the roots still have to fit each other and the events.
    """
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    hashes: list[tuple[int, str]] = []
    for event in events:
        subject = (event["subject_kind"], event["subject_key"])
        where = f"{subject[0]} {subject[1]} #{event['number']}"
        number, previous = newest.get(subject, (0, START))
        if event["number"] != number + 1:
            yield Fault(where, f"follows #{number}")
        if event["previous_hash"] != previous:
            yield Fault(where, "does not continue the chain of its subject")
        if event_hash(event) != event["hash"]:
            yield Fault(where, "was changed after it was recorded")
        newest[subject] = (event["number"], event["hash"])
        hashes.append((event["id"], event["hash"]))
    yield from _verify_roots(hashes, roots, key)


def _verify_roots(
    hashes: Sequence[tuple[int, str]], roots: Iterable[Mapping[str, Any]], key: bytes | None
) -> Iterator[Fault]:
    previous, position = START, 0
    for root in roots:
        where = f"sealed root {root['first_event_id']} to {root['last_event_id']}"
        if root["previous_root"] != previous:
            yield Fault(where, "does not continue the chain of roots")
        covered = []
        while position < len(hashes) and hashes[position][0] <= root["last_event_id"]:
            covered.append(hashes[position][1])
            position += 1
        if merkle_root(covered) != root["root"]:
            yield Fault(where, "does not match the events it covers")
        if key is not None and not hmac.compare_digest(signature(root, key), root["signature"]):
            yield Fault(where, "is not signed with our key")
        previous = root["root"]
