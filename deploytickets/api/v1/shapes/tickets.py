"""How a ticket is answered: allow-lists of fields, nothing is shown that is not named here."""

from typing import Any

from rest_framework import serializers

from deploytickets.api.fields import Moment, values_of
from deploytickets.api.v1.shapes.progress import ProgressSerializer
from deploytickets.catalog.models import AtDeadline, Start
from deploytickets.tickets.findings import Level
from deploytickets.tickets.models import VerifyingRole
from deploytickets.tickets.plans import PlannedAction
from deploytickets.tickets.transitions import Action, State

Shape = serializers.Serializer[Any]


class PersonSerializer(Shape):
    """A person."""

    username = serializers.CharField()
    name = serializers.CharField(source="__str__")


class FactSerializer(Shape):
    """Something that was found out: a code for programs, a sentence for people."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class SummarySerializer(Shape):
    """A ticket in short: the row of a list, and the answer to whatever was done with it."""

    key = serializers.CharField(source="ticket.key")
    url = serializers.URLField(help_text="The whole ticket in this API.")
    page = serializers.URLField(help_text="Its page.")
    state = serializers.ChoiceField(source="ticket.state", choices=values_of(State))
    state_in_words = serializers.CharField()
    application = serializers.CharField(source="ticket.application.name")
    environment = serializers.CharField(source="ticket.environment.name")
    version = serializers.CharField(source="ticket.version")
    branch = serializers.CharField(source="ticket.branch")
    requested_by = PersonSerializer(source="ticket.requested_by")
    filed_at = Moment(source="ticket.filed_at")
    changed_at = Moment(source="ticket.changed_at")
    scheduled_for = Moment(source="ticket.scheduled_for", allow_null=True)
    is_emergency = serializers.BooleanField(source="ticket.is_emergency")
    attempt = serializers.IntegerField(source="ticket.attempt", help_text="How often it was started.")
    plan_digest = serializers.CharField(
        source="ticket.plan_digest", help_text="Empty while there is no plan."
    )
    waits_for = FactSerializer(allow_null=True, help_text="Why it has not started although it is approved.")


class ImageSerializer(Shape):
    """The image of a launch config; `config` is empty for the service's own, else a sidekick's name."""

    config = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField()


class ChangeSerializer(Shape):
    """One difference. Secrets are hidden on both sides."""

    kind = serializers.ChoiceField(choices=["added", "changed", "removed"])
    what = serializers.CharField(help_text="variable, label, port, volume, health_check, metadata, setting")
    config = serializers.CharField()
    entry = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    is_hidden = serializers.BooleanField()


class BatchesSerializer(Shape):
    """How the containers are replaced."""

    size = serializers.IntegerField()
    interval_millis = serializers.IntegerField()
    start_first = serializers.BooleanField()
    count = serializers.IntegerField()


class PlannedServiceSerializer(Shape):
    """What happens to one service."""

    name = serializers.CharField()
    action = serializers.ChoiceField(choices=values_of(PlannedAction))
    scale = serializers.IntegerField()
    is_global = serializers.BooleanField()
    has_health_check = serializers.BooleanField()
    depends_on = serializers.ListField(child=serializers.CharField())
    images = ImageSerializer(many=True)
    changes = ChangeSerializer(many=True)
    kept_sidekicks = serializers.ListField(child=serializers.CharField())
    dragged_sidekicks = serializers.ListField(child=serializers.CharField())
    removed_sidekicks = serializers.ListField(child=serializers.CharField())
    batches = BatchesSerializer(allow_null=True)


class PlanSerializer(Shape):
    """What exactly would change; an approval is given to its digest."""

    digest = serializers.CharField()
    made_at = Moment()
    stack = serializers.CharField()
    is_new_stack = serializers.BooleanField()
    after = serializers.ListField(
        child=serializers.CharField(), help_text="Tickets that it assumes to be finished before."
    )
    services = PlannedServiceSerializer(many=True)


class FindingSerializer(Shape):
    """What preflight found, in words, with what to do about it."""

    code = serializers.CharField()
    name = serializers.CharField(source="shown.name", help_text="What a warning is accepted by.")
    level = serializers.ChoiceField(source="shown.level", choices=values_of(Level))
    sentence = serializers.CharField(source="shown.sentence")
    remedy = serializers.CharField(source="shown.remedy")
    is_accepted = serializers.BooleanField()


class PlanProblemSerializer(FactSerializer):
    """Why no plan can be made."""

    remedy = serializers.CharField()


class ApprovalSerializer(Shape):
    """A yes to one plan. `counts`: it is to the present plan, holds, and its giver may still approve."""

    by = PersonSerializer(source="approval.by")
    plan_digest = serializers.CharField(source="approval.plan_digest")
    given_at = Moment(source="approval.given_at")
    expires_at = Moment(source="approval.expires_at")
    note = serializers.CharField(source="approval.note")
    ended_at = Moment(source="approval.ended_at", allow_null=True)
    ended_because = serializers.CharField(source="approval.ended_because")
    counts = serializers.BooleanField()


class VerificationSerializer(Shape):
    """What somebody said of the new version. `counts`: of the present attempt, not withdrawn."""

    role = serializers.ChoiceField(source="verification.role", choices=VerifyingRole.choices)
    by = PersonSerializer(source="verification.by")
    works = serializers.BooleanField(source="verification.works")
    note = serializers.CharField(source="verification.note")
    checked = serializers.ListField(source="verification.checked", child=serializers.CharField())
    attempt = serializers.IntegerField(source="verification.attempt")
    given_at = Moment(source="verification.given_at")
    withdrawn_at = Moment(source="verification.withdrawn_at", allow_null=True)
    counts = serializers.BooleanField()


class PolicySerializer(Shape):
    """What the environment asks for."""

    approvals_required = serializers.IntegerField()
    four_eyes = serializers.BooleanField()
    start = serializers.ChoiceField(choices=Start.values)
    developer_verifies = serializers.BooleanField()
    ops_verifies = serializers.BooleanField()
    at_deadline = serializers.ChoiceField(choices=AtDeadline.values)
    approval_lasts_hours = serializers.IntegerField()


class ChoiceSerializer(Shape):
    """What can be done next. `why_not` is empty where the caller may; else it says who may, and when."""

    action = serializers.ChoiceField(source="choice.action", choices=values_of(Action))
    role = serializers.CharField(
        source="choice.role", help_text="The role in which one verifies; else empty."
    )
    label = serializers.CharField(source="choice.label")  # type: ignore[assignment]  # the metaclass takes it
    is_open = serializers.BooleanField(source="choice.is_open")
    why_not = serializers.CharField(source="choice.why_not")
    needs_reason = serializers.BooleanField(source="choice.needs_reason")
    method = serializers.ChoiceField(choices=["POST", "PATCH"])
    url = serializers.URLField()


class WholeSerializer(SummarySerializer):
    """A ticket with everything that its page shows."""

    description = serializers.CharField(source="ticket.description")
    links = serializers.ListField(child=serializers.CharField(), source="ticket.links")
    emergency_reason = serializers.CharField(source="ticket.emergency_reason")
    twins = serializers.ListField(
        child=serializers.CharField(), help_text="Other open tickets for the same version here."
    )
    plan = PlanSerializer(allow_null=True)
    plan_problem = PlanProblemSerializer(allow_null=True)
    findings = FindingSerializer(many=True)
    approvals = ApprovalSerializer(many=True)
    approved_at = Moment(source="ticket.approved_at", allow_null=True)
    verifications = VerificationSerializer(many=True)
    policy = PolicySerializer(source="ticket.environment")
    checklist = serializers.ListField(child=serializers.CharField(), source="ticket.application.checklist")
    progress = ProgressSerializer(allow_null=True, help_text="Null until it was started.")
    rancher_away_since = Moment(source="ticket.rancher_away_since", allow_null=True)
    failure = FactSerializer(allow_null=True, help_text="Why people have to decide.")
    choices = ChoiceSerializer(many=True)


class EventSerializer(Shape):
    """One entry of the ticket's record. `text` is people's own words."""

    number = serializers.IntegerField(source="event.number")
    action = serializers.CharField(source="event.action")
    at = Moment(source="event.at")
    by = serializers.CharField()
    by_kind = serializers.ChoiceField(source="event.by_kind", choices=["person", "system", "outside"])
    through = serializers.CharField(source="event.through")
    sentence = serializers.CharField()
    text = serializers.CharField()
    before = serializers.DictField(source="event.before", allow_null=True)
    after = serializers.DictField(source="event.after", allow_null=True)


class CommentSerializer(Shape):
    """What somebody wrote; never edited."""

    by = PersonSerializer()
    text = serializers.CharField()
    written_at = Moment()
