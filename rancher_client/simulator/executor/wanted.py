"""A service as a text asks for it, ready to be sent to the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from .hashes import HASH, Hashes


@dataclass(frozen=True, slots=True)
class WantedService:
    """One service of the texts.

    Attributes:
        kind: the type it is created as.
        fields: of the service itself, by Rancher's names, with its hash among the metadata; rules and
            certificates of a load balancer name what they mean where the API wants an id.
        launch_config, sidekicks: complete, each with its hash among the labels.
        links: alias and name, or `stack/name`, of the services it links to.
        after: services of the same texts that have their turn before.
        error: why it cannot be made although the texts as a whole were taken.
        is_beyond_the_server: the server stumbles when it is asked to translate it.
    """

    name: str
    kind: str
    fields: dict[str, Any]
    launch_config: dict[str, Any]
    sidekicks: list[dict[str, Any]]
    links: list[tuple[str, str]] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    start_first: bool = False
    waits_for_health: bool = False
    error: str | None = None
    is_beyond_the_server: bool = False

    @property
    def can_be_translated(self) -> bool:
        """Whether there are configs, and hashes of them, at all."""
        return self.error is None and not self.is_beyond_the_server

    @property
    def hashes(self) -> Hashes:
        """What is compared with the hashes of the service that runs."""
        return Hashes.stored(self.fields, self.launch_config, self.sidekicks)

    def hashed(self) -> Self:
        """With the hashes written into it."""
        hashes = Hashes.of(self.name, self.fields, self.launch_config, self.sidekicks)
        kept = asdict(self)
        kept["fields"]["metadata"] = {**(kept["fields"].get("metadata") or {}), HASH: hashes.service}
        _label(kept["launch_config"], hashes.primary)
        for config in kept["sidekicks"]:
            _label(config, hashes.sidekicks[config["name"]])
        return type(self)(**kept)

    def saved(self) -> dict[str, Any]:
        """As JSON-able data."""
        return asdict(self)

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Self:
        """The inverse of `saved`."""
        return cls(**{**saved, "links": [(alias, target) for alias, target in saved["links"]]})


def _label(config: dict[str, Any], digest: str) -> None:
    config["labels"] = {**(config.get("labels") or {}), HASH: digest}
