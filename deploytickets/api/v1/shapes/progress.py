"""How far an upgrade is, as last observed."""

from typing import Any

from rest_framework import serializers

from deploytickets.api.fields import Moment, values_of
from deploytickets.deployments.phases import Phase
from deploytickets.tickets.plans import PlannedAction

Shape = serializers.Serializer[Any]


class ContainerSerializer(Shape):
    """One container. `is_new`: of the version that the ticket brings; `health` is empty without a check."""

    name = serializers.CharField()
    rancher_id = serializers.CharField()
    config = serializers.CharField(help_text="Empty for the service's own launch config, else a sidekick.")
    is_new = serializers.BooleanField()
    state = serializers.CharField()
    health = serializers.CharField()
    is_healthy = serializers.BooleanField()
    image = serializers.CharField()
    host = serializers.CharField()
    ports = serializers.ListField(child=serializers.CharField())
    starts = serializers.IntegerField()
    message = serializers.CharField()


class ServiceProgressSerializer(Shape):
    """One service. Without a health check `healthy` only means running."""

    name = serializers.CharField()
    action = serializers.ChoiceField(choices=values_of(PlannedAction))
    phase = serializers.ChoiceField(choices=values_of(Phase))
    healthy = serializers.IntegerField()
    wanted = serializers.IntegerField()
    has_health_check = serializers.BooleanField()
    image_before = serializers.CharField()
    image_after = serializers.CharField()
    rancher_id = serializers.CharField()
    rancher_state = serializers.CharField()
    rancher_message = serializers.CharField()
    trouble = serializers.CharField(help_text="What stands in the way, as a sentence; else empty.")
    depends_on = serializers.ListField(child=serializers.CharField())
    containers = ContainerSerializer(many=True)


class ProgressSerializer(Shape):
    """The newest attempt. `wanted` counts containers of the new version."""

    attempt = serializers.IntegerField()
    healthy = serializers.IntegerField()
    wanted = serializers.IntegerField()
    starting = serializers.IntegerField()
    sick = serializers.IntegerField()
    started_at = Moment()
    deadline_at = Moment()
    observed_at = Moment(allow_null=True)
    settled_at = Moment(allow_null=True)
    unobserved_because = serializers.CharField(help_text="Why there was no newer look; else empty.")
    services = ServiceProgressSerializer(many=True)
