"""References to images as Rancher 1.6 stores them: `docker:registry.abc.net/java-service-1:1.0.1`. Pure."""

from dataclasses import dataclass
from typing import Self

_KINDS = ("docker:", "sim:")
_DOCKER_HUB = ("docker.io/", "index.docker.io/")


@dataclass(frozen=True, slots=True)
class Image:
    """One reference in its parts, "" where one is missing. `kind` is Rancher's prefix ("docker:")."""

    kind: str
    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The parts of `text`, with or without Rancher's prefix. A port of the registry is no tag."""
        kind = next((kind for kind in _KINDS if text.startswith(kind)), "")
        name, _, digest = text.removeprefix(kind).partition("@")
        repository, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            repository, tag = name, ""
        return cls(kind, repository, tag, digest)

    @property
    def version(self) -> str:
        """What the product calls the version: the tag, else the digest."""
        return self.tag or self.digest

    def with_tag(self, tag: str) -> "Image":
        """The same repository at this tag; a digest is dropped."""
        return Image(self.kind, self.repository, tag, "")

    def is_of(self, repository: str) -> bool:
        """Is it an image of that repository? Docker Hub's long and short names are the same."""
        return _short(self.repository) == _short(Image.parse(repository).repository)

    def __str__(self) -> str:
        return self.kind + self.readable

    @property
    def readable(self) -> str:
        """As people write it, without Rancher's prefix."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")


def _short(repository: str) -> str:
    for host in _DOCKER_HUB:
        repository = repository.removeprefix(host)
    return repository.removeprefix("library/")
