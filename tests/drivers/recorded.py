"""Recorded answers of a live Rancher 1.6 over HTTP: each GET gets what was recorded for its path."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from deploytickets.drivers.rancher16 import Rancher16Driver
from rancher_client.cattle import Session

RECORDINGS = Path(__file__).parent.parent / "recordings"
PROJECT = "1a8"
BASE = f"/v2-beta/projects/{PROJECT}"


def answers(folder: str, name: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The paths and bodies of a scenario's good GETs, in their order, without query."""
    scenario = json.loads((RECORDINGS / folder / f"{name}.json").read_text())
    return [
        (step["request"]["path"].partition("?")[0], step["response"]["body"])
        for step in scenario["steps"]
        if step.get("request", {}).get("method") == "GET" and step.get("response", {}).get("status") == 200
    ]


@contextmanager
def replaying(bodies: Mapping[str, Mapping[str, Any]]) -> Iterator[Rancher16Driver]:
    """A driver on a server that answers these paths, and an empty list for every other one."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = bodies.get(path, {"type": "collection", "data": [], "pagination": None})
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *parts: object) -> None:
            """Tests stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        session = Session(url, "access", "secret", project=PROJECT)
        yield Rancher16Driver(session, now=lambda: datetime(2026, 11, 24, tzinfo=UTC))
        session.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
