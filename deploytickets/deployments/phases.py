"""What Rancher was last seen doing with one service of ours: the conclusions of rancher-1.6-api.md 13.5."""

from enum import StrEnum


class Phase(StrEnum):
    """`undecided_yet` is no phase but "look again"; a phase alone never changes a ticket."""

    UNTOUCHED = "untouched"
    HALF_ACCEPTED = "half_accepted"
    TORN = "torn"
    UPGRADING = "upgrading"
    UPGRADED = "upgraded"
    FINISHING = "finishing"
    FINISHED = "finished"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    FORGOTTEN = "forgotten"
    GONE = "gone"

    @property
    def stands_in_rancher(self) -> bool:
        return self in STANDS_IN_RANCHER


STANDS_IN_RANCHER = frozenset(
    {
        Phase.HALF_ACCEPTED,
        Phase.TORN,
        Phase.UPGRADING,
        Phase.UPGRADED,
        Phase.FINISHING,
        Phase.ROLLING_BACK,
        Phase.CANCELLED,
    }
)
"""Something of ours that is neither finished nor undone: the ticket cannot be cancelled or tried again."""
