"""A ticket's events in words, for its activity. Names in it are as they were when it happened."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploytickets.access.naming import all_of
from deploytickets.audit.models import Event
from deploytickets.tickets import differences, words
from deploytickets.tickets.transitions import Action, event_name

_ICONS: dict[str, str] = {
    event_name(action): icon
    for action, icon in {
        Action.FILE: "file-plus",
        Action.EDIT: "pencil",
        Action.PLAN: "list-checks",
        Action.ACCEPT_WARNINGS: "check",
        Action.APPROVE: "check",
        Action.REJECT: "circle-x",
        Action.WITHDRAW_APPROVAL: "undo-2",
        Action.VOID_APPROVALS: "rotate-ccw",
        Action.CANCEL: "ban",
        Action.START: "circle-arrow-up",
        Action.UPGRADED: "circle-check",
        Action.FAIL: "triangle-alert",
        Action.WAIT_LONGER: "hourglass",
        Action.TRY_AGAIN: "rotate-cw",
        Action.VERIFY: "eye",
        Action.WITHDRAW_VERIFICATION: "undo-2",
        Action.FINISH: "flag",
        Action.FINISHED: "circle-check-big",
        Action.ROLL_BACK: "undo-2",
        Action.ROLLED_BACK: "history",
        Action.FINISHED_OUTSIDE: "external-link",
        Action.ROLLED_BACK_OUTSIDE: "external-link",
        Action.FREE: "lock-open",
        Action.COMMENT: "message-square",
    }.items()
}

_PLAIN: dict[Action, str | Promise] = {
    Action.FILE: gettext_lazy("Filed by {by}"),
    Action.REJECT: gettext_lazy("Rejected by {by}"),
    Action.WITHDRAW_APPROVAL: gettext_lazy("{by} withdrew the approval"),
    Action.CANCEL: gettext_lazy("Cancelled by {by}"),
    Action.UPGRADED: gettext_lazy("Every service is upgraded and healthy"),
    Action.FAIL: gettext_lazy("Needs a decision"),
    Action.WAIT_LONGER: gettext_lazy("{by} gives it more time"),
    Action.TRY_AGAIN: gettext_lazy("{by} wants it tried again"),
    Action.FINISH: gettext_lazy("{by} finishes the upgrade"),
    Action.FINISHED: gettext_lazy("Finished"),
    Action.ROLLED_BACK: gettext_lazy("Rolled back"),
    Action.FINISHED_OUTSIDE: gettext_lazy("Finished in Rancher itself, outside this product"),
    Action.ROLLED_BACK_OUTSIDE: gettext_lazy("Rolled back in Rancher itself, outside this product"),
    Action.FREE: gettext_lazy("{by} gave it up and freed its services"),
    Action.COMMENT: gettext_lazy("{by} wrote"),
}

_BECAUSE: dict[str, str | Promise] = {
    "plan_changed": gettext_lazy("The plan has changed; it needs approval again"),
    "expired": gettext_lazy("The approval has expired; it needs approval again"),
    "not_enough": gettext_lazy("The approvals are no longer enough; it needs approval again"),
}


def icon_of(event: Event) -> str:
    """The lucide icon of the event's kind."""
    return _ICONS.get(event.action, "circle")


def sentence_of(event: Event) -> str:
    """The event in one line. What is unknown here (of another release) is shown by its name."""
    teller = _TELLERS.get(event.action)
    return teller(event) if teller else event.action


def text_of(event: Event, comments: Mapping[int, str]) -> str:
    """People's own words that belong to the event: the comment, the reason, the note."""
    if event.action == event_name(Action.COMMENT):
        return comments.get(event.details.get("comment", 0), "")
    if event.action == event_name(Action.FILE):
        return str((event.after or {}).get("description", ""))
    return str(event.details.get("reason") or event.details.get("note") or "")


def _by(event: Event) -> str:
    return event.by_name if event.by_kind == "person" else _("the product")


def _plain(sentence: str | Promise) -> Callable[[Event], str]:
    return lambda event: str(sentence).format(by=_by(event))


def _edited(event: Event) -> str:
    text = _("%(by)s changed what is asked for") % {"by": _by(event)}
    version = (event.after or {}).get("version")
    return f"{text}: {version}" if version else text


def _planned(event: Event) -> str:
    counts: Mapping[str, Any] = event.details.get("findings", {})
    return _("Plan made: blockers %(blockers)d, warnings %(warnings)d, notes %(notes)d") % {
        "blockers": counts.get("blocker", 0),
        "warnings": counts.get("warning", 0),
        "notes": counts.get("note", 0),
    }


def _voided(event: Event) -> str:
    reason = _BECAUSE.get(event.details.get("because", ""), _BECAUSE["not_enough"])
    changes = differences.sentences(event.details.get("difference", []))
    return " ".join([f"{reason}.", *changes])


def _warnings_accepted(event: Event) -> str:
    return _("%(by)s accepted %(names)s") % {"by": _by(event), "names": all_of(event.details["accepted"])}


def _approved(event: Event) -> str:
    details = event.details
    if not details.get("needed"):
        return _("Approved by policy: nobody's approval is asked for here")
    text = _("Approved by %(by)s (%(given)d/%(needed)d), plan %(plan)s") % {
        "by": _by(event),
        "given": details["given"],
        "needed": details["needed"],
        "plan": details["plan_digest"][:8],
    }
    if details.get("accepted"):
        text += _("; accepted %(names)s") % {"names": all_of(details["accepted"])}
    return text


def _started(event: Event) -> str:
    attempt = (event.after or {}).get("attempt", 1)
    if event.by_kind == "person":
        return _("Started by %(by)s, attempt %(attempt)d") % {"by": event.by_name, "attempt": attempt}
    return _("Started by policy, attempt %(attempt)d") % {"attempt": attempt}


def _verified(event: Event) -> str:
    pattern = (
        _("%(by)s says as %(role)s: it works")
        if event.details["works"]
        else _("%(by)s says as %(role)s: it does not work")
    )
    return pattern % {"by": _by(event), "role": words.ROLES[event.details["role"]]}


def _verification_withdrawn(event: Event) -> str:
    return _("%(by)s withdrew the verification as %(role)s") % {
        "by": _by(event),
        "role": words.ROLES[event.details["role"]],
    }


def _roll_back(event: Event) -> str:
    if event.by_kind == "person":
        return _("%(by)s rolls back") % {"by": event.by_name}
    return _("Rolls back by policy, because the deadline has passed")


_TELLERS: dict[str, Callable[[Event], str]] = {
    **{event_name(action): _plain(sentence) for action, sentence in _PLAIN.items()},
    event_name(Action.EDIT): _edited,
    event_name(Action.PLAN): _planned,
    event_name(Action.VOID_APPROVALS): _voided,
    event_name(Action.ACCEPT_WARNINGS): _warnings_accepted,
    event_name(Action.APPROVE): _approved,
    event_name(Action.START): _started,
    event_name(Action.VERIFY): _verified,
    event_name(Action.WITHDRAW_VERIFICATION): _verification_withdrawn,
    event_name(Action.ROLL_BACK): _roll_back,
}
