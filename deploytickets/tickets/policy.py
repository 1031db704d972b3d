"""Who may do what with a ticket now, and if not, why: the one place that page, API and worker ask.

Reads stored facts only. `require` raises the very sentence that `choices` shows beside a button.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from deploytickets import clock
from deploytickets.access.errors import NotAllowed
from deploytickets.access.naming import all_of, one_of
from deploytickets.access.roles import Role
from deploytickets.access.tokens import Scope
from deploytickets.audit.actors import Actor, ActorKind
from deploytickets.audit.errors import DomainError
from deploytickets.tickets import findings, waiting, words
from deploytickets.tickets.errors import (
    Blocked,
    MustWait,
    NoPlan,
    NotReady,
    NotYours,
    PlanChanged,
    UnknownTicket,
    WarningsOpen,
    WrongState,
)
from deploytickets.tickets.models import Ticket, VerifyingRole
from deploytickets.tickets.standing import Standing
from deploytickets.tickets.transitions import RULES, Action, Rule, State, Who


@dataclass(frozen=True, slots=True)
class Facts:
    """What an action is asked with, as far as the answer depends on it.

    `plan_digest` None means "whatever the plan is": a button that is only being drawn. `accept`
    names the warnings accepted in the same breath, None all that are open.
    """

    plan_digest: str | None = None
    accept: Collection[str] | None = None
    role: VerifyingRole | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One button. `why_not` is empty when `by` may press it; `role` is set where verifying is meant."""

    action: Action
    label: str
    why_not: str
    role: str = ""
    needs_reason: bool = False

    @property
    def name(self) -> str:
        """Unique on the page: for ids and for addresses."""
        return f"{self.action.value}-{self.role}" if self.role else self.action.value

    @property
    def is_open(self) -> bool:
        return not self.why_not


def require(
    action: Action,
    ticket: Ticket,
    by: Actor,
    *,
    now: datetime | None = None,
    plan_digest: str | None = None,
    accept: Collection[str] | None = None,
    role: VerifyingRole | None = None,
) -> Rule:
    """The table's rule, when `by` may take the action on the ticket as it stands.

    Args:
        now: the database's time; read when not given.
        plan_digest: approve, accept warnings: the digest of the plan that was read.
        accept: approve: the names of warnings accepted with it; None: whatever is open.
        role: verify: the role in which.

    Raises:
        UnknownTicket: `by` has no role in the ticket's environment.
        NotAllowed: `by` may not; `.who_may` names those who can.
        WrongState: the table has no such action from the state the ticket is in.
        NoPlan, PlanChanged, Blocked, WarningsOpen: what stands against an approval.
        MustWait: what a start waits for.
        NotReady: what has to come before a finish, a verification, a cancellation.
        NotYours: nothing of `by` is there to withdraw.
    """
    standing = Standing(ticket, by, now or clock.now())
    return _require(action, standing, Facts(plan_digest, accept, role))


def choices(ticket: Ticket, by: Actor, *, now: datetime | None = None) -> list[Choice]:
    """The buttons of the decision box in the order of their weight, each with the reason why not.

    Shows also what comes next and cannot be done yet, so that everybody sees what is waited for.
    """
    standing = Standing(ticket, by, now or clock.now())
    return [
        Choice(
            action,
            str(words.LABELS[action]),
            _why_not(action, standing, Facts(role=role)),
            role.value if role else "",
            action in NEEDS_REASON,
        )
        for action, role in _offered(standing)
    ]


NEEDS_REASON = frozenset({Action.REJECT, Action.FREE})
"""The actions that take a reason for the record and refuse without one."""

