"""One project of one server, given by URL and keys: requests, its clock and its levers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from .levers import Control, Levers, SimulatedHosts

ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Address:
    """What a file about a server holds.

    Attributes:
        image_prefix: put before every image, `sim:` or `docker:`.
        administrator: access and secret key of the super administrator of a Rancher with simulated hosts,
            whose lever that is.
        has_control: it is our simulator, whose lever is its control. Without either, programs that need a
            lever are not run.
        virtual_clock: the server's time stands and is moved by its `control`.
    """

    url: str
    project: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    image_prefix: str = "sim:"
    administrator: tuple[str, str] | None = field(default=None, repr=False)
    has_control: bool = False
    virtual_clock: bool = False


def read_address(path: Path) -> Address:
    """Read such a file. Raises KeyError for a part that is missing, ValueError for what is no JSON."""
    given = json.loads(path.read_text())
    access_key, _, secret_key = str(given.get("administrator") or "").partition(":")
    return Address(
        url=given["url"].rstrip("/"),
        project=given["project"],
        access_key=given["access_key"],
        secret_key=given["secret_key"],
        image_prefix=given.get("image_prefix", "sim:"),
        administrator=(access_key, secret_key) if secret_key else None,
        has_control=bool(given.get("has_control", False)),
        virtual_clock=bool(given.get("virtual_clock", False)),
    )


class Server:
    """Sends requests below the project. May be used by several threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.levers: Levers | None = None
        self._base = f"{address.url}/v2-beta/projects/{address.project}/"
        self._threads = threading.local()
        self._passed = 0.0
        self._clock = threading.Lock()
        self._control = Control(address.url)
        if address.has_control:
            self.levers = self._control
        elif address.administrator is not None:
            self.levers = SimulatedHosts(address.url, address.project, address.administrator)

    def close(self) -> None:
        """Leave nothing behind that a lever has made."""
        if self.levers is not None:
            self.levers.close()

    @property
    def now(self) -> float:
        """Seconds on the server's clock, from an unknown beginning."""
        return self._passed if self.address.virtual_clock else time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let `seconds` of the server's time go by."""
        if self.address.virtual_clock:
            self._control.advance(seconds)
            with self._clock:
                self._passed += seconds
        else:
            time.sleep(seconds)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer; a body that is no JSON comes as `{"_text": …}`.

        `IMG:` in the body becomes the server's image prefix. Raises requests.RequestException.
        """
        text = None if body is None else json.dumps(body).replace("IMG:", self.address.image_prefix)
        answer = self._session().request(
            method,
            self._base + path,
            data=text,
            headers={"Content-Type": "application/json"},
            timeout=ANSWER_SECONDS,
        )
        try:
            found = answer.json()
        except ValueError:
            found = None
        return answer.status_code, found if isinstance(found, dict) else {"_text": answer.text[:80]}

    def rows(self, path: str) -> list[dict[str, Any]]:
        """The data of a list; empty where there is none."""
        rows: list[dict[str, Any]] = self.call("GET", path)[1].get("data") or []
        return rows

    def neutral(self, value: Any) -> Any:
        """The value with this server's image prefix written `IMG:`."""
        if isinstance(value, Mapping):
            return {key: self.neutral(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.neutral(each) for each in value]
        prefix = self.address.image_prefix
        if isinstance(value, str) and prefix and value.startswith(prefix):
            return "IMG:" + value[len(prefix) :]
        return value

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.auth = (self.address.access_key, self.address.secret_key)
        return session
