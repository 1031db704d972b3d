"""What is wanted of a service, and the steps that lead there: the words that `decide` and `fold` speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deploytickets.deployments.explain import Explanation


class Goal(StrEnum):
    """What the ticket's state asks of its services."""

    UPGRADED = "upgraded"
    HOLD = "hold"
    FINISHED = "finished"
    ROLLED_BACK = "rolled_back"
    WATCH = "watch"


class End(StrEnum):
    """The two ways in which an upgrade ends."""

    FINISHED = "finished"
    ROLLED_BACK = "rolled_back"


class Step:
    """What one service needs now."""


@dataclass(frozen=True, slots=True)
class Start(Step):
    """Send the upgrade, or the creation. `anew`: Rancher stored the configs of the try before and
    never began; it is sent again under a new mark, and the way back no longer is Rancher's rollback."""

    anew: bool = False


@dataclass(frozen=True, slots=True)
class MakeStack(Step):
    """Make the empty stack that a created service belongs to."""


@dataclass(frozen=True, slots=True)
class SetLinks(Step):
    """Link the created service to the services that the plan names: alias to id."""

    links: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finish(Step):
    """Remove the old containers."""


@dataclass(frozen=True, slots=True)
class RollBack(Step):
    """Rancher's own rollback."""


@dataclass(frozen=True, slots=True)
class CancelToFree(Step):
    """Cancel a finish that hangs, so that a rollback is offered."""


@dataclass(frozen=True, slots=True)
class RemoveCreated(Step):
    """Remove the service that the ticket created."""


@dataclass(frozen=True, slots=True)
class RestoreStoredConfigs(Step):
    """Go back by a fresh upgrade to the configs stored before the first call (13.5 step 5)."""


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Nothing to do but look again; `trouble` says what stands in the way, as far as one can see."""

    trouble: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Done(Step):
    """The service has what the goal asks for."""


@dataclass(frozen=True, slots=True)
class AskToVerify(Step):
    """Upgraded, and as many containers of the new version healthy as are wanted (I8)."""


@dataclass(frozen=True, slots=True)
class AskPeople(Step):
    """It cannot go on by itself: terminal evidence (I9)."""

    why: Explanation


@dataclass(frozen=True, slots=True)
class TakeOver(Step):
    """Somebody outside has ended it."""

    end: End
