"""What may stand in an address: what no ticket or row can be called is never asked of the database."""

from django.urls import register_converter
from django.urls.converters import IntConverter, StringConverter


class TicketKey(StringConverter):
    """DEPLOY-111: printable, at most as long as the column."""

    regex = r"[A-Za-z0-9_.]{1,13}-[0-9]{1,9}"


class Identity(IntConverter):
    """The number of a row."""

    regex = r"[0-9]{1,18}"


register_converter(TicketKey, "ticket")
register_converter(Identity, "id")
