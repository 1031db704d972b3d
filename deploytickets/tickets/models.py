"""Tickets, their plans, and what people said about them."""

from typing import Any

from django.conf import settings
from django.db import models

from deploytickets.catalog.models import Application, Environment, Placement
from deploytickets.encryption import EncryptedJSONField
from deploytickets.tickets.transitions import OPEN, State


class TicketNumber(models.Model):
    """The counter behind DEPLOY-n: one row, locked while a number is taken."""

    last = models.PositiveIntegerField(default=0)


class Ticket(models.Model):
    """A wish to run a version of an application in an environment, and what became of it.

    Application and environment never change. `attempt` counts the starts. `findings`, `waits_for`,
    `rancher_away_since` and `failure` are facts that `deployments` wrote through `tickets.services`;
    every "may I, and if not why" reads only stored facts. `waits_for` and `failure` are
    {"code", **params}, put into words when read; `findings` a list of such, each with its `level`.
    """

    key = models.CharField(max_length=24, unique=True)
    number = models.PositiveIntegerField(unique=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="tickets")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="tickets")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="tickets")
    branch = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=128)
    description = models.TextField(blank=True, max_length=10_000)
    links = models.JSONField(default=list, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan_editors = models.JSONField(default=list)
    filed_at = models.DateTimeField()
    scheduled_for = models.DateTimeField(null=True, blank=True)
    is_emergency = models.BooleanField(default=False)
    emergency_reason = models.CharField(max_length=500, blank=True)

    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in State], default=State.PENDING.value
    )
    changed_at = models.DateTimeField()
    attempt = models.PositiveIntegerField(default=0)
    approved_at = models.DateTimeField(null=True)
    failed_from = models.CharField(max_length=12, blank=True)
    plan = models.ForeignKey("tickets.Plan", null=True, on_delete=models.PROTECT, related_name="+")
    plan_digest = models.CharField(max_length=64, blank=True)
    plan_problem = models.JSONField(null=True)
    plan_wanted_at = models.DateTimeField(null=True)
    accepted_warnings = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    waits_for = models.JSONField(null=True)
    rancher_away_since = models.DateTimeField(null=True)
    failure = models.JSONField(null=True)
    clear_in_rancher = models.BooleanField(default=True)

    facts_when_locked: dict[str, Any] | None = None
    """What `services.locked` read: the `before` of the next event. None: not locked by us."""

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["state", "environment"], name="ticket_state"),
            models.Index(fields=["environment", "-number"], name="ticket_environment"),
            models.Index(fields=["application", "-number"], name="ticket_application"),
            models.Index(fields=["requested_by", "-number"], name="ticket_requested_by"),
            models.Index(
                fields=["placement"],
                name="ticket_open",
                condition=models.Q(state__in=sorted(state.value for state in OPEN)),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Plan(models.Model):
    """What exactly would change, computed from one survey; approvals are given to its digest.

    `content` is `plans.PlanContent` as JSON, complete and secret; `shown` the masked diff for
    people. A plan is never changed: the world that moved makes a new one.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="plans")
    made_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    content = EncryptedJSONField()
    shown = models.JSONField()
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]


class Approval(models.Model):
    """A person's yes to one plan digest. Void when that digest no longer is the ticket's."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    plan_digest = models.CharField(max_length=64)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    note = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "by", "plan_digest"],
                condition=models.Q(ended_at__isnull=True),
                name="one_approval_per_person_and_plan",
            ),
        ]
        ordering = ["pk"]


class VerifyingRole(models.TextChoices):
    DEVELOPER = "developer", "developer"
    OPS = "ops", "ops"


class Verification(models.Model):
    """A person looked at the new version: it works, or it does not.

    `looked_at` holds the containers and version that were shown to them. One per role counts: the
    newest that is not withdrawn.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="verifications")
    attempt = models.PositiveIntegerField()
    role = models.CharField(max_length=10, choices=VerifyingRole.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    works = models.BooleanField()
    note = models.CharField(max_length=2000, blank=True)
    checked = models.JSONField(default=list)
    looked_at = models.JSONField(default=dict)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "attempt", "role"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_verification_per_role",
            ),
        ]
        ordering = ["pk"]


class Comment(models.Model):
    """What somebody wrote on a ticket; never edited."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=10_000)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
