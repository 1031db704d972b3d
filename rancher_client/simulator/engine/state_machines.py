"""Rancher 1.6's state machines as data (rancher-1.6-api.md 3.2, 4.3, 6.2, 7.1).

`offered` reads these tables and nothing else, and every process takes its transitional and its
final state from them, so what is shown as possible and what happens cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Process:
    """One process: where it may start, the state while it runs, the state when it is done."""

    start: frozenset[str]
    transitional: str | Mapping[str, str]
    done: str | Mapping[str, str]

    def begin(self, state: str) -> str:
        """The transitional state entered from `state`."""
        return self.transitional if isinstance(self.transitional, str) else self.transitional[state]

    def end(self, state: str) -> str:
        """The state reached when the process ends while the row says `state`."""
        return self.done if isinstance(self.done, str) else self.done[state]


@dataclass(frozen=True, slots=True)
class Machine:
    """All processes of one kind of row, and the actions that no process stands behind."""

    processes: Mapping[str, Process]
    always: frozenset[str] = frozenset()
    """Actions offered in every state, even `removed`."""
    extra: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Actions with a handler instead of a process, by state."""
    hidden: frozenset[str] = frozenset()
    """Processes that are no actions of the API."""

    def offered(self, state: str) -> frozenset[str]:
        """The actions that may start from `state`."""
        running = {name for name, p in self.processes.items() if state in p.start and name not in self.hidden}
        return frozenset(running) | self.always | self.extra.get(state, frozenset())

    def transitioning(self, state: str, *, failed: bool) -> str:
        """`transitioning` of a row: `error` when its newest activity failed, `yes` on its way (1.5)."""
        if failed:
            return "error"
        return "yes" if state in self.transitional_states else "no"

    @property
    def transitional_states(self) -> frozenset[str]:
        """States in which a row is shown as `transitioning`."""
        states: set[str] = set()
        for process in self.processes.values():
            named = process.transitional
            states.update([named] if isinstance(named, str) else named.values())
        return frozenset(states)


def states(names: str) -> frozenset[str]:
    """States by their names, blanks between them."""
    return frozenset(names.split())


def _same(*states: str, **changes: str) -> dict[str, str]:
    return {state: state for state in states} | {old.replace("_", "-"): new for old, new in changes.items()}


_LINKS = frozenset({"addservicelink", "removeservicelink", "setservicelinks"})

SERVICE = Machine(
    processes={
        "create": Process(states("requested"), "registering", "inactive"),
        "activate": Process(states("inactive restarting"), "activating", "active"),
        "deactivate": Process(
            states("active activating restarting updating-active updating-inactive"),
            "deactivating",
            "inactive",
        ),
        "update": Process(
            states(
                "inactive active updating-active activating upgrading canceling-upgrade rolling-back "
                "finishing-upgrade"
            ),
            _same(
                "updating-active",
                "activating",
                "upgrading",
                "canceling-upgrade",
                "rolling-back",
                "finishing-upgrade",
                inactive="updating-inactive",
                active="updating-active",
            ),
            {
                "updating-inactive": "inactive",
                "updating-active": "active",
                "activating": "active",
                "upgrading": "upgraded",
                "canceling-upgrade": "canceled-upgrade",
                "rolling-back": "active",
                "finishing-upgrade": "active",
            },
        ),
        "upgrade": Process(states("active activating updating-active inactive"), "upgrading", "upgraded"),
        "finishupgrade": Process(states("upgraded"), "finishing-upgrade", "active"),
        "rollback": Process(states("upgrading upgraded canceled-upgrade"), "rolling-back", "active"),
        "cancelupgrade": Process(
            states("upgrading finishing-upgrade"), "canceling-upgrade", "canceled-upgrade"
        ),
        "continueupgrade": Process(states("canceled-upgrade"), "upgrading", "upgraded"),
        "restart": Process(states("active"), "restarting", "active"),
        "remove": Process(
            states(
                "requested inactive registering active activating updating-active updating-inactive "
                "upgrading canceling-upgrade rolling-back deactivating canceled-upgrade upgraded "
                "finishing-upgrade restarting"
            ),
            "removing",
            "removed",
        ),
    },
    always=_LINKS,
    hidden=frozenset({"create"}),
)

STACK = Machine(
    processes={
        "create": Process(states("requested"), "activating", "active"),
        "update": Process(states("active"), "updating-active", "active"),
        "upgrade": Process(states("active canceled-upgrade"), "upgrading", "upgraded"),
        "cancelupgrade": Process(
            states("upgrading finishing-upgrade"), "canceling-upgrade", "canceled-upgrade"
        ),
        "rollback": Process(states("upgrading upgraded canceled-upgrade"), "rolling-back", "active"),
        "finishupgrade": Process(states("upgraded"), "finishing-upgrade", "active"),
        "error": Process(states("activating"), "erroring", "error"),
        "remove": Process(
            states(
                "requested active activating updating-active error erroring upgrading canceling-upgrade "
                "rolling-back finishing-upgrade upgraded canceled-upgrade"
            ),
            "removing",
            "removed",
        ),
    },
    always=frozenset({"activateservices", "deactivateservices", "exportconfig", "addoutputs"}),
    hidden=frozenset({"create"}),
)

