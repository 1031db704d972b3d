"""One short step for one upgrade: observe, decide, act, record, leave.

Never waits for Rancher, never calls it inside a transaction. Whoever comes next, after a crash or by
the sweep, finds in the database and in Rancher everything there is to know.
"""

import logging
from datetime import timedelta

from deploytickets import clock
from deploytickets.deployments import calling, leases
from deploytickets.deployments.models import Upgrade
from deploytickets.deployments.observing import Observation, observe
from deploytickets.deployments.recording import Recorded, record_observation, record_unobserved
from deploytickets.deployments.stored import goal_of, upgrade_facts
from deploytickets.drivers.base import Driver
from deploytickets.drivers.errors import RancherError

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=10)
"""So old a read may be for a further call: what somebody did in Rancher since would be lost (F34)."""

ROUNDS = 3
"""Looks in one step: another one where the ticket has moved on, or a watcher recorded a later read."""


def step(upgrade_id: int, driver: Driver) -> None:
    """Drive one upgrade as far as it goes now. Does nothing while another process does so."""
    lease = leases.take(upgrade_id, clock.now())
    if lease is None:
        return
    try:
        for _round in range(ROUNDS):
            if not _look_and_act(upgrade_id, driver, lease):
                return
    finally:
        leases.release(upgrade_id, lease)


def _look_and_act(upgrade_id: int, driver: Driver, lease: int) -> bool:
    """One look and what follows from it; True when another look may lead further at once."""
    upgrade = Upgrade.objects.select_related("ticket__environment__server", "plan").get(pk=upgrade_id)
    if upgrade.settled_at is not None or goal_of(upgrade.ticket) is None:
        return False
    rows = list(upgrade.services.all())
    facts = upgrade_facts(upgrade.ticket, upgrade, rows)
    try:
        observation = observe(
            driver,
            upgrade.plan.content["stack_name"],
            rows,
            facts.services,
            keep=lambda: leases.renew(upgrade_id, lease, clock.now()),
        )
    except RancherError as error:
        log.info("No observation of %s: %s", upgrade.ticket.key, error)
        record_unobserved(upgrade_id, error, lease=lease)
        return False
    recorded = record_observation(upgrade_id, observation, lease=lease)
    if recorded is None:
        return True
    if recorded.next.outcome is not None:
        return True
    carry_out(upgrade_id, driver, observation, recorded, lease=lease)
    return False


def carry_out(
    upgrade_id: int,
    driver: Driver,
    observation: Observation,
    recorded: Recorded,
    *,
    lease: int,
    is_begun: bool = False,
) -> None:
    """Make the calls that are due, each with its intent before and its outcome after.

    One is made however old the read has become, so that a slow Rancher is not waited for without end;
    a further one (all of them, where one `is_begun`) only while the read is fresh.
    """
    for name, due in recorded.next.calls:
        if is_begun and clock.now() > observation.sent_at + FRESH:
            return
        is_begun = True
        call = calling.prepare(
            upgrade_id,
            name,
            due,
            driver,
            observation.seen.get(name),
            lease=lease,
            goal_since=recorded.goal_since,
        )
        if call is None or not calling.make(call):
            return
