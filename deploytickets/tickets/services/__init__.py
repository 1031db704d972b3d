"""Everything that can be done with a ticket: one function each, one transaction, one event (I4).

The first block is what people and CI do; the second is for `deployments`, inside its own
transactions, with tickets it got from `locked`.
"""

from deploytickets.tickets.services._entering import enter, locked
from deploytickets.tickets.services.approval import (
    accept_warnings,
    approve,
    expire_approvals,
    present_digest,
    withdraw_approval,
)
from deploytickets.tickets.services.ending import cancel, reject
from deploytickets.tickets.services.filing import UNCHANGED, comment, edit, file
from deploytickets.tickets.services.observed import (
    record_away,
    record_clear,
    record_failure,
    record_waiting,
)
from deploytickets.tickets.services.planning import put_plan_off, record_plan, record_plan_problem, want_plan
from deploytickets.tickets.services.verification import verify, withdraw_verification

__all__ = [
    "UNCHANGED",
    "accept_warnings",
    "approve",
    "cancel",
    "comment",
    "edit",
    "enter",
    "expire_approvals",
    "file",
    "locked",
    "present_digest",
    "put_plan_off",
    "record_away",
    "record_clear",
    "record_failure",
    "record_plan",
    "record_plan_problem",
    "record_waiting",
    "reject",
    "verify",
    "want_plan",
    "withdraw_approval",
    "withdraw_verification",
]
