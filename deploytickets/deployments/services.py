"""What people do with a ticket that concerns Rancher: decided and written here, carried out by the worker.

Every function is one transaction that ends before Rancher is called, and wakes the worker after it.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.access.naming import all_of
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid
from deploytickets.deployments.errors import NotHealthy
from deploytickets.deployments.models import StartOrder, Upgrade
from deploytickets.deployments.queries import what_was_looked_at
from deploytickets.deployments.recording import close, set_goal
from deploytickets.deployments.tasks import reconcile_upgrade, refresh_plan, start_approved
from deploytickets.deployments.wake import wake
from deploytickets.notifications.services import publish_progress, tell_soon
from deploytickets.tickets import policy, wishes
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.queries import by_key
from deploytickets.tickets.transitions import Action, State

LONGEST_WAIT = timedelta(days=1)


@transaction.atomic
def file(*, by: Actor, **wish: Any) -> Ticket:
    """File a ticket, and have its plan made at once. See `tickets.services.file`."""
    ticket = tickets.file(by=by, **wish)
    wake(refresh_plan, ticket.key)
    tell_soon()
    return ticket


@transaction.atomic
def edit(key: str, *, by: Actor, **changes: Any) -> Ticket:
    """Change what the ticket asks for, and have its plan made anew. See `tickets.services.edit`."""
    ticket = tickets.edit(key, by=by, **changes)
    wake(refresh_plan, ticket.key)
    tell_soon()
    return ticket


@transaction.atomic
def accept_warnings(key: str, *, by: Actor, plan_digest: str, names: Collection[str]) -> Ticket:
    """Accept warnings by name; where nobody has to approve, that may start it. See `tickets.services`."""
    ticket = tickets.accept_warnings(key, by=by, plan_digest=plan_digest, names=names)
    if ticket.state == State.APPROVED:
        wake(start_approved, ticket.key)
    tell_soon()
    return ticket


@transaction.atomic
def approve(key: str, *, by: Actor, plan_digest: str, accept: Collection[str] = (), note: str = "") -> Ticket:
    """Approve the plan that `by` has read, and start at once where nothing else is waited for.

    Raises what `tickets.services.approve` raises.
    """
    ticket = tickets.approve(key, by=by, plan_digest=plan_digest, accept=accept, note=note)
    if ticket.state == State.APPROVED:
        wake(start_approved, ticket.key)
    tell_soon()
    return ticket


@transaction.atomic
def verify(key: str, *, by: Actor, role: str, works: bool, **said: Any) -> Ticket:
    """Works, or does not; kept with the containers that the ticket shows now. See `tickets.services`."""
    looked_at = what_was_looked_at(by_key(key, user_id=by.user_id))
    ticket = tickets.verify(key, by=by, role=role, works=works, looked_at=looked_at, **said)
    tell_soon()
    return ticket


@transaction.atomic
def start(key: str, *, by: Actor) -> Ticket:
    """Order the start of an approved ticket; the worker begins it in the name of `by` at its turn.

    Raises UnknownTicket, NotAllowed, WrongState, MustWait.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.START, ticket, by, now=now)
    assert by.user_id is not None, "the system does not press Start"
    StartOrder.objects.update_or_create(
        ticket=ticket,
        defaults={
            "by_name": by.name,
            "by_user_id": by.user_id,
            "through": by.through.value,
            "address": by.address,
            "plan_digest": ticket.plan_digest,
            "ordered_at": now,
        },
    )
    if tickets.record_waiting(ticket, {"code": "starting"}):
        publish_progress(ticket.environment_id, [ticket.key])
    wake(start_approved, ticket.key)
    return ticket


