"""Projects, hosts, containers, pull tasks and keys: what is asked, and what of the answer is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rancher_client.cattle import containers, hosts, keys, projects, pulls
from rancher_client.cattle.resources import Member
from rancher_client.errors import NotAllowed, NotFound, NotOffered, Unusable

from .scripted import answer, refusal

PROJECT = {"type": "project", "id": "1a12", "name": "stage", "state": "active"}
HOST = {"type": "host", "id": "1h1", "state": "active"}
CONTAINER = {"type": "container", "id": "1i44", "state": "running"}
KEY = {"type": "apiKey", "id": "1c21", "state": "registering", "publicValue": "D1A5"}
TOKEN = {"type": "registrationToken", "id": "1c9", "state": "active"}
TASK = {"type": "pullTask", "id": "1go31", "state": "active"}


@pytest.mark.parametrize(
    ("call", "body", "method", "target"),
    [
        (projects.get, PROJECT, "GET", "/v2-beta/projects/1a12"),
        (projects.activate, PROJECT, "POST", "/v2-beta/projects/1a12/?action=activate"),
        (projects.deactivate, PROJECT, "POST", "/v2-beta/projects/1a12/?action=deactivate"),
        (projects.remove, PROJECT, "POST", "/v2-beta/projects/1a12/?action=remove"),
        (hosts.get, HOST, "GET", "/v2-beta/projects/1a5/hosts/1h1"),
        (hosts.activate, HOST, "POST", "/v2-beta/projects/1a5/hosts/1h1/?action=activate"),
        (hosts.deactivate, HOST, "POST", "/v2-beta/projects/1a5/hosts/1h1/?action=deactivate"),
        (hosts.evacuate, HOST, "POST", "/v2-beta/projects/1a5/hosts/1h1/?action=evacuate"),
        (hosts.remove, HOST, "POST", "/v2-beta/projects/1a5/hosts/1h1/?action=remove"),
        (
            hosts.deactivate_registration_token,
            TOKEN,
            "POST",
            "/v1/projects/1a5/registrationtokens/1c9/?action=deactivate",
        ),
        (containers.get, CONTAINER, "GET", "/v2-beta/projects/1a5/containers/1i44"),
        (containers.start, CONTAINER, "POST", "/v2-beta/projects/1a5/containers/1i44/?action=start"),
        (containers.stop, CONTAINER, "POST", "/v2-beta/projects/1a5/containers/1i44/?action=stop"),
        (containers.restart, CONTAINER, "POST", "/v2-beta/projects/1a5/containers/1i44/?action=restart"),
        (containers.remove, CONTAINER, "DELETE", "/v2-beta/projects/1a5/containers/1i44"),
        (keys.get, KEY, "GET", "/v2-beta/projects/1a5/apikeys/1c21"),
        (keys.activate, KEY, "POST", "/v2-beta/projects/1a5/apikeys/1c21/?action=activate"),
        (keys.deactivate, KEY, "POST", "/v2-beta/projects/1a5/apikeys/1c21/?action=deactivate"),
        (keys.remove, KEY, "POST", "/v2-beta/projects/1a5/apikeys/1c21/?action=remove"),
        (pulls.get, TASK, "GET", "/v2-beta/projects/1a5/pulltasks/1go31"),
    ],
)
def test_each_call_asks_that_very_resource_and_takes_no_answer_about_another(
    serve, on, call, body, method, target
):
    server = serve(answer(body), answer(body | {"id": "1x9"}))
    session = on(server)

    assert call(session, body["id"]).id == body["id"]
    assert (server.requests[0].method, server.requests[0].target) == (method, target)
    with pytest.raises(Unusable):
        call(session, body["id"])


def test_a_project_is_made_with_template_and_members(serve, on):
    server = serve(answer(PROJECT, 201))

    projects.create(on(server), "stage", template_id="1pt1", members=[Member("1a7", "rancher_id", "owner")])

    assert server.requests[0].json() == {
        "name": "stage",
        "description": "",
        "projectTemplateId": "1pt1",
        "members": [{"externalId": "1a7", "externalIdType": "rancher_id", "role": "owner"}],
    }


def test_members_are_read_again_after_they_were_set(serve, on):
    """The answer to `setmembers` names them by bare numbers [run]."""
    bare = {"externalId": "7", "externalIdType": "rancher_id", "role": "member", "id": "1pm1"}
    server = serve(
        answer({"type": "collection", "data": [bare]}),
        answer({"type": "collection", "data": [bare | {"externalId": "1a7"}], "pagination": None}),
    )

    found = projects.set_members(on(server), "1a12", [Member("1a7", "rancher_id", "member")])

    assert found == [Member("1a7", "rancher_id", "member")]
    assert [request.target.partition("?")[0] for request in server.requests] == [
        "/v2-beta/projects/1a12/",
        "/v2-beta/projects/1a12/projectmembers",
    ]


def test_an_environment_key_makes_no_projects(serve, on):
    with pytest.raises(NotAllowed):
        projects.create(on(serve(refusal(405, "Method not allowed"))), "stage")


def test_an_active_host_is_not_removed(serve, on):
    with pytest.raises(NotOffered):
        hosts.remove(on(serve(refusal(422, "ActionNotAvailable"))), "1h1")


def test_labels_of_a_host_are_replaced_by_one_put(serve, on):
    server = serve(answer(HOST | {"labels": {"zone": "a"}}))

    assert hosts.set_labels(on(server), "1h1", {"zone": "a"}).labels == {"zone": "a"}
    assert (server.requests[0].method, server.requests[0].json()) == ("PUT", {"labels": {"zone": "a"}})


def test_the_containers_of_a_host_come_by_its_link(serve, on):
    """The filter `hostId` is none, so it would bring the containers of all hosts (trap 9)."""
    server = serve(answer({"type": "collection", "data": [CONTAINER]}))

    assert [one.id for one in containers.of_host(on(server), "1h1")] == ["1i44"]
    assert server.requests[0].target.startswith("/v2-beta/projects/1a5/hosts/1h1/instances?")


def test_the_patience_of_a_stop_is_rounded_up_to_whole_seconds(serve, on):
    server = serve(answer(CONTAINER))

    containers.stop(on(server), "1i44", patience=timedelta(seconds=1.2))

    assert server.requests[0].json() == {"timeout": 2}


def test_a_pull_task_names_the_hosts_that_failed(serve, on):
    told = {"node1": "Done", "node2": "Image [shop:9] failed to pull: manifest unknown", "node3": "Pulling"}
    server = serve(answer(TASK | {"status": told}, 201))

    task = pulls.create(on(server), "shop:9", labels={"io.rancher.scheduler.affinity:host_label": "zone=a"})

    assert dict(task.failures) == {"node2": told["node2"]}
    assert server.requests[0].json() == {
        "image": "shop:9",
        "mode": "all",
        "labels": {"io.rancher.scheduler.affinity:host_label": "zone=a"},
    }


def test_the_secret_of_a_new_key_is_there_but_not_shown(serve, on):
    server = serve(answer(KEY | {"secretValue": "s3cret"}, 201))

    made = keys.create_environment_key(on(server), "deploy")

    assert made.secret == "s3cret"
    assert "s3cret" not in repr(made)
    assert server.requests[0].target == "/v2-beta/projects/1a5/apikeys"


def test_an_empty_setting_is_none_and_a_hidden_one_not_found(serve, on):
    shown = {"type": "activeSetting", "id": "1as!api.host", "value": ""}
    session = on(serve(answer(shown), refusal(404, "Not Found")))

    assert keys.setting(session, "api.host") is None
    with pytest.raises(NotFound):
        keys.setting(session, "no.such")
