"""How long things take, and what kind of hosts the simulated installation has."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations in seconds of virtual time (rancher-1.6-api.md 13.2, 13.3).

    The defaults are those of simulated hosts, where containers start and stop at once and only the
    server's own looks and time-outs cost time; `ordinary` is an installation with real Docker.
    """

    # The server's own pace (13.3, 5.3).
    look: float = 1.0
    """State waits look at a common beat; also the beat at which a sleeping upgrade looks up."""
    health_look: float = 5.0
    """How often a health wait asks whether its process still has the state it began in."""
    wait_timeout: float = 45.0
    """`resource.monitor.default.wait.millis`: a wait for stop, start or health fails after this."""
    agent_timeout: float = 90.0
    """An event to an agent waits 45 s and is repeated once."""
    retry_first: float = 2.0
    retry_growth: float = 0.1
    retry_cap: float = 120.0
    retry_task: float = 15.0
    """The task that picks failed processes up again looks this often."""
    process_start: float = 0.03
    """From the answer of an action to the first step of its process (5.1: 5-20 ms when idle)."""
    health_settles: float = 0.12
    """From a change of a container to the healthState of its service; the stack follows by as much."""
    service_create: float = 0.15
    deactivate: float = 0.3
    send_off: float = 0.03
    """What each container adds to the removal of its service, which waits for none of them."""
    stack_step: float = 0.25
    """A process of a stack that no executor takes part in."""
    host_step: float = 0.1
    project_step: float = 0.1
    """From the POST of a project to its being active."""
    pull_task_step: float = 0.1

    # The compose executor (3.1, 3.4).
    executor_answer: float = 0.1
    """From an event of a stack to the first word of the executor about it."""
    executor_call: float = 0.05
    """One call of the executor to the API."""
    executor_poll: float = 0.15
    """How often create and upgrade look at the service they wait for."""
    executor_look: float = 0.5
    """How often finish and rollback look at theirs."""
    executor_looks: int = 6
    """Looks until a finish or a rollback gives up."""
    executor_restart: float = 2.0
    """The server starts an executor that has ended again after this."""

    # Containers.
    create: float = 0.05
    """Each of requested and creating."""
    checkpoint: float = 0.05
    """Each checkpoint of a start (6.2): scheduling, networking, storage, starting, post-network."""
    start: float = 0.0
    """What Docker itself needs to start the process, on top of the checkpoints."""
    restart: float = 0.02
    """From the request of a restart to its stop."""
    update_container: float = 0.02
    """The actions `update` and `migrate` of a container."""
    stop: float = 0.08
    stop_kill: float = 10.0
    """Docker kills a container that does not react to the stop signal after this."""
    remove: float = 0.15
    pull: float = 0.0
    pull_tries: int = 5
    pull_failure: float = 0.05
    """One failed try to pull."""
    error: float = 0.3
    """Each of stopping and erroring, on the way of a failed start to `error`."""
    exit_noticed: float = 0.1
    """From the end of a process to Rancher knowing of it (Docker event; 15 s where only pings tell)."""

    # Rows.
    purge_delay: float = 600.0
    """What was removed is purged within this time (object.remove.time.delay.seconds)."""
    purge_task: float = 60.0
    """The task that purges looks this often (task.purge.resources.schedule)."""
    bad_data_task: float = 3600.0
    """The task that takes back what still names purged rows looks this often (task.bad.data.schedule)."""

    # Health checks.
    first_answer: float = 0.0
    """A fresh application answers its health check this long after the start."""
    health_task: float = 60.0
    """The task that replaces containers whose initializingTimeout is over looks this often (5.6)."""

    # Hosts (7.1).
    host_reconnecting: float = 30.0
    host_disconnected: float = 180.0
    """After `reconnecting`."""

    def pause(self, tries: int) -> float:
        """How long a process that has failed so often is left alone; the task then picks it up (13.3)."""
        growth: float = self.retry_growth * 2 ** min(tries - 1, 20)
        return min(self.retry_cap, self.retry_first + growth)

    @classmethod
    def simulated_hosts(cls) -> Timing:
        """The pace of the recordings: simulated hosts, the server's own waits as shipped."""
        return cls()

    @classmethod
    def ordinary(cls) -> Timing:
        """An installation with Docker hosts and a registry nearby (13.2)."""
        return cls(
            create=0.3,
            checkpoint=0.4,
            start=1.2,
            stop=1.5,
            remove=0.6,
            pull=4.0,
            pull_failure=1.5,
            error=0.5,
            exit_noticed=0.3,
            first_answer=3.0,
            process_start=0.05,
            health_settles=0.4,
        )


class ComposeExecutor(StrEnum):
    """Whether the process that works on stacks takes part (3.1)."""

    RUNNING = "running"
    AWAY = "away"
    """Registered and not running: everything about stacks waits for it."""
    UNREGISTERED = "unregistered"
    """Never run on this server: processes of stacks succeed without doing anything."""


@dataclass(frozen=True, slots=True)
class Site:
    """What stands around the server.

    `scheduler_service`: the scheduler infrastructure stack runs and alone decides about ports (7.4);
    without it cattle's own check applies, which leaves out containers marked for upgrade.
    `hosts_bind_ports`: a host refuses to start a container whose port another one holds, as Docker
    does; simulated hosts do not.
    `compose_executor`: how it stands at the beginning; levers move it later.
    `websocket_proxy`: the way to the hosts for logs and statistics is there; without it they are answered 501
    HostApiProxyDisabled (6.3).
    `checks_health`: somebody asks the applications on the hosts how they are. Without, a container with a
    check stays `initializing` until a lever reports about it, as on a server with simulated hosts [run].
    `docker_hosts`: hosts of kind `docker`; only of containers on such a host are there statistics (6.4).
    """

    scheduler_service: bool = True
    hosts_bind_ports: bool = True
    compose_executor: ComposeExecutor = ComposeExecutor.RUNNING
    websocket_proxy: bool = True
    docker_hosts: bool = True
    checks_health: bool = True

    @classmethod
    def simulated_hosts(cls, *, checks_health: bool = False) -> Site:
        """The site of the recordings: no infrastructure stacks, no proxy, hosts that bind nothing."""
        return cls(
            scheduler_service=False,
            hosts_bind_ports=False,
            websocket_proxy=False,
            docker_hosts=False,
            checks_health=checks_health,
        )
