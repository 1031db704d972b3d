"""Texts that people open in a spreadsheet."""


def harmless(value: str) -> str:
    """The text as a spreadsheet shows it: what begins with one of these it would run as a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
