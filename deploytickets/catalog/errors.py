"""The ways in which the catalog says no, besides Invalid and Unknown."""

from deploytickets.audit.errors import DomainError


class Taken(DomainError):
    """There is one of that name already."""
