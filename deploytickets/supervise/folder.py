"""The demo's data folder: its secrets, its database, and the lock that keeps a second demo out."""

import base64
import fcntl
import json
import secrets
import shutil
from pathlib import Path
from typing import IO

MARKER = "deploy-tickets-demo"


class FolderRefused(Exception):
    """The folder is in use by another demo, or is not one of ours to empty."""


class DataFolder:
    """Holds everything the demo keeps between two runs; locked while a demo uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None

    def take(self, *, fresh: bool) -> None:
        """Lock it, making it or (with `fresh`) emptying it first.

        Raises:
            FolderRefused: another demo uses it, or it holds what no demo has put there.
        """
        if self.path.exists() and any(self.path.iterdir()) and not (self.path / MARKER).exists():
            raise FolderRefused(f"{self.path} is not a demo's data folder; choose an empty one with --data.")
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (self.path / MARKER).open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise FolderRefused(
                f"A demo already runs on {self.path}. Stop it, or choose another --data."
            ) from None
        if fresh:
            self.empty()
        for name in ("redis", "static"):
            (self.path / name).mkdir(exist_ok=True)

    def release(self) -> None:
        """Let another demo use the folder."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def empty(self) -> None:
        """Remove everything but the lock."""
        for entry in self.path.iterdir():
            if entry.name == MARKER:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def secrets(self) -> dict[str, str]:
        """SECRET_KEY, FIELD_KEYS and PLAN_KEY, made once and kept readable by the owner only."""
        file = self.path / "secrets.json"
        if not file.exists():
            made = {
                "SECRET_KEY": secrets.token_urlsafe(50),
                "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "PLAN_KEY": secrets.token_urlsafe(32),
            }
            file.touch(mode=0o600)
            file.write_text(json.dumps(made))
        kept: dict[str, str] = json.loads(file.read_text())
        return kept

    @property
    def database(self) -> Path:
        return self.path / "deploytickets.sqlite3"

    @property
    def simulator_state(self) -> Path:
        return self.path / "simulator.json"

    @property
    def seeded(self) -> Path:
        """Written by the seed when it has ended: a demo interrupted while seeding starts over."""
        return self.path / "seeded.json"
