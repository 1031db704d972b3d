"""Filing: what is asked for, by whom, and what is refused with a sentence that helps."""

from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access.errors import NotAllowed
from deploytickets.access.roles import Role
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.tickets import queries
from deploytickets.tickets import services as tickets
from deploytickets.tickets.models import Ticket
from deploytickets.tickets.transitions import State
from tests.builders import (
    a_person,
    a_placement,
    actor_of,
    an_application,
    an_environment,
    file_ticket,
    history,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(db):
    return a_placement(an_application("JavaService1"), an_environment("prod"))


@pytest.fixture
def filing(place, anna):
    """Files for JavaService1 in prod by Anna, with whatever the test says."""

    def file(**fields):
        fields = {"by": actor_of(anna), "application": "JavaService1", "environment": "prod", **fields}
        return tickets.file(**fields)

    return file


def test_a_filed_ticket_is_pending_and_wants_a_plan(filing):
    ticket = filing(version="1.0.1")

    assert ticket.state == State.PENDING
    assert ticket.plan_digest == ""
    assert ticket.plan_wanted_at == ticket.filed_at


def test_keys_count_from_the_configured_number_with_the_configured_prefix(filing, settings):
    settings.TICKET_PREFIX, settings.TICKET_FIRST_NUMBER = "DEPLOY", 111

    assert [filing(version="1.0.1").key, filing(version="1.0.2").key] == ["DEPLOY-111", "DEPLOY-112"]


def test_a_refused_ticket_takes_no_number(filing):
    first = filing(version="1.0.1")
    with pytest.raises(Invalid):
        filing(version="no tag")

    assert filing(version="1.0.2").number == first.number + 1


def test_the_version_is_read_from_the_branch_by_the_applications_rule(filing):
    assert filing(branch="release/1.0.1").version == "1.0.1"


def test_a_branch_that_the_rule_does_not_know_needs_a_version(filing):
    with pytest.raises(Invalid, match="rule of JavaService1") as refusal:
        filing(branch="main")

    assert list(refusal.value.fields) == ["branch"]
    assert filing(branch="main", version="1.0.1").branch == "main"


@pytest.mark.parametrize("version", ["", "-1", ".1", "1 0", "1:0", "a/b", "1" * 129, "1.0\n2", "ü"])
def test_a_version_is_an_image_tag(filing, version):
    with pytest.raises(Invalid) as refusal:
        filing(version=version)

    assert list(refusal.value.fields) == ["version"]


@pytest.mark.parametrize(
    "branch", ["a b", "a..b", "a~1", "a^", "a:b", "a?", "*", "[a", "a\\b", "a\x00", "/a", "a/"]
)
def test_a_branch_is_a_name_that_git_takes(filing, branch):
    with pytest.raises(Invalid) as refusal:
        filing(version="1.0.1", branch=branch)

    assert list(refusal.value.fields) == ["branch"]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://ci.abc.net/482",
        "ci.abc.net/482",
        "https://",
        "https://kai:secret@ci.abc.net/",
        "https://ci.abc.net/\n482",
        "https://[ci",
        "https://ci.abc.net/" + "x" * 500,
    ],
)
def test_a_link_is_a_whole_web_address_without_a_password(filing, link):
    with pytest.raises(Invalid) as refusal:
        filing(version="1.0.1", links=[link])

    assert list(refusal.value.fields) == ["links"]


def test_at_most_twenty_links(filing):
    with pytest.raises(Invalid, match="20"):
        filing(version="1.0.1", links=["https://ci.abc.net/482"] * 21)


@pytest.mark.parametrize("description", ["x" * 10_001, "a\x00b", "a\ud800b"])
def test_a_description_can_be_stored_and_shown(filing, description):
    with pytest.raises(Invalid) as refusal:
        filing(version="1.0.1", description=description)

    assert list(refusal.value.fields) == ["description"]


def test_everything_that_does_not_fit_is_said_at_once(filing):
    with pytest.raises(Invalid) as refusal:
        filing(version="no tag", links=["nowhere"], is_emergency=True)

    assert list(refusal.value.fields) == ["version", "links", "emergency_reason"]


