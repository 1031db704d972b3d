"""Attempts to carry tickets out: what was sent to Rancher, what was seen there, and who holds a service."""

from django.conf import settings
from django.db import models

from deploytickets.catalog.models import RancherServer
from deploytickets.deployments.phases import Phase
from deploytickets.encryption import EncryptedJSONField
from deploytickets.tickets.models import Plan, Ticket


class Upgrade(models.Model):
    """One attempt to carry a ticket out. Its progress is a fold over its ServiceUpgrades.

    `lease_number` fences writers: a step writes only where the number is still its own (F6).
    `observed_at` is the database's time before the newest recorded read was sent; older reads
    change nothing (I11). `called_at` is when the newest changing call ended. `unobserved_because`
    says why there is no read, {"code", **params}. `goal_since` is when the ticket entered the state
    that the services are now driven towards. After `look_again_at` the sweep looks by itself.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="upgrades")
    number = models.PositiveIntegerField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    deadline_seconds = models.PositiveIntegerField()
    settled_at = models.DateTimeField(null=True)
    goal_since = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    observed_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    unobserved_because = models.JSONField(null=True)
    look_again_at = models.DateTimeField(null=True)
    lease_number = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=models.Q(settled_at__isnull=True),
                name="one_open_upgrade_per_ticket",
            ),
        ]
        indexes = [
            models.Index(
                fields=["look_again_at"],
                name="upgrade_unsettled",
                condition=models.Q(settled_at__isnull=True),
            ),
        ]
        ordering = ["pk"]


class ServiceUpgrade(models.Model):
    """One service of an upgrade: what was there before, what was sent, what was seen since.

    `token` (DEPLOY-111/2/ + 12 hex digits) is the mark on every config sent, whose names are
    `configs_sent`; a start sent anew gets a new one, because a mark is never shared between POSTs.
    `versions_before` maps every config's name to its version before the call; `block_before` likewise
    for the `upgrade` block, {"configs", "previous"}, None when it was null. `version_answered` is the
    version of our own POST, from its 202 or from Rancher's audit log. `held_key`/`held_since`: since
    when every read gave the same state and versions (rancher-1.6-api.md 13.5). `trouble` is what
    stands in the way now, `seen` lists the containers; both for people, without secrets.
    """

    upgrade = models.ForeignKey(Upgrade, on_delete=models.PROTECT, related_name="services")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=63)
    action = models.CharField(max_length=10)
    rancher_id = models.CharField(max_length=40, blank=True)
    stack_rancher_id = models.CharField(max_length=40, blank=True)
    token = models.CharField(max_length=80, unique=True)
    configs_sent = models.JSONField(default=list)
    versions_before = models.JSONField(default=dict)
    block_before = models.JSONField(null=True)
    state_before = models.CharField(max_length=30, blank=True)
    configs_before = EncryptedJSONField(null=True)
    version_answered = models.CharField(max_length=64, blank=True)
    phase = models.CharField(
        max_length=15, choices=[(phase.value, phase.value) for phase in Phase], default=Phase.UNTOUCHED.value
    )
    phase_at = models.DateTimeField(null=True)
    way_back = models.CharField(max_length=15, default="rancher")
    held_key = models.CharField(max_length=64, blank=True)
    held_since = models.DateTimeField(null=True)
    rancher_state = models.CharField(max_length=30, blank=True)
    rancher_message = models.CharField(max_length=1000, blank=True)
    healthy = models.PositiveIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)
    seen = models.JSONField(default=list)
    trouble = models.JSONField(null=True)
    depends_on = models.JSONField(default=list)
    links = models.JSONField(default=dict)
    scale = models.PositiveIntegerField(default=1)
    is_global = models.BooleanField(default=False)
    has_health_check = models.BooleanField(default=False)
    image_before = models.CharField(max_length=300, blank=True)
    image_after = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upgrade", "name"], name="one_row_per_service")]
        ordering = ["position"]


class Verb(models.TextChoices):
    """The changing calls."""

    START = "start", "start"
    CREATE = "create", "create"
    FINISH = "finish", "finish"
    ROLL_BACK = "roll_back", "roll back"
    CANCEL = "cancel", "cancel"
    REMOVE = "remove", "remove"
    RESTORE = "restore", "restore"
    CREATE_STACK = "create_stack", "create the stack"
    LINK = "link", "link"


class Outcome(models.TextChoices):
    """How an intent ended; `open` and `unknown` are resolved by observing, never by repeating (I10)."""

    OPEN = "open", "open"
    UNKNOWN = "unknown", "unknown"
    ACCEPTED = "accepted", "accepted"
    REFUSED = "refused", "refused"
    SUPERSEDED = "superseded", "superseded"


class Intent(models.Model):
    """Committed before its changing call is sent; names the call, the token and the lease it was made under.

    `unknown_since` is when its answer was lost. `answer` is why it was refused, {"code", "text", …}.
    After `send_by` the transport does not send it any more; a successor sends only when `send_by`
    + 15 s is over and an observation shows no trace (F1, F6).
    """

    service_upgrade = models.ForeignKey(ServiceUpgrade, on_delete=models.PROTECT, related_name="intents")
    verb = models.CharField(max_length=12, choices=Verb.choices)
    token = models.CharField(max_length=80)
    lease_number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    send_by = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    unknown_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service_upgrade", "verb"],
                condition=models.Q(outcome__in=["open", "unknown"]),
                name="one_unresolved_intent_per_verb",
            ),
        ]
        ordering = ["pk"]


class StartOrder(models.Model):
    """Somebody pressed Start; the worker starts in their name when nothing is waited for any more (I14).

    It is void when the plan's digest is no longer the one that was on the screen, or when the ticket
    was approved anew since.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="start_order")
    by_name = models.CharField(max_length=150)
    by_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    through = models.CharField(max_length=10)
    address = models.CharField(max_length=45, blank=True)
    plan_digest = models.CharField(max_length=64)
    ordered_at = models.DateTimeField()


class Lane(models.Model):
    """The right to change one service of one project: held by one ticket from the first intent on (I3).

    Taken for all services of a plan together; kept through `verifying` and `failed` until the
    ticket is finished, rolled back, or freed by a person.
    """

    server = models.ForeignKey(RancherServer, on_delete=models.PROTECT, related_name="lanes")
    project = models.CharField(max_length=63)
    stack_name = models.CharField(max_length=63)
    service_name = models.CharField(max_length=63)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="lanes")
    taken_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["server", "project", "stack_name", "service_name"],
                condition=models.Q(released_at__isnull=True),
                name="one_holder_per_lane",
            ),
        ]
        indexes = [
            models.Index(fields=["ticket"], name="lane_held", condition=models.Q(released_at__isnull=True)),
        ]


class Lease(models.Model):
    """Which process is the one that watches; `number` rises with every change of hands (F8)."""

    name = models.CharField(max_length=60, unique=True)
    holder = models.CharField(max_length=120)
    number = models.PositiveIntegerField(default=1)
    until = models.DateTimeField()
