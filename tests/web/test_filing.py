"""Filing a ticket: by form, by link, with the plan beside it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from deploytickets import clock
from deploytickets.access.roles import Role
from deploytickets.inventory import survey_json
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from deploytickets.tickets.models import Ticket
from tests.builders import (
    a_placement,
    an_application,
    an_environment,
    file_ticket,
    reloaded,
    verifying_ticket,
)
from tests.deployments.world import a_service, a_survey


@pytest.fixture
def shop(db):
    """Shop in stage (runs 1.1.0) and prod (runs 1.0.0)."""
    application = an_application("Shop", image_repository="registry.abc.net/shop")
    places = []
    for number, (name, version) in enumerate((("stage", "1.1.0"), ("prod", "1.0.0"))):
        placement = a_placement(application, an_environment(name, position=number))
        now = clock.now()
        RunningVersion.objects.create(
            placement=placement, version=version, healthy=3, wanted=3, since=now, observed_at=now
        )
        places.append(placement)
    return places


def filed(browser, **fields):
    return browser.post("/tickets/new", {"app": "Shop", "env": "prod", "version": "1.1.0", **fields})


def test_a_ticket_is_filed_and_opened(signed_in, a_person, shop):
    anna = a_person(Role.DEVELOPER)

    answer = filed(
        signed_in(anna),
        description="Settlement export",
        links="https://jenkins.abc.net/1\nhttps://issues.abc.net/PAY-1",
    )

    ticket = Ticket.objects.get()
    assert answer.url == f"/tickets/{ticket.key}"
    assert (ticket.version, ticket.requested_by, ticket.description) == ("1.1.0", anna, "Settlement export")
    assert ticket.links == ["https://jenkins.abc.net/1", "https://issues.abc.net/PAY-1"]


@pytest.mark.parametrize(
    ("other", "version", "branch"),
    [("release/1.2.0", "1.2.0", "release/1.2.0"), ("1.2.0-rc.1", "1.2.0-rc.1", "")],
)
def test_another_version_or_a_branch_is_typed_into_the_same_line(
    signed_in, a_person, shop, other, version, branch
):
    filed(signed_in(a_person(Role.DEVELOPER)), version="", other=other)

    ticket = Ticket.objects.get()
    assert (ticket.version, ticket.branch) == (version, branch)


def test_what_was_typed_stays_when_it_is_refused(signed_in, a_person, shop):
    answer = filed(
        signed_in(a_person(Role.DEVELOPER)), version="", other="not a tag!", description="Keep <me>"
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Keep &lt;me&gt;" in page
    assert 'value="not a tag!"' in page
    assert "A version is an image tag" in page
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"version": "1" * 129},
        {"version": "", "other": "1" * 201},
        {"version": "", "other": f"release/{'1' * 193}"},
    ],
)
def test_a_version_that_is_too_long_is_refused_not_cut_to_another_one(signed_in, a_person, shop, typed):
    answer = filed(signed_in(a_person(Role.DEVELOPER)), **typed)

    assert answer.status_code == 422
    assert max(typed.values(), key=len) in answer.content.decode()
    assert Ticket.objects.count() == 0


def test_a_branch_without_a_version_says_so_at_the_field(signed_in, a_person, shop):
    answer = filed(signed_in(a_person(Role.DEVELOPER)), version="", other="feature/x")

    assert answer.status_code == 422
    assert "No version can be read from this branch" in answer.content.decode()


def test_an_emergency_needs_its_reason(signed_in, a_person, shop):
    browser = signed_in(a_person(Role.DEVELOPER))

    assert filed(browser, emergency="1").status_code == 422
    assert filed(browser, emergency="1", emergency_reason="Customers cannot pay").status_code == 302
    assert Ticket.objects.get().is_emergency


@pytest.mark.parametrize("when", ["yesterday", "2020-13-40T10:00", "2001-01-01T10:00"])
def test_a_start_that_is_no_time_ahead_is_refused(signed_in, a_person, shop, when):
    answer = filed(signed_in(a_person(Role.DEVELOPER)), when=when)

    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()


def test_who_may_not_file_there_is_told_who_may(signed_in, a_person, shop):
    a_person(Role.DEVELOPER, name="anna")

    answer = filed(signed_in(a_person(Role.VIEWER)))

    assert answer.status_code == 403
    assert "Anna" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_versions_are_offered_from_the_environment_before_and_from_what_ran_here(signed_in, a_person, shop):
    past = file_ticket(placement=shop[1], version="0.9.0")
    Ticket.objects.filter(pk=past.pk).update(state="finished")

    page = signed_in(a_person(Role.DEVELOPER)).get("/tickets/new?app=Shop&env=prod").content.decode()

    assert re.search(r"From the environment before.*?1\.1\.0.*?runs in stage, 3/3 healthy", page, re.DOTALL)
    assert re.search(rf"Ran in prod before.*?0\.9\.0.*?finished by {past.key}", page, re.DOTALL)


def test_a_link_fills_the_form(signed_in, a_person, shop):
    page = (
        signed_in(a_person(Role.DEVELOPER))
        .get("/tickets/new?app=Shop&env=prod&version=1.5.0&description=From+CI")
        .content.decode()
    )

    assert "<option selected>Shop</option>" in page
    assert re.search(r'value="prod" required checked', page)
    assert re.search(r'id="other"[^>]*value="1.5.0"', page)
    assert "From CI</textarea>" in page


def survey_for(placement) -> None:
    survey = a_survey(a_service("app", stack_name=placement.stack_name))
    EnvironmentSurvey.objects.create(
        environment=placement.environment,
        content=survey_json.as_json(replace(survey, sent_at=clock.now())),
        taken_at=clock.now(),
        tried_at=clock.now(),
    )


def test_the_plan_appears_beside_the_form_from_what_was_last_seen(signed_in, a_person, shop):
    survey_for(shop[1])

    answer = signed_in(a_person(Role.DEVELOPER)).get(
        "/tickets/new/preview?app=Shop&env=prod&version=1.1.0", headers={"HX-Request": "true"}
    )

    page = answer.content.decode()
    assert page.count('hx-swap-oob="true"') == 3
    assert "registry.abc.net/shop" in page
    assert re.search(r"<del><b>1\.0\.0</b>.*?<ins><b>1\.1\.0</b>", page, re.DOTALL)
    assert not Ticket.objects.exists()


def test_without_javascript_the_plan_comes_with_the_page(signed_in, a_person, shop):
    survey_for(shop[1])

    page = (
        signed_in(a_person(Role.DEVELOPER))
        .get("/tickets/new?app=Shop&env=prod&version=1.1.0")
        .content.decode()
    )

    assert re.search(r"<del><b>1\.0\.0</b>", page)
    assert 'formmethod="get"' in page


def test_an_environment_that_was_never_seen_says_so(signed_in, a_person, shop):
    page = (
        signed_in(a_person(Role.DEVELOPER))
        .get("/tickets/new?app=Shop&env=prod&version=1.1.0")
        .content.decode()
    )

    assert "prod was not seen yet, so there is no preview." in page


def test_changing_a_ticket_ends_its_approvals(signed_in, a_person, shop):
    anna = a_person(Role.DEVELOPER)
    ticket = file_ticket(by=anna, placement=shop[1])
    browser = signed_in(anna)
    assert f'value="{ticket.version}"' in browser.get(f"/tickets/{ticket.key}/edit").content.decode()

    answer = browser.post(f"/tickets/{ticket.key}/edit", {"version": "1.0.2", "description": "Fixed"})

    assert answer.url == f"/tickets/{ticket.key}"
    assert (reloaded(ticket).version, reloaded(ticket).plan_digest) == ("1.0.2", "")


def test_saving_the_form_as_it_is_changes_nothing(signed_in, a_person, shop):
    anna = a_person(Role.DEVELOPER)
    ticket = file_ticket(placement=shop[1], by=anna, description="From CI\nin two lines")

    as_a_browser_sends_it = {"version": ticket.version, "description": "From CI\r\nin two lines"}
    signed_in(anna).post(f"/tickets/{ticket.key}/edit", as_a_browser_sends_it)

    assert reloaded(ticket).description == ticket.description
    assert reloaded(ticket).plan_digest == ticket.plan_digest


def test_a_start_that_was_not_touched_stays_to_the_second(signed_in, a_person, shop):
    anna, when = a_person(Role.DEVELOPER), clock.now() + timedelta(days=1, seconds=7)
    ticket = file_ticket(placement=shop[1], by=anna, scheduled_for=when)
    browser = signed_in(anna)
    page = browser.get(f"/tickets/{ticket.key}/edit").content.decode()
    (shown,) = re.findall(r'name="when" value="([^"]+)"', page)

    browser.post(f"/tickets/{ticket.key}/edit", {"version": ticket.version, "when": shown})

    assert reloaded(ticket).scheduled_for == when
    assert reloaded(ticket).plan_digest == ticket.plan_digest


def test_a_change_that_does_not_fit_keeps_what_was_typed(signed_in, a_person, shop):
    anna = a_person(Role.DEVELOPER)
    ticket = file_ticket(by=anna, placement=shop[1])

    answer = signed_in(anna).post(
        f"/tickets/{ticket.key}/edit", {"version": "no tag!", "description": "Typed"}
    )

    assert answer.status_code == 422
    assert "Typed" in answer.content.decode()
    assert "A version is an image tag" in answer.content.decode()


def test_a_change_that_comes_too_late_keeps_what_was_typed(signed_in, a_person, shop):
    anna = a_person(Role.DEVELOPER)
    ticket = verifying_ticket(by=anna, placement=shop[1])

    answer = signed_in(anna).post(
        f"/tickets/{ticket.key}/edit", {"version": "1.0.2", "description": "Long and <well> thought"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The ticket has moved on" in page
    assert "Long and &lt;well&gt; thought</textarea>" in page
    assert reloaded(ticket).version == ticket.version


def test_only_the_requester_changes_a_ticket(signed_in, a_person, shop):
    ticket = file_ticket(placement=shop[1])

    answer = signed_in(a_person(Role.OPS)).post(f"/tickets/{ticket.key}/edit", {"version": "9.9.9"})

    assert answer.status_code == 403
    assert reloaded(ticket).version == ticket.version
