"""What was last seen of each environment, and which version of which application runs there."""

from django.db import models

from deploytickets.catalog.models import Environment, Placement
from deploytickets.encryption import EncryptedJSONField
from deploytickets.tickets.models import Ticket


class EnvironmentSurvey(models.Model):
    """The newest survey of an environment (drivers.base.Survey as JSON), or since when there is none.

    Complete launch configs hold variables in clear: stored encrypted. `away_since` is set while
    Rancher gives no usable answer; `away_reason` is {"code", **params}.
    """

    environment = models.OneToOneField(Environment, on_delete=models.CASCADE, related_name="survey")
    content = EncryptedJSONField(null=True)
    taken_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    away_since = models.DateTimeField(null=True)
    away_reason = models.JSONField(null=True)


class RunningVersion(models.Model):
    """What runs of a placement, as last observed.

    `ticket` is the one that brought this version about; None with `is_drift` set means nobody's
    ticket did. `services` lists {"name", "version", "healthy", "wanted", "state"} of each.
    """

    placement = models.OneToOneField(Placement, on_delete=models.CASCADE, related_name="running")
    version = models.CharField(max_length=128, blank=True)
    image_digest = models.CharField(max_length=80, blank=True)
    healthy = models.PositiveIntegerField(default=0)
    wanted = models.PositiveIntegerField(default=0)
    has_health_check = models.BooleanField(default=False)
    state = models.CharField(max_length=20, blank=True)
    services = models.JSONField(default=list)
    since = models.DateTimeField(null=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+")
    is_drift = models.BooleanField(default=False)
    observed_at = models.DateTimeField()
