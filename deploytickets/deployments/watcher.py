"""The process that watches: follows every environment in which something of ours is under way.

Watching environments instead of upgrades follows a thousand upgrades for the price of one. A
websocket only wakes; what counts is the list read after it. One watcher is active by a lease with a
number, others stand by; losing all of them costs seconds, because the sweeps look as well.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, transaction

from deploytickets import clock
from deploytickets.catalog.models import Environment
from deploytickets.deployments import reconcile
from deploytickets.deployments.look import Looker
from deploytickets.deployments.models import Lease, Upgrade
from deploytickets.deployments.tasks import reconcile_upgrade, sweep_here
from deploytickets.deployments.wake import wake
from deploytickets.drivers import open_for
from deploytickets.drivers.base import Driver
from deploytickets.drivers.errors import RancherError
from deploytickets.notifications import streams
from deploytickets.notifications.gate import REDIS

log = logging.getLogger(__name__)

LEASE = "watcher"
LEASE_LASTS = timedelta(seconds=12)
RENEW_SECONDS = 4.0
"""Lease and its renewal: a stand-by takes over within 16 s (F8)."""

SWEEP_SECONDS = 3.0
SHORTEST_PAUSE = 0.4
SHARE_OF_TIME = 0.1
RESTING_PAUSE = 5.0
LONGEST_BACKOFF = 30.0


def pause_after(took: float, *, is_moving: bool) -> float:
    """Seconds until the next look by itself: soon while something moves, every 5 s while people verify."""
    return max(SHORTEST_PAUSE if is_moving else RESTING_PAUSE, shortest_pause(took))


def shortest_pause(took: float) -> float:
    """Seconds until a look may follow one that took so long, even when an event asks for it."""
    return max(SHORTEST_PAUSE, took * (1 / SHARE_OF_TIME - 1))


def backoff(failures: int, error: Exception | None = None) -> float:
    """Seconds until the next try after so many failures; never sooner than a server asks for (F25)."""
    asked = error.retry_after if isinstance(error, RancherError) else None
    doubled = 2.0 ** min(failures - 1, 10)
    return max(min(doubled, LONGEST_BACKOFF), asked.total_seconds() if asked is not None else 0.0)


class Watcher:
    """One process. `run` returns after `stop`."""

    def __init__(self, holder: str) -> None:
        """`holder` names the process for people."""
        self._holder = holder
        self._stop = threading.Event()
        self._followers: dict[int, _Follower] = {}
        self._number: int | None = None
        self._substitute: _Substitute | None = None

    def stop(self) -> None:
        """End soon; may be called from any thread or a signal handler."""
        self._stop.set()

    @property
    def is_active(self) -> bool:
        return self._number is not None

    def run(self) -> None:
        """Stand by, take the lease when it is free, follow, until `stop`."""
        try:
            while not self._stop.is_set():
                close_old_connections()
                try:
                    self._turn()
                except DatabaseError as error:
                    log.warning("The database does not answer, the watcher waits: %s", error)
                    self._retire()
                self._stop.wait(RENEW_SECONDS if not self.is_active else 1.0)
        finally:
            self._retire()
            if self._number is not None:
                give_back(self._number)
            connection.close()

    def _turn(self) -> None:
        number = take_lease(self._holder, self._number)
        if number is None:
            self._number = None
            self._retire()
            return
        if number != self._number:
            log.info("%s watches now (lease %s)", self._holder, number)
        self._number = number
        if self._substitute is None:
            self._substitute = _Substitute()
        wanted = _environments_to_follow()
        for environment_id in set(self._followers) - set(wanted):
            self._followers.pop(environment_id).stop()
        for environment_id, environment in wanted.items():
            follower = self._followers.get(environment_id)
            if follower is not None and follower.is_alive and follower.speaks_for(environment):
                continue
            if follower is not None:
                follower.stop()
            self._followers[environment_id] = _Follower(environment)
            self._followers[environment_id].start()

    def _retire(self) -> None:
        substitute, self._substitute = self._substitute, None
        followers, self._followers = self._followers, {}
        if substitute is not None:
            substitute.stop()
            substitute.join()
        for follower in followers.values():
            follower.stop()
        for follower in followers.values():
            follower.join()


class _Substitute:
    """A thread that does the workers' sweeps while there is no broker to hand them out by (F11, F12)."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=_in_thread(self._go_on), name="substitute", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def join(self) -> None:
        self._thread.join(timeout=35)

    def _go_on(self) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            close_old_connections()
            if streams.is_away():
                try:
                    sweep_here()
                except DatabaseError as error:
                    log.warning("The database does not answer, sweeping waits: %s", error)


