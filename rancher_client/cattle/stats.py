"""What containers and hosts use: processor, memory, network, disk, once a second (rancher-1.6-api.md 6.4).

Counters only ever grow; how much is used at present is the difference between two samples: `rates`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from rancher_client.cattle.fields import Fields, instant_of
from rancher_client.cattle.host_streams import HostAccess, HostStream, connected
from rancher_client.cattle.session import Session
from rancher_client.errors import Unusable
from rancher_client.strict_json import json_in

TOTAL = timedelta(hours=1)
SILENCE = timedelta(seconds=10)
"""Hosts tell every second; after that long they are away."""

HOST = "host"
NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What one container or host had used at one moment.

    Attributes:
        id: of the host ("1h1"); of the container as Docker knows it (`Container.external_id`), but Rancher's
            own ("1i44") in the statistics of all containers of a host. None where the agent tells none.
        resource_type: "container" or "host".
        at: by the host's clock.
        cpu_nanos: processor time used since the start, over all cores.
        memory_bytes, memory_limit_bytes: used now; what there is, for containers the host's memory.
        received_bytes … written_bytes: since the start, over all interfaces and disks.
    """

    id: str | None
    resource_type: str | None
    at: datetime | None
    cpu_nanos: int
    memory_bytes: int
    memory_limit_bytes: int | None
    received_bytes: int
    sent_bytes: int
    read_bytes: int
    written_bytes: int

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From an entry of a frame (agent:service/hostapi/stats/aggregated_stats.go)."""
        fields = Fields(body, "sample")
        kind = fields.text_or_none("resourceType")
        network = Fields(fields.mapping("network"), "sample's network")
        interfaces = [Fields(one, "interface") for one in network.mappings("interfaces")] or [network]
        disks = Fields(fields.mapping("diskio"), "sample's disks").mappings("io_service_bytes")
        by_disk = [Fields(Fields(disk, "disk").mapping("stats"), "disk") for disk in disks]
        return cls(
            id=fields.text_or_none("id") or None,
            resource_type=kind,
            at=instant_of(fields.text_or_none("timestamp") or ""),
            cpu_nanos=_cpu(fields, kind),
            memory_bytes=Fields(fields.mapping("memory"), "sample's memory").number_or_none("usage") or 0,
            memory_limit_bytes=fields.number_or_none("memLimit"),
            received_bytes=_sum(interfaces, "rx_bytes"),
            sent_bytes=_sum(interfaces, "tx_bytes"),
            read_bytes=_sum(by_disk, "Read"),
            written_bytes=_sum(by_disk, "Write"),
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """What was used between two samples. `cores` 1.5 is one and a half cores busy all the time."""

    cores: float
    received_bytes_per_s: float
    sent_bytes_per_s: float
    read_bytes_per_s: float
    written_bytes_per_s: float


def rates(before: Sample, after: Sample) -> Rates | None:
    """What was used between two samples of one thing. Pure.

    None where they do not go together: of different things, not one after the other, or with a start in
    between, which sets the counters back.
    """
    if before.at is None or after.at is None or after.at <= before.at:
        return None
    if (before.id, before.resource_type) != (after.id, after.resource_type):
        return None
    seconds = (after.at - before.at).total_seconds()
    grown = [late - early for early, late in zip(_counters(before), _counters(after), strict=True)]
    if any(difference < 0 for difference in grown):
        return None
    cpu, *rest = (difference / seconds for difference in grown)
    return Rates(cpu / NANOS, *rest)


Stats = AbstractContextManager[HostStream[Sample]]
"""A stream of samples; ends after an hour, or 10 s without any, unless told otherwise."""


def of_container(
    session: Session,
    container_id: str,
    *,
    total: timedelta | None = TOTAL,
    silence: timedelta | None = SILENCE,
) -> Stats:
    """Samples of one running container::

        with stats.of_container(rancher, "1i44") as samples:
            for before, after in itertools.pairwise(samples):
                used = stats.rates(before, after)

    Raises NotServed on a server without the proxy for it, NotFound, StreamEnded, and what `Session.read`
    raises; OutcomeUnknown (503) for a container on a host whose agent is not active.
    """
    return _stream(session, session.url("containers", container_id, "containerstats"), total, silence)


def of_service(
    session: Session, service_id: str, *, total: timedelta | None = TOTAL, silence: timedelta | None = SILENCE
) -> Stats:
    """Samples of all containers of a service, whatever hosts they are on; ends at once when none has started.

    Containers that come later are not in it. Raises as `of_container` does.
    """
    return _stream(session, session.url("services", service_id, "containerstats"), total, silence)


def of_host(
    session: Session, host_id: str, *, total: timedelta | None = TOTAL, silence: timedelta | None = SILENCE
) -> Stats:
    """Samples of one host. Ends at once when its agent is not active; else raises as `of_container` does."""
    return _stream(session, session.url("hosts", host_id, "hoststats"), total, silence)


def of_containers_on(
    session: Session, host_id: str, *, total: timedelta | None = TOTAL, silence: timedelta | None = SILENCE
) -> Stats:
    """Samples of all containers on a host. Raises as `of_container` does."""
    return _stream(session, session.url("hosts", host_id, "containerstats"), total, silence)


def of_all_hosts(
    session: Session, *, total: timedelta | None = TOTAL, silence: timedelta | None = SILENCE
) -> Stats:
    """Samples of all hosts of the project. Raises as `of_container` does.

    Asked at `/projects/1a5/projects/1a5/hoststats`; without the repetition it is 404 (6.4).
    """
    url = session.url("projects", session.project or "", "hoststats")
    return _stream(session, url, total, silence)


def samples_in(frame: bytes) -> list[Sample]:
    """The samples in a frame, a JSON list. Raises Unusable for anything else. Pure."""
    value = json_in(frame)
    if not isinstance(value, list):
        raise Unusable("A frame of statistics is no list.")
    return [Sample.parse(entry) for entry in value]


@contextmanager
def _stream(
    session: Session, url: str, total: timedelta | None, silence: timedelta | None
) -> Iterator[HostStream[Sample]]:
    access = session.read(url, HostAccess.parse)
    with connected(session, access, samples_in, total=total, silence=silence) as stream:
        yield stream


def _cpu(fields: Fields, kind: str | None) -> int:
    """Processor time used. A host's `total` is the whole time of its first core, idle included
    (agent:service/hostapi/stats/get_stats.go); what its cores did is in `per_cpu_usage`.
    """
    usage = Fields(Fields(fields.mapping("cpu"), "sample's processor").mapping("usage"), "usage")
    if kind == HOST:
        return sum(usage.numbers("per_cpu_usage"))
    return usage.number_or_none("total") or 0


def _sum(parts: list[Fields], name: str) -> int:
    return sum(part.number_or_none(name) or 0 for part in parts)


def _counters(sample: Sample) -> tuple[int, ...]:
    return (
        sample.cpu_nanos,
        sample.received_bytes,
        sample.sent_bytes,
        sample.read_bytes,
        sample.written_bytes,
    )