_VERIFYING = (
    (Action.VERIFY, VerifyingRole.DEVELOPER),
    (Action.VERIFY, VerifyingRole.OPS),
)
_BOX: dict[State, tuple[tuple[Action, VerifyingRole | None], ...]] = {
    State.PENDING: (
        (Action.APPROVE, None),
        (Action.ACCEPT_WARNINGS, None),
        (Action.WITHDRAW_APPROVAL, None),
        (Action.REJECT, None),
        (Action.EDIT, None),
        (Action.CANCEL, None),
    ),
    State.APPROVED: (
        (Action.START, None),
        (Action.WITHDRAW_APPROVAL, None),
        (Action.EDIT, None),
        (Action.CANCEL, None),
    ),
    State.DEPLOYING: (*_VERIFYING, (Action.FINISH, None), (Action.ROLL_BACK, None)),
    State.VERIFYING: (
        *_VERIFYING,
        (Action.WITHDRAW_VERIFICATION, VerifyingRole.DEVELOPER),
        (Action.WITHDRAW_VERIFICATION, VerifyingRole.OPS),
        (Action.FINISH, None),
        (Action.ROLL_BACK, None),
    ),
    State.FAILED: (
        (Action.WAIT_LONGER, None),
        (Action.TRY_AGAIN, None),
        (Action.ROLL_BACK, None),
        (Action.CANCEL, None),
        (Action.FREE, None),
    ),
}


def _offered(standing: Standing) -> list[tuple[Action, VerifyingRole | None]]:
    """The box of the ticket's state, without withdrawing and accepting where there is nothing of the kind."""
    return [
        (action, role)
        for action, role in _BOX.get(State(standing.ticket.state), ())
        if not (action is Action.WITHDRAW_APPROVAL and not _own_approvals(standing))
        and not (action is Action.WITHDRAW_VERIFICATION and not _is_own_verification(standing, role))
        and not (action is Action.ACCEPT_WARNINGS and not _open_warnings(standing, ()))
    ]


def _why_not(action: Action, standing: Standing, facts: Facts) -> str:
    try:
        _require(action, standing, facts)
    except DomainError as error:
        return str(error.sentence)
    return ""


def _require(action: Action, standing: Standing, facts: Facts) -> Rule:
    rule = RULES[action]
    _require_party(rule, standing, facts)
    _require_state(rule, standing)
    check = _CHECKS.get(action)
    if check is not None:
        check(standing, facts)
    return rule


# Who


def _require_party(rule: Rule, standing: Standing, facts: Facts) -> None:
    by = standing.by
    if not by.is_person:
        party = Who.SYSTEM if by.kind is ActorKind.SYSTEM else Who.OUTSIDE
        if party not in rule.who:
            raise NotAllowed(_("Only people may do this."), who_may=_who_may(rule, standing, facts))
        return
    if standing.role is None:
        raise UnknownTicket(standing.ticket.key)
    if not _holds_party(rule, standing, facts):
        who_may = _who_may(rule, standing, facts)
        raise NotAllowed(
            _("You cannot do this; %(people)s can.") % {"people": one_of(who_may)},
            who_may=who_may,
        )
    scope = _scope_for(rule.action, standing)
    if by.scopes is not None and scope not in by.scopes:
        raise NotAllowed(
            _("The token lacks the scope “%(scope)s”. Make one that has it, or sign in.")
            % {"scope": scope.value}
        )


def _holds_party(rule: Rule, standing: Standing, facts: Facts) -> bool:
    role = standing.role
    if role is None:
        return False
    if facts.role is not None:
        return role.includes(Role(facts.role.value))
    if any(role.includes(least) for least in rule.roles):
        return True
    return Who.REQUESTER in rule.who and standing.is_requester and role.includes(Role.DEVELOPER)


def _who_may(rule: Rule, standing: Standing, facts: Facts) -> list[str]:
    least = (
        [Role(facts.role.value)] if facts.role is not None else sorted(rule.roles, key=lambda role: role.rank)
    )
    besides = standing.excluded_by_four_eyes if rule.action is Action.APPROVE else frozenset()
    names = standing.people_with(least[0], besides=besides) if least else []
    requester = standing.ticket.requested_by
    if Who.REQUESTER in rule.who and str(requester) not in names:
        names.insert(0, str(requester))
    return names


