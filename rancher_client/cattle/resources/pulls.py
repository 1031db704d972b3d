"""Pull tasks (rancher-1.6-api.md 9.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from rancher_client.cattle.fields import Fields
from rancher_client.cattle.resources.states import Transitioning, transitioning_of

_PULLED = "Done"
_UNDER_WAY = "Pulling"


@dataclass(frozen=True, slots=True)
class PullTask:
    """One request to pull an image. It ends `active` whether or not anything could be pulled.

    `status` is by host *name*; hosts without a name pull too, but are never reported.
    """

    id: str
    image: str | None
    state: str
    transitioning: Transitioning
    transitioning_message: str | None
    status: Mapping[str, str]

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """From a `pullTask`."""
        fields = Fields(body, "pull task")
        return cls(
            id=fields.text("id"),
            image=fields.text_or_none("image"),
            state=fields.text("state"),
            transitioning=transitioning_of(fields),
            transitioning_message=fields.message("transitioningMessage"),
            status=fields.texts_by_name("status"),
        )

    @property
    def failures(self) -> Mapping[str, str]:
        """What went wrong, by host name; empty also while nothing has ended yet."""
        return {host: told for host, told in self.status.items() if told not in (_PULLED, _UNDER_WAY)}
