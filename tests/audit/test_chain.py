"""The arithmetic of the log: any single changed, removed, inserted or swapped event is found (I5)."""

import copy
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploytickets.audit import chain

KEY = b"sealing"
AT = datetime(2026, 11, 24, 13, 42, 5, 123456, tzinfo=UTC)


def a_log(length=12, subjects=3):
    """Events of several subjects, interleaved, with two roots over all but the last two."""
    events, newest = [], {}
    for row in range(1, length + 1):
        subject = f"DEPLOY-{row % subjects}"
        number, previous = newest.get(subject, (0, chain.START))
        event = {
            "id": row * 10,
            "subject_kind": "ticket",
            "subject_key": subject,
            "number": number + 1,
            "action": "ticket.commented",
            "at": AT + timedelta(seconds=row),
            "by_kind": "person",
            "by_name": "陳美玲",
            "by_user_id": 7,
            "through": "page",
            "address": "10.0.0.7",
            "before": None,
            "after": {"state": "pending"},
            "details": {"row": row},
            "previous_hash": previous,
        }
        event["hash"] = chain.event_hash(event)
        newest[subject] = (event["number"], event["hash"])
        events.append(event)
    roots, previous = [], chain.START
    for part in (events[:5], events[5:-2]):
        root = {
            "sealed_at": AT,
            "first_event_id": part[0]["id"],
            "last_event_id": part[-1]["id"],
            "root": chain.merkle_root([event["hash"] for event in part]),
            "previous_root": previous,
        }
        root["signature"] = chain.signature(root, KEY)
        previous = root["root"]
        roots.append(root)
    return events, roots


def faults(events, roots, key=KEY):
    return list(chain.verify(events, roots, key=key))


def test_a_log_as_it_was_written_is_whole():
    assert faults(*a_log()) == []


@pytest.mark.parametrize("column", [*chain.COVERED, "hash"])
@pytest.mark.parametrize("index", [0, 6, 11])
def test_a_changed_column_of_any_event_is_found(column, index):
    events, roots = a_log()
    value = events[index][column]
    events[index][column] = {"other": 1} if value is None or isinstance(value, dict) else _other(value)

    assert faults(events, roots)


def _other(value):
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    return value + 1 if isinstance(value, int) else value[:-1] + "~"


@given(index=st.integers(0, 11))
def test_a_removed_event_is_found_by_its_successor_or_its_root(index):
    events, roots = a_log()
    del events[index]

    # The newest event of a subject that no root covers yet can vanish unseen: until the next minute's root.
    assert bool(faults(events, roots)) is (index < 10)


@given(index=st.integers(0, 11), other=st.integers(0, 11))
def test_two_swapped_events_are_found(index, other):
    events, roots = a_log()
    if index == other:
        return
    first, second = copy.deepcopy(events[index]), copy.deepcopy(events[other])
    first["id"], second["id"] = second["id"], first["id"]
    events[index], events[other] = second, first

    both_unsealed = {index, other} <= {10, 11}
    assert bool(faults(events, roots)) is not both_unsealed


def test_an_inserted_event_with_a_fitting_chain_is_found_by_the_root():
    events, roots = a_log()
    forged = copy.deepcopy(events[0])
    forged.update({"id": 45, "subject_key": "DEPLOY-9", "number": 1, "previous_hash": chain.START})
    forged["hash"] = chain.event_hash(forged)
    events.insert(4, forged)

    assert [fault.what for fault in faults(events, roots)] == ["does not match the events it covers"]


def test_a_log_written_anew_from_some_event_on_is_found_by_the_roots_that_were_exported():
    _, exported = a_log()
    events, own_roots = a_log(subjects=2)

    assert faults(events, own_roots) == []
    assert faults(events, exported)


def test_a_root_signed_with_another_key_is_found_where_the_key_is_known():
    events, roots = a_log()

    assert {fault.what for fault in faults(events, roots, key=b"another")} == {"is not signed with our key"}
    assert faults(events, roots, key=None) == []


def test_a_removed_root_is_found():
    events, roots = a_log()

    assert faults(events, roots[1:])


@given(st.lists(st.binary(min_size=4, max_size=4).map(bytes.hex), unique=True, max_size=40), st.data())
def test_a_merkle_root_tells_every_list_from_every_other_order_and_part(leaves, data):
    root = chain.merkle_root(leaves)
    other = data.draw(st.permutations(leaves))
    cut = data.draw(st.integers(0, len(leaves)))

    assert (chain.merkle_root(other) == root) is (other == leaves)
    assert (chain.merkle_root(leaves[:cut]) == root) is (cut == len(leaves))


def test_an_inner_node_does_not_pass_for_a_leaf():
    one, two = chain.merkle_root(["a"]), chain.merkle_root(["b"])

    assert chain.merkle_root([one, two]) != chain.merkle_root(["a", "b"])


def test_the_same_moment_in_another_zone_and_a_tuple_for_a_list_are_the_same_bytes():
    taipei = AT.astimezone(timezone(timedelta(hours=8)))

    assert chain.canonical({"b": [1, None], "a": AT}) == chain.canonical({"a": taipei, "b": (1, None)})
    assert chain.canonical({"a": AT}) == b'{"a":"2026-11-24T13:42:05.123456+00:00"}'


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1}, object()])
def test_what_databases_would_give_back_differently_is_refused(value):
    with pytest.raises(TypeError):
        chain.canonical({"value": value})
