"""What a generic client is told when it may not, or when it asks for nonsense."""

from __future__ import annotations

import gdapi
import pytest

from .known import LIBRARIES, offered


def refusal(call, *args, **kwargs):
    with pytest.raises(gdapi.ApiError) as caught:
        call(*args, **kwargs)
    error = caught.value.error
    assert error.type == "error"
    return error.status, error.code, getattr(error, "fieldName", None)


def test_what_is_not_there_is_none(desk):
    assert desk.client.by_id_service("1s999999") is None
    assert desk.client.by_id(desk.words.stack, "1st999999") is None


def test_an_action_that_is_not_offered_is_no_method_and_refused_all_the_same(desk):
    service = desk.service(active=False)
    assert "finishupgrade" not in offered(service)
    assert not hasattr(service, "finishupgrade")

    address = f"{service.links.self}/?action=finishupgrade"

    assert refusal(desk.client._post, address, {}) == (422, "ActionNotAvailable", "action")


def test_an_action_that_nobody_knows_is_refused(desk):
    service = desk.service(active=False)

    status, code, _ = refusal(desk.client._post, f"{service.links.self}/?action=nosuch", {})

    assert (status, code) == (422, "InvalidAction")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "not a name"}, (422, "InvalidCharacters", "name")),
        ({"scale": "many"}, (422, "InvalidFormat", "scale")),
        ({"launchConfig": {"imageUuid": "shop:1"}}, (422, "InvalidReference", "imageUuid")),
    ],
)
def test_a_service_that_breaks_a_rule_is_not_created(desk, fields, expected):
    wanted = {
        "name": "web",
        "launchConfig": {"imageUuid": desk.target.old},
        desk.words.stack_id: desk.stack.id,
        **fields,
    }

    assert refusal(desk.client.create_service, **wanted) == expected
    assert desk.stack.services().data == []


def test_two_services_of_one_name_in_a_stack_are_refused(desk):
    desk.service(active=False)

    assert refusal(desk.service, active=False) == (422, "NotUnique", "name")


def test_an_upgrade_without_a_launch_config_or_sidekick_is_refused(desk):
    service = desk.service()

    status, _, _ = refusal(desk.upgrading, service)

    assert status == 422
    assert desk.client.reload(service).state == "active"


def test_a_second_upgrade_is_refused_while_the_first_waits_to_be_finished(desk):
    service = desk.service()
    address = f"{service.links.self}/?action=upgrade"
    desk.upgraded(service, launchConfig=desk.to_new(service.launchConfig))

    body = {"inServiceStrategy": {"launchConfig": desk.to_new(service.launchConfig)}}

    assert refusal(desk.client._post, address, body)[:2] == (422, "ActionNotAvailable")


def test_a_type_that_the_schemas_do_not_have_is_not_asked_for(client):
    assert "noSuchType" not in client.schema.types
    with pytest.raises(gdapi.ClientApiError):
        client.list("noSuchType")


def test_a_filter_that_the_schemas_do_not_have_is_refused_by_a_strict_client(
    client, target, library_and_version
):
    library, version = library_and_version
    strict = LIBRARIES[library](
        url=f"{target.url}/{version}/projects/{target.project}",
        access_key=target.access_key,
        secret_key=target.secret_key,
        strict=True,
    )

    assert strict.list_service(name_like="nobody%").data == []
    with pytest.raises(gdapi.ClientApiError):
        strict.list_service(nosuch="x")


def test_a_wrong_key_is_told_so(target, library_and_version):
    library, version = library_and_version

    status, code, _ = refusal(
        LIBRARIES[library],
        url=f"{target.url}/{version}/projects/{target.project}",
        access_key=target.access_key,
        secret_key="not-the-secret",
        headers={"Accept": "application/json", "X-ENFORCE-AUTHENTICATION": "true"},
    )

    assert (status, code) == (401, "Unauthorized")
