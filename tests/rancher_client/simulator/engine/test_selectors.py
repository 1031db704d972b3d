"""What selectors choose by labels (cattle: SelectorUtils.java and its SelectorTest.java)."""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Refused

from .lab import Lab

WEB = {"role": "web", "Zone": "North"}


def chooses(lab: Lab, selector: str, labels: dict[str, Any]) -> bool:
    """Whether a service with that selector is linked to one with those labels."""
    lab.service("target", scale=0, labels=labels)
    by = lab.service("by", scale=0, fields={"selectorLink": selector})
    return lab.view(by)["linkedServices"] is not None


@pytest.mark.parametrize(
    "selector",
    [
        "role=web",
        " ROLE = WEB ",
        "role!=db",
        "role in (web, db)",
        "role in (db,WEB)",
        "role in (db,web",
        "role notin (db, cache)",
        "role",
        "role=web, zone=north",
        "zone=north,role in (a,web),Zone",
    ],
)
def test_a_selector_chooses_by_keys_and_values_whatever_their_case(lab: Lab, selector: str) -> None:
    assert chooses(lab, selector, WEB)


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "  ",
        ",",
        "role=db",
        "role==web",
        "role!=Web",
        "other!=web",
        "role in (db)",
        "other in (web)",
        "role notin (db,Web)",
        "other notin (web)",
        "other",
        "zone",  # a key alone counts as it is written
        "!role",
        "role=web, zone=south",
        "role=web,,zone=north",
    ],
)
def test_it_does_not_choose_what_fails_one_of_its_parts(lab: Lab, selector: str) -> None:
    assert not chooses(lab, selector, WEB)


def test_nothing_is_chosen_that_bears_no_labels(lab: Lab) -> None:
    assert not chooses(lab, "role=web", {})


@pytest.mark.parametrize("field", ["selectorLink", "selectorContainer"])
@pytest.mark.parametrize("selector", ["not(a selector", "a b=1", "a b", "x, a b in (c)", "a b != c"])
def test_a_key_with_a_blank_in_it_is_refused_in_a_new_and_in_a_changed_service(
    lab: Lab, field: str, selector: str
) -> None:
    made = lab.service(scale=0)

    for change in (
        lambda: lab.service("other", fields={field: selector}),
        lambda: lab.engine.update("service", made, {field: selector}),
    ):
        with pytest.raises(Refused) as refused:
            change()
        assert (refused.value.status, refused.value.code) == (422, "InvalidFormat")
        assert refused.value.field_name == f"Invalid format selector : {selector}"
