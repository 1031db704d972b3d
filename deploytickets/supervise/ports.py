"""Which loopback ports are free."""

import errno
import socket

LOOPBACK = "127.0.0.1"


class PortTaken(Exception):
    """Somebody else listens on the port that was asked for."""


def is_free(port: int) -> bool:
    """Could a server listen on it now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def is_listening(port: int) -> bool:
    """Does a server answer on it?"""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5):
            return True
    except OSError:
        return False


def choose(wanted: int, *, exactly: bool = False, besides: frozenset[int] = frozenset()) -> int:
    """The wanted port, or else the next free one above it.

    Raises:
        PortTaken: `exactly` was asked for and somebody has it, or none of the next hundred is free.
    """
    if exactly and not is_free(wanted):
        raise PortTaken(
            f"Port {wanted} is taken by another program. Choose another with --port, or stop that program."
        )
    for port in range(wanted, wanted + 100):
        if port not in besides and is_free(port):
            return port
    raise PortTaken(f"None of the ports {wanted} to {wanted + 99} is free.")
