"""How one plan differs from another, in names only."""

from deploytickets.tickets.differences import difference, sentences
from deploytickets.tickets.plans import PlanContent, PlannedAction, PlannedService


def a_service(name="app", **fields):
    ordinary = {
        "action": PlannedAction.UPGRADED,
        "rancher_id": "1s5",
        "wanted": {"": {"imageUuid": "docker:app:1.0.1", "environment": {"A": "1"}}},
        "starts_from": {
            "": {"imageUuid": "docker:app:1.0.0", "version": "v1", "labels": {"deploytickets/attempt": "a"}}
        },
        "batch_size": 1,
        "interval_millis": 2000,
        "start_first": False,
        "scale": 3,
    }
    return PlannedService(name=name, **{**ordinary, **fields})


def a_plan(*services, stack_name="pay"):
    return PlanContent("JavaService1", "prod", "1.0.1", stack_name, "1st2", services)


def test_the_same_plan_does_not_differ():
    assert difference(a_plan(a_service()), a_plan(a_service())) == []


def test_order_scale_rancher_version_and_marks_are_no_difference():
    mark = {"imageUuid": "docker:app:1.0.0", "version": "v2", "labels": {"deploytickets/attempt": "b"}}
    before = a_plan(a_service("app"), a_service("log"))
    after = a_plan(a_service("log"), a_service("app", starts_from={"": mark}, scale=4))

    assert difference(before, after) == []


def test_a_label_of_the_application_that_is_named_like_our_mark_is_a_difference():
    labelled = {
        "": {"imageUuid": "docker:app:1.0.1", "environment": {"A": "1"}, "labels": {"x/attempt": "b"}}
    }

    facts = difference(a_plan(a_service()), a_plan(a_service(wanted=labelled)))

    assert facts == [{"code": "wanted", "service": "app", "fields": ["labels"]}]


def test_each_field_that_differs_is_named_without_its_value():
    changed = {"": {"imageUuid": "docker:app:1.0.1", "environment": {"A": "2", "B": "3"}, "ports": ["80:80"]}}

    facts = difference(a_plan(a_service()), a_plan(a_service(wanted=changed)))

    assert facts == [
        {"code": "wanted", "service": "app", "fields": ["environment.A", "environment.B", "ports"]}
    ]


def test_a_sidekick_is_named_before_its_field():
    config = {"": {"imageUuid": "docker:app:1.0.0"}, "shipper": {"imageUuid": "docker:shipper:2"}}
    older = {**config, "shipper": {"imageUuid": "docker:shipper:1"}}

    facts = difference(a_plan(a_service(starts_from=older)), a_plan(a_service(starts_from=config)))

    assert facts == [{"code": "starts_from", "service": "app", "fields": ["shipper.imageUuid"]}]


def test_services_that_come_and_go_and_what_becomes_of_them():
    before = a_plan(a_service("app"), a_service("old"))
    after = a_plan(a_service("app", action=PlannedAction.UNCHANGED), a_service("new"), stack_name="pay-2")

    facts = difference(before, after)

    assert [(fact["code"], fact["service"]) for fact in facts] == [
        ("stack", "pay-2"),
        ("action", "app"),
        ("added", "new"),
        ("left_out", "old"),
    ]


def test_every_difference_has_its_sentence():
    before = a_plan(a_service("app"), a_service("old"))
    after = a_plan(a_service("app", wanted={"": {}}, starts_from={"": {}}, batch_size=2), a_service("new"))

    assert sentences(difference(before, after)) == [
        "What runs of app now has changed: imageUuid and labels.",
        "What app would become has changed: environment and imageUuid.",
        "How app is upgraded has changed: batch_size.",
        "new is part of the plan now.",
        "old is no part of the plan any more.",
    ]
