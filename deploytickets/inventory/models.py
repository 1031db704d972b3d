"""What was last seen of each environment, and which version of which application runs there."""

from django.db import models

from deploytickets.catalog.models import Environment, Placement
from deploytickets.encryption import EncryptedJSONField
from deploytickets.tickets.models import Ticket


class EnvironmentSurvey(models.Model):
    """The newest survey of an environment (drivers.base.Survey as JSON), or since when there is none.

    Complete launch configs hold variables in clear: stored encrypted. `fingerprint` changes when
    something moves that plans depend on. `away_since` is set while Rancher gives no usable answer;
    `away_reason` is {"code", **params} of `drivers.errors.reason_of`.
    """

    environment = models.OneToOneField(Environment, on_delete=models.CASCADE, related_name="survey")
    content = EncryptedJSONField(null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    hosts = models.PositiveIntegerField(default=0)
    hosts_away = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    away_since = models.DateTimeField(null=True)
    away_reason = models.JSONField(null=True)


class RunningVersion(models.Model):
    """What runs of a placement, as last observed.

    `ticket` is the one that brought this version about; None with `is_drift` set means nobody's
    ticket did, and `drifted_from` then is {"version", "ticket"} of before. `services` lists
    {"name", "version", "healthy", "wanted", "kept", "state"} of each; `kept` counts the old containers
    that wait for the finish.
    """

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="running")
    version = models.CharField(max_length=128, blank=True)
    image_digest = models.CharField(max_length=80, blank=True)
    healthy = models.PositiveIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    has_health_check = models.BooleanField(default=False)
    state = models.CharField(max_length=20, blank=True)
    services = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    unhealthy_since = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+")
    is_drift = models.BooleanField(default=False)
    drifted_from = models.JSONField(null=True)
    observed_at = models.DateTimeField()
