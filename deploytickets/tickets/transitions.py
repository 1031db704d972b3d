"""The one table of ticket states and actions: services, API, pages, docs and tests read it."""

from dataclasses import dataclass
from enum import StrEnum

from deploytickets.access.roles import Role


class State(StrEnum):
    """What people and rules decided. What Rancher was last seen doing is a ServiceUpgrade's phase."""

    PENDING = "pending"
    APPROVED = "approved"
    DEPLOYING = "deploying"
    VERIFYING = "verifying"
    FINISHING = "finishing"
    FINISHED = "finished"
    FAILED = "failed"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_machine_driven(self) -> bool:
        return self in (State.DEPLOYING, State.FINISHING, State.ROLLING_BACK)


FINAL = frozenset({State.FINISHED, State.ROLLED_BACK, State.REJECTED, State.CANCELLED})
OPEN = frozenset(State) - FINAL
IN_RANCHER = frozenset({State.DEPLOYING, State.VERIFYING, State.FINISHING, State.FAILED, State.ROLLING_BACK})


class Action(StrEnum):
    """What can be done with a ticket; the audit log's name of it is `ticket.<participle>`."""

    FILE = "file"
    EDIT = "edit"
    PLAN = "plan"
    ACCEPT_WARNINGS = "accept_warnings"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW_APPROVAL = "withdraw_approval"
    VOID_APPROVALS = "void_approvals"
    CANCEL = "cancel"
    START = "start"
    UPGRADED = "upgraded"
    FAIL = "fail"
    WAIT_LONGER = "wait_longer"
    TRY_AGAIN = "try_again"
    VERIFY = "verify"
    WITHDRAW_VERIFICATION = "withdraw_verification"
    FINISH = "finish"
    FINISHED = "finished"
    ROLL_BACK = "roll_back"
    ROLLED_BACK = "rolled_back"
    FINISHED_OUTSIDE = "finished_outside"
    ROLLED_BACK_OUTSIDE = "rolled_back_outside"
    FREE = "free"
    COMMENT = "comment"


