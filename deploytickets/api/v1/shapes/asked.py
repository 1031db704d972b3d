"""What requests may hold: bodies and filters. Shapes only; whether a value fits is asked by the services."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from deploytickets.access.naming import all_of
from deploytickets.access.tokens import Scope
from deploytickets.api.fields import Body, Moment, Number, Text, Truth, texts, values_of
from deploytickets.api.pagination import Pages
from deploytickets.tickets.models import VerifyingRole
from deploytickets.tickets.transitions import State


class Filing(Body):
    """A new ticket."""

    application = Text()
    environment = Text()
    version = Text(required=False, help_text="The image's tag. Without it, the branch's version is taken.")
    branch = Text(required=False)
    description = Text(required=False)
    links = texts(required=False, help_text="Addresses of the build, the issue, …")
    scheduled_for = Moment(required=False, allow_null=True, help_text="Not before this time.")
    is_emergency = Truth(required=False, help_text="Goes before others in the queue; needs a reason.")
    emergency_reason = Text(required=False)


class Editing(Body):
    """What is to be different; what is left out stays. Application and environment cannot be changed."""

    version = Text(required=False)
    branch = Text(required=False, help_text="Brings its version along, unless one is given.")
    description = Text(required=False)
    links = texts(required=False)
    scheduled_for = Moment(required=False, allow_null=True)
    is_emergency = Truth(required=False)
    emergency_reason = Text(required=False)


class Nothing(Body):
    """No fields."""


class Approving(Body):
    """A yes to the plan that was read."""

    plan_digest = Text(help_text="`plan_digest` of the ticket that was read.")
    accept = texts(required=False, help_text="Names of warnings that are accepted with it.")
    note = Text(required=False)


class AcceptingWarnings(Body):
    """Warnings that are accepted."""

    plan_digest = Text(help_text="`plan_digest` of the ticket that was read.")
    names = texts(help_text="Names of warnings, from `findings`.")


class Reason(Body):
    """A reason, which the record shows."""

    reason = Text(help_text="Shown in the record.")


class ReasonIfAny(Body):
    """A reason, if there is one to give."""

    reason = Text(required=False, help_text="Shown in the record.")


class Verifying(Body):
    """What was seen of the new version."""

    role = serializers.ChoiceField(choices=VerifyingRole.choices)
    works = Truth()
    note = Text(required=False, help_text="Needed where it does not work.")
    checked = texts(required=False, help_text="The entries of the checklist that were done.")


class InRole(Body):
    """The role in which one has verified."""

    role = serializers.ChoiceField(choices=VerifyingRole.choices)


class Minutes(Body):
    """How much longer."""

    minutes = Number(min_value=1, max_value=24 * 60)


class Writing(Body):
    """A comment."""

    text = Text()


class TokenWish(Body):
    """A new token."""

    name = Text()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=values_of(Scope)))
    days = Number(required=False, default=90, min_value=1, max_value=366)


class Paging(Body):
    """Which part of a long list."""

    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=Pages.max_page_size)


@extend_schema_field({"type": "array", "items": {"type": "string", "enum": [state.value for state in State]}})
class StatesField(serializers.ListField):
    """`state=pending&state=approved`; a single one comes as a string."""

    child = serializers.ChoiceField(choices=values_of(State))

    def to_internal_value(self, data: Any) -> list[str]:
        """The states asked for."""
        return super().to_internal_value([data] if isinstance(data, str) else data)


@extend_schema_field(OpenApiTypes.STR)
class KnownName(Text):
    """A name out of those that the caller may see: a filter that is misspelt must not find nothing."""

    def __init__(self, known: str, **options: Any) -> None:
        super().__init__(**options)
        self.known = known

    def to_internal_value(self, data: Any) -> str:
        """The name. Raises ValidationError with the names there are."""
        name = super().to_internal_value(data)
        names = list(self.context[self.known]())
        if name not in names:
            raise serializers.ValidationError(
                _("There is no such name here. There is %(known)s.") % {"known": all_of(names)}
            )
        return name


class TicketFilters(Paging):
    """What the list is narrowed down to. `context`: `environments` and `applications`, which give names."""

    state = StatesField(required=False, help_text="May be given several times.")
    application = KnownName("applications", required=False)
    environment = KnownName("environments", required=False)
    requested_by = Text(required=False, max_length=150, help_text="A user name.")
    text = Text(
        required=False,
        max_length=200,
        help_text="Looked for in key, version, branch and description, without patterns.",
    )
