"""Registration tokens as they are read, and the script that a host runs (rancher-1.6-api.md 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .requests import Prefix

_MOUNTS = "-v /var/run/docker.sock:/var/run/docker.sock -v /var/lib/rancher:/var/lib/rancher"

_WINDOWS_COMMAND = (
    'docker run --rm -v "C:\\Program Files\\rancher:C:\\Program Files\\rancher" rancher/agent-windows:v0.2.0'
)


def with_registration(view: dict[str, Any], prefix: Prefix, settings: Mapping[str, str]) -> dict[str, Any]:
    """A registration token with URL, image and commands; they exist once it is active.

    The URL takes the prefix of the request's path, unless the setting `api.host` names another.
    """
    if view["kind"] != "registrationToken" or not view.get("token"):
        return view
    host = settings.get("api.host") or prefix.root
    url = prefix.url(f"/scripts/{view['token']}").replace(prefix.root, host, 1)
    image = settings["agent.image"]
    return {
        **view,
        "image": image,
        "registrationUrl": url,
        "command": f"sudo docker run --rm --privileged {_MOUNTS} {image} {url}",
        "windowsCommand": _WINDOWS_COMMAND,
        "links": {"registrationUrl": f"/scripts/{view['token']}"},
    }


def script(token: str, prefix: Prefix, client_ip: str) -> str:
    """The beginning of the shell script behind a registration URL."""
    return (
        "#!/bin/sh\n\n"
        'export CATTLE_REGISTRATION_ACCESS_KEY="registrationToken"\n'
        f'export CATTLE_REGISTRATION_SECRET_KEY="{token}"\n'
        f'export CATTLE_URL="{prefix.root}/{prefix.version}"\n'
        f'export DETECTED_CATTLE_AGENT_IP="{client_ip}"\n'
    )
