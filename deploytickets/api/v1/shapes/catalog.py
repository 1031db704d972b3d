"""How environments, applications and running versions are answered."""

from typing import Any

from rest_framework import serializers

from deploytickets.access.roles import Role
from deploytickets.api.fields import Moment, values_of
from deploytickets.api.v1.shapes.tickets import PolicySerializer
from deploytickets.catalog.models import Strategy
from deploytickets.inventory.queries import ChipKind

Shape = serializers.Serializer[Any]


class LockSerializer(Shape):
    """Who locked an environment, since when, and why."""

    at = Moment(source="locked_at")
    by = serializers.CharField(source="locked_by")
    reason = serializers.CharField(source="locked_reason")


class EnvironmentSerializer(Shape):
    """An environment, with the caller's role in it."""

    name = serializers.CharField()
    position = serializers.IntegerField(help_text="The order of promotion.")
    role = serializers.ChoiceField(choices=values_of(Role))
    policy = PolicySerializer()
    lock = LockSerializer(allow_null=True)
    surveyed_at = Moment(allow_null=True, help_text="When Rancher was last read.")
    away_since = Moment(allow_null=True, help_text="Since when Rancher gives no usable answer.")


class PlacementSerializer(Shape):
    """Where the application lies in an environment."""

    environment = serializers.CharField(source="environment.name")
    strategy = serializers.ChoiceField(choices=Strategy.values)
    stack = serializers.CharField(source="stack_name")
    services = serializers.ListField(child=serializers.CharField(), source="service_names")


class ApplicationSerializer(Shape):
    """An application, with its places in the environments that the caller sees."""

    name = serializers.CharField()
    team = serializers.CharField()
    repository = serializers.CharField()
    image_repository = serializers.CharField()
    branch_pattern = serializers.CharField(help_text="The rule that turns a branch into a version.")
    checklist = serializers.ListField(child=serializers.CharField())
    placements = PlacementSerializer(many=True)


class ChipSerializer(Shape):
    """One fact about what runs."""

    kind = serializers.ChoiceField(choices=values_of(ChipKind))
    since = Moment(allow_null=True)
    ticket = serializers.CharField()
    state = serializers.CharField()


class RunningSerializer(Shape):
    """An application in an environment, as last seen."""

    application = serializers.CharField()
    environment = serializers.CharField()
    version = serializers.CharField(help_text="Empty: nothing of it runs there.")
    version_to = serializers.CharField(help_text="Where a ticket under way leads; else empty.")
    healthy = serializers.IntegerField()
    wanted = serializers.IntegerField()
    has_health_check = serializers.BooleanField()
    since = Moment(allow_null=True)
    observed_at = Moment(allow_null=True)
    brought_by = serializers.CharField(help_text="The ticket; empty where it was none of ours.")
    promotes_to = serializers.CharField(help_text="The next environment it can be taken to; else empty.")
    chips = ChipSerializer(many=True)


class ColumnSerializer(Shape):
    """An environment of the matrix."""

    environment = serializers.CharField()
    is_locked = serializers.BooleanField()
    hosts = serializers.IntegerField()
    hosts_away = serializers.IntegerField()
    surveyed_at = Moment(allow_null=True)
    away_since = Moment(allow_null=True)


class BoardSerializer(Shape):
    """Which version runs where: environments in order of promotion, and what runs in each."""

    environments = ColumnSerializer(many=True)
    running = RunningSerializer(many=True)
