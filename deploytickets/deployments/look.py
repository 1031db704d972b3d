"""One look of the watcher at an environment: one list call for all upgrades there.

What the list shows is decided about in memory; only what differs from the last look is written.
Calls and ends are left to a reconcile, which is asked for where one is due.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from deploytickets import clock
from deploytickets.catalog.models import Environment
from deploytickets.deployments.fold import UpgradeFacts, Verdict, decide_upgrade
from deploytickets.deployments.models import ServiceUpgrade, Upgrade
from deploytickets.deployments.observing import Observation, from_list
from deploytickets.deployments.recording import RESTING, record_observation, record_unobserved
from deploytickets.deployments.stored import upgrade_facts, with_links
from deploytickets.drivers.base import Driver, ServiceSeen
from deploytickets.drivers.errors import RancherError
from deploytickets.inventory.services import observe_running
from deploytickets.tickets.transitions import State

TOUCH_EVERY = timedelta(seconds=5)
ASK_EVERY = timedelta(seconds=1)

Version = tuple[int, datetime, str]
"""What changes whenever a reconcile or a person changed an upgrade: lease number, goal, ticket state."""


@dataclass(slots=True)
class _Followed:
    """An upgrade as the last look left it. `stack_name` is known where links lead by names."""

    version: Version
    facts: UpgradeFacts
    rows: Sequence[ServiceUpgrade]
    stack_name: str
    seen: Mapping[str, ServiceSeen | None] | None = None
    verdict: Verdict | None = None
    touched_at: datetime | None = None
    asked_at: datetime | None = None


class Looker:
    """Looks at one environment again and again; what it remembers only saves writing."""

    def __init__(self, environment: Environment, driver: Driver, ask: Callable[[int], None]) -> None:
        """`ask` has a reconcile made for the upgrade with that primary key."""
        self._environment = environment
        self._driver = driver
        self._ask = ask
        self._followed: dict[int, _Followed] = {}
        self._listed: tuple[ServiceSeen, ...] = ()

    def look(self) -> bool:
        """Read once, write what is new, ask for what is due. True while something moves.

        Raises what the driver's reads raise.
        """
        upgrades = list(self._unsettled().select_related("ticket").order_by("pk"))
        self._followed = {
            upgrade.pk: self._followed[upgrade.pk] for upgrade in upgrades if upgrade.pk in self._followed
        }
        if not upgrades:
            return False
        sent_at = clock.now()
        services = self._driver.services()
        listed = {service.rancher_id: service for service in services}
        for upgrade in upgrades:
            self._follow(upgrade, sent_at, listed)
        if services != self._listed:
            observe_running(self._environment, services, sent_at)
            self._listed = services
        return any(State(upgrade.ticket.state).is_machine_driven for upgrade in upgrades)

    def note_absence(self, error: RancherError) -> None:
        """A look got no usable answer: every upgrade there says so and since when (I6).

        The next look that succeeds is written whatever it shows, and takes that back.
        """
        self._followed.clear()
        for upgrade_id in self._unsettled().values_list("pk", flat=True):
            record_unobserved(upgrade_id, error, lease=None)

    def _unsettled(self) -> QuerySet[Upgrade]:
        return Upgrade.objects.filter(ticket__environment=self._environment, settled_at__isnull=True)

    def _follow(self, upgrade: Upgrade, sent_at: datetime, listed: Mapping[str, ServiceSeen]) -> None:
        followed = self._known(upgrade)
        observation = from_list(sent_at, followed.stack_name, followed.rows, listed)
        if observation is None:
            # Removed, not yet created, or missing from the list: a reconcile asks for it by itself.
            self._ask_for(upgrade.pk, followed, sent_at)
            return
        verdict = _verdict(followed, observation)
        if observation.seen != followed.seen or verdict != followed.verdict:
            record_observation(upgrade.pk, observation, lease=None)
            followed = self._known(upgrade, anew=True)
            verdict = _verdict(followed, observation)
            followed.seen, followed.verdict, followed.touched_at = observation.seen, verdict, sent_at
        if verdict.next.calls or verdict.next.outcome is not None:
            self._ask_for(upgrade.pk, followed, sent_at)
        elif followed.touched_at is None or sent_at >= followed.touched_at + TOUCH_EVERY:
            followed.touched_at = sent_at
            _touch(upgrade.pk, sent_at)

    def _known(self, upgrade: Upgrade, *, anew: bool = False) -> _Followed:
        version = (upgrade.lease_number, upgrade.goal_since, upgrade.ticket.state)
        known = self._followed.get(upgrade.pk)
        if known is not None and known.version == version and not anew:
            return known
        rows = list(upgrade.services.all())
        has_links = any(row.links for row in rows)
        made = _Followed(
            version,
            upgrade_facts(upgrade.ticket, upgrade, rows),
            rows,
            stack_name=upgrade.plan.content["stack_name"] if has_links else "",
        )
        if known is not None:
            made.asked_at = known.asked_at
        self._followed[upgrade.pk] = made
        return made

    def _ask_for(self, upgrade_id: int, followed: _Followed, now: datetime) -> None:
        if followed.asked_at is None or now >= followed.asked_at + ASK_EVERY:
            followed.asked_at = now
            self._ask(upgrade_id)


def _verdict(followed: _Followed, observation: Observation) -> Verdict:
    facts = with_links(followed.facts, followed.rows, observation.ids)
    return decide_upgrade(facts, observation.seen, observation.sent_at)


def _touch(upgrade_id: int, sent_at: datetime) -> None:
    """It was looked at and nothing is new: the sweep need not come so soon (I6)."""
    Upgrade.objects.filter(pk=upgrade_id, settled_at__isnull=True, observed_at__lt=sent_at).update(
        observed_at=sent_at, touched_at=sent_at, look_again_at=sent_at + RESTING
    )
