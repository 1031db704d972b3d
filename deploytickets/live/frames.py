"""What is written into a stream of server-sent events."""

RETRY = b"retry: 2000\n\n"
STILL_HERE = b": still here\n\n"
"""A comment line: keeps proxies from closing the connection, browsers ignore it."""


def event(name: str, data: str, *, entry_id: str = "") -> bytes:
    """One event; `entry_id` is what the browser sends back as Last-Event-ID when it reconnects.

    Names and data come from our own topics, but a line break in one would be read as a new field.
    """
    fields = [("id", entry_id), ("event", name), ("data", data)]
    lines = [f"{field}: {''.join(value.splitlines())}\n" for field, value in fields if value]
    return "".join([*lines, "\n"]).encode()
