"""The decision box: what comes next on a ticket, and which of its buttons are mine. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from deploytickets.tickets.policy import Choice
from deploytickets.tickets.transitions import Action, State

_DECIDING: dict[State, frozenset[Action]] = {
    State.PENDING: frozenset({Action.APPROVE}),
    State.APPROVED: frozenset({Action.START}),
    State.VERIFYING: frozenset({Action.VERIFY, Action.FINISH}),
    State.FAILED: frozenset({Action.WAIT_LONGER, Action.TRY_AGAIN, Action.ROLL_BACK, Action.CANCEL}),
}
_ASIDE = frozenset({Action.EDIT, Action.WITHDRAW_APPROVAL, Action.WITHDRAW_VERIFICATION})
_CONFIRMED = frozenset({Action.REJECT, Action.CANCEL, Action.FINISH, Action.ROLL_BACK, Action.FREE})
"""Irreversible or destructive: they open in place, say what they will do, and ask once."""


@dataclass(frozen=True, slots=True)
class Box:
    """`lead` is the sentence under the heading; `is_mine` lights the box for its reader."""

    heading: str
    lead: str
    is_mine: bool
    choices: Sequence[Choice]

    @property
    def main(self) -> list[Choice]:
        """What is decided here, by weight."""
        return [choice for choice in self.choices if choice.action not in _ASIDE]

    @property
    def aside(self) -> list[Choice]:
        """What one may do besides; not shown where one may not."""
        return [choice for choice in self.choices if choice.action in _ASIDE and choice.is_open]


def box(
    state: State,
    choices: Iterable[Choice],
    *,
    has_plan: bool = True,
    plan_problem: str = "",
    waits: str = "",
    failure: str = "",
    approvals: tuple[int, int] = (0, 0),
) -> Box:
    """The box of a ticket in this state for the reader whose choices these are."""
    offered = tuple(choices)
    open_actions = {choice.action for choice in offered if choice.is_open}
    is_mine = bool(_DECIDING.get(state, frozenset()) & open_actions)
    heading, lead = _words(state, is_mine, has_plan, plan_problem, waits, failure, approvals)
    return Box(heading, lead, is_mine, offered)


def is_confirmed(action: Action) -> bool:
    """Does it ask once before it does something that cannot be taken back?"""
    return action in _CONFIRMED


def _words(
    state: State,
    is_mine: bool,
    has_plan: bool,
    plan_problem: str,
    waits: str,
    failure: str,
    approvals: tuple[int, int],
) -> tuple[str, str]:
    counted = {"given": approvals[0], "needed": approvals[1]}
    match state:
        case State.PENDING if plan_problem:
            return _("No plan can be made"), plan_problem
        case State.PENDING if not has_plan:
            return _("The plan is being made"), _("It takes a few seconds and appears here by itself.")
        case State.PENDING:
            heading = _("Approve or reject") if is_mine else _("Next: approval")
            return heading, _(
                "%(given)s of %(needed)s approvals given. An approval holds for exactly this plan."
            ) % counted
        case State.APPROVED:
            return _("Approved"), waits or _("It starts by itself in a moment.")
        case State.DEPLOYING:
            return _("Next: verify"), _("Opens when all new containers are healthy.")
        case State.VERIFYING:
            heading = _("Verify, then finish") if is_mine else _("Next: verify and finish")
            return heading, _("The new version runs; the old containers are kept until it is finished.")
        case State.FINISHING:
            return _("Finishing"), _("The old containers are being removed.")
        case State.ROLLING_BACK:
            return _("Rolling back"), _("The old containers are being started again, the new ones removed.")
        case State.FAILED:
            return _("Needs a decision"), failure
        case State.FINISHED:
            return _("Finished"), _(
                "Nothing is left to do. Going back is a new ticket with the version before."
            )
        case State.ROLLED_BACK:
            return _("Rolled back"), _("What ran before runs again. Nothing is left to do.")
        case State.REJECTED:
            return _("Rejected"), _("Nothing was changed. A new ticket can be filed.")
        case State.CANCELLED:
            return _("Cancelled"), _("Nothing is left to do.")
