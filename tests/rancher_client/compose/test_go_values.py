"""What Rancher takes unquoted values for, and how it prints them (rancher-1.6-api.md 10.6)."""

from __future__ import annotations

import math

import pytest

from rancher_client.compose.go_values import Unquoted, as_stored, go_text, printed, scalar


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", True),
        ("Off", False),
        ("n", False),
        ("~", None),
        ("010", 8),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("22:22", "22:22"),
        ("2017-01-01", "2017-01-01"),
        ("1e999", "1e999"),
    ],
)
def test_an_unquoted_value_is_taken_for_this(written, meant):
    assert scalar(written) == meant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "<nil>"),
        (12345678901234567890, "12345678901234567890"),
        (1.0, "1"),
        (-0.0, "-0"),
        (100000.0, "100000"),
        (1000000.0, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (math.inf, "+Inf"),
        (math.nan, "NaN"),
        (["a", 1], "[a 1]"),
    ],
)
def test_a_value_is_printed_as_go_prints_it(value, text):
    assert go_text(value) == text


def test_a_marked_text_is_the_text_as_written_until_it_is_printed():
    value = Unquoted("1.50")

    assert value == "1.50"
    assert (value.meant, printed(value), printed("1.50")) == (1.5, "1.5", "1.50")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (123456789.0, 123456790.0),
        (0.1, 0.1),
        (1e300, 1e300),
        (Unquoted("on"), True),
        ("on", "on"),
        ({"a": [Unquoted("1e3")]}, {"a": [1000.0]}),
    ],
)
def test_metadata_arrive_as_what_they_are_taken_for_in_the_precision_of_a_single_float(value, stored):
    assert as_stored(value) == stored
