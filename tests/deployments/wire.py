"""A TCP proxy in front of Rancher that a test can look through, and stop at a request of its choice."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Wire:
    """`before_request` is asked with the first bytes of each request; False: they are not forwarded."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.before_request: Callable[[bytes], bool] = lambda _data: True
        self.after_answer: Callable[[bytes], None] = lambda _request: None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            newest = [b""]
            back = threading.Thread(target=self._answer, args=(server, client, newest), daemon=True)
            back.start()
            while data := _received(client):
                newest[0] = data
                if not self.before_request(data):
                    return
                server.sendall(data)
            _shut(server)
            back.join(timeout=5)

    def _answer(self, server: socket.socket, client: socket.socket, newest: list[bytes]) -> None:
        while data := _received(server):
            try:
                client.sendall(data)
            except OSError:
                return
            self.after_answer(newest[0])
        _shut(client)


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        return


@contextmanager
def wire_to(target: str) -> Iterator[Wire]:
    made = Wire(target)
    try:
        yield made
    finally:
        made.close()
