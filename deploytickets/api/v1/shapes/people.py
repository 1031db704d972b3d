"""How the caller and their tokens are answered."""

from typing import Any

from rest_framework import serializers

from deploytickets.access.roles import Role
from deploytickets.access.tokens import Scope
from deploytickets.api.fields import Moment, values_of

Shape = serializers.Serializer[Any]


class TokenSerializer(Shape):
    """A personal token, without its text."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="What its text begins with, after `dt_`.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=values_of(Scope)))
    created_at = Moment()
    expires_at = Moment()
    last_used_at = Moment(allow_null=True)
    revoked_at = Moment(allow_null=True)


class NewTokenSerializer(TokenSerializer):
    """A token that was just made."""

    text = serializers.CharField(
        allow_null=True, help_text="Shown this once; null where the answer is a repeated one."
    )


class GrantSerializer(Shape):
    """A role, in one environment or, where that is null, everywhere."""

    environment = serializers.CharField(source="environment.name", allow_null=True, default=None)
    role = serializers.ChoiceField(choices=values_of(Role))


class MeSerializer(Shape):
    """The caller."""

    username = serializers.CharField()
    name = serializers.CharField()
    roles = GrantSerializer(many=True)
    token = TokenSerializer(allow_null=True, help_text="The token that was used; null for a session.")