def test_an_emergency_needs_a_reason(filing):
    with pytest.raises(Invalid, match="emergency needs a reason"):
        filing(version="1.0.1", is_emergency=True, emergency_reason="  ")

    assert filing(version="1.0.1", is_emergency=True, emergency_reason="shop is down").is_emergency


def test_a_schedule_lies_in_the_future_and_has_a_zone(filing):
    now = clock.now()
    for wrong in (now - timedelta(seconds=1), now + timedelta(days=400), now.replace(tzinfo=None)):
        with pytest.raises(Invalid) as refusal:
            filing(version="1.0.1", scheduled_for=wrong)
        assert list(refusal.value.fields) == ["scheduled_for"]

    assert filing(version="1.0.1", scheduled_for=now + timedelta(hours=1)).scheduled_for


def test_an_unknown_environment_is_refused_never_made_and_the_known_ones_are_named(filing):
    with pytest.raises(Unknown, match=r"no environment “prdo”.*There is prod"):
        filing(environment="prdo", version="1.0.1")

    assert Ticket.objects.count() == 0


def test_an_environment_without_a_role_in_it_is_as_unknown_as_one_that_is_not(place):
    hidden = a_placement(place.application, an_environment("secret"))
    dora = a_person(Role.DEVELOPER, place.environment)

    with pytest.raises(Unknown, match="There is prod") as refusal:
        tickets.file(
            by=actor_of(dora), application="JavaService1", environment=hidden.environment.name, version="1"
        )

    assert refusal.value.facts["known"] == ["prod"]


def test_an_unknown_application_is_refused_and_the_known_ones_are_named(filing):
    with pytest.raises(Unknown, match=r"no application “JavaService9”.*JavaService1"):
        filing(application="JavaService9", version="1.0.1")


def test_an_application_that_lies_elsewhere_is_refused_and_where_is_said(filing):
    an_environment("stage")

    with pytest.raises(Unknown, match="JavaService1 has no place in stage; it has one in prod"):
        filing(environment="stage", version="1.0.1")


def test_viewers_file_nothing_and_are_told_who_may(filing, place, anna):
    vera = a_person(Role.VIEWER, place.environment)

    with pytest.raises(NotAllowed) as refusal:
        filing(by=actor_of(vera), version="1.0.1")

    assert refusal.value.who_may == ("Anna",)


def test_a_token_files_only_with_the_scope_file(filing, anna):
    with pytest.raises(NotAllowed, match="“file”"):
        filing(by=actor_of(anna, scopes=["read", "decide"]), version="1.0.1")

    assert filing(by=actor_of(anna, scopes=["file"]), version="1.0.1").requested_by == anna


def test_a_twin_is_no_reason_to_refuse_but_is_named(filing):
    first = filing(version="1.0.1")
    filing(version="1.0.2")

    second = filing(version="1.0.1")

    assert [twin.key for twin in queries.twins_of(second)] == [first.key]
    assert history(second)[0].details["twins"] == [first.key]


def test_a_ticket_that_is_over_is_nobodys_twin(filing, anna):
    first = filing(version="1.0.1")
    tickets.cancel(first.key, by=actor_of(anna))

    assert queries.twins_of(filing(version="1.0.1")) == []


def test_the_first_event_holds_everything_that_was_asked_for(filing):
    ticket = filing(version="1.0.1", branch="release/1.0.1", links=["https://ci.abc.net/482"])

    (event,) = history(ticket)
    assert event.action == "ticket.filed"
    assert event.after["version"] == "1.0.1"
    assert event.after["links"] == ["https://ci.abc.net/482"]
    assert event.after["state"] == "pending"
    assert event.details["environment"] == "prod"
    assert event.outbox_row.delivered_at is None


def test_a_comment_is_kept_with_its_event(anna):
    ticket = file_ticket(by=anna)

    tickets.comment(ticket.key, by=actor_of(anna), text=" Heap goes up. ")

    comment = ticket.comments.get()
    assert (comment.text, str(comment.by)) == ("Heap goes up.", "Anna")
    assert history(ticket)[-1].details == {"comment": comment.pk}


def test_an_empty_comment_is_refused(anna):
    ticket = file_ticket(by=anna)

    with pytest.raises(Invalid):
        tickets.comment(ticket.key, by=actor_of(anna), text=" ")
