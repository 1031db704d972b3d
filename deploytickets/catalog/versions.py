"""From a branch to a version, by the application's rule."""

import re

from deploytickets.catalog.models import Application


def version_of_branch(application: Application, branch: str) -> str | None:
    """The version that the branch stands for (`release/1.0.1` -> `1.0.1`); None when the rule knows none."""
    match = re.search(application.branch_pattern, branch)
    return match.group("version") if match else None
