"""Where an application's compose files lie: in its repository, else in the shared folder for all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rancher_client.compose.errors import ComposeError, FilesMissing

DOCKER_COMPOSE = "docker-compose.yml"
RANCHER_COMPOSE = "rancher-compose.yml"

_APPLICATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """Two texts that belong together, and the folder they came from."""

    folder: Path
    docker_compose: str
    rancher_compose: str


def find(application: str, *, repository: Path | None, shared: Path | None) -> ComposeFiles:
    """The files of `application`: `<repository>/docker/`, else `<shared>/<application>/`.

    The first folder with a docker-compose.yml counts, and its rancher-compose.yml must lie beside it; a link
    that leads out of the folder is not followed.

    Raises:
        FilesMissing: with the places that were looked at.
        ComposeError: the application's name is no folder name, or a file is no UTF-8 text.
    """
    if not _APPLICATION.fullmatch(application):
        raise ComposeError(f"{application!r} cannot be the name of an application's folder.")
    places = [repository / "docker"] if repository is not None else []
    if shared is not None:
        places.append(shared / application)
    for folder in places:
        if _is_inside(folder, DOCKER_COMPOSE):
            return _both(folder)
    looked_at = " nor in ".join(str(folder) for folder in places) or "any place: none is set"
    raise FilesMissing(f"There is no {DOCKER_COMPOSE} in {looked_at}.")


def _both(folder: Path) -> ComposeFiles:
    if not _is_inside(folder, RANCHER_COMPOSE):
        raise FilesMissing(f"There is no {RANCHER_COMPOSE} beside {folder / DOCKER_COMPOSE}.")
    return ComposeFiles(folder, _text(folder / DOCKER_COMPOSE), _text(folder / RANCHER_COMPOSE))


def _is_inside(folder: Path, name: str) -> bool:
    path = folder / name
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ComposeError("The file is no UTF-8 text.", file=path.name) from error
