"""Stacks made of compose texts, and v1's names for them (rancher-1.6-api.md 1.8, 3)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import Session, hosts, services, stacks
from rancher_client.cattle.resources import ComposeTexts
from rancher_client.errors import UnsafeBody, Unusable

from .conftest import SERVICE
from .scripted import answer

STACK = {"type": "stack", "id": "1st7", "name": "shop", "state": "active"}
TEXTS = ComposeTexts("version: '2'\nservices: {}\n", "version: '2'\n")
EMPTY = {"type": "collection", "data": []}


def sent(server):
    [request] = server.requests
    return request.method, request.target.partition("/projects/1a5/")[2], request.json()


def test_a_stack_is_made_of_texts_answers_and_a_mark(serve, on):
    server = serve(answer(STACK, 201))

    stacks.create(on(server), "shop", texts=TEXTS, answers={"VERSION": "1.0.1"}, external_id="mark:1")

    method, path, body = sent(server)
    assert (method, path) == ("POST", "stacks")
    assert body == {
        "name": "shop",
        "description": "",
        "externalId": "mark:1",
        "dockerCompose": TEXTS.docker_compose,
        "rancherCompose": TEXTS.rancher_compose,
        "environment": {"VERSION": "1.0.1"},
        "startOnCreate": True,
    }


def test_an_empty_stack_is_sent_without_any_text(serve, on):
    """Null and empty texts would be refused or taken for a stack of compose (1.7, 3.1)."""
    server = serve(answer(STACK, 201))

    stacks.create(on(server), "shop")

    assert sent(server)[2] == {"name": "shop", "description": ""}


def test_an_upgrade_always_sends_its_mark(serve, on):
    server = serve(answer(STACK | {"state": "upgrading"}, 202))

    stacks.upgrade(on(server), "1st7", TEXTS, answers={"VERSION": "1.0.2"}, external_id="mark:2")

    method, path, body = sent(server)
    assert (method, path) == ("POST", "stacks/1st7/?action=upgrade")
    assert (body["externalId"], body["environment"]) == ("mark:2", {"VERSION": "1.0.2"})


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (stacks.finish_upgrade, "finishupgrade"),
        (stacks.roll_back, "rollback"),
        (stacks.cancel_upgrade, "cancelupgrade"),
        (stacks.activate_services, "activateservices"),
        (stacks.deactivate_services, "deactivateservices"),
        (stacks.remove, "remove"),
    ],
)
def test_each_verb_is_an_action_of_the_stack(serve, on, call, action):
    server = serve(answer(STACK))

    assert call(on(server), "1st7").id == "1st7"
    assert sent(server) == ("POST", f"stacks/1st7/?action={action}", {})


def test_texts_too_large_for_rancher_are_not_sent(serve, on):
    server = serve(answer(STACK, 201))

    with pytest.raises(UnsafeBody):
        stacks.create(on(server), "shop", texts=ComposeTexts("#" * 2_000_000))

    assert server.requests == []


def test_an_export_is_two_texts_that_are_not_shown(serve, on):
    config = {
        "type": "composeConfig",
        "dockerComposeConfig": "PASSWORD: s3cret",
        "rancherComposeConfig": None,
    }
    server = serve(answer(config))

    texts = stacks.export(on(server), "1st7", service_ids=["1s12"])

    assert sent(server) == ("POST", "stacks/1st7/?action=exportconfig", {"serviceIds": ["1s12"]})
    assert (texts.docker_compose, texts.rancher_compose) == ("PASSWORD: s3cret", "")
    assert "s3cret" not in repr(texts)


def test_the_answers_of_a_stack_are_not_shown(serve, on):
    server = serve(answer(STACK | {"environment": {"PASSWORD": "s3cret"}}))

    stack = stacks.get(on(server), "1st7")

    assert stack.answers == {"PASSWORD": "s3cret"}
    assert "s3cret" not in repr(stack)


def test_an_answer_about_another_stack_is_no_observation(serve, on):
    with pytest.raises(Unusable, match="1st8, not 1st7"):
        stacks.get(on(serve(answer(STACK | {"id": "1st8"}))), "1st7")


def test_in_v1_stacks_are_environments(serve, on):
    server = serve(answer(STACK | {"id": "1e7", "type": "environment"}))

    stacks.roll_back(on(server, api_version="v1"), "1e7")

    assert server.requests[0].target == "/v1/projects/1a5/environments/1e7/?action=rollback"


def test_in_v1_services_are_found_by_their_environment_and_tell_it(serve, on):
    row = SERVICE | {"environmentId": "1e7", "stackId": "1st7"}
    server = serve(answer({"type": "collection", "data": [row]}))

    [service] = services.read_all(on(server, api_version="v1"), stack_id="1e7")

    assert "environmentId=1e7" in server.requests[0].target
    assert service.stack_id == "1e7"


def test_registration_tokens_are_asked_for_below_v1_whatever_the_session_speaks(serve, on):
    """The address in it takes the prefix of the request, and agents speak v1 (7.2)."""
    server = serve(answer({"type": "registrationToken", "id": "1c9", "state": "registering"}, 201))

    hosts.create_registration_token(on(server))

    assert server.requests[0].target == "/v1/projects/1a5/registrationtokens"


def test_a_session_in_the_other_version_keeps_project_and_key(serve, on):
    server = serve(answer(EMPTY))
    session = on(server)

    stacks.read_all(session.in_version("v1"))
    stacks.read_all(session)

    first, second = server.requests
    assert first.target.startswith("/v1/projects/1a5/environments")
    assert second.target.startswith("/v2-beta/projects/1a5/stacks")
    assert first.headers["authorization"] == second.headers["authorization"]


def test_there_are_two_versions_only():
    with pytest.raises(ValueError, match="v3"):
        Session("http://r:8080", "key", "secret", api_version="v3")
