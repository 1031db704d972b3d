"""Texts that people open in a spreadsheet."""

_BEGINS_A_FORMULA = tuple("=+-@＝＋－＠\t\r")
"""The full-width ones, too: spreadsheets take them for the others where people write Chinese or Japanese."""


def harmless(value: str) -> str:
    """The text as a spreadsheet shows it: what begins with one of these it would run as a formula."""
    return f"'{value}" if value.startswith(_BEGINS_A_FORMULA) else value
