"""From a stored environment to a driver; sessions are kept per server and key, for their connections."""

import atexit
import hashlib
import shutil
import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from deploytickets.drivers.base import Driver
from deploytickets.drivers.names import NameBook
from deploytickets.drivers.rancher16 import Rancher16Driver
from rancher_client.cattle import Session

if TYPE_CHECKING:
    from deploytickets.catalog.models import Environment, RancherServer

USER_AGENT = "deploy-tickets"
CONNECT_TIMEOUT = timedelta(seconds=5)
TOTAL_TIMEOUT = timedelta(seconds=30)
"""A lock wait of Rancher's alone can take 10 s (rancher-1.6-api.md 13.5 step 3)."""

READ_TIMEOUT = timedelta(seconds=20)
"""Less than the lease of whoever reads lasts, which is renewed before each question to the driver (F25)."""

SESSIONS_KEPT = 64


def open_for(environment: "Environment") -> Driver:
    """The driver of the environment. Nothing is sent; a key that was changed is used from now on."""
    session = session_of(environment.server)
    in_project = session.in_project(environment.rancher_id)
    return Rancher16Driver(in_project, names=_names(session, environment.rancher_id))


def session_of(server: "RancherServer") -> Session:
    """The session with the server's stored key, outside of any project."""
    key = server.credentials
    return _session(server.base_url, key["access_key"], key["secret_key"], server.ca_bundle)


@lru_cache(maxsize=4 * SESSIONS_KEPT)
def _names(session: Session, project: str) -> NameBook:
    """One book of names per project and session, whatever the drivers that are opened for it."""
    return NameBook(session.in_project(project))


@lru_cache(maxsize=SESSIONS_KEPT)
def _session(base_url: str, access_key: str, secret_key: str, ca_bundle: str) -> Session:
    return open_session(base_url, access_key, secret_key, ca_bundle)


def open_session(base_url: str, access_key: str, secret_key: str, ca_bundle: str) -> Session:
    """A session of its own, trusting `ca_bundle` (PEM text) instead of the usual authorities if given.

    Raises ValueError for an address that is none, or carries a credential.
    """
    return Session(
        base_url,
        access_key,
        secret_key,
        ca_bundle=_path_of(ca_bundle) if ca_bundle.strip() else None,
        connect_timeout=CONNECT_TIMEOUT,
        total_timeout=TOTAL_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        user_agent=USER_AGENT,
    )


def _path_of(ca_bundle: str) -> str:
    """The PEM text as a file, since `requests` takes a path; one per text and process."""
    path = _folder() / f"{hashlib.sha256(ca_bundle.encode()).hexdigest()}.pem"
    if not path.exists():
        path.write_text(ca_bundle)
    return str(path)


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="deploytickets-ca-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
