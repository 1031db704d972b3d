"""Fields that take a JSON value as what it is, and bodies that take no name they do not know.

REST framework reads "no" as false and 1.10 as the text "1.1". A version that was guessed would be
deployed: here a value of another type is an error. How long and of what form a value may be is
asked by the services.
"""

from datetime import UTC, datetime
from enum import Enum
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MOST = 500
"""Entries of a list in a body, before anybody looks at them."""


class Text(serializers.CharField):
    """A string; blank ones are for the services to judge."""

    default_error_messages = {"invalid": gettext_lazy("This has to be a text in quotation marks.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        """The string itself."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """true or false."""

    default_error_messages = {"invalid": gettext_lazy("This has to be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """The boolean itself."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Number(serializers.IntegerField):
    """A whole number."""

    default_error_messages = {"invalid": gettext_lazy("This has to be a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        """The number itself."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime, Any, str, Any]):
    """A time with its zone, ISO 8601; shown in UTC."""

    default_error_messages = {
        "invalid": gettext_lazy("This has to be a time with its zone, as 2026-11-24T18:00:00Z.")
    }

    def to_internal_value(self, data: Any) -> datetime:
        """Aware, in UTC."""
        try:
            moment = parse_datetime(data) if isinstance(data, str) else None
            if moment is None or moment.tzinfo is None:
                self.fail("invalid")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """To the millisecond, in UTC."""
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def texts(**options: Any) -> serializers.ListField:
    """A list of strings."""
    return serializers.ListField(child=Text(), max_length=MOST, **options)


def values_of(kind: type[Enum]) -> list[tuple[str, str]]:
    """The choices of an enumeration, by the names under which the OpenAPI document knows it."""
    return [(member.value, member.name) for member in kind]


class Body(serializers.Serializer[Any]):
    """What a request may hold: an allow-list."""

    def to_internal_value(self, data: Any) -> Any:
        """The values. Raises ValidationError, also for each name that is not in the list."""
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                known = ", ".join(self.fields) or _("none")
                sentence = _("There is no such field here. There is: %(known)s.") % {"known": known}
                raise serializers.ValidationError({readable(name): sentence for name in unknown[:10]})
        return super().to_internal_value(data)


def readable(name: str) -> str:
    """A name from a body as it can be sent back: short, and without halves of characters."""
    return name[:60].encode("utf-8", "replace").decode()
