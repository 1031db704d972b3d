"""Stacks, services and containers, by clients that know only the schemas."""

from __future__ import annotations

from tests.conformance.waiting import wait_for

from .known import offered, plain


def test_a_stack_is_found_changed_and_seen_again(desk):
    found = desk.client.list(desk.words.stack, name=desk.stack.name)
    assert [(stack.id, stack.type) for stack in found] == [(desk.stack.id, desk.words.stack)]

    changed = desk.client.update(desk.stack, description="for a test")

    assert changed.description == "for a test"
    assert desk.client.by_id(desk.words.stack, desk.stack.id).description == "for a test"


def test_a_service_is_created_and_activated(desk):
    made = desk.service(active=False)
    assert made.type == "service"
    assert getattr(made, desk.words.stack_id) == desk.stack.id
    assert "activate" in offered(made)
    assert "deactivate" not in offered(made)

    active = desk.settled(made.activate(), "active")

    assert "deactivate" in offered(active)
    assert desk.images(active) == [desk.target.old]


def test_a_service_may_start_at_once(desk):
    made = desk.client.create_service(
        name="web",
        scale=2,
        startOnCreate=True,
        launchConfig={"imageUuid": desk.target.old},
        **{desk.words.stack_id: desk.stack.id},
    )

    assert desk.images(desk.settled(made, "active")) == [desk.target.old] * 2


def test_a_service_is_scaled_up_and_down(desk):
    service = desk.service()

    up = desk.settled(desk.client.update(service, scale=3), "active")
    assert (up.scale, len(desk.images(up))) == (3, 3)

    down = desk.settled(desk.client.update(up, scale=1), "active")
    assert wait_for(lambda: desk.images(desk.client.reload(down)), lambda seen: len(seen) == 1)


def test_a_service_is_deactivated_restarted_and_removed(desk):
    service = desk.service(scale=2)
    before = {row.id: row.startCount for row in service.instances()}

    restarted = desk.settled(
        service.restart(rollingRestartStrategy={"batchSize": 1, "intervalMillis": 100}), "active"
    )
    after = {row.id: row.startCount for row in restarted.instances()}
    assert after == {row_id: count + 1 for row_id, count in before.items()}

    stopped = desk.settled(restarted.deactivate(), "inactive")
    assert {row.state for row in stopped.instances()} == {"stopped"}

    desk.client.delete(stopped)
    desk.settled(stopped, "removed")
    assert desk.stack.services().data == []


def test_the_services_of_a_stack_are_stopped_and_started_together(desk):
    service = desk.service()

    desk.stack.deactivateservices()
    desk.settled(service, "inactive")
    desk.client.reload(desk.stack).activateservices()
    desk.settled(service, "active")


def test_a_service_is_linked_to_another(desk):
    web, database = desk.service(), desk.service("database")

    web.addservicelink(serviceLink={"serviceId": database.id, "name": "db"})
    assert [row.id for row in web.consumedservices()] == [database.id]
    assert [row.id for row in database.consumedbyservices()] == [web.id]

    web.removeservicelink(serviceLink={"serviceId": database.id, "name": "db"})
    assert wait_for(lambda: web.consumedservices().data, lambda left: not left) == []


def test_a_container_is_stopped_and_the_service_starts_it_again(desk):
    service = desk.service()
    container = service.instances().data[0]
    assert {"stop", "restart"} <= offered(container)

    container.stop(timeout=1)

    again = wait_for(
        lambda: desk.client.reload(container),
        lambda seen: seen.startCount > container.startCount and seen.state == "running",
    )
    assert again.id == container.id


def test_containers_know_their_host_and_their_services(desk):
    service = desk.service()
    container = service.instances().data[0]

    hosts = container.hosts()
    assert [row.type for row in hosts] == ["host"]
    assert hosts.data[0].id in {host.id for host in desk.client.list_host(state="active")}
    assert [row.id for row in container.services()] == [service.id]


def test_a_list_is_read_in_pages(desk):
    made = [desk.service(f"web-{number}", active=False).id for number in range(3)]

    page = desk.client.list_service(limit=2, name_prefix="web-", stackId=desk.stack.id)
    found = [service.id for service in page]
    assert len(found) == 2
    following = page.next()

    assert found + [service.id for service in following] == made
    assert plain(following.pagination)["next"] is None


def test_a_stack_is_exported(desk):
    desk.service(scale=2, active=False)

    exported = desk.stack.exportconfig()

    assert desk.target.old.partition(":")[2] in exported.dockerComposeConfig
    assert "scale: 2" in exported.rancherComposeConfig
