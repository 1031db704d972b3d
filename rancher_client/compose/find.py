"""Where an application's compose files lie: in its repository, else in the shared folder for all of them."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from rancher_client.compose.documents import LARGEST_TEXT
from rancher_client.compose.errors import ComposeError, FilesMissing

DOCKER_COMPOSE = "docker-compose.yml"
RANCHER_COMPOSE = "rancher-compose.yml"

LARGEST_FILE = 4 * LARGEST_TEXT
"""Bytes: as many as the longest text can have in UTF-8."""

_APPLICATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """Two texts that belong together, and the folder they came from."""

    folder: Path
    docker_compose: str
    rancher_compose: str


def find(application: str, *, repository: Path | None, shared: Path | None) -> ComposeFiles:
    """The files of `application`: `<repository>/docker/`, else `<shared>/<application>/`.

    The first folder with a docker-compose.yml counts, and its rancher-compose.yml must lie beside it.
    Nothing outside of `repository` and `shared` is read, whatever links lead there, and nothing that is no
    ordinary file of bearable length.

    Raises:
        FilesMissing: with the places that were looked at.
        ComposeError: the application's name is no folder name, or a file cannot be read as text.
    """
    if not _APPLICATION.fullmatch(application):
        raise ComposeError(f"{application!r} cannot be the name of an application's folder.")
    places = [_Place(repository, "docker")] if repository is not None else []
    if shared is not None:
        places.append(_Place(shared, application))
    for place in places:
        if place.has(DOCKER_COMPOSE):
            if not place.has(RANCHER_COMPOSE):
                beside = place.folder / DOCKER_COMPOSE
                raise FilesMissing(f"There is no {RANCHER_COMPOSE} beside {beside}.")
            return ComposeFiles(place.folder, place.text(DOCKER_COMPOSE), place.text(RANCHER_COMPOSE))
    looked_at = " nor in ".join(str(place.folder) for place in places) or "any place: none is set"
    raise FilesMissing(f"There is no {DOCKER_COMPOSE} in {looked_at}.")


class _Place:
    """A folder to look in, below a root that is not left."""

    def __init__(self, root: Path, folder: str) -> None:
        self.folder = root / folder
        self._root = root

    def has(self, name: str) -> bool:
        """Is there an ordinary file of that name inside?"""
        real = self._real(name)
        return real is not None and real.is_file()

    def text(self, name: str) -> str:
        """The file's text. Raises ComposeError.

        Opened without following a link that has taken the file's place meanwhile, and without waiting for
        somebody to write into a pipe.
        """
        real = self._real(name)
        if real is None:
            raise ComposeError("The file has gone away.", file=name)
        try:
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ComposeError("This is no ordinary file.", file=name)
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise ComposeError(f"The file cannot be read: {error.strerror}.", file=name) from error
        if len(content) > LARGEST_FILE:
            raise ComposeError(f"The file is longer than {LARGEST_FILE} bytes.", file=name)
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ComposeError("The file is no UTF-8 text.", file=name) from error

    def _real(self, name: str) -> Path | None:
        """Where the file really lies; None where that is outside of the folder's own place, or nowhere."""
        try:
            root, folder = self._root.resolve(strict=True), self.folder.resolve(strict=True)
            real = (self.folder / name).resolve(strict=True)
        except (OSError, RuntimeError):  # nothing there, no right to look, or links in a circle
            return None
        return real if folder.is_relative_to(root) and real.is_relative_to(folder) else None
