"""Names of stacks and hosts by Rancher's ids, read now and then: following upgrades costs one list."""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from rancher_client.cattle import Session, hosts, resources, stacks

FRESH_FOR = timedelta(seconds=60)
"""A stack or host that was renamed goes by its old name so long."""

READ_AGAIN_AFTER = timedelta(seconds=5)
"""An id that nobody knows does not cause more than one read in this time."""


class NameBook:
    """The names of one project; shared by its drivers, safe between threads (values are only replaced)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stacks: Mapping[str, str] = {}
        self._hosts: Mapping[str, str] = {}
        self._read_at: float | None = None

    def take(self, of_stacks: Iterable[resources.Stack], of_hosts: Iterable[resources.Host]) -> None:
        """Use these lists, which somebody has just read."""
        self._stacks = {stack.id: stack.name for stack in of_stacks}
        self._hosts = {host.id: host_name(host) for host in of_hosts}
        self._read_at = time.monotonic()

    def make_sure(self, stack_ids: Iterable[str | None], host_ids: Iterable[str | None]) -> None:
        """Read both lists when they are old, or when one of the ids is missing. Raises what reads raise."""
        age = None if self._read_at is None else timedelta(seconds=time.monotonic() - self._read_at)
        unknown = any(name not in self._stacks for name in stack_ids if name) or any(
            name not in self._hosts for name in host_ids if name
        )
        if age is None or age >= FRESH_FOR or (unknown and age >= READ_AGAIN_AFTER):
            self.take(stacks.read_all(self._session), hosts.read_all(self._session))

    def stack(self, rancher_id: str | None) -> str:
        """The stack's name; "" where it is not known."""
        return self._stacks.get(rancher_id or "", "")

    def host(self, rancher_id: str | None) -> str:
        """The host's name; its id where it is not known."""
        return self._hosts.get(rancher_id or "", rancher_id or "")


def host_name(host: resources.Host) -> str:
    """What people call it: its name, which may be missing, else its hostname (rancher-1.6-api.md 7.1)."""
    return host.name or host.hostname or host.id
