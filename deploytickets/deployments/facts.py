"""What is stored of one service of an upgrade, as a frozen value for the pure decisions.

`trace` reads from it what was sent and what was there before; `decide` reads besides what is
wanted and which calls were made. Times are the database's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from deploytickets.tickets.plans import PlannedAction

Versions = Mapping[str, str]
"""The `version` of every launch config by its name (plans.PRIMARY for the service's own)."""

LATE_ACCEPTANCE = timedelta(seconds=15)
"""How long a failed POST may still be in the server: 10 s of lock wait, margin (rancher-1.6-api.md 13.5)."""


class Answer(StrEnum):
    """What Rancher said to the newest start or creation; values of ServiceUpgrade.answer."""

    NONE = ""
    ACCEPTED = "accepted"
    REFUSED = "refused"


class WayBack(StrEnum):
    """How this service goes back to what ran before; values of ServiceUpgrade.way_back.

    After a half accepted start Rancher's own rollback would lead to the new configs, so the way
    back is a fresh upgrade to the stored ones (rancher-1.6-api.md 13.5 step 5). While that runs, the
    facts describe its POST, not the ticket's.
    """

    RANCHER = "rancher"
    STORED_CONFIGS = "stored_configs"
    RESTORING = "restoring"


@dataclass(frozen=True, slots=True)
class BlockVersions:
    """The versions in an `upgrade` block: of the configs it asked for, and of those it came from."""

    configs: Versions
    previous: Versions


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call was surely not accepted. `is_terminal`: sending the same again cannot help (I9).

    `text` is Rancher's, or says that we did not send it.
    """

    is_terminal: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """The newest intent of one verb, and how many of them were refused in a row.

    `over_at`: from then on it cannot be accepted any more (13.5 `over`). `ended_at` is None while
    nobody knows whether Rancher took it.
    """

    made_at: datetime
    over_at: datetime
    ended_at: datetime | None = None
    is_accepted: bool = False
    refusal: Refusal | None = None
    tries: int = 1


@dataclass(frozen=True, slots=True)
class ServiceUpgradeFacts:
    """One ServiceUpgrade. `asked_at` is None as long as no start of this token was ever intended.

    Attributes:
        mark_label: the label that carries the token on every config sent.
        asked_at: when the start was answered or failed; of one whose outcome nobody recorded,
            the latest moment at which it can have been sent.
        start: the newest start, creation or restoring; the other calls are those made since the goal was set.
        restore: all restorings since then, each of which had a token of its own.
        version_known: the version of our own POST, from the 202 or from Rancher's audit log; "" if unknown.
        held_key, held_since: since when every read gave that state and those versions.
        has_stack: is the id of the service's stack known? Without it the stack has to be made first.
        links: of a created service, alias to id of the service it leads to; None while one was not seen.
        is_finished_by_us: did Rancher take a finish of this attempt, for whatever goal?
        scale: how many units are wanted where the service itself does not say (global services).
    """

    name: str
    action: PlannedAction
    token: str
    mark_label: str
    configs_sent: frozenset[str]
    versions_before: Versions
    block_before: BlockVersions | None
    answer: Answer = Answer.NONE
    asked_at: datetime | None = None
    version_known: str = ""
    held_key: str = ""
    held_since: datetime | None = None
    way_back: WayBack = WayBack.RANCHER
    depends_on: tuple[str, ...] = ()
    scale: int = 1
    is_global: bool = False
    has_stack: bool = True
    is_finished_by_us: bool = False
    links: Mapping[str, str] | None = field(default_factory=dict)
    start: CallFacts | None = None
    finish: CallFacts | None = None
    roll_back: CallFacts | None = None
    cancel: CallFacts | None = None
    remove: CallFacts | None = None
    restore: CallFacts | None = None
    create_stack: CallFacts | None = None
    link: CallFacts | None = None

    @property
    def is_created(self) -> bool:
        return self.action is PlannedAction.CREATED

    @property
    def is_started(self) -> bool:
        """Was a start or creation of it ever intended?"""
        return self.asked_at is not None

    @property
    def is_restored(self) -> bool:
        """Is it, or was it, brought back by a fresh upgrade to the stored configs?"""
        return self.way_back is WayBack.RESTORING

    def is_over(self, now: datetime) -> bool:
        """Can the start no longer be accepted later than `now`? (13.5)"""
        if self.asked_at is None or self.answer is not Answer.NONE:
            return True
        return now >= self.asked_at + LATE_ACCEPTANCE