@transaction.atomic
def finish(key: str, *, by: Actor) -> Ticket:
    """Finish the upgrade: the old containers go, and with them the way back.

    Raises UnknownTicket, NotAllowed, WrongState, NotReady; NotHealthy when a service is not healthy.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.FINISH, ticket, by, now=now)
    upgrade = _open_upgrade(ticket)
    sick = [row.name for row in upgrade.services.all() if row.healthy < row.wanted]
    if sick:
        raise NotHealthy(
            ticket,
            _(
                "Not all wanted containers of %(services)s are healthy. Nothing was finished; "
                "roll back, or finish when they are."
            )
            % {"services": all_of(sick)},
            services=sick,
        )
    tickets.record_failure(ticket, None)
    tickets.enter(ticket, Action.FINISH, by=by, now=now)
    _drive(ticket, upgrade)
    return ticket


@transaction.atomic
def roll_back(key: str, *, by: Actor, reason: str = "") -> Ticket:
    """Roll back every service that was started, in reverse order; created ones are removed.

    Raises UnknownTicket, NotAllowed, WrongState, Invalid.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.ROLL_BACK, ticket, by, now=now)
    reason = wishes.check_text("reason", reason, at_most=wishes.MAX_REASON)
    upgrade = _open_upgrade(ticket)
    tickets.record_failure(ticket, None)
    tickets.enter(ticket, Action.ROLL_BACK, by=by, now=now, reason=reason)
    _drive(ticket, upgrade)
    return ticket


@transaction.atomic
def wait_longer(key: str, *, by: Actor, minutes: int) -> Ticket:
    """Give the attempt more time, counted from now; it goes on where it failed.

    Raises UnknownTicket, NotAllowed, WrongState; Invalid for less than a minute or more than a day.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.WAIT_LONGER, ticket, by, now=now)
    if not 1 <= minutes <= LONGEST_WAIT.total_seconds() // 60:
        raise Invalid({"minutes": _("Between 1 minute and 1,440 minutes (a day).")})
    upgrade = _open_upgrade(ticket)
    tickets.enter(ticket, Action.WAIT_LONGER, by=by, now=now, minutes=minutes)
    # The goal is that of before: what was sent for it still counts as sent.
    upgrade.deadline_at = now + timedelta(minutes=minutes)
    upgrade.look_again_at = now
    upgrade.save(update_fields=["deadline_at", "look_again_at"])
    tell_soon()
    wake(reconcile_upgrade, upgrade.pk)
    return ticket


@transaction.atomic
def try_again(key: str, *, by: Actor) -> Ticket:
    """Make the ticket `approved` again for a new attempt; only when Rancher shows nothing of ours.

    Raises UnknownTicket, NotAllowed, WrongState, NotReady.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.TRY_AGAIN, ticket, by, now=now)
    close(ticket, _open_upgrade(ticket), now)
    tickets.want_plan(ticket, now=now)
    tickets.enter(ticket, Action.TRY_AGAIN, by=by, now=now)
    tell_soon()
    wake(start_approved, ticket.key)
    return ticket


@transaction.atomic
def cancel(key: str, *, by: Actor, reason: str = "") -> Ticket:
    """Take the ticket back; from `failed` only when nothing of ours stands in Rancher.

    Raises what `tickets.services.cancel` raises.
    """
    ticket = tickets.cancel(key, by=by, reason=reason)
    upgrade = ticket.upgrades.filter(settled_at__isnull=True).first()
    if upgrade is not None:
        close(ticket, upgrade, clock.now())
    tell_soon()
    return ticket


@transaction.atomic
def free(key: str, *, by: Actor, reason: str) -> Ticket:
    """Give up following the services and free their lanes, whatever stands in Rancher.

    Raises UnknownTicket, NotAllowed, WrongState; Invalid without a reason.
    """
    ticket = tickets.locked(key)
    now = clock.now()
    policy.require(Action.FREE, ticket, by, now=now)
    if not reason.strip():
        raise Invalid({"reason": _("Say why nothing more has to be done in Rancher; it goes on record.")})
    reason = wishes.check_text("reason", reason, at_most=wishes.MAX_REASON)
    upgrade = _open_upgrade(ticket)
    left = {row.name: row.phase for row in upgrade.services.all()}
    tickets.enter(ticket, Action.FREE, by=by, now=now, reason=reason, left=left)
    close(ticket, upgrade, now)
    tell_soon()
    return ticket


def _open_upgrade(ticket: Ticket) -> Upgrade:
    """The attempt that is not settled, locked after its ticket."""
    return Upgrade.objects.select_for_update().get(ticket=ticket, settled_at__isnull=True)


def _drive(ticket: Ticket, upgrade: Upgrade) -> None:
    set_goal(upgrade, ticket.changed_at)
    tell_soon()
    wake(reconcile_upgrade, upgrade.pk)