_RUNNING_ONLY = frozenset({"logs", "execute", "proxy"})

CONTAINER = Machine(
    processes={
        "create": Process(states("requested"), "creating", "stopped"),
        "start": Process(states("stopped creating"), "starting", "running"),
        "stop": Process(
            states("creating running starting restarting updating-running updating-stopped"),
            "stopping",
            "stopped",
        ),
        "restart": Process(states("running"), "restarting", "running"),
        "update": Process(
            states("stopped running"),
            {"stopped": "updating-stopped", "running": "updating-running"},
            {"updating-stopped": "stopped", "updating-running": "running"},
        ),
        "migrate": Process(states("running"), "migrating", "running"),
        "remove": Process(
            states("requested creating updating-running updating-stopped stopped erroring error"),
            "removing",
            "removed",
        ),
        "error": Process(states("creating stopped"), "erroring", "error"),
        "purge": Process(states("removed"), "purging", "purged"),
    },
    extra={"running": _RUNNING_ONLY, "stopped": frozenset({"logs"}), "stopping": frozenset({"logs"})},
)
"""`updatehealthy` and its like, offered only to agents' keys, are left to the levers."""

HOST = Machine(
    processes={
        "create": Process(states("requested"), "registering", "inactive"),
        "activate": Process(states("inactive registering provisioned"), "activating", "active"),
        "deactivate": Process(
            states("requested registering active activating updating-active updating-inactive"),
            "deactivating",
            "inactive",
        ),
        "update": Process(
            states("inactive active"),
            {"inactive": "updating-inactive", "active": "updating-active"},
            {"updating-inactive": "inactive", "updating-active": "active"},
        ),
        "provision": Process(states("inactive"), "provisioning", "provisioned"),
        "remove": Process(
            states(
                "erroring error requested inactive activating deactivating registering updating-active "
                "updating-inactive provisioning"
            ),
            "removing",
            "removed",
        ),
        "purge": Process(states("removed"), "purging", "purged"),
    },
    always=frozenset({"delete", "upgrade"}),
    extra={
        "active": frozenset({"evacuate", "dockersocket"}),
        "inactive": frozenset({"evacuate", "dockersocket"}),
        "activating": frozenset({"dockersocket"}),
        "deactivating": frozenset({"dockersocket"}),
    },
    hidden=frozenset({"create"}),
)
"""`delete` and `upgrade` are offered in every state and lead nowhere: there is no such process [run]."""

PROJECT = Machine(
    processes={
        "create": Process(states("requested"), "registering", "inactive"),
        "activate": Process(states("inactive registering"), "activating", "active"),
        "deactivate": Process(
            states("requested registering active activating updating-active updating-inactive"),
            "deactivating",
            "inactive",
        ),
        "update": Process(
            states("inactive active"),
            {"inactive": "updating-inactive", "active": "updating-active"},
            {"updating-inactive": "inactive", "updating-active": "active"},
        ),
        "remove": Process(
            states("requested inactive registering updating-active updating-inactive"), "removing", "removed"
        ),
        "upgrade": Process(states("active"), "upgrading", "active"),
        "purge": Process(states("removed"), "purging", "purged"),
    },
    always=frozenset({"setmembers", "defaultNetworkId", "delete"}),
    hidden=frozenset({"create"}),
)
"""`delete` is offered in every state and leads nowhere: there is no such process [run]."""

VOLUME_TEMPLATE = Machine(processes=PROJECT.processes, hidden=PROJECT.hidden)
"""The plain life that many kinds have [run]."""

PULL_TASK = Machine(
    processes={
        "create": Process(states("requested"), "activating", "active"),
        "remove": Process(states("requested active activating"), "removing", "removed"),
    },
    hidden=frozenset({"create"}),
)
"""The life of a generic object, which a pull task is (cattle: spring-process-context.xml)."""

LABEL = Machine(
    processes={
        "create": Process(states("requested"), "creating", "created"),
        "remove": Process(states("created creating"), "removing", "removed"),
    },
    hidden=frozenset({"create"}),
)

MACHINES: Mapping[str, Machine] = {
    "service": SERVICE,
    "stack": STACK,
    "container": CONTAINER,
    "host": HOST,
    "label": LABEL,
    "project": PROJECT,
    "pullTask": PULL_TASK,
    "volumeTemplate": VOLUME_TEMPLATE,
}
