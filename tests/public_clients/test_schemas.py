"""What the clients make of the schemas themselves."""

from __future__ import annotations

import re

VERBS = ("create", "list", "by_id", "update_by_id")
SIMPLE = {"string", "int", "boolean", "date", "blob", "password", "enum", "json", "float"}
_AROUND = r"^(?:(?:array|map|reference)\[)+|\]+$"


def test_the_client_has_a_method_for_each_thing_that_may_be_done(client, words):
    for name in ("service", words.stack):
        for verb in VERBS:
            assert callable(getattr(client, f"{verb}_{name}"))
    assert callable(client.list_host)
    assert not hasattr(client, "create_project")  # an environment key makes no environments


def test_each_list_of_the_schemas_answers(client):
    for name, schema in client.schema.types.items():
        if schema.listable:
            found = client.list(name, limit=1)
            assert found.type == "collection", name
            for field in vars(found.filters):
                assert hasattr(schema.collectionFilters, field) or field in vars(found.sortLinks), (
                    name,
                    field,
                )


def test_what_is_needed_to_deploy_is_described_to_the_last_type(client, words):
    """From a service and a stack down, each type of a field and of an action's body and answer is there."""
    types, wanted, seen = client.schema.types, ["service", words.stack], set()
    while wanted:
        name = wanted.pop()
        if name in seen or name in SIMPLE:
            continue
        seen.add(name)
        assert name in types, name
        wanted += [re.sub(_AROUND, "", field.type) for field in vars(types[name].resourceFields).values()]
        actions = vars(types[name].resourceActions) if hasattr(types[name], "resourceActions") else {}
        wanted += [
            described for each in actions.values() for described in (each.input, each.output) if described
        ]

    assert {
        "inServiceUpgradeStrategy",
        "rollingRestartStrategy",
        "launchConfig",
        "instanceHealthCheck",
    } <= seen
