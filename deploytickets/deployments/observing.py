"""One observation of an upgrade: read-only calls to Rancher, outside of any transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from deploytickets import clock
from deploytickets.deployments.facts import ServiceUpgradeFacts
from deploytickets.deployments.models import ServiceUpgrade
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.trace import trace
from deploytickets.drivers.base import Driver, ServiceSeen
from deploytickets.tickets.plans import PlannedAction


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look showed of every service of an upgrade, by name; None: Rancher has no such service.

    `sent_at` is the database's time before the first read was sent (I11). `witnessed` holds, by
    service, versions that Rancher's audit log tells of starts whose answer was lost. `stack_id` is
    set where the stack had to be looked up. `linked` holds, by the names in the links of created services,
    ids of services that are not part of the upgrade.
    """

    sent_at: datetime
    seen: Mapping[str, ServiceSeen | None]
    witnessed: Mapping[str, str] = field(default_factory=dict)
    stack_id: str = ""
    linked: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> Mapping[str, str]:
        """What the names in links stand for, as far as this read tells."""
        return {
            **self.linked,
            **{name: service.rancher_id for name, service in self.seen.items() if service is not None},
        }


def observe(
    driver: Driver,
    stack_name: str,
    rows: Sequence[ServiceUpgrade],
    facts: Iterable[ServiceUpgradeFacts],
    *,
    keep: Callable[[], object] = lambda: None,
) -> Observation:
    """Look at the services of an upgrade: one by id, or all by one list.

    `keep` is called before each read, so that a lease outlasts a slow Rancher (F25).

    Raises what the driver's reads raise.
    """
    sent_at = clock.now()
    driver = cast(Driver, _Keeping(driver, keep))
    known = [row for row in rows if row.rancher_id]
    listed = {service.rancher_id: service for service in driver.services()} if len(known) > 1 else {}
    seen: dict[str, ServiceSeen | None] = {}
    for row in rows:
        if not row.rancher_id:
            seen[row.name] = _by_name(driver, stack_name, row)
        elif row.rancher_id in listed:
            seen[row.name] = listed[row.rancher_id]
        else:
            # Lists leave removed services out; asked by id they are still shown for a while.
            seen[row.name] = driver.observe(row.rancher_id)

    def find(stack: str, name: str) -> str | None:
        found = driver.find(stack, name)
        return found[0].rancher_id if found else None

    return Observation(
        sent_at=sent_at,
        seen=seen,
        witnessed=_witnessed(driver, facts, seen, sent_at),
        stack_id=_stack_id(driver, stack_name, rows),
        linked=_linked(stack_name, rows, seen, find),
    )


class _Keeping:
    """A driver's reads, each announced before it is made."""

    def __init__(self, driver: Driver, keep: Callable[[], object]) -> None:
        self._driver = driver
        self._keep = keep

    def __getattr__(self, name: str) -> Any:
        self._keep()
        return getattr(self._driver, name)


def from_list(
    sent_at: datetime, stack_name: str, rows: Sequence[ServiceUpgrade], listed: Mapping[str, ServiceSeen]
) -> Observation | None:
    """The observation that a list of the whole environment holds; None where it does not tell enough.

    A service that is not listed may be removed, not yet created, or on a page that moved: that is
    left to `observe`.
    """
    seen = {row.name: listed.get(row.rancher_id) for row in rows}
    if not all(seen.values()):
        return None

    def find(stack: str, name: str) -> str | None:
        found = (one for one in listed.values() if (one.stack_name, one.name) == (stack, name))
        return next((one.rancher_id for one in found), None)

    return Observation(sent_at=sent_at, seen=seen, linked=_linked(stack_name, rows, seen, find))


def _by_name(driver: Driver, stack_name: str, row: ServiceUpgrade) -> ServiceSeen | None:
    """A service whose id is not known yet: one that the ticket creates."""
    found = driver.find(stack_name, row.name)
    return found[0] if found else None


def _linked(
    stack_name: str,
    rows: Sequence[ServiceUpgrade],
    seen: Mapping[str, ServiceSeen | None],
    find: Callable[[str, str], str | None],
) -> dict[str, str]:
    """The ids of services elsewhere that a created service links to, looked up while a link is missing.

    A link names a service of the same stack, or `stack/service`.
    """
    of_upgrade = {row.name for row in rows}
    found: dict[str, str] = {}
    for row in rows:
        service = seen.get(row.name)
        if service is None:
            continue
        for alias, name in row.links.items():
            if name in of_upgrade or name in found:
                continue
            stack, slash, there = name.partition("/")
            rancher_id = service.links.get(alias) or find(*((stack, there) if slash else (stack_name, name)))
            if rancher_id:
                found[name] = rancher_id
    return found


def _stack_id(driver: Driver, stack_name: str, rows: Iterable[ServiceUpgrade]) -> str:
    if not any(row.action == PlannedAction.CREATED and not row.stack_rancher_id for row in rows):
        return ""
    found = driver.find_stacks(stack_name)
    return found[0].rancher_id if found else ""


def _witnessed(
    driver: Driver,
    facts: Iterable[ServiceUpgradeFacts],
    seen: Mapping[str, ServiceSeen | None],
    sent_at: datetime,
) -> dict[str, str]:
    """Rancher's audit log is asked where an answer was lost and the read shows no trace (13.5)."""
    found = {}
    for want in facts:
        service = seen.get(want.name)
        is_unknown = want.start is not None and want.start.ended_at is None and not want.version_known
        if not is_unknown or want.is_created or service is None:
            continue
        if trace(want, service, sent_at) is Phase.UNTOUCHED:
            version = driver.accepted_version(service.rancher_id, want.token)
            if version:
                found[want.name] = version
    return found
