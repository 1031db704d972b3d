"""Drivers translate between our verbs and one kind of Rancher; `open_for` gives an environment's."""

from deploytickets.drivers.opening import open_for

__all__ = ["open_for"]
