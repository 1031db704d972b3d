"""From the texts of a stack and its answers to the services they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rancher_client.compose.go_values import go_text

from . import files, translation
from .documents import load
from .refusal import Refusal
from .wanted import WantedService


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the texts ask for.

    `volumes` are the fields of volume templates; `variables` all that were at hand: an upgraded stack keeps
    them as its environment.
    """

    services: tuple[WantedService, ...]
    volumes: tuple[dict[str, Any], ...]
    variables: Mapping[str, str]


def read(
    docker_compose: str,
    rancher_compose: str,
    *,
    stored: Mapping[str, Any],
    given: Mapping[str, Any],
    stack: str,
    environment: str,
    former: str = "",
) -> Wanted:
    """Read both texts with the answers that the stack has `stored` and those `given` with an upgrade.

    A variable that neither has is filled from the defaults of the `questions` (3.4). `former` is the
    rancher-compose text that an upgrade replaces; templates may ask for its version.
    Raises Refusal, ExecutorEnded.
    """
    catalog = _catalog(rancher_compose)
    variables = _defaults(catalog) | _texts(stored) | _texts(given)
    about = {
        "Name": stack,
        "Version": go_text(catalog.get("version") or ""),
        "PreviousVersion": go_text(_catalog(former).get("version") or ""),
    }
    template = {"Values": variables, "Stack": about, "Release": about, "Environment": {"Name": environment}}
    found = files.merged([docker_compose, rancher_compose], variables, template)
    _check_secrets(found)
    services = tuple(translation.translated(found, variables, stack))
    return Wanted(services, tuple(_volume(name, value) for name, value in found.volumes.items()), variables)


def _catalog(rancher_compose: str) -> Mapping[str, Any]:
    document = load(rancher_compose)
    document.services()
    found = document.root.get("catalog") or document.root.get(".catalog")
    return found if isinstance(found, Mapping) else {}


def _defaults(catalog: Mapping[str, Any]) -> dict[str, str]:
    questions = catalog.get("questions")
    return {
        go_text(question["variable"]): "" if question.get("default") is None else go_text(question["default"])
        for question in (questions if isinstance(questions, list) else [])
        if isinstance(question, Mapping) and question.get("variable")
    }


def _texts(variables: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): go_text(value) for name, value in variables.items()}


def _volume(name: str, given: Any) -> dict[str, Any]:
    """A named volume as the template that is made of it."""
    said = given if isinstance(given, Mapping) else {}
    options = said.get("driver_opts")
    external = said.get("external")
    return {
        "name": name,
        "driver": None if said.get("driver") is None else go_text(said["driver"]),
        "driverOpts": _texts(options) if isinstance(options, Mapping) and options else None,
        "external": bool(external),
        "perContainer": bool(said.get("per_container")),
    }


def _check_secrets(found: files.Files) -> None:
    """No secrets are kept here, so none that a text names is there."""
    for name, secret in found.secrets.items():
        if isinstance(secret, Mapping) and secret.get("external"):
            raise Refusal(f"Existing secret {name} not found")
        if isinstance(secret, Mapping) and secret.get("file"):
            raise Refusal(f"open /{secret['file']}: no such file or directory")
