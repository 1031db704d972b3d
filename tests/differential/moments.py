"""Two calls at the same moment (rancher-1.6-api.md 5.7).

What comes of them is chance, so a server is judged by the classes of outcomes that it shows over many plays,
never by one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .steps import Act, Delete, Put, Step, Upgrade

_STRATEGY = {"batchSize": 1, "intervalMillis": 100, "startFirst": False}


def _to(tag: str) -> Upgrade:
    return Upgrade("web", _STRATEGY, primary={"imageUuid": f"IMG:web:{tag}", "labels": {"t": tag}})


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps for one service, and the steps that lead there."""

    name: str
    first: Act | Upgrade | Put | Delete
    second: Act | Upgrade | Put | Delete
    before: tuple[Step, ...] = ()
    scale: int = 1
    starts: bool = True


PAIRS: tuple[Pair, ...] = (
    Pair("upgrade + upgrade, scale 1", _to("2"), _to("3")),
    Pair("upgrade + upgrade, scale 2", _to("2"), _to("3"), scale=2),
    Pair("upgrade + scale", _to("2"), Put("web", {"scale": 2})),
    Pair("upgrade + deactivate", _to("2"), Act("web", "deactivate")),
    Pair("upgrade + remove", _to("2"), Delete("web")),
    Pair("finish + finish", Act("web", "finishupgrade"), Act("web", "finishupgrade"), (_to("2"),)),
    Pair("finish + rollback", Act("web", "finishupgrade"), Act("web", "rollback"), (_to("2"),)),
    Pair("rollback + rollback", Act("web", "rollback"), Act("web", "rollback"), (_to("2"),)),
    Pair("scale + scale", Put("web", {"scale": 2}), Put("web", {"scale": 3})),
    Pair("activate + activate", Act("web", "activate"), Act("web", "activate"), starts=False),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The class of one play of a pair.

    Attributes:
        answers: status and code of both, sorted: which of the two came first is chance.
        whole: configs and `upgrade` block are of one POST (`yes`), of two (`torn`), or the block is not there
            although the service is (being) upgraded (`no block`).
        settled: the state, with `…` where the service goes on for ever.
    """

    answers: tuple[str, ...]
    whole: str
    settled: str

    def __str__(self) -> str:
        return f"{' + '.join(self.answers)}, {self.settled}, whole: {self.whole}"


def pair_of(sequence: int) -> Pair:
    """The pair that a sequence plays."""
    return PAIRS[sequence % len(PAIRS)]


def wholeness(service: Mapping[str, Any]) -> str:
    """`Outcome.whole` of a service as the API shows it."""
    config = (service.get("launchConfig") or {}).get("version")
    block = ((service.get("upgrade") or {}).get("inServiceStrategy") or {}).get("launchConfig") or {}
    if service.get("state") not in ("upgrading", "upgraded"):
        return "yes"
    if not block:
        return "no block"
    return "yes" if block.get("version") == config else "torn"


@dataclass(frozen=True, slots=True)
class Permitted:
    """How two servers answered one pair: each class with how often it was seen."""

    pair: str
    first: Mapping[Outcome, int]
    second: Mapping[Outcome, int]

    @property
    def strange(self) -> dict[Outcome, int]:
        """What only the second server did: nothing that the first one ever showed."""
        return {outcome: times for outcome, times in self.second.items() if outcome not in self.first}

    @property
    def missing(self) -> dict[Outcome, int]:
        """What only the first server did."""
        return {outcome: times for outcome, times in self.first.items() if outcome not in self.second}


def permitted(plays: Iterable[tuple[str, Outcome, Outcome]]) -> list[Permitted]:
    """The classes by pair, from (pair, outcome of the first server, outcome of the second) of each play."""
    seen: dict[str, tuple[Counter[Outcome], Counter[Outcome]]] = {}
    for pair, first, second in plays:
        counts = seen.setdefault(pair, (Counter(), Counter()))
        counts[0][first] += 1
        counts[1][second] += 1
    return [Permitted(pair, first, second) for pair, (first, second) in sorted(seen.items())]
