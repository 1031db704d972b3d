"""Real registries that all read the same images: one open to all, one with passwords, one with tokens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rancher_client.registry import Registry
from rancher_client.retry import Backoff
from tests.certificates import certificate
from tests.rancher_client.cattle.scripted import ScriptedServer

from .debians import OCI_IMAGE, OCI_INDEX, a_registry, program, push, push_index
from .token_server import ISSUER, SERVICE, TokenServer

NAME = "reader"
PASSWORD = "reader-password"
BCRYPT = "$2b$05$abcdefghijklmnopqrstuuMuUSIug2fA.aFg27vpC2R8WRma0BnOy"
"""Of `PASSWORD`; a registry takes no other kind."""


@dataclass(frozen=True, slots=True)
class Images:
    """What lies in all of them: `digests` by repository and tag, and the folder that holds it."""

    storage: Path
    digests: dict[tuple[str, str], str]


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    if program() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("The registry's tests need Debian's docker-registry: apt-get install docker-registry")
        pytest.skip("The registry's tests need docker-registry.")
    folder = tmp_path_factory.mktemp("open-registry")
    digests: dict[tuple[str, str], str] = {}
    with a_registry(folder, folder / "storage") as address:
        for tag in ("1.0.1", "1.0.2", "latest"):
            digests["group/shop", tag] = push(address, "group/shop", tag)
        digests["group/oci", "1"] = push(address, "group/oci", "1", media_type=OCI_IMAGE)
        for repository, kind, member in (("lists/docker", None, None), ("lists/oci", OCI_INDEX, OCI_IMAGE)):
            members = {
                architecture: push(
                    address, repository, architecture, **({"media_type": member} if member else {})
                )
                for architecture in ("amd64", "arm64")
            }
            made = push_index(address, repository, "1", members, **({"media_type": kind} if kind else {}))
            digests |= {(repository, "1"): made, (repository, "amd64"): members["amd64"]}
    return Images(folder / "storage", digests)


@pytest.fixture(scope="session")
def open_to_all(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry that asks nobody who they are."""
    with a_registry(tmp_path_factory.mktemp("open"), images.storage) as address:
        yield address


@pytest.fixture(scope="session")
def with_password(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one that wants `NAME` and `PASSWORD`."""
    folder = tmp_path_factory.mktemp("basic")
    (folder / "htpasswd").write_text(f"{NAME}:{BCRYPT}\n")
    auth = {"htpasswd": {"realm": 'a realm, with "quotes"', "path": str(folder / "htpasswd")}}
    with a_registry(folder, images.storage, auth=auth) as address:
        yield address


@pytest.fixture
def token_server(tmp_path: Path) -> Iterator[TokenServer]:
    """Lets `NAME` pull group/shop, and whoever gives no name pull group/oci."""
    may_pull = {NAME: {"group/shop"}, "": {"group/oci"}}
    with TokenServer(certificate(tmp_path), {NAME: PASSWORD}, may_pull) as server:
        yield server


@pytest.fixture
def with_tokens(images: Images, token_server: TokenServer, tmp_path: Path) -> Iterator[str]:
    """The address of one that believes the tokens of `token_server`."""
    auth = {
        "token": {
            "realm": token_server.realm,
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": str(token_server.certificate),
        }
    }
    with a_registry(tmp_path, images.storage, auth=auth) as address:
        yield address


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Start a server that answers by a script."""
    with ExitStack() as stack:
        yield lambda *script, **options: stack.enter_context(ScriptedServer(*script, **options))


@pytest.fixture
def asking() -> Iterator[Callable[..., Registry]]:
    """A registry at an address, quick to give up; `options` are those of `Registry`."""
    with ExitStack() as stack:

        def opened(address: str, *key: str, **options: Any) -> Registry:
            wanted: dict[str, Any] = {
                "total_timeout": timedelta(seconds=10),
                "backoff": Backoff(first=timedelta(milliseconds=1)),
            }
            registry = Registry(address, *key, **wanted | options)
            stack.callback(registry.close)
            return registry

        yield opened
