"""The words for states, buttons and what a ticket waits for: pages, API and messages use these."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploytickets.tickets.transitions import Action, State

if TYPE_CHECKING:
    from deploytickets.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Word:
    """How a state is shown: always word, icon (a name of the lucide set) and tone together."""

    word: str | Promise
    icon: str
    tone: str


WORDS: dict[State, Word] = {
    State.PENDING: Word(gettext_lazy("Waits for approval"), "hourglass", "wait"),
    State.APPROVED: Word(gettext_lazy("Approved"), "circle-check", "moving"),
    State.DEPLOYING: Word(gettext_lazy("Upgrading"), "circle-arrow-up", "moving"),
    State.VERIFYING: Word(gettext_lazy("Verify"), "eye", "wait"),
    State.FINISHING: Word(gettext_lazy("Finishing"), "flag", "moving"),
    State.FINISHED: Word(gettext_lazy("Finished"), "circle-check-big", "ok"),
    State.FAILED: Word(gettext_lazy("Needs a decision"), "triangle-alert", "bad"),
    State.ROLLING_BACK: Word(gettext_lazy("Rolling back"), "undo-2", "moving"),
    State.ROLLED_BACK: Word(gettext_lazy("Rolled back"), "history", "idle"),
    State.REJECTED: Word(gettext_lazy("Rejected"), "circle-x", "idle"),
    State.CANCELLED: Word(gettext_lazy("Cancelled"), "ban", "idle"),
}

PLANNING = Word(gettext_lazy("Plan is being made"), "loader", "moving")
NO_PLAN = Word(gettext_lazy("No plan can be made"), "triangle-alert", "bad")

LABELS: dict[Action, str | Promise] = {
    Action.FILE: gettext_lazy("File ticket"),
    Action.EDIT: gettext_lazy("Edit"),
    Action.ACCEPT_WARNINGS: gettext_lazy("Accept warnings"),
    Action.APPROVE: gettext_lazy("Approve"),
    Action.REJECT: gettext_lazy("Reject"),
    Action.WITHDRAW_APPROVAL: gettext_lazy("Withdraw my approval"),
    Action.CANCEL: gettext_lazy("Cancel ticket"),
    Action.START: gettext_lazy("Start"),
    Action.WAIT_LONGER: gettext_lazy("Wait longer"),
    Action.TRY_AGAIN: gettext_lazy("Try again"),
    Action.VERIFY: gettext_lazy("Verify"),
    Action.WITHDRAW_VERIFICATION: gettext_lazy("Withdraw my verification"),
    Action.FINISH: gettext_lazy("Finish upgrade"),
    Action.ROLL_BACK: gettext_lazy("Roll back"),
    Action.FREE: gettext_lazy("Give up and free the services"),
    Action.COMMENT: gettext_lazy("Comment"),
}

ROLES: dict[str, str | Promise] = {
    "viewer": gettext_lazy("viewer"),
    "developer": gettext_lazy("developer"),
    "ops": gettext_lazy("ops"),
    "admin": gettext_lazy("administrator"),
}

_WAITING: dict[str, str | Promise] = {
    "scheduled": gettext_lazy("It is scheduled for {at}."),
    "queued": gettext_lazy("It is queued behind {behind}."),
    "locked": gettext_lazy("{environment} is locked by {by}: {reason}"),
    "starting": gettext_lazy("Start was pressed; it begins in a moment."),
    "start_by_hand": gettext_lazy("In {environment} ops press Start by hand."),
    "rancher_away": gettext_lazy("Rancher does not answer since {since}."),
    "approvals_missing": gettext_lazy("{given} of {needed} approvals hold; it needs approval again."),
    "blocked": gettext_lazy("The plan has blockers: {names}."),
    "plan": gettext_lazy("The plan is being made again."),
}


def word_of(ticket: "Ticket") -> Word:
    """How the ticket's state is shown: `pending` without a plan says what is really waited for."""
    if ticket.state == State.PENDING and not ticket.plan_digest:
        return NO_PLAN if ticket.plan_problem else PLANNING
    return WORDS[State(ticket.state)]


def is_by_now(ticket: "Ticket") -> str:
    """Why an action is refused that the ticket's state does not know."""
    return _("%(ticket)s is at “%(state)s” by now, where this is not possible. Nothing was changed.") % {
        "ticket": ticket.key,
        "state": WORDS[State(ticket.state)].word,
    }


def waiting(fact: Mapping[str, Any]) -> str:
    """What an approved ticket waits for, as a sentence."""
    code = str(fact["code"])
    sentence = _WAITING.get(code)
    if sentence is None:
        return _("It waits: %(code)s.") % {"code": code}
    return str(sentence).format_map({name: _readable(name, value) for name, value in fact.items()})


def _readable(name: str, value: Any) -> Any:
    """Stored times as the reader's zone has them, without a language of their own."""
    if name not in ("at", "since"):
        return value
    return localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M %Z")
