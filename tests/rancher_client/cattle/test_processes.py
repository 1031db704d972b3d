"""Why a thing hangs, told by the engine's own record (rancher-1.6-api.md 9)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rancher_client.cattle import processes
from rancher_client.cattle.resources import ProcessInstance, ProcessRun
from rancher_client.errors import NotFound

from .scripted import answer, refusal

RECORDING = Path(__file__).parents[2] / "recordings" / "framework" / "process-instances.json"
NO_HOST = "Allocation failed: needs host with label zone: nowhere"


def an_instance(**fields):
    common = {
        "type": "processInstance",
        "id": "1pi9",
        "processName": "service.activate",
        "resourceType": "service",
        "resourceId": "1s12",
        "executionCount": 2,
        "data": {"launchConfig": {"environment": {"PASSWORD": "s3cret"}}},
    }
    return ProcessInstance.parse(common | fields)


def a_run(*, message=None, handler="ServiceUpdateActivate"):
    failure = None if message is None else {"message": message, "stackTrace": "at io.cattle…"}
    execution = {
        "processName": "service.activate",
        "exitReason": "UNKNOWN_EXCEPTION" if message else None,
        "processHandlerExecutions": [{"name": handler, "exception": failure}],
        "exception": failure,
    }
    return ProcessRun.parse({"type": "processExecution", "id": "1pe1", "log": {"executions": [execution]}})


def recorded(kind):
    found = []
    for step in json.loads(RECORDING.read_text())["steps"]:
        body = (step.get("response") or {}).get("body") or {}
        found += [row for row in body.get("data", []) if row["type"] == kind]
    return found


def test_processes_of_a_resource_are_asked_for_outside_the_project_newest_first(serve, on):
    server = serve(answer({"type": "collection", "data": []}))

    processes.of(on(server), "container", "1i44")

    assert server.requests[0].target == (
        "/v2-beta/processinstances?resourceType=instance&resourceId=1i44&sort=id&order=desc&limit=20"
    )


def test_only_what_has_not_ended_is_under_way(serve, on):
    rows = [
        {"type": "processInstance", "id": "1pi3", "processName": "instance.purge", "exitReason": "SCHEDULED"},
        {"type": "processInstance", "id": "1pi2", "processName": "instance.stop"},
        {"type": "processInstance", "id": "1pi1", "processName": "instance.create", "endTimeTS": 1},
    ]
    server = serve(answer({"type": "collection", "data": rows}))

    found = processes.under_way(on(server), "container", "1i44")

    assert [instance.id for instance in found] == ["1pi2"]


def test_any_key_but_an_admins_is_told_that_there_is_no_such_thing(serve, on):
    with pytest.raises(NotFound):
        processes.of(on(serve(refusal(404, "Not Found"))), "service", "1s12")


def test_what_a_live_server_answered_is_read():
    [instance, *_] = [ProcessInstance.parse(body) for body in recorded("processInstance")]
    [run, *_] = [ProcessRun.parse(body) for body in recorded("processExecution")]

    assert (instance.process, instance.resource_id, instance.phase) == ("service.rollback", "1s16", "STARTED")
    assert (instance.tries, instance.is_over, instance.server) == (1, False, "192.0.2.2")
    assert (run.exit_reason, run.failures) == (None, ())


def test_the_data_of_a_process_are_not_kept():
    assert "s3cret" not in repr(an_instance())


def test_a_try_names_the_handler_that_failed_and_its_words_without_the_stack_trace():
    [of_handler, of_process] = a_run(message=NO_HOST).failures

    assert (of_handler.handler, of_handler.message) == ("ServiceUpdateActivate", NO_HOST)
    assert of_process.message == NO_HOST
    assert "io.cattle" not in repr(of_handler)


@pytest.mark.parametrize(
    ("instance", "runs", "told"),
    [
        (an_instance(endTimeTS=1, exitReason="DONE"), [], None),
        (an_instance(exitReason=None), [], "Try 2 of service.activate is under way."),
        (
            an_instance(exitReason=None),
            [a_run(handler="ServiceUpdateActivate")],
            "Try 2 of service.activate is under way. It is at ServiceUpdateActivate.",
        ),
        (
            an_instance(exitReason="UNKNOWN_EXCEPTION"),
            [a_run(message="older"), a_run(message=NO_HOST)],
            f"Try 2 of service.activate failed and will be repeated: {NO_HOST}",
        ),
        (
            an_instance(exitReason="TIMEOUT"),
            [],
            "Try 2 of service.activate failed and will be repeated: the engine names no cause but TIMEOUT",
        ),
        (
            an_instance(exitReason="RESOURCE_BUSY"),
            [],
            "service.activate waits for the lock that another process of the same resource holds.",
        ),
        (an_instance(exitReason="A_NEW_ONE"), [], "service.activate waits (A_NEW_ONE)."),
    ],
)
def test_what_a_process_waits_for_is_said_in_a_sentence(instance, runs, told):
    assert processes.waits_for(instance, runs) == told
