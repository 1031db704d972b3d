"""From a branch to a version, by the application's rule."""

import re

from deploytickets.catalog.models import Application

LONGEST_BRANCH = 200


def version_of_branch(application: Application, branch: str) -> str | None:
    """The version that the branch stands for (`release/1.0.1` -> `1.0.1`); None when the rule knows none.

    The rule is an administrator's expression: it is not run over more text than a branch may have.
    """
    if len(branch) > LONGEST_BRANCH:
        return None
    match = re.search(application.branch_pattern, branch)
    return match.group("version") if match else None
