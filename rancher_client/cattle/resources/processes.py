"""Process instances: the engine's own record of what it does and what it waits for (rancher-1.6-api.md 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from rancher_client.cattle.fields import Fields


@dataclass(frozen=True, slots=True)
class ProcessInstance:
    """One process of one resource ("service.upgrade" of 1s12). Its data hold variables and are not kept.

    Attributes:
        resource_type: the base type: "instance" for containers, "account" for projects.
        phase: how far the present try is: REQUESTED, STARTED, PRE_LISTENERS … HANDLERS … DONE.
        exit_reason: why the last try ended (cattle:…/engine/process/ExitReason.java), None while one runs.
        result: SUCCESS, FAILURE or CANCELED once it is over.
        tries: how often it was begun.
        next_try_at: when it is begun again at the earliest; meaningless once it is over.
        server: which server works on it now; None while nobody does.
    """

    id: str
    process: str
    resource_type: str | None
    resource_id: str | None
    phase: str | None
    exit_reason: str | None
    result: str | None
    tries: int
    started_at: datetime | None
    ended_at: datetime | None
    next_try_at: datetime | None
    server: str | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `processInstance`."""
        fields = Fields(body, "process instance")
        return cls(
            id=fields.text("id"),
            process=fields.text("processName"),
            resource_type=fields.text_or_none("resourceType"),
            resource_id=fields.text_or_none("resourceId"),
            phase=fields.text_or_none("phase"),
            exit_reason=fields.text_or_none("exitReason"),
            result=fields.text_or_none("result"),
            tries=fields.number_or_none("executionCount") or 0,
            started_at=fields.time_or_none("startTime"),
            ended_at=fields.time_or_none("endTime"),
            next_try_at=fields.time_or_none("runAfter"),
            server=fields.text_or_none("runningProcessServerId"),
        )

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True)
class ProcessFailure:
    """An exception that ended a try: in which handler of the engine, and its message."""

    handler: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """One try of a process instance, as its log tells it.

    Attributes:
        handlers: what the try went through, in order; the last one is where it is or ended.
        failures: the exceptions on the way, stack traces left out.
    """

    id: str
    created_at: datetime | None
    exit_reason: str | None
    handlers: tuple[str, ...]
    failures: tuple[ProcessFailure, ...]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `processExecution`."""
        fields = Fields(body, "process execution")
        executions = Fields(fields.mapping("log"), "log of a process").mappings("executions")
        told = [Fields(execution, "execution of a process") for execution in executions]
        steps = [step for execution in told for step in _steps(execution)]
        return cls(
            id=fields.text("id"),
            created_at=fields.time_or_none("created"),
            exit_reason=told[-1].text_or_none("exitReason") if told else None,
            handlers=tuple(name for step in steps if (name := step.text_or_none("name")) is not None),
            failures=tuple(
                ProcessFailure(step.text_or_none("name"), Fields(failure, "exception").message("message"))
                for step in (*steps, *told)
                if (failure := step.mapping_or_none("exception")) is not None
            ),
        )


def _steps(execution: Fields) -> Iterator[Fields]:
    return (Fields(step, "handler of a process") for step in execution.mappings("processHandlerExecutions"))
