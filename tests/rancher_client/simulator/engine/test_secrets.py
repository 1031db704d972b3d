"""Secrets: nobody is there to encrypt them (rancher-1.6-api.md 2)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.engine import Refused

from .lab import Lab


@pytest.mark.parametrize(
    ("value", "status", "code", "field"),
    [
        (None, 422, "EmptySecret", "value"),
        ("@@", 422, "InvalidBase64", "value"),
        ("\u00a0", 422, "InvalidBase64", "value"),
        ("", 422, "NotNullable", None),
        (" \n", 422, "NotNullable", None),
        ("YQ==", 503, "Service Unavailable", None),
        ("a-b_c", 503, "Service Unavailable", None),
        ("Y+/ Q", 503, "Service Unavailable", None),
    ],
)
def test_a_secret_is_refused_for_its_value_or_because_nobody_encrypts_it(
    lab: Lab, value: str | None, status: int, code: str, field: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        lab.engine.create("secret", {"name": "key", "value": value}, project=lab.project)

    assert (refused.value.status, refused.value.code, refused.value.field_name) == (status, code, field)
    assert lab.engine.ids("secret", project=lab.project) == []
