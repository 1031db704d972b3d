"""References to images as Docker reads them: `registry.example:5000/group/shop:1.0.2@sha256:…`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

DOCKER_HUB = "docker.io"
DOCKER_HUBS_API = "registry-1.docker.io"
"""Where Docker Hub's registry answers; docker.io itself is its web site."""

LATEST = "latest"
"""The tag that Docker takes where a reference names neither tag nor digest."""

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::(?P<port>[0-9]{{1,5}}))?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_IMAGE_ID = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Reference:
    """An image by its full name.

    Attributes:
        registry: host, with its port where one is named; `DOCKER_HUB` where the text names none.
        repository: the name below the registry, with Docker Hub's "library/" where that is meant.
        tag, digest: None where the text has none.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The parts of `text`, a reference without Rancher's prefix "docker:".

        Source: distribution:reference/normalize.go, ParseNormalizedNamed. Raises ValueError where Docker
        would refuse it too.
        """
        rest, at, digest = text.partition("@")
        if at:
            checked_digest(digest)
        name, colon, tag = rest.rpartition(":")
        if not colon or "/" in tag:
            name, tag = rest, ""
        elif not is_tag(tag):
            raise ValueError(f"{tag!r} is no tag.")
        registry, repository = _split(name)
        if _IMAGE_ID.fullmatch(name):
            raise ValueError("An image's id is no reference to a registry.")
        if len(registry) + 1 + len(repository) > _LONGEST_NAME:
            raise ValueError(f"The name of an image has at most {_LONGEST_NAME} characters.")
        return cls(registry, checked_repository(repository), tag or None, digest or None)

    @property
    def registry_address(self) -> str:
        """Where the registry answers by its usual address; over TLS, as Docker asks unless told otherwise."""
        return f"https://{DOCKER_HUBS_API if self.registry == DOCKER_HUB else self.registry}"

    @property
    def wanted(self) -> str:
        """What Docker would pull: the digest, else the tag, else `LATEST`."""
        return self.digest or self.tag or LATEST

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def is_tag(text: str) -> bool:
    """Whether `text` can be a tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether `text` is a digest by one of the algorithms that registries know."""
    return _DIGEST.fullmatch(text) is not None


def checked_repository(text: str) -> str:
    """`text` when it can name a repository; raises ValueError otherwise."""
    if not _REPOSITORY.fullmatch(text) or len(text) > _LONGEST_NAME:
        raise ValueError(f"{text!r} is no name of a repository.")
    return text


def checked_digest(text: str) -> str:
    """`text` when it is a digest; raises ValueError otherwise."""
    if not is_digest(text):
        raise ValueError(f"{text!r} is no digest.")
    return text


def _split(name: str) -> tuple[str, str]:
    """Registry and repository. The first part is a host only if it looks like one and another follows."""
    first, slash, rest = name.partition("/")
    is_host = slash and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    host, repository = (first, rest) if is_host else (DOCKER_HUB, name)
    found = _HOST.fullmatch(host)
    if found is None or int(found["port"] or 1) not in range(1, 65536):
        raise ValueError(f"{host!r} is no host of a registry.")
    if host == f"index.{DOCKER_HUB}":
        host = DOCKER_HUB
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return host, repository
