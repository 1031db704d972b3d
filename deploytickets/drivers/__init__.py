"""Drivers translate between our verbs and one kind of Rancher; `open_for` gives an environment's."""

from deploytickets.drivers.access_check import ProjectFound, projects_of
from deploytickets.drivers.opening import open_for

__all__ = ["ProjectFound", "open_for", "projects_of"]
