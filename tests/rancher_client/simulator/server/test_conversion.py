"""What becomes of the values of a body: converted, refused, filled up (rows seen on a live server)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.server.schemas import Role, Version, schemas_for
from rancher_client.simulator.server.validation import checked

SCHEMAS = schemas_for(Version.V2_BETA, Role.ENVIRONMENT_KEY)


def put(**body: Any) -> dict[str, Any]:
    schema = SCHEMAS.get("service")
    assert schema is not None
    return checked(body, schema, "update", SCHEMAS, lambda ref: True)


def post(**body: Any) -> dict[str, Any]:
    schema = SCHEMAS.get("service")
    assert schema is not None
    return checked({"name": "web", **body}, schema, "create", SCHEMAS, lambda ref: True)


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("scale", True, 1),
        ("scale", [2], 2),
        ("scale", " 2 ", 2),
        ("scale", 2.9, 2),
        ("scale", 1e30, 2**63 - 1),
        ("description", True, "true"),
        ("description", 1.5, "1.5"),
        ("description", ["x", "y"], "x"),
        ("description", [None], ""),
        ("description", {"a": "b", "c": [1, None]}, "{a=b, c=[1, null]}"),
        ("description", None, None),
        ("retainIp", "maybe", False),
        ("retainIp", "yes", True),
        ("retainIp", 2, False),
        ("retainIp", [True], True),
        ("retainIp", [], False),
        ("retainIp", {"a": 1}, False),
        ("retainIp", None, None),
        ("metadata", {"a": None}, {"a": None}),
        ("scalePolicy", "x", {"increment": 1, "max": 1, "min": 1}),
        ("scalePolicy", {"min": None, "max": 2}, {"increment": 1, "max": 2, "min": None}),
    ],
)
def test_a_value_is_taken_if_there_is_any_way_to(field, sent, kept):
    assert put(**{field: sent}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "sent", "code", "named"),
    [
        ("scale", [], "InvalidFormat", "scale"),
        ("scale", {"a": 1}, "InvalidFormat", "scale"),
        ("scale", "2.5", "InvalidFormat", "scale"),
        ("scale", "", "InvalidFormat", "scale"),
        ("scale", -1, "MinLimitExceeded", "scale"),
        ("description", [], "InvalidFormat", "description"),
        ("metadata", "x", "InvalidFormat", "metadata"),
        ("metadata", [1], "InvalidFormat", "metadata"),
        ("scalePolicy", {"min": "x"}, "InvalidFormat", "min"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_the_innermost_field(field, sent, code, named):
    with pytest.raises(Refused) as refused:
        put(**{field: sent})

    assert (refused.value.status, refused.value.code, refused.value.field_name) == (422, code, named)


def test_null_for_a_field_with_a_default_leaves_it_as_it_is():
    assert put(scale=None, description="d") == {"description": "d"}
    assert post(scale=None)["scale"] == 1


def test_of_two_faults_the_first_one_of_the_body_is_told():
    with pytest.raises(Refused) as refused:
        put(metadata="x", scale="two")

    assert refused.value.field_name == "metadata"