def _scope_for(action: Action, standing: Standing) -> Scope:
    if action in (Action.EDIT, Action.COMMENT):
        return Scope.FILE
    if action is Action.CANCEL and standing.is_requester:
        return Scope.FILE
    return Scope.DECIDE


# When


def _require_state(rule: Rule, standing: Standing) -> None:
    ticket = standing.ticket
    state = State(ticket.state)
    if state in rule.sources:
        return
    if rule.action in _NOT_YET and state in _NOT_YET[rule.action]:
        raise WrongState(ticket, _("This opens when every service is upgraded and healthy."))
    raise WrongState(ticket, words.is_by_now(ticket))


_NOT_YET = {
    Action.VERIFY: frozenset({State.PENDING, State.APPROVED, State.DEPLOYING}),
    Action.FINISH: frozenset({State.PENDING, State.APPROVED, State.DEPLOYING}),
}


# What else


def _approve(standing: Standing, facts: Facts) -> None:
    ticket, by = standing.ticket, standing.by
    if not by.is_person:
        if ticket.environment.approvals_required:
            raise NotAllowed(_("Only people may approve here."))
    else:
        _require_four_eyes(standing)
    _require_plan(standing, facts)
    blockers = findings.names_of(ticket.findings, findings.Level.BLOCKER)
    if blockers:
        raise Blocked(
            ticket,
            _(
                "The plan has blockers: %(names)s. It can be approved when they are gone; the "
                "plan is checked again by itself."
            )
            % {"names": all_of(blockers)},
            names=blockers,
        )
    missing = [] if facts.accept is None and by.is_person else _open_warnings(standing, facts.accept or ())
    if missing:
        raise WarningsOpen(
            ticket,
            _("Warnings have to be accepted by name first: %(names)s.") % {"names": all_of(missing)},
            names=missing,
        )
    if any(approval.by_id == by.user_id for approval in standing.approvals) and not _new_names(
        standing, facts
    ):
        raise WrongState(ticket, _("You have approved this plan already. It still needs somebody else."))


def _require_four_eyes(standing: Standing) -> None:
    excluded = standing.excluded_by_four_eyes
    if standing.by.user_id not in excluded:
        return
    given = {approval.by_id for approval in standing.approvals}
    who_may = standing.people_with(Role.OPS, besides=excluded | given)
    raise NotAllowed(
        _("Because of four eyes nobody approves a ticket that they filed or changed. %(people)s can do it.")
        % {"people": one_of(who_may)},
        who_may=who_may,
    )


def _require_plan(standing: Standing, facts: Facts) -> None:
    ticket = standing.ticket
    if ticket.plan_problem:
        shown = findings.render(ticket.plan_problem)
        raise NoPlan(
            ticket,
            _("No plan can be made now. %(sentence)s %(remedy)s")
            % {"sentence": shown.sentence, "remedy": shown.remedy},
        )
    if not ticket.plan_digest:
        raise NoPlan(ticket, _("The plan is being made; it can be approved when it is there."))
    if facts.plan_digest is not None and facts.plan_digest != ticket.plan_digest:
        raise PlanChanged(
            ticket,
            _("The plan has changed since you read it. Nothing was approved; please read it again."),
            plan_digest=ticket.plan_digest,
        )


def _accept_warnings(standing: Standing, facts: Facts) -> None:
    _require_plan(standing, facts)


def _withdraw_approval(standing: Standing, facts: Facts) -> None:
    if not _own_approvals(standing):
        raise NotYours(
            standing.ticket, _("You have not approved this plan, so there is nothing to withdraw.")
        )


def _cancel(standing: Standing, facts: Facts) -> None:
    ticket = standing.ticket
    if ticket.state == State.FAILED and not ticket.clear_in_rancher:
        raise NotReady(
            ticket,
            _(
                "Something of this ticket still stands in Rancher. Roll back, or wait longer, "
                "instead of cancelling."
            ),
        )


