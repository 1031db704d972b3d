"""Who did something, and through what: the `by` of every service function."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"
    OUTSIDE = "outside"


class Through(StrEnum):
    """The way in. An event without it would say who but not how."""

    PAGE = "page"
    API = "api"
    WORKER = "worker"
    WATCHER = "watcher"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (a token counts as its owner), the product itself, or somebody outside of it.

    `user_id` is set for persons only; `address` is where the request came from; `token_id` is set
    when a personal token was used, `scopes` then limits what it may do (None: no limit, a session).
    """

    kind: ActorKind
    name: str
    through: Through
    user_id: int | None = None
    address: str = ""
    token_id: int | None = None
    scopes: frozenset[str] | None = None

    @property
    def is_person(self) -> bool:
        return self.kind is ActorKind.PERSON


SYSTEM = Actor(ActorKind.SYSTEM, "system", Through.WORKER)
OUTSIDE = Actor(ActorKind.OUTSIDE, "outside", Through.WATCHER)
