"""The order in which the server goes through what it keeps in a Java HashMap."""

from __future__ import annotations


def place(key: str) -> int:
    """Where a key stands in a map of up to twelve; two at one place keep the order in which they came."""
    number = 0
    for character in key:
        number = (31 * number + ord(character)) & 0xFFFFFFFF
    return (number ^ number >> 16) & 15