class Who(StrEnum):
    """Who may take an action, besides a role in the ticket's environment."""

    REQUESTER = "requester"
    SYSTEM = "system"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: `action` leads from each of `sources` to `target` (None: the state stays, or policy decides).

    `roles` lists the least roles that may take it; `who` the parties that may besides.
    """

    action: Action
    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role] = frozenset()
    who: frozenset[Who] = frozenset()


def _rule(action: Action, sources: set[State], target: State | None, *parties: Role | Who) -> Rule:
    return Rule(
        action,
        frozenset(sources),
        target,
        frozenset(party for party in parties if isinstance(party, Role)),
        frozenset(party for party in parties if isinstance(party, Who)),
    )


S = State
TABLE: tuple[Rule, ...] = (
    _rule(Action.EDIT, {S.PENDING, S.APPROVED}, S.PENDING, Who.REQUESTER),
    # PLAN: a new plan that voids no approval; one that does is VOID_APPROVALS.
    _rule(Action.PLAN, {S.PENDING}, S.PENDING, Who.SYSTEM),
    _rule(Action.ACCEPT_WARNINGS, {S.PENDING}, S.PENDING, Who.REQUESTER, Role.OPS),
    # APPROVE: the last approval needed leads to `approved`; an earlier one leaves `pending`.
    # The system approves only where the policy asks for no approval.
    _rule(Action.APPROVE, {S.PENDING}, S.APPROVED, Role.OPS, Who.SYSTEM),
    _rule(Action.REJECT, {S.PENDING}, S.REJECTED, Role.OPS),
    _rule(Action.WITHDRAW_APPROVAL, {S.PENDING, S.APPROVED}, S.PENDING, Role.OPS),
    _rule(Action.VOID_APPROVALS, {S.PENDING, S.APPROVED}, S.PENDING, Who.SYSTEM),
    # CANCEL from `failed` only when nothing of ours stands in Rancher.
    _rule(Action.CANCEL, {S.PENDING, S.APPROVED, S.FAILED}, S.CANCELLED, Who.REQUESTER, Role.OPS),
    _rule(Action.START, {S.APPROVED}, S.DEPLOYING, Who.SYSTEM, Role.OPS),
    _rule(Action.UPGRADED, {S.DEPLOYING, S.FAILED}, S.VERIFYING, Who.SYSTEM),
    _rule(Action.FAIL, {S.DEPLOYING, S.FINISHING, S.ROLLING_BACK}, S.FAILED, Who.SYSTEM),
    # WAIT_LONGER leads back to where the ticket came from (Ticket.failed_from).
    _rule(Action.WAIT_LONGER, {S.FAILED}, None, Role.OPS),
    _rule(Action.TRY_AGAIN, {S.FAILED}, S.APPROVED, Role.OPS),
    _rule(Action.VERIFY, {S.VERIFYING}, None, Role.DEVELOPER, Role.OPS),
    _rule(Action.WITHDRAW_VERIFICATION, {S.VERIFYING}, None, Role.DEVELOPER, Role.OPS),
    _rule(Action.FINISH, {S.VERIFYING}, S.FINISHING, Role.OPS),
    # FINISHED from `rolling_back`: our finish took effect after all before the rollback was sent.
    _rule(Action.FINISHED, {S.FINISHING, S.ROLLING_BACK, S.FAILED}, S.FINISHED, Who.SYSTEM),
    _rule(Action.ROLL_BACK, {S.DEPLOYING, S.VERIFYING, S.FAILED}, S.ROLLING_BACK, Role.OPS, Who.SYSTEM),
    _rule(Action.ROLLED_BACK, {S.ROLLING_BACK, S.FAILED}, S.ROLLED_BACK, Who.SYSTEM),
    _rule(
        Action.FINISHED_OUTSIDE,
        {S.DEPLOYING, S.VERIFYING, S.FINISHING, S.ROLLING_BACK, S.FAILED},
        S.FINISHED,
        Who.OUTSIDE,
    ),
    _rule(
        Action.ROLLED_BACK_OUTSIDE,
        {S.DEPLOYING, S.VERIFYING, S.FINISHING, S.ROLLING_BACK, S.FAILED},
        S.ROLLED_BACK,
        Who.OUTSIDE,
    ),
    # FREE: a person with a reason ends a ticket whose services cannot be followed any more.
    _rule(Action.FREE, {S.FAILED}, S.CANCELLED, Role.OPS),
    _rule(Action.COMMENT, set(State), None, Role.VIEWER),
)
del S

RULES: dict[Action, Rule] = {rule.action: rule for rule in TABLE}


PARTICIPLES: dict[Action, str] = {
    Action.FILE: "filed",
    Action.EDIT: "edited",
    Action.PLAN: "planned",
    Action.ACCEPT_WARNINGS: "warnings_accepted",
    Action.APPROVE: "approved",
    Action.REJECT: "rejected",
    Action.WITHDRAW_APPROVAL: "approval_withdrawn",
    Action.VOID_APPROVALS: "approvals_voided",
    Action.CANCEL: "cancelled",
    Action.START: "started",
    Action.UPGRADED: "upgraded",
    Action.FAIL: "failed",
    Action.WAIT_LONGER: "given_more_time",
    Action.TRY_AGAIN: "tried_again",
    Action.VERIFY: "verified",
    Action.WITHDRAW_VERIFICATION: "verification_withdrawn",
    Action.FINISH: "finish_begun",
    Action.FINISHED: "finished",
    Action.ROLL_BACK: "rollback_begun",
    Action.ROLLED_BACK: "rolled_back",
    Action.FINISHED_OUTSIDE: "finished_outside",
    Action.ROLLED_BACK_OUTSIDE: "rolled_back_outside",
    Action.FREE: "freed",
    Action.COMMENT: "commented",
}


def event_name(action: Action) -> str:
    """The audit log's name of the action: `ticket.approved`."""
    return f"ticket.{PARTICIPLES[action]}"


def targets(action: Action, state: State, *, failed_from: str = "") -> frozenset[State]:
    """The states that the action may lead to from this one; empty where the table does not know it."""
    rule = RULES.get(action)
    if rule is None or state not in rule.sources:
        return frozenset()
    if action is Action.WAIT_LONGER:
        return frozenset({State(failed_from)}) if failed_from else frozenset()
    if rule.target is None:
        return frozenset({state})
    if action is Action.APPROVE:
        return frozenset({rule.target, state})
    return frozenset({rule.target})


def allowed(action: Action, state: State) -> bool:
    """Does the table know this action in this state?"""
    return state in RULES[action].sources