def _try_again(standing: Standing, facts: Facts) -> None:
    if not standing.ticket.clear_in_rancher:
        raise NotReady(
            standing.ticket,
            _("Something of this ticket still stands in Rancher. Roll back first, or wait longer."),
        )


def _start(standing: Standing, facts: Facts) -> None:
    fact = waiting.before_start(standing)
    if fact is not None:
        raise MustWait(standing.ticket, words.waiting(fact), waits_for=fact)


def _verify(standing: Standing, facts: Facts) -> None:
    other = next(
        (
            verification
            for role, verification in standing.verifications.items()
            if role is not facts.role and verification.by_id == standing.by.user_id
        ),
        None,
    )
    if other is not None and facts.role is not None:
        who_may = standing.people_with(Role(facts.role.value), besides={standing.by.user_id})
        raise NotAllowed(
            _(
                "You have verified as %(role)s already; the two verifications are given by "
                "different people. %(people)s can do it."
            )
            % {"role": words.ROLES[other.role], "people": one_of(who_may)},
            who_may=who_may,
        )


def _withdraw_verification(standing: Standing, facts: Facts) -> None:
    if not _is_own_verification(standing, facts.role):
        raise NotYours(
            standing.ticket,
            _("There is no verification of yours in this role, so there is nothing to withdraw."),
        )


def _finish(standing: Standing, facts: Facts) -> None:
    sentences = [
        _("%(person)s says that it does not work. Finish opens when that is withdrawn or answered.")
        % {"person": verification.by}
        for verification in standing.verifications.values()
        if not verification.works
    ]
    sentences += [
        _("It was not verified as %(role)s yet. %(people)s can do it.")
        % {"role": words.ROLES[role.value], "people": one_of(_verifiers(standing, role))}
        for role in required_verifications(standing.ticket)
        if role not in standing.verifications
    ]
    if sentences:
        raise NotReady(standing.ticket, " ".join(sentences))


def required_verifications(ticket: Ticket) -> Sequence[VerifyingRole]:
    """The roles in which the environment's policy wants the new version verified before the finish."""
    asked = {
        VerifyingRole.DEVELOPER: ticket.environment.developer_verifies,
        VerifyingRole.OPS: ticket.environment.ops_verifies,
    }
    return [role for role, is_asked in asked.items() if is_asked]


_CHECKS: dict[Action, Callable[[Standing, Facts], None]] = {
    Action.APPROVE: _approve,
    Action.ACCEPT_WARNINGS: _accept_warnings,
    Action.WITHDRAW_APPROVAL: _withdraw_approval,
    Action.CANCEL: _cancel,
    Action.TRY_AGAIN: _try_again,
    Action.START: _start,
    Action.VERIFY: _verify,
    Action.WITHDRAW_VERIFICATION: _withdraw_verification,
    Action.FINISH: _finish,
}


# Small questions


def _verifiers(standing: Standing, role: VerifyingRole) -> list[str]:
    besides = {verification.by_id for verification in standing.verifications.values()}
    return standing.people_with(Role(role.value), besides=besides)


def _own_approvals(standing: Standing) -> bool:
    return any(approval.by_id == standing.by.user_id for approval in standing.given)


def _is_own_verification(standing: Standing, role: VerifyingRole | None) -> bool:
    verification = standing.verifications.get(role) if role else None
    return verification is not None and verification.by_id == standing.by.user_id


def _open_warnings(standing: Standing, accept: Collection[str]) -> list[str]:
    ticket = standing.ticket
    return findings.open_warnings(ticket.findings, [*ticket.accepted_warnings, *accept])


def _new_names(standing: Standing, facts: Facts) -> bool:
    return bool(set(facts.accept or ()) & set(_open_warnings(standing, ())))
