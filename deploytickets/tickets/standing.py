"""Everything that "may I, and if not why" depends on, read once per question."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from deploytickets.access.models import User
from deploytickets.access.queries import roles_in
from deploytickets.access.roles import Role
from deploytickets.audit.actors import Actor
from deploytickets.tickets.models import Approval, Ticket, Verification, VerifyingRole


@dataclass(frozen=True)
class Standing:
    """A ticket as one actor stands to it at `now`: roles, approvals that hold, verifications that count.

    Read lazily, each at most once; make a new one after a change.
    """

    ticket: Ticket
    by: Actor
    now: datetime

    @cached_property
    def roles(self) -> Mapping[int, Role]:
        """Everybody's role in the ticket's environment, by user id; disabled accounts have none."""
        return roles_in(self.ticket.environment_id)

    @property
    def role(self) -> Role | None:
        return None if self.by.user_id is None else self.roles.get(self.by.user_id)

    @property
    def is_requester(self) -> bool:
        return self.by.user_id == self.ticket.requested_by_id

    @cached_property
    def people(self) -> Sequence[User]:
        """Everybody with a role here, by name."""
        return sorted(User.objects.filter(pk__in=self.roles), key=str)

    def people_with(self, role: Role, *, besides: Collection[int | None] = ()) -> list[str]:
        """The names of those who hold at least this role, without the ones excluded by user id."""
        return [
            str(person)
            for person in self.people
            if self.roles[person.pk].includes(role) and person.pk not in besides
        ]

    @cached_property
    def given(self) -> Sequence[Approval]:
        """The approvals of the present plan that were not ended, whether or not they still count."""
        if not self.ticket.plan_digest:
            return []
        return list(
            self.ticket.approvals.filter(
                plan_digest=self.ticket.plan_digest, ended_at__isnull=True
            ).select_related("by")
        )

    @property
    def approvals(self) -> Sequence[Approval]:
        """The approvals that count now: not expired, and their givers may still approve here (I14, I15)."""
        excluded = self.excluded_by_four_eyes
        return [
            approval
            for approval in self.given
            if approval.expires_at > self.now
            and self._may_approve(approval.by_id)
            and approval.by_id not in excluded
        ]

    @property
    def is_approved_enough(self) -> bool:
        people = {approval.by_id for approval in self.approvals}
        return bool(self.ticket.plan_digest) and len(people) >= self.ticket.environment.approvals_required

    @property
    def excluded_by_four_eyes(self) -> frozenset[int]:
        """Who filed the ticket or changed its plan, where the policy asks for four eyes (I15)."""
        if not self.ticket.environment.four_eyes:
            return frozenset()
        return frozenset({self.ticket.requested_by_id, *self.ticket.plan_editors})

    @cached_property
    def verifications(self) -> Mapping[VerifyingRole, Verification]:
        """The verification of the present attempt that counts, for each role that has one."""
        rows = self.ticket.verifications.filter(
            attempt=self.ticket.attempt, withdrawn_at__isnull=True
        ).select_related("by")
        return {VerifyingRole(row.role): row for row in rows}

    def _may_approve(self, user_id: int) -> bool:
        role = self.roles.get(user_id)
        return role is not None and role.includes(Role.OPS)