class _Follower:
    """Two threads for one environment: one listens for events, one looks."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._driver = open_for(environment)
        self._stop = threading.Event()
        self._hint = threading.Event()
        name = f"watch-{environment.name}"
        self._looking = threading.Thread(target=_in_thread(self._look_on), name=name, daemon=True)
        self._listening = threading.Thread(
            target=_in_thread(self._listen_on), name=f"{name}-events", daemon=True
        )

    def start(self) -> None:
        self._looking.start()
        self._listening.start()

    @property
    def is_alive(self) -> bool:
        return self._looking.is_alive() and self._listening.is_alive()

    def speaks_for(self, environment: Environment) -> bool:
        """Is it still that server, key and project? One that was changed is used from now on (F23)."""
        return _access(environment) == _access(self._environment)

    def stop(self) -> None:
        self._stop.set()
        self._hint.set()

    def join(self) -> None:
        """The listener may hang in a read for some seconds; it holds nothing and ends by itself."""
        self._looking.join(timeout=35)

    def _look_on(self) -> None:
        looker = Looker(self._environment, self._driver, ask_for_reconcile)
        failures = 0
        while not self._stop.is_set():
            close_old_connections()
            self._hint.clear()
            began = time.monotonic()
            try:
                is_moving = _look(looker)
            except (RancherError, DatabaseError) as error:
                failures += 1
                log.info("No look at %s: %s", self._environment.name, error)
                self._stop.wait(backoff(failures, error))
                continue
            failures = 0
            took = time.monotonic() - began
            shortest = shortest_pause(took)
            if not self._stop.wait(shortest):
                self._hint.wait(pause_after(took, is_moving=is_moving) - shortest)

    def _listen_on(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                for is_change in _events(self._driver, self._hint.set):
                    failures = 0
                    if is_change:
                        self._hint.set()
                    if self._stop.is_set():
                        return
            except RancherError as error:
                log.info("No events of %s: %s", self._environment.name, error)
            failures += 1
            self._stop.wait(backoff(failures))


def _look(looker: Looker) -> bool:
    """Look once; a Rancher that is away is told on the tickets before anybody tries again."""
    try:
        return looker.look()
    except RancherError as error:
        looker.note_absence(error)
        raise


def _access(environment: Environment) -> tuple[Any, ...]:
    server = environment.server
    return server.base_url, server.ca_bundle, server.credentials, environment.rancher_id


def _events(driver: Driver, opened: Callable[[], None]) -> Iterator[bool]:
    """The stream of hints; after each (re)connect a list is due, since nothing is replayed (F30)."""
    with driver.wake_ups() as hints:
        opened()
        yield from hints


def _in_thread(work: Callable[[], None]) -> Callable[[], None]:
    """A thread's own database connection is closed with the thread."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def ask_for_reconcile(upgrade_id: int) -> None:
    """Have a worker come; while Redis is away the watcher itself makes the step."""
    wake(reconcile_upgrade, upgrade_id)
    if REDIS.is_open:
        return
    upgrade = Upgrade.objects.select_related("ticket__environment__server").get(pk=upgrade_id)
    reconcile.step(upgrade_id, open_for(upgrade.ticket.environment))


def take_lease(holder: str, number: int | None) -> int | None:
    """Take or keep the watcher's lease; its number, or None while somebody else holds it.

    The number rises with every change of hands, so that one who slept through its end knows it.
    """
    with transaction.atomic():
        now = clock.now()
        until = now + LEASE_LASTS
        lease, is_new = Lease.objects.select_for_update().get_or_create(
            name=LEASE, defaults={"holder": holder, "until": until}
        )
        if is_new:
            return lease.number
        if lease.number != number and lease.until > now:
            return None
        if lease.number != number:
            lease.number += 1
        lease.holder, lease.until = holder, until
        lease.save(update_fields=["number", "holder", "until"])
        return lease.number


def give_back(number: int) -> None:
    """Let a stand-by take over at once."""
    Lease.objects.filter(name=LEASE, number=number).update(until=clock.now())


def _environments_to_follow() -> dict[int, Environment]:
    """The environments in which something of ours is under way, waits for verification, or has failed."""
    found = (
        Environment.objects.filter(
            tickets__upgrades__settled_at__isnull=True, tickets__upgrades__isnull=False
        )
        .select_related("server")
        .distinct()
    )
    return {environment.pk: environment for environment in found}
