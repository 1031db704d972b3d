"""What happened to a ticket, as lines: the words of tickets and of deployments, each in its colour. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploytickets.audit.models import Event
from deploytickets.deployments import explain
from deploytickets.deployments.phases import Phase
from deploytickets.tickets import queries

_TONES = {
    "ticket.approved": "ok",
    "ticket.upgraded": "ok",
    "ticket.finished": "ok",
    "ticket.rolled_back": "ok",
    "ticket.verified": "ok",
    "ticket.started": "moving",
    "ticket.finish_begun": "moving",
    "ticket.rollback_begun": "moving",
    "ticket.failed": "bad",
    "ticket.rejected": "bad",
    "ticket.approvals_voided": "wait",
    "ticket.finished_outside": "foreign",
    "ticket.rolled_back_outside": "foreign",
}
_SERVICE = "service."
_PHASES: dict[Phase, str | Promise] = {
    Phase.UNTOUCHED: _("{service} is as it was before"),
    Phase.HALF_ACCEPTED: _("Rancher has taken the upgrade of {service} only in part"),
    Phase.TORN: _("{service} is torn between two upgrades"),
    Phase.UPGRADING: _("Rancher replaces the containers of {service}"),
    Phase.UPGRADED: _("Rancher has replaced all containers of {service}"),
    Phase.FINISHING: _("Rancher removes the old containers of {service}"),
    Phase.FINISHED: _("The old containers of {service} are gone"),
    Phase.ROLLING_BACK: _("Rancher brings the old containers of {service} back"),
    Phase.ROLLED_BACK: _("The old containers of {service} are back"),
    Phase.CANCELLED: _("The upgrade of {service} is held in Rancher"),
    Phase.REPLACED: _("{service} was upgraded by somebody else"),
    Phase.FORGOTTEN: _("Rancher shows nothing of the upgrade of {service}"),
    Phase.GONE: _("{service} was removed from Rancher"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `text` says more: people's own words as they were typed, or why something stopped."""

    event_id: int
    at: datetime
    icon: str
    tone: str
    sentence: str
    text: str


def entries(timeline: Iterable[queries.Entry], events: Sequence[Event]) -> list[Entry]:
    """The timeline in its order; `events` are those that it was told from."""
    by_id = {event.pk: event for event in events}
    return [_entry(told, by_id.get(told.event_id)) for told in timeline]


def _entry(told: queries.Entry, event: Event | None) -> Entry:
    details = event.details if event is not None else {}
    if told.action.startswith(_SERVICE) and details.get("phase") in set(Phase):
        words = str(_PHASES[Phase(details["phase"])]).format(service=details.get("service", ""))
        return Entry(told.event_id, told.at, "box", "muted", words, "")
    is_no = details.get("works") is False
    return Entry(
        told.event_id,
        told.at,
        "circle-x" if is_no else told.icon,
        "bad" if is_no else _TONES.get(told.action, "muted"),
        told.sentence,
        told.text or explain.words(details.get("why")),
    )
